#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/endpoint.h"
#include "core/base/param_spec.h"
#include "core/base/registry.h"
#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/http/message.h"
#include "core/stats/access_log.h"
#include "core/stats/decision_trace.h"

namespace signalbox::policy {

/// Who calls the gateway, as the site's `consumers` say. Immutable within a plan.
struct Consumer {
    std::string name;
    std::vector<std::string> groups;
    std::uint32_t id = 0;  ///< index in the plan
};

/// Finds consumers by credential. Immutable; any thread. Secrets are compared in constant time.
class ConsumerTable {
public:
    struct Entry {
        Consumer consumer;
        std::vector<std::string> keys;
        std::string basicUser;
        std::string basicPasswordSha256;  ///< lower-case hex
    };
    explicit ConsumerTable(std::vector<Entry> entries = {});
    [[nodiscard]] const Consumer* byKey(std::string_view key) const noexcept;
    [[nodiscard]] const Consumer* byBasic(std::string_view user, std::string_view password) const;
    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return m_entries; }

private:
    using Digest = std::array<unsigned char, 32>;
    struct FirstBytes {
        std::size_t operator()(const Digest& digest) const noexcept;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct BasicUser {
        std::uint32_t entry = 0;
        Digest password{};
    };
    std::vector<Entry> m_entries;
    std::unordered_map<Digest, std::uint32_t, FirstBytes> m_byKeyHash;  ///< SHA-256 of a key, so that a look-up leaks no timing
    std::unordered_map<std::string, BasicUser, TextHash, std::equal_to<>> m_byUser;
};

/// Everything a policy may see and change while it decides. Made by the session for one request; lives as long as it.
struct RequestContext {
    http::RequestHead& request;       ///< headers, path, query and host may be edited; new texts go into `arena`
    const Endpoint& client;
    std::string_view clientAddress;   ///< as text, without port
    std::string_view listener;
    std::string_view route;
    std::string_view matchedPrefix;   ///< part of the path that the route matched
    const ConsumerTable& consumers;
    Arena& arena;
    Rng& rng;
    TimePoint now{};
    bool secure = false;              ///< arrived over TLS
    const Consumer* consumer = nullptr;  ///< set by an authenticating policy
    stats::DecisionTrace* trace = nullptr;
};

struct ResponseContext {
    http::ResponseHead& response;  ///< headers may be edited
    const http::RequestHead& request;
    std::string_view route;
    const Consumer* consumer = nullptr;
    Arena& arena;
    TimePoint now{};
    stats::DecisionTrace* trace = nullptr;
};

/// An answer given instead of a backend's. Becomes an application/problem+json body (RFC 9457) naming policy and route.
struct Refusal {
    int status = 403;
    std::string_view title;   ///< short, fixed per kind: "Rate limit exceeded"
    std::string_view detail;  ///< one sentence for this case; static or in the arena
    http::HeaderList headers; ///< besides Content-Type and Content-Length; texts static or in the arena
};

enum class Verdict : std::uint8_t { Proceed, Refuse };

/// One rule of a route or listener. Runs on each request in order, on each response in reverse. One instance per place in
/// the site, shared by all workers and kept across plans while its parameters stay the same: methods are called from
/// several threads at once, so mutable state is atomic or locked inside, and bounded in memory.
class Policy {
public:
    virtual ~Policy() = default;
    /// Before a backend is picked. Refuse after filling `refusal`. Records its verdict with its numbers in context.trace
    /// (see `note`) when that is not null.
    [[nodiscard]] virtual Verdict onRequest(RequestContext& context, Refusal& refusal) = 0;
    /// Before the response head is sent; also for refusals of later policies and for answers of our own.
    virtual void onResponse(ResponseContext& /*context*/) {}
    /// True where onResponse does something, so that others cost nothing.
    [[nodiscard]] virtual bool hasResponsePhase() const noexcept { return false; }
    /// Where the requests of this place are written when they end; null for policies that decide. One that writes has no
    /// link in the chain and costs nothing before the end.
    [[nodiscard]] virtual std::shared_ptr<stats::AccessLog> accessLog() const noexcept { return nullptr; }
};

/// Adds a step to the trace if there is one. `why` carries the numbers.
void note(stats::DecisionTrace* trace, std::string_view policy, stats::PolicyVerdict verdict, std::string_view why, int status = 0);

struct PolicyDescriptor {
    std::string_view id;       ///< "rate-limit"
    ObjectSpec params;
    bool authenticates = false;  ///< sets the consumer
    /// Errors are those a ParamSpec cannot see (both or neither of two keys, ...), as a sentence.
    Result<std::unique_ptr<Policy>> (*create)(const Params& params) = nullptr;
};

/// Every policy of this build, in the order shown to the user.
[[nodiscard]] const Registry<PolicyDescriptor>& builtinPolicies();

/// The policies of a listener followed by a route's (and a split member's), flattened by the compiler.
struct PolicyChain {
    struct Link {
        std::shared_ptr<Policy> policy;
        std::string_view id;     ///< "rate-limit" (static text of the registry)
        std::uint32_t slot = 0;  ///< statistics slot of this place ("users/rate-limit")
    };
    std::vector<Link> links;
    bool hasResponsePhase = false;
    std::vector<std::shared_ptr<stats::AccessLog>> accessLogs;  ///< each gets every request that this chain ran for

    /// Runs onRequest in order. Answers the index of the link that refused, or links.size() when all proceed.
    [[nodiscard]] std::size_t run(RequestContext& context, Refusal& refusal) const;
    /// Runs onResponse in reverse over the first `count` links (those whose onRequest proceeded or refused).
    void runResponse(ResponseContext& context, std::size_t count) const;
};

}  // namespace signalbox::policy
