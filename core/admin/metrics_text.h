#pragma once

#include <string>

#include "core/admin/status.h"

namespace signalbox::admin {

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// The Prometheus text exposition format, version 0.0.4. Counters end in _total and only grow, units are seconds and
/// bytes. Each kind of thing has families of its own, so that a sum over one family counts every request once:
///   signalbox_requests_total{listener}          what came in, and everything else about listeners without a prefix
///   signalbox_route_..., signalbox_pool_..., signalbox_backend_...{pool,backend}, signalbox_consumer_...,
///   signalbox_policy_rejected_total{policy}
/// Histogram buckets come from log-linear ones: a value is counted in the first bucket whose bound lies at or above the
/// upper end of its own, so up to 6.25 % below a bound may be counted one bucket higher.
[[nodiscard]] std::string metricsText(const Status& status);

}  // namespace signalbox::admin
