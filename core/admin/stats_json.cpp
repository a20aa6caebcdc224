#include "core/admin/stats_json.h"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace signalbox::admin {
namespace {

using nlohmann::ordered_json;
using stats::Counter;
using stats::Scope;

std::string timeText(std::int64_t wallNs)
{
    const std::time_t seconds = wallNs / 1'000'000'000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[40];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return {text, size};
}

double milliseconds(Duration value) noexcept
{
    return static_cast<double>(value.count()) * 1e-6;
}

ordered_json latencyOf(const stats::Histogram& values)
{
    return {{"count", values.count()},
            {"mean", milliseconds(values.mean())},
            {"p50", milliseconds(values.quantile(0.5))},
            {"p90", milliseconds(values.quantile(0.9))},
            {"p99", milliseconds(values.quantile(0.99))},
            {"p999", milliseconds(values.quantile(0.999))},
            {"max", milliseconds(values.max())}};
}

void addCounters(ordered_json& out, const stats::SlotSnapshot& slot)
{
    const std::uint64_t limited = slot.value(Counter::Status429);
    out["requests"] = slot.value(Counter::Requests);
    out["active"] = slot.active;
    out["responses"] = {{"1xx", slot.value(Counter::Status1xx)}, {"2xx", slot.value(Counter::Status2xx)},
                        {"3xx", slot.value(Counter::Status3xx)}, {"4xx", slot.value(Counter::Status4xx) + limited},
                        {"5xx", slot.value(Counter::Status5xx)}, {"429", limited}};
    out["rejected"] = slot.value(Counter::Rejected);
    out["retries"] = slot.value(Counter::Retries);
    out["retries_refused"] = slot.value(Counter::RetriesRefused);
    out["queued"] = slot.value(Counter::Queued);
    out["queue_refused"] = slot.value(Counter::QueueRefused);
    out["limit_refused"] = slot.value(Counter::LimitRefused);
    out["hedges"] = slot.value(Counter::Hedges);
    out["hedges_won"] = slot.value(Counter::HedgesWon);
    out["hedges_refused"] = slot.value(Counter::HedgesRefused);
    out["errors"] = {{"connect", slot.value(Counter::ConnectErrors)},
                     {"reset", slot.value(Counter::Resets)},
                     {"timeout", slot.value(Counter::Timeouts)},
                     {"client_abort", slot.value(Counter::ClientAborts)}};
    out["bytes_in"] = slot.value(Counter::BytesIn);
    out["bytes_out"] = slot.value(Counter::BytesOut);
    out["connections_opened"] = slot.value(Counter::ConnectionsOpened);
    out["connections_reused"] = slot.value(Counter::ConnectionsReused);
    out["latency_ms"] = latencyOf(slot.latency);
}

template <typename List>
auto findNamed(const List& list, std::string_view name)
{
    return std::ranges::find(list, name, [](const auto& item) -> std::string_view { return item.name; });
}

ordered_json backendHead(const Status& status, std::string_view id)
{
    const std::size_t slash = id.find('/');
    const std::string_view pool = id.substr(0, slash);
    const std::string_view name = slash == std::string_view::npos ? id : id.substr(slash + 1);
    ordered_json out{{"pool", pool}, {"name", name}};
    const auto found = std::ranges::find_if(
        status.backends, [&](const Status::Backend& backend) { return backend.pool == pool && backend.name == name; });
    if (found == status.backends.end()) {
        out["state"] = "removed";
        return out;
    }
    out["address"] = found->address;
    out["endpoint"] = found->endpoint;
    out["state"] = found->state();
    out["weight"] = found->weight;
    out["share_percent"] = found->share;
    out["cause"] = found->cause;
    return out;
}

ordered_json headOf(const Status& status, const stats::SlotSnapshot& slot)
{
    if (slot.scope == Scope::Backend) {
        return backendHead(status, slot.name);
    }
    ordered_json out{{"name", slot.name}};
    if (slot.scope == Scope::Listener) {
        if (const auto at = findNamed(status.listeners, slot.name); at != status.listeners.end()) {
            out["address"] = at->address;
            out["role"] = at->role;
        }
    } else if (slot.scope == Scope::Pool) {
        if (const auto at = findNamed(status.pools, slot.name); at != status.pools.end()) {
            out["algorithm"] = at->algorithm;
            out["panic"] = at->panic;
            if (const auto& limit = at->limit) {
                out["adaptive_concurrency"] = {{"limit", limit->limit},
                                               {"under_way", limit->inFlight},
                                               {"unloaded_ms", milliseconds(limit->unloaded)},
                                               {"latency_ms", milliseconds(limit->latency)},
                                               {"probing", limit->probing}};
            }
        }
    }
    return out;
}

ordered_json slotsOf(const Status& status, Scope scope)
{
    ordered_json out = ordered_json::array();
    for (const auto& slot : status.stats.slots) {
        if (slot.scope == scope) {
            ordered_json item = headOf(status, slot);
            addCounters(item, slot);
            if (scope == Scope::Backend) {
                item["checks_failed"] = slot.value(Counter::ChecksFailed);
                item["ejections"] = slot.value(Counter::Ejections);
                item["health_changes"] = slot.value(Counter::HealthTransitions);
            } else if (scope == Scope::Pool) {
                item["breaker_refused"] = slot.value(Counter::BreakerRefused);
            }
            if (scope == Scope::Route || scope == Scope::Pool) {
                item["mirrors_sent"] = slot.value(Counter::MirrorsSent);
                item["mirrors_failed"] = slot.value(Counter::MirrorsFailed);
                item["mirrors_dropped"] = slot.value(Counter::MirrorsDropped);
            }
            out.push_back(std::move(item));
        }
    }
    return out;
}

}  // namespace

std::string statsJson(const Status& status)
{
    ordered_json out{{"time", timeText(status.stats.wallNs)},
                     {"version", status.version},
                     {"reactor", status.reactor},
                     {"workers", status.workers},
                     {"epoch", status.epoch},
                     {"draining", status.draining},
                     {"traces_dropped", status.stats.droppedTraces},
                     {"access_log", {{"lines", status.accessLog.lines}, {"dropped", status.accessLog.dropped}}},
                     {"process",
                      {{"cpu_seconds", status.process.cpuSeconds},
                       {"resident_bytes", status.process.residentBytes},
                       {"open_fds", status.process.openDescriptors},
                       {"max_fds", status.process.mostDescriptors},
                       {"start_time", status.process.startedAt}}}};
    ordered_json codes = ordered_json::object();
    for (const auto& [code, count] : status.stats.status) {
        codes[std::to_string(code)] = count;
    }
    out["status"] = std::move(codes);
    out["listeners"] = slotsOf(status, Scope::Listener);
    out["routes"] = slotsOf(status, Scope::Route);
    out["pools"] = slotsOf(status, Scope::Pool);
    out["backends"] = slotsOf(status, Scope::Backend);
    out["consumers"] = slotsOf(status, Scope::Consumer);
    ordered_json policies = ordered_json::array();
    for (const auto& slot : status.stats.slots) {
        if (slot.scope == Scope::Policy) {
            policies.push_back({{"name", slot.name}, {"rejected", slot.value(Counter::Rejected)}});
        }
    }
    out["policies"] = std::move(policies);
    return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace signalbox::admin
