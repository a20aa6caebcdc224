#pragma once

#include "ui/charts/chart.h"

/// One line for each file of ui/charts/charts.
namespace signalbox::ui {

[[nodiscard]] ChartDescriptor requestsByBackendChart();
[[nodiscard]] ChartDescriptor latencyPercentilesChart();
[[nodiscard]] ChartDescriptor latencyHeatMapChart();
[[nodiscard]] ChartDescriptor outcomesChart();

}  // namespace signalbox::ui
