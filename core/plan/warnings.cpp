#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "core/plan/compile_health.h"
#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

/// Every pool name that a listener, a route or a split refers to.
void collectPools(const Value& value, std::set<std::string_view>& out)
{
    for (const auto& [key, member] : value.members()) {
        if (key == "pool" && member.isScalar()) {
            out.insert(member.text());
        } else {
            collectPools(member, out);
        }
    }
    for (const auto& item : value.items()) {
        collectPools(item, out);
    }
}

void warnAboutWeights(Draft& draft, const Value& pool, const ValuePath& path)
{
    const Value* backends = pool.find("backends");
    const std::string name = "pool '" + site::Site::nameOf(pool) + "'";
    if (!backends || backends->items().empty()) {
        draft.warning(site::codes::kNoBackends, name + " has no backends: every request is answered with 503", path,
                      pool.place);
        return;
    }
    const bool none = std::ranges::all_of(backends->items(), [](const Value& backend) {
        return Params(site::backendSpec(), &backend).integer("weight") == 0;
    });
    if (none) {
        draft.warning(site::codes::kNoWeight, "all weights of " + name + " are 0: every request is answered with 503",
                      site::childPath(path, "backends"), backends->keyPlace);
    }
}

}  // namespace

void warnAboutPools(Draft& draft)
{
    std::set<std::string_view> used;
    for (const auto& listener : draft.site.list("listeners")) {
        collectPools(listener, used);
    }
    const auto& pools = draft.site.list("pools");
    for (std::size_t at = 0; at < pools.size(); ++at) {
        const std::string& name = site::Site::nameOf(pools[at]);
        const ValuePath path = site::childPath("pools", site::elementSegment(pools[at], at));
        if (!name.empty() && !used.contains(name)) {
            draft.warning(site::codes::kUnusedPool, "pool '" + name + "' is not used: no listener or route sends to it",
                          path, pools[at].place);
        }
        warnAboutWeights(draft, pools[at], path);
        warnAboutHealth(draft, pools[at], path);
    }
}

void warnAboutHiddenRoutes(Draft& draft, const std::vector<route::RouteRule>& rules,
                           const std::vector<const Value*>& values, const ValuePath& routesPath)
{
    const auto lowered = [](std::string text) {
        std::ranges::transform(text, text.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        return text;
    };
    const auto conditions = [&](const std::vector<route::ValueMatch>& matches, bool ignoreCase) {
        std::vector<std::string> parts;
        for (const auto& match : matches) {
            parts.push_back((ignoreCase ? lowered(match.name) : match.name) + "\n" +
                            std::to_string(static_cast<int>(match.kind)) + "\n" + match.value);
        }
        std::ranges::sort(parts);
        std::string out;
        for (const auto& part : parts) {
            out += part + "\n\n";
        }
        return out;
    };
    // A route is hidden when an earlier one takes every pair of host and method that it names.
    std::unordered_map<std::string, const route::RouteRule*> taken;
    for (std::size_t at = 0; at < rules.size(); ++at) {
        const auto& rule = rules[at];
        std::string path = rule.path;
        while (rule.pathKind == route::RouteRule::PathKind::Prefix && path.size() > 1 && path.ends_with('/')) {
            path.pop_back();
        }
        const std::string rest = std::to_string(static_cast<int>(rule.pathKind)) + path + "\n" +
                                 conditions(rule.headers, true) + "?" + conditions(rule.queries, false);
        const std::vector<std::string> any{""};
        const route::RouteRule* hider = nullptr;
        bool hidden = true;
        for (const auto& host : rule.hosts.empty() ? any : rule.hosts) {
            for (const auto& method : rule.methods.empty() ? any : rule.methods) {
                const auto [it, fresh] = taken.try_emplace(lowered(host) + "\n" + method + "\n" + rest, &rule);
                hidden = hidden && !fresh && it->second != &rule;
                hider = it->second != &rule ? it->second : hider;
            }
        }
        if (hidden && hider) {
            draft.warning(
                site::codes::kUnreachableRoute,
                "route '" + rule.name + "' is never reached: route '" + hider->name + "' before it has the same match",
                site::childPath(routesPath, site::elementSegment(*values[at], at)), values[at]->place);
        }
    }
}

void warnAboutLoops(Draft& draft)
{
    struct Edge {
        const Value* backend;
        ValuePath path;
        std::string_view to;
    };
    std::map<std::string, std::string_view> byAddress;
    for (const auto& listener : draft.site.list("listeners")) {
        const auto& name = site::Site::nameOf(listener);
        const auto found = draft.addresses.find("listener:" + name);
        if (found != draft.addresses.end()) {
            byAddress.try_emplace(found->second.text(), name);
        }
    }
    const auto edges = [&](const Value& listener) {
        std::vector<Edge> out;
        std::set<std::string_view> pools;
        collectPools(listener, pools);
        for (const auto pool : pools) {
            const Value* found = draft.site.named("pools", pool);
            const Value* backends = found ? found->find("backends") : nullptr;
            for (std::size_t at = 0; backends && at < backends->items().size(); ++at) {
                const Value& backend = backends->items()[at];
                const Value* address = backend.find("address");
                const std::string text = address ? address->text() : std::string{};
                const auto direct = byAddress.find(text);
                const Value* named =
                    text.starts_with("listener:") ? draft.site.named("listeners", text.substr(9)) : nullptr;
                const std::string_view to = named                       ? std::string_view(site::Site::nameOf(*named))
                                            : direct == byAddress.end() ? std::string_view{}
                                                                        : direct->second;
                if (!to.empty()) {
                    ValuePath path = site::childPath(site::childPath("pools", pool), "backends");
                    site::appendSegment(path, site::elementSegment(backend, at));
                    out.push_back({&backend, site::childPath(path, "address"), to});
                }
            }
        }
        return out;
    };
    std::map<std::string_view, std::vector<Edge>> graph;
    for (const auto& listener : draft.site.list("listeners")) {
        graph.try_emplace(site::Site::nameOf(listener), edges(listener));
    }
    const std::function<bool(std::string_view, std::string_view, std::set<std::string_view>&)> reaches =
        [&](std::string_view from, std::string_view goal, std::set<std::string_view>& seen) {
            if (from == goal) {
                return true;
            }
            return seen.insert(from).second &&
                   std::ranges::any_of(graph[from], [&](const Edge& edge) { return reaches(edge.to, goal, seen); });
        };
    std::set<const Value*> told;
    for (const auto& [listener, out] : graph) {
        for (const auto& edge : out) {
            std::set<std::string_view> seen;
            if (reaches(edge.to, listener, seen) && told.insert(edge.backend).second) {
                draft.warning(site::codes::kLoop,
                              "backend '" + site::Site::nameOf(*edge.backend) + "' leads back to listener '" +
                                  std::string(listener) + "': requests would go round in a circle",
                              edge.path, edge.backend->find("address")->place);
            }
        }
    }
}

void checkScenarios(Draft& draft)
{
    const auto& scenarios = draft.site.list("traffic");
    for (std::size_t at = 0; at < scenarios.size(); ++at) {
        const Value& scenario = scenarios[at];
        const ValuePath path = site::childPath("traffic", site::elementSegment(scenario, at));
        const bool open = scenario.find("arrivals");
        if (open == (scenario.find("closed") != nullptr)) {
            draft.error(site::codes::kExclusiveKeys,
                        "scenario '" + site::Site::nameOf(scenario) + "' " +
                            (open ? "has both 'arrivals' and 'closed': keep one" : "needs 'arrivals' or 'closed'"),
                        path, scenario.place);
        }
        const Value* requests = scenario.find("requests");
        if (requests && requests->isList() && requests->items().empty()) {
            draft.error(site::codes::kNoDestination,
                        "scenario '" + site::Site::nameOf(scenario) + "' needs at least one request",
                        site::childPath(path, "requests"), requests->place);
        }
    }
}

}  // namespace signalbox::plan
