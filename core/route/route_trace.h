#pragma once

#include <string_view>

#include "core/route/route_index.h"
#include "core/stats/decision_trace.h"

namespace signalbox::route {

/// Records which rules were considered for a request (its path as routes read it) and why each lost: the winner (may be
/// null) first, then those whose host and path match in order of specificity, then the nearest of the others. Allocates
/// in the arena alone.
void traceRoutes(const RouteIndex& index, const http::RequestHead& request, std::string_view normalisedHost,
                 std::string_view path, const CompiledRule* winner, Arena& arena, stats::DecisionTrace& trace);

}  // namespace signalbox::route
