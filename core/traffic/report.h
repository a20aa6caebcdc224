#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/stats/histogram.h"
#include "core/traffic/scenario.h"

namespace signalbox::traffic {

/// What came of a run; the fields of the contract's JSON. Latency counts from the planned time, so a stalled server
/// cannot hide its delay; `serviceTime` counts from the moment the request was really sent.
struct Report {
    std::string scenario;
    std::uint64_t seed = 0;
    std::uint64_t planned = 0;   ///< due within the run
    std::uint64_t requests = 0;  ///< sent
    double durationSeconds = 0;
    std::map<int, std::uint64_t> status;
    std::map<std::string, std::uint64_t> backends;  ///< by X-Signalbox-Backend or X-Mock, or from the engine's counters
    std::map<std::string, std::uint64_t> routes;
    std::map<std::string, std::uint64_t> rejected;  ///< by policy
    std::map<std::string, std::uint64_t> errors;    ///< "connect-refused", "timeout", "reset", "late-not-sent", ...
    std::map<std::string, std::uint64_t> paths;     ///< filled by replay only
    stats::Histogram latency;
    stats::Histogram serviceTime;
    stats::Histogram lateness;         ///< sent minus planned: the generator's own delay
    std::uint64_t skippedLines = 0;    ///< of a trace
    std::vector<std::string> skipped;  ///< the first of them, with line number and reason
    struct Missed {
        Expectation expectation;
        double measured = 0;
    };
    std::vector<Expectation> expect;
    std::vector<Missed> missed;  ///< expectations that were not met
};

/// The measured value behind an expectation: milliseconds, the share of requests that failed (no answer, or a 5xx one),
/// or answers a second.
[[nodiscard]] double measured(const Report& report, const Expectation& expectation);
/// The expectations that the report does not meet. A run without any answer misses every limit on latency.
[[nodiscard]] std::vector<Report::Missed> missedBy(const Report& report, const std::vector<Expectation>& expect);

/// One JSON document as in site-format.md, with the additional members planned, lateness_ms, service_ms, seed, expect.
[[nodiscard]] std::string toJson(const Report& report);
/// A table for the terminal, with a warning where the generator was late.
[[nodiscard]] std::string toText(const Report& report);

}  // namespace signalbox::traffic
