#include "core/plan/compile_health.h"

#include <algorithm>
#include <optional>

#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

constexpr Duration kShortest = std::chrono::milliseconds(1);

/// "200", "300-399" into `out`; false where it is neither.
bool addRange(std::string_view text, std::vector<balance::StatusRange>& out)
{
    const auto trimmed = [](std::string_view part) {
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        return part.substr(0, part.find_last_not_of(' ') + 1);
    };
    const std::size_t dash = text.find('-');
    const auto first = parseInteger(trimmed(text.substr(0, dash)));
    const auto last = dash == std::string_view::npos ? first : parseInteger(trimmed(text.substr(dash + 1)));
    if (!first || !last || *first < 100 || *last > 599 || *first > *last) {
        return false;
    }
    out.push_back({static_cast<int>(*first), static_cast<int>(*last)});
    return true;
}

/// Reads the parts of a pool that are about health, and reports with their places.
class Reader {
public:
    Reader(Draft& draft, const Value& pool, const ValuePath& path) : m_draft(draft), m_pool(pool), m_path(path) {}

    HealthDraft read()
    {
        HealthDraft out;
        const Params pool(site::poolSpec(), &m_pool);
        const Params health = pool.object("health");
        out.traits.slowStart = pool.duration("slow_start");
        out.traits.panic = health.share("panic");
        if (health.has("active")) {
            out.params.active = active(health.object("active"));
        }
        if (health.has("passive")) {
            out.params.passive = passive(health.object("passive"));
        }
        if (pool.has("circuit_breaker")) {
            out.params.breaker = breaker(pool.object("circuit_breaker"));
        }
        return out;
    }

private:
    void error(const Params& object, std::string_view where, std::string_view key, std::string message)
    {
        ValuePath path = m_path + "/" + std::string(where);
        path = site::childPath(path, key);
        const Value* const value = object.value(key);
        m_draft.error(site::codes::kBadValue, "'" + std::string(key) + "': " + std::move(message), std::move(path),
                      value ? value->place : m_pool.place);
    }

    Duration positive(const Params& object, std::string_view where, std::string_view key)
    {
        const Duration value = object.duration(key);
        if (value < kShortest) {
            error(object, where, key, "must be at least 1ms");
            return std::chrono::seconds(1);
        }
        return value;
    }

    balance::ActiveCheckParams active(const Params& from)
    {
        constexpr std::string_view kWhere = "health/active";
        balance::ActiveCheckParams out;
        out.type =
            from.text("type") == "tcp" ? balance::ActiveCheckParams::Type::Tcp : balance::ActiveCheckParams::Type::Http;
        out.method = from.text("method");
        out.path = from.text("path");
        out.host = from.text("host");
        out.port = static_cast<std::uint16_t>(from.integer("port"));
        out.interval = positive(from, kWhere, "interval");
        out.timeout = positive(from, kWhere, "timeout");
        out.jitter = from.share("jitter");
        out.rise = static_cast<std::uint32_t>(from.integer("rise"));
        out.fall = static_cast<std::uint32_t>(from.integer("fall"));
        const auto printable = [](const std::string& text) {
            return text.find_first_not_of(kVisible) == std::string::npos;
        };
        if (!out.path.starts_with('/') || !printable(out.path)) {
            error(from, kWhere, "path", "'" + out.path + "' is not a path: it begins with / and has no blanks");
        }
        if (!printable(out.host)) {
            error(from, kWhere, "host", "'" + out.host + "' is not a host");
        }
        out.expect.clear();
        for (const std::string& part : from.texts("expect")) {
            for (std::string_view rest = part; !rest.empty();) {
                const std::size_t comma = std::min(rest.find(','), rest.size());
                const std::string_view one = rest.substr(0, comma);
                if (!addRange(one, out.expect)) {
                    error(from, kWhere, "expect",
                          "'" + std::string(one) + "' is not a status or a range of them (like 200,204,300-399)");
                }
                rest.remove_prefix(std::min(comma + 1, rest.size()));
            }
        }
        return out;
    }

    balance::PassiveParams passive(const Params& from)
    {
        constexpr std::string_view kWhere = "health/passive";
        balance::PassiveParams out;
        out.failures = static_cast<std::uint32_t>(from.integer("failures"));
        out.eject = positive(from, kWhere, "eject");
        out.maxEjected = from.share("max_ejected");
        out.errorShare = from.share("error_share");
        out.window = positive(from, kWhere, "window");
        out.minRequests = static_cast<std::uint32_t>(from.integer("min_requests"));
        if (from.has("success_rate")) {
            const Params rate = from.object("success_rate");
            out.successRate.emplace();
            out.successRate->factor = rate.number("factor");
            out.successRate->interval = positive(rate, "health/passive/success_rate", "interval");
            out.successRate->minHosts = static_cast<std::uint32_t>(rate.integer("min_hosts"));
            out.successRate->minRequests = static_cast<std::uint32_t>(rate.integer("min_requests"));
        }
        return out;
    }

    balance::BreakerParams breaker(const Params& from)
    {
        constexpr std::string_view kWhere = "circuit_breaker";
        balance::BreakerParams out;
        out.failures = from.share("failures");
        if (out.failures <= 0) {
            error(from, kWhere, "failures", "must be more than 0%");
            out.failures = 1;
        }
        out.minRequests = static_cast<std::uint32_t>(from.integer("min_requests"));
        out.window = positive(from, kWhere, "window");
        out.open = positive(from, kWhere, "open");
        out.trials = static_cast<std::uint32_t>(from.integer("trials"));
        return out;
    }

    static constexpr const char* kVisible =
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    Draft& m_draft;
    const Value& m_pool;
    const ValuePath& m_path;
};

}  // namespace

HealthDraft compileHealth(Draft& draft, const Value& pool, const ValuePath& path)
{
    return Reader(draft, pool, path).read();
}

void warnAboutHealth(Draft& draft, const Value& pool, const ValuePath& path)
{
    const Params params(site::poolSpec(), &pool);
    const Params health = params.object("health");
    const std::string name = "pool '" + site::Site::nameOf(pool) + "'";
    const Value* const backends = pool.find("backends");
    const std::size_t count = backends ? backends->items().size() : 0;
    const auto warn = [&](const Params& object, std::string_view where, std::string_view key, std::string message) {
        const Value* const value = object.value(key);
        const ValuePath below = where.empty() ? path : path + "/" + std::string(where);
        draft.warning(site::codes::kHealth, std::move(message), site::childPath(below, key),
                      value ? value->place : pool.place);
    };
    const bool isActive = health.has("active");
    if (const Params active = health.object("active"); isActive) {
        const Duration interval = active.duration("interval");
        if (interval >= kShortest && active.duration("timeout") > interval) {
            warn(active, "health/active", active.has("timeout") ? "timeout" : "interval",
                 "checks of " + name + " may take longer than their interval: silent backends are asked less often");
        }
        if (active.text("type") == "tcp" && (active.has("path") || active.has("expect"))) {
            warn(active, "health/active", active.has("path") ? "path" : "expect",
                 "a tcp check of " + name + " only connects: path and expect are not looked at");
        }
    }
    if (health.has("passive")) {
        const Params passive = health.object("passive");
        if (count == 1) {
            warn(health, "health", "passive", name + " has one backend, which is never ejected");
        }
        if (passive.integer("failures") == 0 && passive.share("error_share") <= 0 && !passive.has("success_rate")) {
            warn(passive, "health/passive", "failures", "the passive checks of " + name + " never eject a backend");
        }
        const Value* const rate = passive.value("success_rate");
        if (const Params success = passive.object("success_rate");
            rate && static_cast<std::int64_t>(count) < success.integer("min_hosts")) {
            warn(passive, "health/passive", "success_rate",
                 name + " has fewer backends than its success rate needs to compare them (" +
                     std::to_string(success.integer("min_hosts")) + ")");
        }
    }
    if (health.share("panic") > 0 && !isActive && !health.has("passive")) {
        warn(health, "health", "panic", name + " has no checks, so that it never panics");
    }
    if (params.duration("slow_start") > Duration::zero() && count == 1) {
        warn(params, {}, "slow_start", name + " has one backend: a slow start gives it all requests at once");
    }
}

}  // namespace signalbox::plan
