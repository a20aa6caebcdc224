#include "core/admin/status.h"

#include "core/running/running_site.h"

namespace signalbox::admin {

std::string_view Status::Backend::state() const noexcept
{
    if (draining) {
        return "draining";
    }
    if (endpoint.empty()) {
        return "no-address";
    }
    if (!healthy) {
        return "down";
    }
    return ejected ? "ejected" : share < 100 ? "starting" : "up";
}

namespace {

/// As the site says it, which for a name is not where it is connected to.
std::string writtenAddress(const plan::Plan& plan, const proxy::BackendStatus& backend)
{
    const auto* const pool = plan.pool(backend.pool);
    for (std::size_t at = 0; pool && at < pool->backends.size(); ++at) {
        if (pool->backends[at].name == backend.name) {
            return pool->backends[at].addressText;
        }
    }
    return backend.address;
}

}  // namespace

Status statusOf(running::RunningSite& running)
{
    Status out;
    const auto view = running.view();
    out.stats = running.engine().stats()->snapshot();
    out.version = SIGNALBOX_VERSION;
    out.reactor = running.engine().reactorName();
    out.workers = running.engine().workers();
    out.draining = running.isDraining();
    out.accessLog = running.accessLogCounts();
    out.process = processStatus();
    for (const auto& bound : view.listeners) {
        const auto* const plan = view.plan->listener(bound.name);
        const bool gateway = plan && plan->role == plan::ListenerPlan::Role::ApiGateway;
        out.listeners.push_back({bound.name, bound.address.text(), gateway ? "api-gateway" : "load-balancer"});
    }
    if (!view.plan) {
        return out;
    }
    out.epoch = view.plan->epoch;
    for (const auto& pool : running.engine().pools()) {
        const auto* const plan = view.plan->pool(pool.name);
        out.pools.push_back({pool.name, plan ? plan->algorithm : std::string(), pool.health.panic});
    }
    for (auto& backend : running.engine().backends()) {
        auto& health = backend.health;
        out.backends.push_back({backend.pool, backend.name, writtenAddress(*view.plan, backend), backend.address,
                                health.healthy, health.draining, backend.active, backend.weight, health.ejected,
                                health.share, std::move(health.cause)});
    }
    return out;
}

}  // namespace signalbox::admin
