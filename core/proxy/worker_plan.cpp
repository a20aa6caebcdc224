#include "core/proxy/worker_plan.h"

namespace signalbox::proxy {
namespace {

/// Null where the plan gave no slot: nothing is counted there.
stats::SlotStats* slotOf(stats::WorkerStats& stats, stats::Scope scope, stats::SlotId id)
{
    return id == stats::kNoSlot ? nullptr : &stats.slot(scope, id);
}

}  // namespace

WorkerPlan::WorkerPlan(const Deployment& deployment, stats::StatsHub& hub, stats::WorkerStats& stats,
                       Upstreams& upstreams)
    : m_plan(deployment.plan), m_ports(deployment.ports)
{
    bindPools(stats, upstreams);
    for (const auto& entry : m_plan->consumers.entries()) {
        m_consumers.push_back(
            &stats.slot(stats::Scope::Consumer, hub.slotFor(stats::Scope::Consumer, entry.consumer.name)));
    }
    m_listeners.reserve(m_plan->listeners.size());
    for (std::size_t i = 0; i < m_plan->listeners.size(); ++i) {
        const plan::ListenerPlan& listener = m_plan->listeners[i];
        ListenerBinding binding;
        binding.plan = &listener;
        binding.port = m_ports[i].get();
        binding.stats = slotOf(stats, stats::Scope::Listener, listener.slot);
        const Endpoint& bound = binding.port->bound;
        binding.authority = bound.family() == Endpoint::Family::Unix ? "localhost" : bound.text();
        binding.headLimits.headBytes = static_cast<std::uint32_t>(listener.limits.headerBytes);
        for (const plan::RoutePlan& route : listener.routes) {
            binding.routes.push_back(bindRoute(route, stats));
        }
        m_listeners.push_back(std::move(binding));
    }
}

void WorkerPlan::bindPools(stats::WorkerStats& stats, Upstreams& upstreams)
{
    m_pools.reserve(m_plan->pools.size());
    for (const auto& pool : m_plan->pools) {
        PoolBinding binding;
        binding.plan = pool.get();
        binding.stats = slotOf(stats, stats::Scope::Pool, pool->slot);
        for (std::size_t at = 0; at < pool->backends.size(); ++at) {
            const plan::BackendPlan& backend = pool->backends[at];
            binding.backends.push_back({upstreams.of(backend, pool->state->sharedState(at)),
                                        slotOf(stats, stats::Scope::Backend, backend.slot)});
        }
        m_pools.push_back(std::move(binding));
    }
}

const PoolBinding* WorkerPlan::poolOf(const plan::PoolPlan* plan) const noexcept
{
    for (const PoolBinding& pool : m_pools) {
        if (pool.plan == plan) {
            return &pool;
        }
    }
    return nullptr;
}

RouteBinding WorkerPlan::bindRoute(const plan::RoutePlan& route, stats::WorkerStats& stats) const
{
    RouteBinding binding;
    binding.plan = &route;
    binding.stats = slotOf(stats, stats::Scope::Route, route.slot);
    if (route.action == plan::RoutePlan::Action::Pool) {
        binding.pools.push_back(poolOf(route.pool.get()));
    } else if (route.action == plan::RoutePlan::Action::Split) {
        for (const auto& member : route.split.members) {
            binding.pools.push_back(poolOf(member.pool.get()));
        }
    }
    for (const plan::MirrorPlan& mirror : route.mirrors) {
        binding.mirrors.push_back(poolOf(mirror.pool.get()));
    }
    return binding;
}

const ListenerBinding* WorkerPlan::listenerOn(const Port& port) const noexcept
{
    for (const ListenerBinding& listener : m_listeners) {
        if (listener.port == &port) {
            return &listener;
        }
    }
    return nullptr;
}

}  // namespace signalbox::proxy
