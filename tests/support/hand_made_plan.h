#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/balance/balancer.h"
#include "core/plan/plan.h"
#include "core/proxy/engine.h"

namespace signalbox::test {

/// Builds plans without the compiler, so that tests of the engine stand on the plan's types alone.
class HandMadePlan {
public:
    explicit HandMadePlan(std::shared_ptr<stats::StatsHub> hub)
        : plan(std::make_shared<plan::Plan>()), m_hub(std::move(hub))
    {
        plan->stats = m_hub;
    }

    struct Backend {
        std::string name;
        Endpoint address;
        balance::BackendSpec spec = {};
    };

    std::shared_ptr<plan::PoolPlan> pool(const std::string& name, const std::vector<Backend>& backends,
                                         const std::string& algorithm = "round-robin")
    {
        auto out = std::make_shared<plan::PoolPlan>();
        out->name = name;
        out->algorithm = algorithm;
        out->slot = m_hub->slotFor(stats::Scope::Pool, name);
        std::vector<balance::BackendSpec> specs;
        std::vector<std::shared_ptr<balance::BackendState>> states;
        for (const Backend& backend : backends) {
            specs.push_back(backend.spec);
            specs.back().name = backend.name;
            states.push_back(std::make_shared<balance::BackendState>());
            const std::string id = name + "/" + backend.name;
            out->backends.push_back(
                {backend.name, id, backend.address.text(), backend.address, m_hub->slotFor(stats::Scope::Backend, id)});
        }
        out->state = std::make_shared<balance::PoolState>(std::move(specs), std::move(states));
        const balance::BalancerDescriptor& descriptor = *balance::builtinBalancers().find(algorithm);
        out->balancer = descriptor.create(Params(descriptor.params, nullptr), *out->state);
        plan->pools.push_back(out);
        return out;
    }

    plan::ListenerPlan& listener(const std::string& name, const Endpoint& bind = Endpoint::v4(0x7F000001, 0))
    {
        plan::ListenerPlan& out = plan->listeners.emplace_back();
        out.name = name;
        out.bind = bind;
        out.slot = m_hub->slotFor(stats::Scope::Listener, name);
        return out;
    }

    /// A load balancer's listener: everything goes to one pool.
    plan::ListenerPlan& loadBalancer(const std::string& name, std::shared_ptr<const plan::PoolPlan> to)
    {
        plan::ListenerPlan& out = listener(name);
        plan::RoutePlan& route = out.routes.emplace_back();
        route.pool = std::move(to);
        out.onlyRoute = 0;
        return out;
    }

    /// A gateway's listener: route i belongs to rule i.
    plan::ListenerPlan& gateway(const std::string& name, const std::vector<route::RouteRule>& rules,
                                std::vector<plan::RoutePlan> routes)
    {
        plan::ListenerPlan& out = listener(name);
        out.role = plan::ListenerPlan::Role::ApiGateway;
        out.table = std::move(*route::RouteTable::build(rules));
        for (std::size_t i = 0; i < routes.size(); ++i) {
            routes[i].name = rules[i].name;
            routes[i].slot = m_hub->slotFor(stats::Scope::Route, rules[i].name);
        }
        out.routes = std::move(routes);
        return out;
    }

    std::shared_ptr<plan::Plan> plan;

private:
    std::shared_ptr<stats::StatsHub> m_hub;
};

}  // namespace signalbox::test
