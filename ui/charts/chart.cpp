#include "ui/charts/chart.h"

#include <algorithm>
#include <cmath>

namespace signalbox::ui {

std::vector<const SeriesBin*> ChartFrame::bins(bool withRolling) const
{
    std::vector<const SeriesBin*> out;
    for (const SeriesBin& bin : store.bins()) {
        if (x(bin.at) >= -window - 2 && bin.at <= end) {
            out.push_back(&bin);
        }
    }
    const auto& rolling = store.rolling();
    if (withRolling && rolling && rolling->at <= end && (out.empty() || rolling->at > out.back()->at)) {
        out.push_back(&*rolling);
    }
    return out;
}

QString ChartTable::csv() const
{
    const auto quoted = [](QString cell) {
        return cell.contains(u',') || cell.contains(u'"') ? u'"' + cell.replace(u'"', QStringLiteral("\"\"")) + u'"' : cell;
    };
    const auto line = [&](const QStringList& cells) {
        QStringList out;
        std::ranges::transform(cells, std::back_inserter(out), quoted);
        return out.join(u',') + u'\n';
    };
    QString out = line(columns);
    for (const auto& row : rows) {
        out += line(row);
    }
    return out;
}

double niceCeiling(double value)
{
    if (!(value > 0)) {
        return 1;
    }
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 2.5, 5.0, 10.0}) {
        if (value <= step * power * 1.0001) {
            return step * power;
        }
    }
    return 10 * power;
}

QString shortNumber(double value)
{
    const double size = std::abs(value);
    return QString::number(value, 'f', size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : 2);
}

}  // namespace signalbox::ui
