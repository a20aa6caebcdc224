#pragma once

#include <QColor>
#include <QString>
#include <QStringList>
#include <memory>
#include <vector>

#include "core/base/registry.h"
#include "ui/charts/series_store.h"
#include "ui/theme/tokens.h"

class QCustomPlot;

namespace signalbox::ui {

/// Something that happened and stands as a line in every chart.
struct ChartMarker {
    TimePoint at{};
    QString icon;
    QString text;  ///< "applied", "fault on a1"
};

/// What a chart draws: the bins of a window that ends at `end`.
struct ChartFrame {
    const SeriesStore& store;
    TimePoint end{};
    double window = 60;  ///< seconds
    const std::vector<ChartMarker>& markers;

    /// Below zero: so many seconds before the end.
    [[nodiscard]] double x(TimePoint at) const { return std::chrono::duration<double>(at - end).count(); }
    /// Bins of the window, oldest first; with `withRolling` the moving last second at its end.
    [[nodiscard]] std::vector<const SeriesBin*> bins(bool withRolling) const;
};

/// A name at the right end of a line or an area.
struct EndLabel {
    double y = 0;  ///< in the unit of the y axis
    QString text;
    QColor colour;
};

/// The values of a chart as rows, for the table twin and the clipboard.
struct ChartTable {
    QStringList columns;
    std::vector<QStringList> rows;
    [[nodiscard]] QString csv() const;
};

/// One kind of chart: what it puts into a plot that a ChartView owns and dresses. The view styles axes and grid, owns the x axis
/// and the replotting. GUI thread; owned by its view.
class Chart {
public:
    virtual ~Chart() = default;
    /// Adds its plottables, once. Their looks come with restyle().
    virtual void build(QCustomPlot& plot) = 0;
    virtual void restyle(const Tokens& tokens) = 0;
    /// New values and the y range that fits them; does not replot.
    virtual void update(const ChartFrame& frame) = 0;
    [[nodiscard]] virtual std::vector<EndLabel> endLabels() const { return {}; }
    /// "a1 33 · a2 34 req/s" at a place of the x axis.
    [[nodiscard]] virtual QString readOut(double x) const = 0;
    [[nodiscard]] virtual ChartTable table() const = 0;
};

struct ChartDescriptor {
    std::string_view id;
    std::string_view title;
    std::string_view unit;
    std::string_view help;
    bool inFirstRow = false;
    std::unique_ptr<Chart> (*create)() = nullptr;
};

/// Every chart, in the order shown.
[[nodiscard]] const Registry<ChartDescriptor>& builtinCharts();

/// A round upper end of an axis: 1, 2, 2.5, 5 times a power of ten.
[[nodiscard]] double niceCeiling(double value);
/// "148", "14.2", "0.83": three digits that matter.
[[nodiscard]] QString shortNumber(double value);

}  // namespace signalbox::ui
