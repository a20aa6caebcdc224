#include "core/admin/metrics_text.h"

#include <array>
#include <charconv>
#include <functional>
#include <span>

namespace signalbox::admin {
namespace {

using stats::Counter;
using stats::Scope;
using stats::SlotSnapshot;

/// Upper bounds in seconds, as they are written.
constexpr auto kBounds = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"0.0005", 500'000},
    {"0.001", 1'000'000},
    {"0.0025", 2'500'000},
    {"0.005", 5'000'000},
    {"0.01", 10'000'000},
    {"0.025", 25'000'000},
    {"0.05", 50'000'000},
    {"0.1", 100'000'000},
    {"0.25", 250'000'000},
    {"0.5", 500'000'000},
    {"1", 1'000'000'000},
    {"2.5", 2'500'000'000},
    {"5", 5'000'000'000},
    {"10", 10'000'000'000},
    {"30", 30'000'000'000},
});

struct Label {
    std::string_view name;
    std::string_view value;
};

/// One family after the other: its HELP and TYPE lines, then its samples.
class Writer {
public:
    void family(std::string_view name, std::string_view type, std::string_view help)
    {
        m_name = name;
        m_out.append("# HELP ").append(name).append(" ").append(help).append("\n");
        m_out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    }
    void sample(std::span<const Label> labels, double value) { sample({}, labels, text(value)); }
    void sample(std::span<const Label> labels, std::uint64_t value) { sample({}, labels, std::to_string(value)); }
    void sample(std::span<const Label> labels, std::int64_t value) { sample({}, labels, std::to_string(value)); }
    void sample(std::string_view suffix, std::span<const Label> labels, std::string_view value)
    {
        m_out.append(m_name).append(suffix);
        for (std::size_t at = 0; at < labels.size(); ++at) {
            m_out.append(at == 0 ? "{" : ",").append(labels[at].name).append("=\"");
            escape(labels[at].value);
            m_out.append("\"");
        }
        m_out.append(labels.empty() ? " " : "} ").append(value).append("\n");
    }
    void histogram(std::vector<Label> labels, const stats::Histogram& values)
    {
        labels.push_back({"le", {}});
        const auto buckets = values.buckets();
        std::uint64_t below = 0;
        std::size_t at = 0;
        for (const auto& [text, bound] : kBounds) {
            while (at < buckets.size() &&
                   stats::HistogramLayout::upper(static_cast<std::uint32_t>(at)).count() <= bound) {
                below += buckets[at++];
            }
            labels.back().value = text;
            sample("_bucket", labels, std::to_string(below));
        }
        labels.back().value = "+Inf";
        sample("_bucket", labels, std::to_string(values.count()));
        labels.pop_back();
        sample("_sum", labels, text(static_cast<double>(values.sum().count()) * 1e-9));
        sample("_count", labels, std::to_string(values.count()));
    }
    [[nodiscard]] std::string take() { return std::move(m_out); }

private:
    static std::string text(double value)
    {
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, value);
        return {digits, end.ptr};
    }
    void escape(std::string_view value)
    {
        for (const char c : value) {
            if (c == '\n') {
                m_out += "\\n";
            } else {
                m_out.append(c == '\\' || c == '"' ? "\\" : "");
                m_out += c;
            }
        }
    }

    std::string m_out;
    std::string_view m_name;
};

/// How the slots of one scope are named and labelled.
struct Kind {
    Scope scope;
    std::string_view prefix;  ///< "signalbox_route_"
    std::string_view label;
    std::string_view of;  ///< "of this route"
};
constexpr Kind kListener{Scope::Listener, "signalbox_", "listener", "of each listener"};
constexpr Kind kRoute{Scope::Route, "signalbox_route_", "route", "of each route"};
constexpr Kind kPool{Scope::Pool, "signalbox_pool_", "pool", "of each pool"};
constexpr Kind kBackend{Scope::Backend, "signalbox_backend_", "backend", "of each backend, repeated attempts too"};
constexpr Kind kConsumer{Scope::Consumer, "signalbox_consumer_", "consumer", "of each known consumer"};

class Families {
public:
    Families(Writer& out, const stats::StatsSnapshot& snapshot, const Kind& kind)
        : m_out(out), m_snapshot(snapshot), m_kind(kind)
    {}

    void counter(std::string_view name, std::string_view help, Counter counter)
    {
        begin(name, "counter", help);
        each([&](const SlotSnapshot& slot, const std::vector<Label>& labels) {
            m_out.sample(labels, slot.value(counter));
        });
    }
    void active()
    {
        begin("requests_active", "gauge", "Requests under way");
        each([&](const SlotSnapshot& slot, const std::vector<Label>& labels) { m_out.sample(labels, slot.active); });
    }
    void classes()
    {
        static constexpr auto kClasses = std::to_array<std::pair<std::string_view, Counter>>({
            {"1xx", Counter::Status1xx},
            {"2xx", Counter::Status2xx},
            {"3xx", Counter::Status3xx},
            {"4xx", Counter::Status4xx},
            {"5xx", Counter::Status5xx},
        });
        begin("responses_total", "counter", "Answers by class of status");
        each([&](const SlotSnapshot& slot, std::vector<Label> labels) {
            labels.push_back({"class", {}});
            for (const auto& [word, counter] : kClasses) {
                labels.back().value = word;
                const std::uint64_t limited = counter == Counter::Status4xx ? slot.value(Counter::Status429) : 0;
                m_out.sample(labels, slot.value(counter) + limited);
            }
        });
        counter("rate_limited_total", "Answers with status 429", Counter::Status429);
    }
    void errors(bool ofClients)
    {
        begin("errors_total", "counter", "Failures by kind");
        each([&](const SlotSnapshot& slot, std::vector<Label> labels) {
            labels.push_back({"kind", {}});
            const auto one = [&](std::string_view kind, Counter counter) {
                labels.back().value = kind;
                m_out.sample(labels, slot.value(counter));
            };
            one("connect", Counter::ConnectErrors);
            one("reset", Counter::Resets);
            one("timeout", Counter::Timeouts);
            if (ofClients) {
                one("client-abort", Counter::ClientAborts);
            }
        });
    }
    void bytes()
    {
        counter("received_bytes_total", "Body bytes from clients", Counter::BytesIn);
        counter("sent_bytes_total", "Body bytes to clients", Counter::BytesOut);
    }
    void durations()
    {
        begin("request_duration_seconds", "histogram",
              "Time from the first byte of a request to the end of its answer");
        histograms();
    }
    void answerDurations()
    {
        begin("response_duration_seconds", "histogram", "Time from an attempt to the head of its answer");
        histograms();
    }

private:
    void begin(std::string_view name, std::string_view type, std::string_view help)
    {
        m_name.assign(m_kind.prefix).append(name);
        m_help.assign(help).append(", ").append(m_kind.of).append(".");
        m_out.family(m_name, type, m_help);
    }
    void histograms()
    {
        each(
            [&](const SlotSnapshot& slot, const std::vector<Label>& labels) { m_out.histogram(labels, slot.latency); });
    }
    template <typename Visit>
    void each(Visit visit)
    {
        for (const SlotSnapshot& slot : m_snapshot.slots) {
            if (slot.scope != m_kind.scope) {
                continue;
            }
            const std::string_view name = slot.name;
            const std::size_t slash = name.find('/');
            if (m_kind.scope == Scope::Backend && slash != std::string_view::npos) {
                visit(slot, std::vector<Label>{{"pool", name.substr(0, slash)}, {"backend", name.substr(slash + 1)}});
            } else {
                visit(slot, std::vector<Label>{{m_kind.label, name}});
            }
        }
    }

    Writer& m_out;
    const stats::StatsSnapshot& m_snapshot;
    const Kind& m_kind;
    std::string m_name;
    std::string m_help;
};

void scopes(Writer& out, const stats::StatsSnapshot& snapshot)
{
    for (const Kind* const kind : {&kListener, &kRoute, &kPool, &kConsumer}) {
        Families families(out, snapshot, *kind);
        families.counter("requests_total", "Requests", Counter::Requests);
        families.active();
        families.classes();
        if (kind != &kConsumer) {
            families.counter("rejected_total", "Requests refused by a policy", Counter::Rejected);
            families.errors(true);
            families.counter("retries_total", "Attempts after the first", Counter::Retries);
            families.counter("retries_refused_total", "Retries that the budget did not allow", Counter::RetriesRefused);
            families.counter("queued_total", "Requests that waited for a free backend", Counter::Queued);
            families.counter("queue_refused_total", "Requests that found the queue full", Counter::QueueRefused);
            families.counter("limit_refused_total", "Requests over the adaptive concurrency limit", Counter::LimitRefused);
            families.counter("hedges_total", "Second attempts beside a slow one", Counter::Hedges);
            families.counter("hedges_won_total", "Second attempts that answered first", Counter::HedgesWon);
            families.counter("hedges_refused_total", "Second attempts that the budget did not allow",
                             Counter::HedgesRefused);
        }
        families.bytes();
        if (kind == &kPool || kind == &kRoute) {
            families.counter("mirrors_sent_total", "Copies of requests", Counter::MirrorsSent);
            families.counter("mirrors_failed_total", "Copies that were not answered", Counter::MirrorsFailed);
            families.counter("mirrors_dropped_total", "Copies not sent, or not to their end", Counter::MirrorsDropped);
        }
        if (kind == &kPool) {
            families.counter("breaker_refused_total", "Requests answered by an open circuit breaker",
                             Counter::BreakerRefused);
        }
        if (kind == &kListener) {
            families.counter("connections_opened_total", "Client connections accepted", Counter::ConnectionsOpened);
        }
        families.durations();
    }
    Families backends(out, snapshot, kBackend);
    backends.counter("requests_total", "Attempts", Counter::Requests);
    backends.active();
    backends.classes();
    backends.errors(false);
    backends.counter("connections_opened_total", "Attempts on a new connection", Counter::ConnectionsOpened);
    backends.counter("connections_reused_total", "Attempts on a kept connection", Counter::ConnectionsReused);
    backends.counter("checks_failed_total", "Active checks that failed", Counter::ChecksFailed);
    backends.counter("ejections_total", "Ejections for the outcome of requests", Counter::Ejections);
    backends.counter("health_changes_total", "Changes between up, down and ejected", Counter::HealthTransitions);
    backends.answerDurations();
}

void policies(Writer& out, const stats::StatsSnapshot& snapshot)
{
    out.family("signalbox_policy_rejected_total", "counter", "Requests refused by each policy.");
    for (const SlotSnapshot& slot : snapshot.slots) {
        if (slot.scope == Scope::Policy) {
            const Label labels[] = {{"policy", slot.name}};
            out.sample(labels, slot.value(Counter::Rejected));
        }
    }
}

void backendStates(Writer& out, const Status& status)
{
    const auto each = [&](std::string_view name, std::string_view help, bool (*value)(const Status::Backend&)) {
        out.family(name, "gauge", help);
        for (const auto& backend : status.backends) {
            const Label labels[] = {{"pool", backend.pool}, {"backend", backend.name}};
            out.sample(labels, std::uint64_t{value(backend)});
        }
    };
    each("signalbox_backend_up", "Whether a backend gets requests: healthy, not draining, with an address.",
         [](const Status::Backend& backend) { return backend.isUp(); });
    each("signalbox_backend_draining", "Whether an operator has taken a backend out.",
         [](const Status::Backend& backend) { return backend.draining; });
    each("signalbox_backend_ejected", "Whether a backend is out for the outcome of its requests.",
         [](const Status::Backend& backend) { return backend.ejected; });
    const auto limits = [&](std::string_view name, std::string_view help, auto value) {
        out.family(name, "gauge", help);
        for (const auto& pool : status.pools) {
            if (pool.limit) {
                const Label labels[] = {{"pool", pool.name}};
                out.sample(labels, value(*pool.limit));
            }
        }
    };
    limits("signalbox_pool_concurrency_limit", "Requests that may be under way, of pools with adaptive concurrency.",
           [](const auto& limit) { return std::uint64_t{limit.limit}; });
    limits("signalbox_pool_concurrency", "Requests under way, of pools with adaptive concurrency.",
           [](const auto& limit) { return std::uint64_t{limit.inFlight}; });
    limits("signalbox_pool_unloaded_latency_seconds", "Latency without load, of pools with adaptive concurrency.",
           [](const auto& limit) { return static_cast<double>(limit.unloaded.count()) * 1e-9; });
    out.family("signalbox_pool_panic", "gauge", "Whether so few backends are healthy that health is ignored.");
    for (const auto& pool : status.pools) {
        const Label labels[] = {{"pool", pool.name}};
        out.sample(labels, std::uint64_t{pool.panic});
    }
}

void engine(Writer& out, const Status& status)
{
    const auto one = [&out](std::string_view name, std::string_view type, std::string_view help, auto value) {
        out.family(name, type, help);
        out.sample({}, value);
    };
    out.family("signalbox_build_info", "gauge", "Version of the program; the value is always 1.");
    const Label build[] = {{"version", status.version}, {"reactor", status.reactor}};
    out.sample(build, std::uint64_t{1});
    one("signalbox_workers", "gauge", "Worker threads.", std::uint64_t{status.workers});
    one("signalbox_plan_epoch", "gauge", "Number of the plan that new requests get.", status.epoch);
    one("signalbox_draining", "gauge", "Whether the engine is on its way to stop.", std::uint64_t{status.draining});
    one("signalbox_traces_dropped_total", "counter", "Requests whose decision trace was not kept.",
        status.stats.droppedTraces);
    one("signalbox_access_log_lines_total", "counter", "Lines written to access logs.", status.accessLog.lines);
    one("signalbox_access_log_dropped_total", "counter", "Lines of access logs that were lost.",
        status.accessLog.dropped);
    out.family("signalbox_responses_by_code_total", "counter", "Answers by status code, of all listeners.");
    for (const auto& [code, count] : status.stats.status) {
        const std::string text = std::to_string(code);
        const Label labels[] = {{"code", text}};
        out.sample(labels, count);
    }
    const ProcessStatus& process = status.process;
    one("process_cpu_seconds_total", "counter", "CPU time of the process.", process.cpuSeconds);
    one("process_resident_memory_bytes", "gauge", "Resident memory.", process.residentBytes);
    one("process_virtual_memory_bytes", "gauge", "Virtual memory.", process.virtualBytes);
    one("process_open_fds", "gauge", "Open file descriptors.", process.openDescriptors);
    one("process_max_fds", "gauge", "Most file descriptors that may be open.", process.mostDescriptors);
    one("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", process.startedAt);
}

}  // namespace

std::string metricsText(const Status& status)
{
    Writer out;
    engine(out, status);
    scopes(out, status.stats);
    policies(out, status.stats);
    backendStates(out, status);
    return out.take();
}

}  // namespace signalbox::admin
