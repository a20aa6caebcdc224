#include <cmath>
#include <cstring>
#include <memory>

#include "core/http/char_class.h"
#include "core/policy/bucket_table.h"
#include "core/policy/digest.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "rate-limit";

enum class KeyKind : std::uint8_t { Ip, Consumer, Route, Header };

struct Key {
    KeyKind kind = KeyKind::Ip;
    std::string header;
};

struct Settings {
    Key key;
    std::string keyText;
    std::string rateText;
    TokenBucket::Limit limit;
};

/// "8 ms", "1.5 s": short enough for a trace.
std::string_view shortDuration(Arena& arena, Duration value)
{
    const double ms = static_cast<double>(value.count()) / 1e6;
    return ms < 10     ? format(arena, "%.1f ms", ms)
           : ms < 1000 ? format(arena, "%.0f ms", ms)
                       : format(arena, "%.1f s", ms / 1000);
}

class RateLimit final : public Policy {
public:
    explicit RateLimit(Settings settings) : m_settings(std::move(settings))
    {
        const double refill =
            static_cast<double>(m_settings.limit.burst) * static_cast<double>(m_settings.limit.interval) / 64e9;
        m_policyLine = "\"default\";q=" + std::to_string(m_settings.limit.burst) +
                       ";w=" + std::to_string(std::max<long long>(1, std::llround(std::ceil(refill - 1e-9))));
    }

    Verdict onRequest(RequestContext& context, Refusal& refusal) override
    {
        char key[BucketTable::kMostKey];
        const TokenBucket::Outcome outcome = m_buckets.take(makeKey(context, key), m_settings.limit, context.now);
        if (outcome.passed) {
            if (context.trace != nullptr) {
                note(context.trace, kId, stats::PolicyVerdict::Passed,
                     format(context.arena, "%.2f of %lld tokens, took 1 (per %s)", outcome.tokens,
                            static_cast<long long>(m_settings.limit.burst), m_settings.keyText.c_str()));
            }
            return Verdict::Proceed;
        }
        const long long seconds = std::max<long long>(1, (outcome.wait.count() + 999'999'999) / 1'000'000'000);
        refusal.headers.add("Retry-After", format(context.arena, "%lld", seconds));
        refusal.headers.add("RateLimit-Policy", m_policyLine);
        refusal.headers.add("RateLimit", format(context.arena, "\"default\";r=0;t=%lld", seconds));
        const std::string_view wait = shortDuration(context.arena, outcome.wait);
        const std::string_view detail =
            format(context.arena,
                   "No more than %s with bursts of %lld are allowed per %s; the next request is let in after %.*s.",
                   m_settings.rateText.c_str(), static_cast<long long>(m_settings.limit.burst),
                   m_settings.keyText.c_str(), static_cast<int>(wait.size()), wait.data());
        const std::string_view why =
            context.trace == nullptr
                ? std::string_view{}
                : format(context.arena, "bucket empty: %.2f of 1 token, next in %.*s",
                         std::floor(outcome.tokens * 100 + 1e-6) / 100, static_cast<int>(wait.size()), wait.data());
        return refuse(context, refusal, kId, 429, "Rate limit exceeded", detail, why);
    }

private:
    /// One letter for the kind, then the value: an address can never be taken for a consumer's name.
    [[nodiscard]] std::string_view makeKey(const RequestContext& context, char (&out)[BucketTable::kMostKey]) const
    {
        char kind = 'i';
        std::string_view value = context.client.bytes();
        if (m_settings.key.kind == KeyKind::Route) {
            kind = 'r';
            value = context.route;
        } else if (m_settings.key.kind == KeyKind::Consumer && context.consumer != nullptr) {
            kind = 'c';
            value = context.consumer->name;
        } else if (m_settings.key.kind == KeyKind::Header) {
            if (const auto found = context.request.headers.find(m_settings.key.header)) {
                kind = 'h';
                value = *found;
            }
        }
        std::array<unsigned char, 32> digest;
        if (value.size() + 1 > sizeof out) {
            digest = sha256(value);
            kind = static_cast<char>(kind - 'a' + 'A');
            value = {reinterpret_cast<const char*>(digest.data()), digest.size()};
        }
        out[0] = kind;
        std::memcpy(out + 1, value.data(), value.size());
        return {out, value.size() + 1};
    }

    Settings m_settings;
    std::string m_policyLine;
    BucketTable m_buckets;
};

Result<Key> readKey(const std::string& text)
{
    if (text == "ip" || text == "consumer" || text == "route") {
        return Key{text == "ip" ? KeyKind::Ip : text == "consumer" ? KeyKind::Consumer : KeyKind::Route, {}};
    }
    if (!text.starts_with("header:")) {
        return invalid("'" + text + "' is not a key to limit by: ip, consumer, route or header:NAME");
    }
    const std::string name = text.substr(7);
    if (!http::isToken(name)) {
        return invalid("'" + name + "' in '" + text + "' is not a header name");
    }
    return Key{KeyKind::Header, name};
}

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    const Rate rate = params.rate("rate");
    if (!(rate.perSecond > 0) || rate.perSecond > 1e7) {
        return invalid("the rate must be above 0 and at most 10000000/s; 'acl' refuses all requests");
    }
    auto key = readKey(params.text("key"));
    if (!key) {
        return fail(key.error());
    }
    const std::int64_t burst = params.has("burst") ? params.integer("burst")
                                                   : std::max<std::int64_t>(1, std::llround(std::ceil(rate.perSecond)));
    return std::make_unique<RateLimit>(
        Settings{std::move(*key), params.text("key"), formatRate(rate), TokenBucket::Limit(rate, burst)});
}

}  // namespace

PolicyDescriptor rateLimitPolicy()
{
    return {kId,
            {kId,
             "Rate limit",
             "Lets through so many requests in a time, counted per address, consumer, route or header; the rest get "
             "429 with Retry-After, RateLimit-Policy "
             "and RateLimit. One limit for all workers. The newest 65536 keys are kept; a key at rest takes no place.",
             {{.key = "rate",
               .kind = ParamKind::Rate,
               .title = "Rate",
               .help = "How many requests come through in the long run: 50/s, 30/m, 10/h.",
               .fallback = "50/s",
               .required = true,
               .max = 1e7},
              {.key = "burst",
               .kind = ParamKind::Integer,
               .title = "Burst",
               .help = "How many may come at once after a pause: the size of the bucket. Without it: what the rate "
                       "gives in one second, at least 1.",
               .min = 1,
               .max = 1e6},
              {.key = "key",
               .kind = ParamKind::Text,
               .title = "Counted per",
               .help = "ip, consumer, route or header:NAME. Requests without a known consumer, or without that header, "
                       "are counted by address.",
               .fallback = "ip"},
              {.key = "algorithm",
               .kind = ParamKind::Choice,
               .title = "Algorithm",
               .help = "token-bucket lets short bursts through and holds the rate in the long run.",
               .fallback = "token-bucket",
               .advanced = true,
               .choices = {"token-bucket"},
               .laterChoices = {"leaky-bucket", "fixed-window", "sliding-window"}},
              {.key = "store",
               .kind = ParamKind::Choice,
               .title = "Store",
               .help = "Where the counts are kept. memory: in this process, for all its workers.",
               .fallback = "memory",
               .advanced = true,
               .choices = {"memory"},
               .laterChoices = {"redis://"}}}},
            false,
            create};
}

}  // namespace signalbox::policy
