#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/http/head_scan.h"
#include "core/proxy/deployment.h"
#include "core/proxy/upstream.h"
#include "core/stats/worker_stats.h"

namespace signalbox::proxy {

/// A backend as one worker sees it.
struct BackendBinding {
    std::shared_ptr<BackendConnections> connections;
    stats::SlotStats* stats = nullptr;
};

struct PoolBinding {
    const plan::PoolPlan* plan = nullptr;
    stats::SlotStats* stats = nullptr;
    std::vector<BackendBinding> backends;
};

struct RouteBinding {
    const plan::RoutePlan* plan = nullptr;
    stats::SlotStats* stats = nullptr;
    std::vector<const PoolBinding*> pools;    ///< one, or one a split member
    std::vector<const PoolBinding*> mirrors;  ///< same order as plan->mirrors
};

struct ListenerBinding {
    const plan::ListenerPlan* plan = nullptr;
    const Port* port = nullptr;
    stats::SlotStats* stats = nullptr;
    http::HeadLimits headLimits;
    std::string authority;  ///< the Host of a request that came without one (HTTP/1.0): our own address
    std::vector<RouteBinding> routes;
};

/// One plan, bound to what a worker has of its own: its counters and its connections. Made once a plan and worker, so
/// that a request looks nothing up. Requests pin it by a plain count, since it never leaves its worker's thread.
class WorkerPlan {
public:
    WorkerPlan(const Deployment& deployment, stats::StatsHub& hub, stats::WorkerStats& stats, Upstreams& upstreams);

    [[nodiscard]] const plan::Plan& plan() const noexcept { return *m_plan; }
    /// Null when the plan does not serve that port.
    [[nodiscard]] const ListenerBinding* listenerOn(const Port& port) const noexcept;

    /// Null where nothing is counted.
    [[nodiscard]] stats::SlotStats* consumerStats(const policy::Consumer& consumer) const noexcept
    {
        return consumer.id < m_consumers.size() ? m_consumers[consumer.id] : nullptr;
    }

    void pin() noexcept { ++m_pins; }
    /// True when nobody uses it any more.
    [[nodiscard]] bool unpin() noexcept { return --m_pins == 0; }

private:
    void bindPools(stats::WorkerStats& stats, Upstreams& upstreams);
    [[nodiscard]] const PoolBinding* poolOf(const plan::PoolPlan* plan) const noexcept;
    [[nodiscard]] RouteBinding bindRoute(const plan::RoutePlan& route, stats::WorkerStats& stats) const;

    std::shared_ptr<const plan::Plan> m_plan;
    std::vector<std::shared_ptr<Port>> m_ports;
    std::vector<PoolBinding> m_pools;
    std::vector<ListenerBinding> m_listeners;
    std::vector<stats::SlotStats*> m_consumers;
    std::uint32_t m_pins = 0;
};

}  // namespace signalbox::proxy
