#include <algorithm>
#include <array>

#include <qcustomplot.h>

#include "ui/charts/builtin_charts.h"

namespace signalbox::ui {

namespace {

class Outcomes final : public Chart {
public:
    void build(QCustomPlot& plot) override
    {
        m_plot = &plot;
        QCPBars* below = nullptr;
        for (auto& bars : m_bars) {
            bars = new QCPBars(plot.xAxis, plot.yAxis);
            bars->setAntialiased(false);
            bars->setAntialiasedFill(false);
            bars->setPen(Qt::NoPen);
            if (below != nullptr) {
                bars->moveAbove(below);
            }
            below = bars;
        }
    }

    void restyle(const Tokens& t) override
    {
        m_colours = {t.ok, mix(t.ok, t.surface, 0.5), t.warn, t.limited, t.error};
        for (std::size_t at = 0; at < kStatusGroups; ++at) {
            m_bars[at]->setBrush(mix(m_colours[at], t.surface, 0.85));
        }
    }

    void update(const ChartFrame& frame) override
    {
        m_x.clear();
        for (auto& values : m_values) {
            values.clear();
        }
        double highest = 0;
        double width = 1;
        for (const SeriesBin* bin : frame.bins(false)) {
            m_x.push_back(frame.x(bin->at) - bin->seconds / 2);
            width = bin->seconds;
            double sum = 0;
            for (std::size_t at = 0; at < kStatusGroups; ++at) {
                m_values[at].push_back(bin->status[at]);
                sum += bin->status[at];
            }
            highest = std::max(highest, sum);
        }
        for (std::size_t at = 0; at < kStatusGroups; ++at) {
            m_bars[at]->setWidth(frame.window > 90 ? width : width * 0.8);
            m_bars[at]->setData(m_x, m_values[at], true);
        }
        m_plot->yAxis->setRange(0, niceCeiling(highest * 1.04));
    }

    [[nodiscard]] std::vector<EndLabel> endLabels() const override
    {
        std::vector<EndLabel> out;
        double below = 0;
        for (std::size_t at = 0; at < kStatusGroups && !m_x.isEmpty(); ++at) {
            const double last = m_values[at].back();
            if (std::ranges::any_of(m_values[at], [](double value) { return value > 0; })) {
                out.push_back({below + last / 2, statusGroupName(static_cast<StatusGroup>(at)), m_colours[at]});
            }
            below += last;
        }
        return out;
    }

    [[nodiscard]] QString readOut(double x) const override
    {
        const auto it = std::ranges::lower_bound(m_x, x - 0.5);
        if (it == m_x.end()) {
            return {};
        }
        const auto at = it - m_x.begin();
        QStringList parts;
        for (std::size_t group = 0; group < kStatusGroups; ++group) {
            if (m_values[group][at] > 0) {
                parts << statusGroupName(static_cast<StatusGroup>(group)) + u' ' + shortNumber(m_values[group][at]);
            }
        }
        return parts.isEmpty() ? QStringLiteral("no request") : parts.join(QStringLiteral(" \u00B7 ")) + QStringLiteral(" req/s");
    }

    [[nodiscard]] ChartTable table() const override
    {
        ChartTable out;
        out.columns << QStringLiteral("seconds");
        for (std::size_t group = 0; group < kStatusGroups; ++group) {
            out.columns << statusGroupName(static_cast<StatusGroup>(group));
        }
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
    QCustomPlot* m_plot = nullptr;
    std::array<QCPBars*, kStatusGroups> m_bars{};
    std::array<QColor, kStatusGroups> m_colours{};
    QVector<double> m_x;
    std::array<QVector<double>, kStatusGroups> m_values;
};

}  // namespace

ChartDescriptor outcomesChart()
{
    return {"outcomes", "Outcomes", "req/s", "What clients were answered, second by second.", false,
            [] { return std::unique_ptr<Chart>(std::make_unique<Outcomes>()); }};
}

}  // namespace signalbox::ui
