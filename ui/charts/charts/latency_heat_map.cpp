#include <algorithm>
#include <cmath>

#include <qcustomplot.h>

#include "ui/charts/builtin_charts.h"
#include "ui/charts/latency_axis.h"

namespace signalbox::ui {

namespace {

constexpr int kRows = 48;
constexpr double kFloor = 0.1;  // milliseconds: below it stand the answers that no backend gave

double toMs(Duration value)
{
    return std::chrono::duration<double, std::milli>(value).count();
}

/// One column a second, one row an equal step of the logarithm. Equal steps land right although the map is stretched as a whole.
class LatencyHeatMap final : public Chart {
public:
    void build(QCustomPlot& plot) override
    {
        m_plot = &plot;
        LatencyRange::prepare(*plot.yAxis);
        m_map = new QCPColorMap(plot.xAxis, plot.yAxis);
        m_map->setInterpolate(false);
        m_map->setAntialiased(false);
        m_map->setTightBoundary(false);
    }

    void restyle(const Tokens& t) override
    {
        QCPColorGradient gradient;
        gradient.clearColorStops();
        for (std::size_t at = 0; at < t.heat.size(); ++at) {
            gradient.setColorStopAt(static_cast<double>(at) / static_cast<double>(t.heat.size() - 1), t.heat[at]);
        }
        gradient.setLevelCount(64);
        m_map->setGradient(gradient);
    }

    void update(const ChartFrame& frame) override
    {
        const auto bins = frame.bins(false);
        fitRange(bins);
        m_x.clear();
        m_counts.clear();
        double highest = 0;
        for (const SeriesBin* bin : bins) {
            m_x.push_back(frame.x(bin->at));
            m_counts.push_back(column(bin->latency));
            highest = std::max(highest, *std::ranges::max_element(m_counts.back()));
        }
        fillMap(frame, highest);
        m_plot->yAxis->setRange(m_range.range());
    }

    [[nodiscard]] QString readOut(double x) const override
    {
        const auto it = std::ranges::lower_bound(m_x, x);
        if (it == m_x.end()) {
            return {};
        }
        const auto& counts = m_counts[static_cast<std::size_t>(it - m_x.begin())];
        const auto most = std::ranges::max_element(counts);
        if (*most <= 0) {
            return QStringLiteral("no request");
        }
        const auto row = static_cast<int>(most - counts.begin());
        return QStringLiteral("most: %1 at %2\u2013%3 ms").arg(std::lround(*most)).arg(shortNumber(edge(row)), shortNumber(edge(row + 1)));
    }

    [[nodiscard]] ChartTable table() const override
    {
        ChartTable out;
        out.columns << QStringLiteral("seconds");
        int first = kRows;
        int last = -1;
        for (const auto& counts : m_counts) {
            for (int row = 0; row < kRows; ++row) {
                if (counts[static_cast<std::size_t>(row)] > 0) {
                    first = std::min(first, row);
                    last = std::max(last, row);
                }
            }
        }
        for (int row = first; row <= last; ++row) {
            out.columns << QStringLiteral("%1-%2 ms").arg(shortNumber(edge(row)), shortNumber(edge(row + 1)));
        }
        for (std::size_t at = 0; at < m_counts.size(); ++at) {
            QStringList cells{QString::number(m_x[static_cast<qsizetype>(at)], 'f', 1)};
            for (int row = first; row <= last; ++row) {
                cells << QString::number(std::lround(m_counts[at][static_cast<std::size_t>(row)]));
            }
            out.rows.push_back(cells);
        }
        return out;
    }

private:
    [[nodiscard]] double edge(int row) const
    {
        const QCPRange range = m_range.range();
        return range.lower * std::pow(range.upper / range.lower, static_cast<double>(row) / kRows);
    }

    void fitRange(const std::vector<const SeriesBin*>& bins)
    {
        double lowest = 0;
        double highest = 0;
        for (const SeriesBin* bin : bins) {
            if (bin->latency.count() > 0) {
                const double low = std::max(kFloor, toMs(bin->latency.quantile(0.001)));
                lowest = lowest > 0 ? std::min(lowest, low) : low;
                highest = std::max(highest, toMs(bin->latency.quantile(0.999)));
            }
        }
        m_range.fit(lowest, highest);
    }

    [[nodiscard]] std::vector<double> column(const stats::Histogram& latency) const
    {
        std::vector<double> counts(kRows, 0);
        const QCPRange range = m_range.range();
        const double scale = kRows / std::log(range.upper / range.lower);
        const auto buckets = latency.buckets();
        for (std::uint32_t at = 0; at < buckets.size(); ++at) {
            if (buckets[at] == 0) {
                continue;
            }
            const double ms = (toMs(stats::HistogramLayout::lower(at)) + toMs(stats::HistogramLayout::upper(at))) / 2;
            const int row = static_cast<int>(std::floor(std::log(std::max(ms, 1e-6) / range.lower) * scale));
            counts[static_cast<std::size_t>(std::clamp(row, 0, kRows - 1))] += static_cast<double>(buckets[at]);
        }
        return counts;
    }

    void fillMap(const ChartFrame& frame, double highest)
    {
        const int columns = static_cast<int>(std::lround(frame.window));
        const double shift = m_x.isEmpty() ? 0 : m_x.back();
        // A row in excess at the top: QCPColorMapData needs its corners at the middle of cells.
        const double half = std::sqrt(edge(1) / edge(0));
        m_map->data()->setSize(columns, kRows);
        m_map->data()->setRange(QCPRange(shift - columns + 0.5, shift - 0.5), QCPRange(edge(0) * half, edge(kRows) / half));
        m_map->data()->fill(0);
        for (std::size_t at = 0; at < m_counts.size(); ++at) {
            const int key = columns - 1 - static_cast<int>(std::lround(shift - m_x[static_cast<qsizetype>(at)]));
            for (int row = 0; key >= 0 && row < kRows; ++row) {
                // By the logarithm: one slow request among hundreds of quick ones is to be seen.
                m_map->data()->setCell(key, row, std::log1p(m_counts[at][static_cast<std::size_t>(row)]));
            }
        }
        m_map->setDataRange(QCPRange(0, std::max(1.0, std::log1p(highest))));
    }

    QCustomPlot* m_plot = nullptr;
    QCPColorMap* m_map = nullptr;
    QVector<double> m_x;
    std::vector<std::vector<double>> m_counts;
    LatencyRange m_range;
};

}  // namespace

ChartDescriptor latencyHeatMapChart()
{
    return {"heat-map", "Latency heat map", "ms, log", "How many requests of each second took how long: the stronger the colour, the more.", true,
            [] { return std::unique_ptr<Chart>(std::make_unique<LatencyHeatMap>()); }};
}

}  // namespace signalbox::ui
