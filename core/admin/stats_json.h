#pragma once

#include <string>

#include "core/admin/status.h"

namespace signalbox::admin {

/// The JSON of GET /api/stats. Keys are only ever added. Counters count from the engine's start; names that the site no
/// longer has stay with what they had counted.
///   time (RFC 3339), version, reactor, workers, epoch, draining, traces_dropped,
///   access_log {lines, dropped}, process {cpu_seconds, resident_bytes, open_fds, max_fds, start_time},
///   status {"200": count},
///   listeners [{name, address, role, COUNTERS, latency_ms}], routes [{name, ...}], 
///   pools [{name, algorithm, panic, breaker_refused, ...}],
///   backends [{pool, name, address, endpoint, state, weight, share_percent, cause, checks_failed, ejections,
///   health_changes, ...}] (state: up, starting, ejected, down, draining, no-address, removed),
///   consumers [{name, ...}], policies [{name, rejected}]
/// COUNTERS: requests, active, responses {1xx, 2xx, 3xx, 4xx, 5xx, 429} (429 is in 4xx as well), rejected, retries,
/// retries_refused, queued, queue_refused,
/// errors {connect, reset, timeout, client_abort}, bytes_in, bytes_out, connections_opened, connections_reused.
/// latency_ms: count, mean, p50, p90, p99, p999, max.
[[nodiscard]] std::string statsJson(const Status& status);

}  // namespace signalbox::admin
