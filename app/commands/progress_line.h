#pragma once

#include "core/traffic/traffic_run.h"

namespace signalbox::app {

/// Waits for the end of a run. `show` keeps one line of progress on standard error while it is a terminal, or one line
/// each five seconds otherwise. SIGINT stops the run early, and the report says what was sent until then.
void watchProgress(traffic::TrafficRun& run, bool show);

}  // namespace signalbox::app
