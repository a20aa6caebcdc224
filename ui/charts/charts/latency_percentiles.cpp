#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <qcustomplot.h>

#include "ui/charts/builtin_charts.h"
#include "ui/charts/latency_axis.h"

namespace signalbox::ui {

namespace {

constexpr std::uint64_t kEnough = 20;

struct Percentile {
    double share;
    QLatin1String name;
    std::size_t series;
};

constexpr std::array<Percentile, 3> kPercentiles{{{0.50, QLatin1String("p50"), 4}, {0.95, QLatin1String("p95"), 2}, {0.99, QLatin1String("p99"), 3}}};

class LatencyPercentiles final : public Chart {
public:
    void build(QCustomPlot& plot) override
    {
        m_plot = &plot;
        LatencyRange::prepare(*plot.yAxis);
        for (std::size_t at = 0; at < kPercentiles.size(); ++at) {
            m_graphs[at] = plot.addGraph();
        }
    }

    void restyle(const Tokens& t) override
    {
        m_tokens = &t;
        for (std::size_t at = 0; at < kPercentiles.size(); ++at) {
            m_graphs[at]->setPen(QPen(t.series[kPercentiles[at].series], 2));
        }
    }

    void update(const ChartFrame& frame) override
    {
        constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
        m_x.clear();
        m_counts.clear();
        for (auto& values : m_values) {
            values.clear();
        }
        double lowest = 0;
        double highest = 0;
        for (const SeriesBin* bin : frame.bins(true)) {
            m_x.push_back(frame.x(bin->at));
            m_counts.push_back(bin->latency.count());
            for (std::size_t at = 0; at < kPercentiles.size(); ++at) {
                const double ms = std::chrono::duration<double, std::milli>(bin->latency.quantile(kPercentiles[at].share)).count();
                const bool known = bin->latency.count() >= kEnough && ms > 0;
                m_values[at].push_back(known ? ms : kGap);
                if (known) {
                    lowest = lowest > 0 ? std::min(lowest, ms) : ms;
                    highest = std::max(highest, ms);
                }
            }
        }
        for (std::size_t at = 0; at < kPercentiles.size(); ++at) {
            m_graphs[at]->setData(m_x, m_values[at], true);
        }
        m_range.fit(lowest, highest);
        m_plot->yAxis->setRange(m_range.range());
    }

    [[nodiscard]] std::vector<EndLabel> endLabels() const override
    {
        std::vector<EndLabel> out;
        for (std::size_t at = 0; at < kPercentiles.size(); ++at) {
            const auto last = std::find_if(m_values[at].rbegin(), m_values[at].rend(), [](double ms) { return std::isfinite(ms); });
            if (last != m_values[at].rend()) {
                out.push_back({*last, kPercentiles[at].name, m_tokens->series[kPercentiles[at].series]});
            }
        }
        return out;
    }

    [[nodiscard]] QString readOut(double x) const override
    {
        const auto it = std::ranges::lower_bound(m_x, x);
        if (it == m_x.end()) {
            return {};
        }
        const auto at = it - m_x.begin();
        if (m_counts[at] < kEnough) {
            return QStringLiteral("too few requests (%1)").arg(m_counts[at]);
        }
        QStringList parts;
        for (std::size_t line = 0; line < kPercentiles.size(); ++line) {
            parts << kPercentiles[line].name + u' ' + shortNumber(m_values[line][at]);
        }
        return parts.join(QStringLiteral(" \u00B7 ")) + QStringLiteral(" ms");
    }

    [[nodiscard]] ChartTable table() const override
    {
        ChartTable out;
        out.columns << QStringLiteral("seconds") << QStringLiteral("requests");
        for (const auto& percentile : kPercentiles) {
            out.columns << percentile.name + QLatin1String(" ms");
        }
        for (qsizetype at = 0; at < m_x.size(); ++at) {
            QStringList row{QString::number(m_x[at], 'f', 1), QString::number(m_counts[at])};
            for (const auto& values : m_values) {
                row << (std::isfinite(values[at]) ? QString::number(values[at], 'f', 3) : QString());
            }
            out.rows.push_back(row);
        }
        return out;
    }

private:
    QCustomPlot* m_plot = nullptr;
    const Tokens* m_tokens = &tokens();
    std::array<QCPGraph*, kPercentiles.size()> m_graphs{};
    QVector<double> m_x;
    QVector<quint64> m_counts;
    std::array<QVector<double>, kPercentiles.size()> m_values;
    LatencyRange m_range;
};

}  // namespace

ChartDescriptor latencyPercentilesChart()
{
    return {"latency", "Latency percentiles", "ms, log",
            "Half of the requests were faster than p50, 99 of 100 faster than p99. Seconds with fewer than 20 requests are left out.", true,
            [] { return std::unique_ptr<Chart>(std::make_unique<LatencyPercentiles>()); }};
}

}  // namespace signalbox::ui
