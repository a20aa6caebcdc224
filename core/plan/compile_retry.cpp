#include <algorithm>

#include "core/plan/draft.h"
#include "core/policy/digest.h"
#include "core/site/grammar_parts.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

/// Takes one condition of `on`; false where the word is none.
bool addCondition(std::string_view word, RetryPlan& out)
{
    if (word == "connect") {
        out.onConnect = true;
    } else if (word == "reset") {
        out.onReset = true;
    } else if (word == "timeout") {
        out.onTimeout = true;
    } else if (word == "5xx") {
        out.on5xx = true;
    } else {
        const auto status = parseInteger(word);
        if (!status || *status < 400 || *status > 599) {
            return false;
        }
        out.statuses.push_back(static_cast<std::uint16_t>(*status));
    }
    return true;
}

void readConditions(Draft& draft, const Params& params, const ValuePath& path, RetryPlan& out)
{
    if (!params.has("on")) {
        return;
    }
    out.onConnect = out.onReset = out.onTimeout = false;
    for (const std::string& word : params.texts("on")) {
        if (!addCondition(word, out)) {
            draft.error(site::codes::kBadValue,
                        "'on': '" + word + "' is not connect, reset, timeout, 5xx or a status from 400 to 599",
                        site::childPath(path, "on"), params.value("on")->place);
        }
    }
}

/// 128 bits are more than can be guessed, and short enough for every request to carry.
std::string cookieValue(std::string_view secret, std::string_view pool, std::string_view backend)
{
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text(pool);
    text.append("/").append(backend);
    const auto digest = policy::hmacSha256(secret, text);
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (std::size_t at = 0; at < 16; ++at) {
        bits = (bits << 8 | digest[at]) & 0xFFFFU;
        for (held += 8; held >= 6; held -= 6) {
            out += kDigits[bits >> (held - 6) & 63];
        }
    }
    out += kDigits[bits << (6 - held) & 63];
    return out;
}

StickyPlan compileSticky(const Params& params, const PoolPlan* before, const PoolPlan& pool)
{
    StickyPlan out;
    out.cookie = params.text("cookie");
    out.secret = params.text("secret");
    if (out.secret.empty()) {
        out.secret = before && before->sticky && before->sticky->ownSecret ? before->sticky->secret : policy::newSecret();
        out.ownSecret = true;
    }
    out.attributes = "; Path=/; HttpOnly; SameSite=Lax";
    if (const Duration ttl = params.duration("ttl"); ttl > Duration::zero()) {
        const auto seconds = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(ttl).count());
        out.attributes += "; Max-Age=" + std::to_string(seconds);
    }
    if (params.boolean("secure")) {
        out.attributes += "; Secure";
    }
    for (const BackendPlan& backend : pool.backends) {
        out.values.push_back(cookieValue(out.secret, pool.name, backend.name));
    }
    return out;
}

}  // namespace

void compileRetry(Draft& draft, const Value& owner, const ValuePath& path, const RoutePlan* before, RoutePlan& out)
{
    const Value* const written = owner.find("retry");
    if (!written) {
        return;
    }
    const Params params(site::retrySpec(), written);
    RetryPlan retry;
    retry.attempts = static_cast<std::uint32_t>(params.integer("attempts"));
    readConditions(draft, params, site::childPath(path, "retry"), retry);
    retry.nonIdempotent = params.boolean("non_idempotent");
    retry.backoff = params.duration("backoff");
    retry.maxBackoff = std::max(retry.backoff, params.duration("max_backoff"));
    if (params.has("budget")) {
        const double share = params.share("budget");
        const bool goesOn = before && before->retry && before->retry->budget && before->retry->budget->share() == share;
        retry.budget = goesOn ? before->retry->budget : std::make_shared<balance::RetryBudget>(share);
    }
    out.retry = std::move(retry);
}

void compileHedge(Draft& draft, const Value& owner, const ValuePath& path, RoutePlan& out)
{
    const Value* const written = owner.find("hedge");
    if (!written) {
        return;
    }
    const Params params(site::hedgeSpec(), written);
    HedgePlan hedge;
    hedge.after = params.duration("after");
    hedge.attempts = static_cast<std::uint32_t>(params.integer("attempts"));
    if (hedge.after < std::chrono::milliseconds(1)) {
        draft.error(site::codes::kBadValue, "'after': must be at least 1ms",
                    site::childPath(site::childPath(path, "hedge"), "after"), written->place);
    }
    out.hedge = hedge;
}

void compileMirrors(Draft& draft, const Value& route, RoutePlan& out)
{
    const auto add = [&](const Value& item) {
        const Params params(site::mirrorSpec(), &item);
        MirrorPlan mirror;
        mirror.pool = draft.poolOf(params.value("pool"));
        mirror.share = params.share("share");
        out.mirrors.push_back(std::move(mirror));
    };
    const Value* const written = route.find("mirror");
    if (written && written->isMap()) {
        add(*written);
    } else if (written) {
        std::ranges::for_each(written->items(), add);
    }
}

void compileLimit(Draft& draft, const Params& pool, const ValuePath& path, const PoolPlan* before, PoolPlan& out)
{
    if (!pool.has("adaptive_concurrency")) {
        return;
    }
    const Params written = pool.object("adaptive_concurrency");
    const auto number = [&](std::string_view key) { return static_cast<std::uint32_t>(written.integer(key)); };
    const auto fault = [&](std::string_view key, std::string what) {
        const Value* const value = written.value(key);
        draft.error(site::codes::kBadValue, "'" + std::string(key) + "': " + std::move(what),
                    site::childPath(site::childPath(path, "adaptive_concurrency"), key),
                    value ? value->place : written.raw()->place);
    };
    balance::AdaptiveParams params;
    params.min = number("min");
    params.max = number("max");
    params.initial = number("initial");
    params.tolerance = written.share("tolerance");
    params.window = written.duration("window");
    params.minSamples = number("min_samples");
    params.probe = written.duration("probe");
    if (params.min > params.max) {
        fault(written.has("max") ? "max" : "min", "the highest limit is below the lowest");
        return;
    }
    for (const std::string_view key : {"window", "probe"}) {
        if (written.duration(key) < std::chrono::milliseconds(1)) {
            fault(key, "must be at least 1ms");
            return;
        }
    }
    const bool goesOn = before && before->limit && before->limit->params() == params;
    out.limit = goesOn ? before->limit : std::make_shared<balance::AdaptiveLimit>(params);
}

void compileWaiting(const Params& pool, const PoolPlan* before, PoolPlan& out)
{
    if (pool.has("sticky")) {
        out.sticky = compileSticky(pool.object("sticky"), before, out);
    }
    if (pool.has("queue")) {
        const Params queue = pool.object("queue");
        const bool goesOn = before && before->queue;
        out.queue = QueuePlan{static_cast<std::uint32_t>(queue.integer("limit")), queue.duration("timeout"),
                              goesOn ? before->queue->line : std::make_shared<balance::WaitQueue>()};
    }
}

}  // namespace signalbox::plan
