#include "ui/charts/builtin_charts.h"

namespace signalbox::ui {

const Registry<ChartDescriptor>& builtinCharts()
{
    static const Registry<ChartDescriptor> kCharts = [] {
        Registry<ChartDescriptor> charts;
        charts.add(requestsByBackendChart());
        charts.add(latencyPercentilesChart());
        charts.add(latencyHeatMapChart());
        charts.add(outcomesChart());
        return charts;
    }();
    return kCharts;
}

}  // namespace signalbox::ui
