#include <algorithm>
#include <cmath>
#include <map>

#include <qcustomplot.h>

#include "ui/charts/builtin_charts.h"

namespace signalbox::ui {

namespace {

constexpr std::size_t kMostAreas = 6;
constexpr double kFillShare = 0.62;

/// A stacked area of what each backend answers. Areas are painted from the whole sum down, each over the one before: opaque fills
/// need no channel between two curves.
class RequestsByBackend final : public Chart {
public:
    void build(QCustomPlot& plot) override
    {
        m_plot = &plot;
        for (std::size_t at = 0; at < kMostAreas; ++at) {
            QCPGraph* graph = plot.addGraph();
            graph->setAntialiasedFill(false);
            graph->setAdaptiveSampling(true);
            m_graphs.push_back(graph);
        }
    }

    void restyle(const Tokens& t) override
    {
        m_tokens = &t;
        dress();
    }

    void update(const ChartFrame& frame) override
    {
        const auto bins = frame.bins(true);
        m_names.clear();
        m_series = choose(frame, bins);
        m_x.clear();
        m_values.assign(m_series.size(), {});
        for (const SeriesBin* bin : bins) {
            m_x.push_back(frame.x(bin->at));
            for (std::size_t at = 0; at < m_series.size(); ++at) {
                m_values[at].push_back(valueOf(*bin, m_series[at]));
            }
        }
        fill();
    }

    [[nodiscard]] std::vector<EndLabel> endLabels() const override
    {
        std::vector<EndLabel> out;
        double below = 0;
        for (std::size_t at = 0; at < m_series.size() && !m_x.isEmpty(); ++at) {
            const double last = m_values[at].back();
            out.push_back({below + last / 2, m_names[static_cast<qsizetype>(at)], colourOf(m_series[at])});
            below += last;
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
        QStringList parts;
        for (std::size_t series = 0; series < m_series.size(); ++series) {
            parts << m_names[static_cast<qsizetype>(series)] + u' ' + shortNumber(m_values[series][at]);
        }
        return parts.join(QStringLiteral(" \u00B7 ")) + QStringLiteral(" req/s");
    }

    [[nodiscard]] ChartTable table() const override
    {
        ChartTable out;
        out.columns << QStringLiteral("seconds") << m_names;
        for (qsizetype at = 0; at < m_x.size(); ++at) {
            QStringList row{QString::number(m_x[at], 'f', 1)};
            for (const auto& values : m_values) {
                row << QString::number(values[at], 'f', 2);
            }
            out.rows.push_back(row);
        }
        return out;
    }

private:
    static constexpr std::size_t kOther = ~std::size_t{0};

    /// The busiest of the window, in the order of their appearance so that no area jumps; what is left is one area.
    std::vector<std::size_t> choose(const ChartFrame& frame, const std::vector<const SeriesBin*>& bins)
    {
        const auto known = static_cast<std::size_t>(frame.store.backends().size());
        std::vector<double> sums(known, 0);
        for (const SeriesBin* bin : bins) {
            for (std::size_t at = 0; at < bin->backends.size() && at < known; ++at) {
                sums[at] += bin->backends[at];
            }
        }
        std::vector<std::size_t> order;
        for (std::size_t at = 0; at < known; ++at) {
            if (sums[at] > 0) {
                order.push_back(at);
            }
        }
        m_rest.clear();
        if (order.size() > kMostAreas) {
            std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t at) { return sums[at]; });
            m_rest.assign(order.begin() + kMostAreas - 1, order.end());
            order.resize(kMostAreas - 1);
            std::ranges::sort(order);
            order.push_back(kOther);
        }
        for (const std::size_t at : order) {
            m_names << (at == kOther ? QStringLiteral("other") : frame.store.backends()[static_cast<qsizetype>(at)]);
        }
        return order;
    }

    [[nodiscard]] double valueOf(const SeriesBin& bin, std::size_t series) const
    {
        const auto one = [&](std::size_t at) { return at < bin.backends.size() ? bin.backends[at] : 0; };
        if (series != kOther) {
            return one(series);
        }
        double sum = 0;
        for (const std::size_t at : m_rest) {
            sum += one(at);
        }
        return sum;
    }

    [[nodiscard]] QColor colourOf(std::size_t series) const
    {
        return series == kOther ? m_tokens->idle : m_tokens->series[series % m_tokens->series.size()];
    }

    void dress()
    {
        for (std::size_t at = 0; at < m_series.size() && at < m_graphs.size(); ++at) {
            QCPGraph* graph = m_graphs[m_series.size() - 1 - at];
            const QColor colour = colourOf(m_series[at]);
            graph->setPen(QPen(colour, 1));
            graph->setBrush(mix(colour, m_tokens->surface, kFillShare));
        }
    }

    void fill()
    {
        QVector<double> sum(m_x.size(), 0);
        double highest = 0;
        for (std::size_t at = 0; at < m_graphs.size(); ++at) {
            const bool used = at < m_series.size();
            QCPGraph* graph = used ? m_graphs[m_series.size() - 1 - at] : m_graphs[at];
            graph->setVisible(used);
            if (!used) {
                graph->data()->clear();
                continue;
            }
            for (qsizetype i = 0; i < sum.size(); ++i) {
                sum[i] += m_values[at][i];
                highest = std::max(highest, sum[i]);
            }
            graph->setData(m_x, sum, true);
        }
        dress();
        m_plot->yAxis->setRange(0, niceCeiling(highest * 1.04));
    }

    QCustomPlot* m_plot = nullptr;
    std::vector<QCPGraph*> m_graphs;
    const Tokens* m_tokens = &tokens();
    std::vector<std::size_t> m_series;  ///< bottom first
    std::vector<std::size_t> m_rest;
    QStringList m_names;
    QVector<double> m_x;
    std::vector<QVector<double>> m_values;
};

}  // namespace

ChartDescriptor requestsByBackendChart()
{
    return {"by-backend", "Requests by backend", "req/s", "How many requests each backend received, stacked.", true,
            [] { return std::unique_ptr<Chart>(std::make_unique<RequestsByBackend>()); }};
}

}  // namespace signalbox::ui
