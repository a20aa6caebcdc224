#include <array>
#include <utility>

#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

/// What a load balancer does not do, by the word that asks for it. The difference is what people come to learn.
constexpr auto kPolicyVerbs = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"acl", "check permissions"},
    {"rate-limit", "limit rates"},
    {"request-headers", "change headers"},
    {"response-headers", "change headers"},
    {"rewrite", "rewrite paths"},
    {"request-id", "number requests"},
});
constexpr auto kRouteVerbs = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"redirect", "redirect"},
    {"respond", "answer by itself"},
    {"split", "split traffic between pools"},
});
constexpr auto kMatchVerbs = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"method", "look at methods"},
    {"headers", "look at headers"},
    {"query", "look at the query"},
});

std::string_view policyVerb(const policy::PolicyDescriptor& descriptor)
{
    if (descriptor.authenticates) {
        return "authenticate";
    }
    for (const auto& [id, verb] : kPolicyVerbs) {
        if (id == descriptor.id) {
            return verb;
        }
    }
    return "run policies";
}

class RoleCheck {
public:
    explicit RoleCheck(Draft& draft) : m_draft(draft) {}

    void refuse(std::string_view verb, std::string_view word, const ValuePath& path, Place place)
    {
        m_draft.error(
            site::codes::kRole,
            "a load balancer does not " + std::string(verb) + ": '" + std::string(word) + "' needs role api-gateway",
            path, place);
        ++m_refused;
    }

    void policies(const Value& owner, const ValuePath& path)
    {
        const Value* list = owner.find("policies");
        for (std::size_t at = 0; list && at < list->items().size(); ++at) {
            const Value& item = list->items()[at];
            const auto* descriptor = item.isMap() && !item.members().empty()
                                         ? policy::builtinPolicies().find(item.members().front().first)
                                         : nullptr;
            if (descriptor && descriptor->id == "access-log") {
                m_draft.error(site::codes::kRole,
                              "a load balancer has no policies: write the key 'access_log' of its listener instead of the "
                              "policy 'access-log'",
                              site::childPath(site::childPath(path, "policies"), std::to_string(at)),
                              item.members().front().second.keyPlace);
                ++m_refused;
            } else if (descriptor) {
                const ValuePath place = site::childPath(site::childPath(path, "policies"), std::to_string(at));
                refuse(policyVerb(*descriptor), descriptor->id, site::childPath(place, descriptor->id),
                       item.members().front().second.keyPlace);
            }
        }
    }

    template <std::size_t N>
    void words(const Value& owner, const ValuePath& path,
               const std::array<std::pair<std::string_view, std::string_view>, N>& verbs)
    {
        for (const auto& [word, verb] : verbs) {
            if (const Value* found = owner.find(word)) {
                refuse(verb, word, site::childPath(path, word), found->keyPlace);
            }
        }
    }

    [[nodiscard]] bool fine() const noexcept { return m_refused == 0; }

private:
    Draft& m_draft;
    int m_refused = 0;
};

}  // namespace

bool checkRole(Draft& draft, const Value& listener, const ValuePath& path, ListenerPlan::Role role)
{
    if (role == ListenerPlan::Role::ApiGateway) {
        if (const Value* pool = listener.find("pool")) {
            draft.error(
                site::codes::kRole,
                "an API gateway sends requests by its routes: 'pool' belongs to role load-balancer, here write a route "
                "without match",
                site::childPath(path, "pool"), pool->keyPlace);
            return false;
        }
        return true;
    }
    RoleCheck check(draft);
    check.policies(listener, path);
    const Value* routes = listener.find("routes");
    for (std::size_t at = 0; routes && at < routes->items().size(); ++at) {
        const Value& route = routes->items()[at];
        const ValuePath routePath = site::childPath(site::childPath(path, "routes"), site::elementSegment(route, at));
        check.policies(route, routePath);
        check.words(route, routePath, kRouteVerbs);
        if (const Value* match = route.find("match")) {
            check.words(*match, site::childPath(routePath, "match"), kMatchVerbs);
        }
    }
    return check.fine();
}

}  // namespace signalbox::plan
