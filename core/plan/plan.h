#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/balance/adaptive_limit.h"
#include "core/balance/balancer.h"
#include "core/balance/retry_budget.h"
#include "core/balance/wait_queue.h"
#include "core/balance/pool_health.h"
#include "core/base/endpoint.h"
#include "core/base/rng.h"
#include "core/base/units.h"
#include "core/policy/policy.h"
#include "core/route/route_table.h"
#include "core/site/site.h"
#include "core/stats/worker_stats.h"

namespace signalbox::plan {

/// One backend, ready to be connected to.
struct BackendPlan {
    std::string name;
    std::string id;        ///< "POOL/NAME": key of statistics and of kept state
    std::string addressText;  ///< as written: "127.0.0.1:9001", "mock:a1"
    Endpoint address;      ///< empty while a reference to a port-0 mock or listener is not resolved
    stats::SlotId slot = stats::kNoSlot;
};

/// How the clients of a pool find back to their backend: each backend has a cookie value that only this site can make.
struct StickyPlan {
    std::string cookie;
    std::string attributes;           ///< of Set-Cookie, behind the value: "; Path=/; HttpOnly; ..."
    std::vector<std::string> values;  ///< same order as the pool's backends
    std::string secret;
    bool ownSecret = false;           ///< drawn here, so the next plan takes it over

    /// The backend that a cookie value stands for.
    [[nodiscard]] std::optional<std::size_t> backendOf(std::string_view value) const noexcept;
};

/// Waiting for a free place while every usable backend is full.
struct QueuePlan {
    std::uint32_t limit = 100;
    Duration timeout = std::chrono::seconds(5);
    std::shared_ptr<balance::WaitQueue> line;
};

/// A pool with its balancer. Shared by the plans that contain it unchanged, so rotation and load survive a swap.
struct PoolPlan {
    std::string name;
    std::string algorithm;
    std::shared_ptr<balance::PoolState> state;   ///< specs and live state, same order as `backends`
    std::shared_ptr<balance::Balancer> balancer;
    std::vector<BackendPlan> backends;
    stats::SlotId slot = stats::kNoSlot;
    std::optional<Duration> connectTimeout;  ///< goes before the listener's
    std::optional<StickyPlan> sticky;
    std::optional<QueuePlan> queue;
    std::shared_ptr<balance::AdaptiveLimit> limit;  ///< of requests under way at a time; null: none
    Duration resolveEvery = std::chrono::seconds(10);  ///< how often the names of backends are looked up again
    std::uint64_t fingerprint = 0;          ///< of everything above; equal means the connections may be kept
    std::uint64_t balancerFingerprint = 0;  ///< of what the balancer was made from; equal means its rotation goes on
    std::shared_ptr<balance::PoolHealth> health;  ///< decides which backends may be used; the compiler always makes one
};

/// Where a matched request goes.
struct RedirectPlan {
    int status = 308;
    std::string to;      ///< whole target; or by parts below
    std::optional<std::string> scheme, host, path, prefix;
    std::optional<std::uint16_t> port;
};
struct RespondPlan {
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};
/// Draws the members of a split: random to look at, but numbered, so that the same number of requests always gives the same
/// counts, whichever worker drew them. Any thread.
class SplitDraws {
public:
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept
    {
        return Rng(m_next.fetch_add(1, std::memory_order_relaxed)).below(bound);
    }

private:
    std::atomic<std::uint64_t> m_next{1};
};
struct SplitPlan {
    struct Member {
        std::shared_ptr<const PoolPlan> pool;
        std::uint32_t weight = 1;
        policy::PolicyChain policies;  ///< listener's, route's, then the member's own
    };
    std::vector<Member> members;
    std::uint64_t totalWeight = 0;
    std::shared_ptr<SplitDraws> draws = std::make_shared<SplitDraws>();
};

struct Timeouts {
    Duration header = std::chrono::seconds(10);   ///< from the first byte of a head to its end
    Duration idle = std::chrono::seconds(60);     ///< between requests, and without progress of a body
    Duration request = std::chrono::seconds(30);  ///< until the answer begins (a moving body is bounded by idle); zero: none
    Duration tryOne = Duration::zero();           ///< one attempt until the first byte of the answer; zero: none
    Duration connect = std::chrono::seconds(5);
};

struct Limits {
    std::uint64_t headerBytes = 64 * 1024;
    std::uint64_t bodyBytes = 0;     ///< zero: none
    std::uint32_t connections = 0;   ///< per listener over all workers; zero: none
};

/// Which failures are tried again, how often, and how fast.
struct RetryPlan {
    std::uint32_t attempts = 2;  ///< after the first
    bool onConnect = true;
    bool onReset = true;
    bool onTimeout = true;       ///< of one try
    bool on5xx = false;
    std::vector<std::uint16_t> statuses;
    bool nonIdempotent = false;
    Duration backoff = std::chrono::milliseconds(25);
    Duration maxBackoff = std::chrono::milliseconds(250);
    std::shared_ptr<balance::RetryBudget> budget;  ///< null: none

    [[nodiscard]] bool covers(int status) const noexcept;
};

/// When an attempt that has not answered gets a rival.
struct HedgePlan {
    Duration after = std::chrono::milliseconds(50);
    std::uint32_t attempts = 1;  ///< rivals of one request
};

/// A pool that gets copies of requests whose answers nobody waits for.
struct MirrorPlan {
    std::shared_ptr<const PoolPlan> pool;
    double share = 1;
    std::shared_ptr<SplitDraws> draws = std::make_shared<SplitDraws>();

    /// Whether the next request is copied.
    [[nodiscard]] bool draw() const noexcept
    {
        constexpr std::uint64_t kParts = 1'000'000;
        return share >= 1 || static_cast<double>(draws->below(kParts)) < share * static_cast<double>(kParts);
    }
};

struct RoutePlan {
    std::string name;  ///< empty for a load balancer's pool without routes
    enum class Action : std::uint8_t { Pool, Split, Redirect, Respond };
    Action action = Action::Pool;
    std::shared_ptr<const PoolPlan> pool;
    SplitPlan split;
    RedirectPlan redirect;
    RespondPlan respond;
    policy::PolicyChain policies;  ///< the listener's followed by the route's
    Timeouts timeouts;             ///< the listener's with the route's own on top
    std::optional<RetryPlan> retry;  ///< without one: another backend, once each, where nothing can have happened twice
    std::optional<HedgePlan> hedge;
    std::vector<MirrorPlan> mirrors;
    stats::SlotId slot = stats::kNoSlot;
};

struct ListenerPlan {
    enum class Role : std::uint8_t { LoadBalancer, ApiGateway };
    std::string name;
    Endpoint bind;
    Role role = Role::LoadBalancer;
    route::RouteTable table;
    std::vector<RoutePlan> routes;               ///< indexed by RouteMatch::route
    std::optional<std::uint32_t> onlyRoute;      ///< a load balancer with one pool: no matching needed
    policy::PolicyChain policies;                ///< for requests that match no route
    Limits limits;
    Timeouts timeouts;
    bool debugHeaders = false;
    stats::SlotId slot = stats::kNoSlot;
};

/// The compiled configuration. Immutable once published: workers share it, a request pins the plan it started with.
struct Plan {
    std::uint64_t epoch = 0;  ///< set by the engine when it publishes
    std::vector<ListenerPlan> listeners;
    std::vector<std::shared_ptr<const PoolPlan>> pools;
    policy::ConsumerTable consumers;
    /// Policies by their place and parameters ("listeners/api/routes/users/policies/1|rate-limit|..."), so that the next plan can take over what stayed.
    std::map<std::string, std::shared_ptr<policy::Policy>> policies;
    std::shared_ptr<stats::StatsHub> stats;
    /// Every access log of the chains, for whoever opens the files; a log without one writes nothing.
    struct AccessLogPlace {
        std::shared_ptr<stats::AccessLog> log;
        ValuePath path;  ///< of the file's name in the site
        Place place;
    };
    std::vector<AccessLogPlace> accessLogs;

    [[nodiscard]] const ListenerPlan* listener(std::string_view name) const noexcept;
    [[nodiscard]] const PoolPlan* pool(std::string_view name) const noexcept;
};

}  // namespace signalbox::plan
