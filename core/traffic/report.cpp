#include "core/traffic/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signalbox::traffic {

namespace {

using Json = nlohmann::ordered_json;

double milliseconds(Duration value)
{
    return std::chrono::duration<double, std::milli>(value).count();
}

/// Microseconds are what the histogram knows; more digits would be pretended.
double rounded(double value)
{
    return static_cast<double>(static_cast<std::int64_t>(value * 1000 + 0.5)) / 1000;
}

Json quantiles(const stats::Histogram& histogram)
{
    const auto at = [&](double q) { return rounded(milliseconds(histogram.quantile(q))); };
    Json out;
    out["p50"] = at(0.5);
    out["p90"] = at(0.9);
    out["p99"] = at(0.99);
    out["p999"] = at(0.999);
    out["max"] = rounded(milliseconds(histogram.max()));
    out["mean"] = rounded(milliseconds(histogram.mean()));
    return out;
}

template <typename Map>
Json counts(const Map& map)
{
    Json out = Json::object();
    for (const auto& [key, count] : map) {
        if constexpr (std::is_same_v<typename Map::key_type, int>) {
            out[std::to_string(key)] = count;
        } else {
            out[key] = count;
        }
    }
    return out;
}

std::uint64_t answers(const Report& report)
{
    std::uint64_t out = 0;
    for (const auto& [status, count] : report.status) {
        out += count;
    }
    return out;
}

std::uint64_t failures(const Report& report)
{
    std::uint64_t out = 0;
    for (const auto& [kind, count] : report.errors) {
        out += count;
    }
    for (const auto& [status, count] : report.status) {
        out += status >= 500 ? count : 0;
    }
    return out;
}

Json expectations(const Report& report)
{
    Json out = Json::array();
    for (const Expectation& expectation : report.expect) {
        const auto missed = std::ranges::any_of(
            report.missed, [&](const Report::Missed& entry) { return entry.expectation.what == expectation.what; });
        Json entry;
        entry["what"] = expectation.what;
        entry["limit"] = expectation.text;
        entry["measured"] = rounded(measured(report, expectation));
        entry["met"] = !missed;
        out.push_back(entry);
    }
    return out;
}

}  // namespace

double measured(const Report& report, const Expectation& expectation)
{
    const std::string& what = expectation.what;
    if (what == "errors") {
        const auto total = answers(report) + [&] {
            std::uint64_t errors = 0;
            for (const auto& [kind, count] : report.errors) {
                errors += count;
            }
            return errors;
        }();
        return total ? static_cast<double>(failures(report)) / static_cast<double>(total) : 0;
    }
    if (what == "rate") {
        return report.durationSeconds > 0 ? static_cast<double>(answers(report)) / report.durationSeconds : 0;
    }
    if (what == "max") {
        return milliseconds(report.latency.max());
    }
    if (what == "mean") {
        return milliseconds(report.latency.mean());
    }
    const double q = what == "p50" ? 0.5 : what == "p90" ? 0.9 : what == "p99" ? 0.99 : 0.999;
    return milliseconds(report.latency.quantile(q));
}

std::vector<Report::Missed> missedBy(const Report& report, const std::vector<Expectation>& expect)
{
    std::vector<Report::Missed> out;
    for (const Expectation& expectation : expect) {
        const double value = measured(report, expectation);
        const bool isLatency = expectation.what != "errors" && expectation.what != "rate";
        const bool met = expectation.what == "rate" ? value >= expectation.limit : value <= expectation.limit;
        if (!met || (isLatency && report.latency.count() == 0)) {
            out.push_back({expectation, value});
        }
    }
    return out;
}

std::string toJson(const Report& report)
{
    Json out;
    if (!report.scenario.empty()) {
        out["scenario"] = report.scenario;
    }
    out["requests"] = report.requests;
    out["duration_s"] = rounded(report.durationSeconds);
    out["rate"] =
        report.durationSeconds > 0 ? rounded(static_cast<double>(report.requests) / report.durationSeconds) : 0.0;
    out["status"] = counts(report.status);
    out["backends"] = counts(report.backends);
    out["routes"] = counts(report.routes);
    out["rejected"] = counts(report.rejected);
    out["errors"] = counts(report.errors);
    out["latency_ms"] = quantiles(report.latency);
    out["planned"] = report.planned;
    out["lateness_ms"] = quantiles(report.lateness);
    out["service_ms"] = quantiles(report.serviceTime);
    out["seed"] = report.seed;
    if (!report.paths.empty()) {
        out["paths"] = counts(report.paths);
    }
    if (report.skippedLines > 0) {
        out["skipped_lines"] = report.skippedLines;
        out["skipped"] = report.skipped;
    }
    out["expect"] = expectations(report);
    // Names from a trace need not be UTF-8.
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace signalbox::traffic
