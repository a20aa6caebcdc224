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
    const TimePoint now = SystemClock::instance().now();
    for (const auto& pool : view.plan->pools) {
        out.pools.push_back({pool->name, pool->algorithm, pool->health->view(now).panic, {}});
        if (pool->limit) {
            out.pools.back().limit = pool->limit->view();
        }
        for (std::size_t at = 0; at < pool->backends.size(); ++at) {
            const auto& backend = pool->backends[at];
            auto health = pool->health->view(at, now);
            out.backends.push_back({pool->name, backend.name, backend.addressText, backend.address.text(), health.healthy,
                                    health.draining, pool->state->state(at).active(), pool->state->spec(at).weight,
                                    health.ejected, health.share, std::move(health.cause)});
        }
    }
    return out;
}

}  // namespace signalbox::admin
