#include <algorithm>

#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

Timeouts listenerTimeouts(const Params& params)
{
    Timeouts out;
    out.header = params.duration("header");
    out.idle = params.duration("idle");
    out.request = params.duration("request");
    out.connect = params.duration("connect");
    return out;
}

void applyRouteTimeouts(const Value& route, Timeouts& timeouts)
{
    const Params params = Params(site::routeSpec(), &route).object("timeouts");
    if (params.has("request")) {
        timeouts.request = params.duration("request");
    }
    if (params.has("try")) {
        timeouts.tryOne = params.duration("try");
    }
}

class ListenerCompiler {
public:
    ListenerCompiler(Draft& draft, const Value& value, ValuePath path)
        : m_draft(draft), m_value(value), m_path(std::move(path)), m_params(site::listenerSpec(), &value)
    {}

    ListenerPlan compile()
    {
        head();
        const bool gateway = m_out.role == ListenerPlan::Role::ApiGateway;
        if (!checkRole(m_draft, m_value, m_path, m_out.role)) {
            // Said by name already; what the role does not have is not compiled.
            m_policiesAllowed = gateway;
        }
        PolicyPlace place{site::childPath(m_path, "policies"), m_out.name, false};
        m_links = compileListenerLog(m_draft, m_params.value("access_log"), site::childPath(m_path, "access_log"));
        if (m_policiesAllowed) {
            auto links = compilePolicies(m_draft, m_params.value("policies"), place);
            std::move(links.begin(), links.end(), std::back_inserter(m_links));
        }
        extend(m_out.policies, m_links);
        m_authenticated = place.authenticated;
        const Value* routes = m_params.value("routes");
        const bool hasRoutes = routes && !routes->items().empty();
        const Value* pool = m_params.value("pool");
        if (pool && !gateway) {
            onlyPool(*pool, hasRoutes);
        } else if (hasRoutes) {
            compileRoutes(*routes);
        } else {
            nowhere(gateway);
        }
        return std::move(m_out);
    }

private:
    void head()
    {
        m_out.name = m_params.text("name");
        m_out.bind = Endpoint::parse(m_params.text("bind")).value_or(Endpoint{});
        m_out.role =
            m_params.text("role") == "api-gateway" ? ListenerPlan::Role::ApiGateway : ListenerPlan::Role::LoadBalancer;
        const Params limits = m_params.object("limits");
        m_out.limits.headerBytes = limits.size("header_bytes").bytes;
        m_out.limits.bodyBytes = limits.size("body_bytes").bytes;
        m_out.limits.connections = static_cast<std::uint32_t>(limits.integer("connections"));
        m_out.timeouts = listenerTimeouts(m_params.object("timeouts"));
        m_out.debugHeaders = m_params.boolean("debug_headers");
        m_out.slot = m_draft.plan->stats->slotFor(stats::Scope::Listener, m_out.name);
    }

    void onlyPool(const Value& pool, bool hasRoutes)
    {
        if (hasRoutes) {
            m_draft.error(
                site::codes::kExclusiveKeys,
                "a load balancer names one 'pool' or has 'routes', not both: a route without match takes the rest",
                site::childPath(m_path, "pool"), pool.keyPlace);
        }
        RoutePlan route;
        extend(route.policies, m_links);
        route.pool = m_draft.poolOf(&pool);
        route.timeouts = m_out.timeouts;
        compileRetry(m_draft, m_value, m_path, before({}), route);
        compileHedge(m_draft, m_value, m_path, route);
        m_out.routes.push_back(std::move(route));
        m_out.onlyRoute = 0;
        buildTable({route::RouteRule{}});
    }

    void nowhere(bool gateway)
    {
        const std::string name = "listener '" + m_out.name + "'";
        if (gateway && m_params.has("pool")) {
            return;  // the role has said what to do instead
        }
        if (gateway) {
            m_draft.warning(site::codes::kNoRoutes, name + " has no routes: every request is answered with 404", m_path,
                            m_value.place);
        } else {
            m_draft.error(site::codes::kNoDestination, name + " needs a 'pool' or 'routes'", m_path, m_value.place);
        }
    }

    void compileRoutes(const Value& routes)
    {
        const ValuePath routesPath = site::childPath(m_path, "routes");
        std::vector<route::RouteRule> rules;
        std::vector<const Value*> values;
        rules.reserve(routes.items().size());
        m_out.routes.reserve(routes.items().size());
        for (std::size_t at = 0; at < routes.items().size(); ++at) {
            const Value& value = routes.items()[at];
            const ValuePath path = site::childPath(routesPath, site::elementSegment(value, at));
            rules.push_back(compileMatch(m_draft, value, path));
            values.push_back(&value);
            m_out.routes.push_back(route(value, path));
        }
        warnAboutHiddenRoutes(m_draft, rules, values, routesPath);
        buildTable(rules);
    }

    RoutePlan route(const Value& value, const ValuePath& path)
    {
        RoutePlan out;
        out.name = site::Site::nameOf(value);
        out.timeouts = m_out.timeouts;
        applyRouteTimeouts(value, out.timeouts);
        // Two listeners may each have a route of that name; statistics keep them apart.
        const bool fresh = m_draft.routeSlotNames.insert(out.name).second;
        const std::string slotName = fresh ? out.name : m_out.name + "/" + out.name;
        out.slot = m_draft.plan->stats->slotFor(stats::Scope::Route, slotName);
        PolicyPlace place{site::childPath(path, "policies"), slotName, m_authenticated};
        extend(out.policies, m_links);
        if (m_policiesAllowed) {
            extend(out.policies, compilePolicies(m_draft, value.find("policies"), place));
        }
        compileAction(m_draft, value, path, place, out);
        const bool own = value.find("retry") != nullptr;
        compileRetry(m_draft, own ? value : m_value, own ? path : m_path, before(out.name), out);
        const bool ownHedge = value.find("hedge") != nullptr;
        compileHedge(m_draft, ownHedge ? value : m_value, ownHedge ? path : m_path, out);
        compileMirrors(m_draft, value, out);
        return out;
    }

    /// The route of that name in the running plan, or null.
    const RoutePlan* before(std::string_view route) const
    {
        const ListenerPlan* const listener = m_draft.input.previous ? m_draft.input.previous->listener(m_out.name) : nullptr;
        if (!listener) {
            return nullptr;
        }
        const auto at = std::ranges::find(listener->routes, route, &RoutePlan::name);
        return at == listener->routes.end() ? nullptr : &*at;
    }

    void buildTable(const std::vector<route::RouteRule>& rules)
    {
        if (site::hasErrors(m_draft.problems)) {
            return;
        }
        auto table = route::RouteTable::build(rules);
        if (table) {
            m_out.table = std::move(*table);
        } else {
            m_draft.error(site::codes::kBadMatch, table.error().detail, site::childPath(m_path, "routes"),
                          m_value.place);
        }
    }

    Draft& m_draft;
    const Value& m_value;
    ValuePath m_path;
    Params m_params;
    ListenerPlan m_out;
    std::vector<policy::PolicyChain::Link> m_links;
    bool m_policiesAllowed = true;
    bool m_authenticated = false;
};

}  // namespace

void compileListeners(Draft& draft)
{
    const auto& values = draft.site.list("listeners");
    for (std::size_t at = 0; at < values.size(); ++at) {
        if (values[at].isMap()) {
            ListenerCompiler compiler(draft, values[at],
                                      site::childPath("listeners", site::elementSegment(values[at], at)));
            draft.plan->listeners.push_back(compiler.compile());
        }
    }
}

}  // namespace signalbox::plan
