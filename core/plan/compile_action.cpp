#include <algorithm>

#include "core/plan/draft.h"
#include "core/site/grammar_parts.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

void compileRedirect(Draft& draft, const Params& params, const ValuePath& path, RoutePlan& out)
{
    out.action = RoutePlan::Action::Redirect;
    RedirectPlan& redirect = out.redirect;
    redirect.status = static_cast<int>(params.integer("status"));
    redirect.to = params.text("to");
    const auto part = [&](std::string_view key) {
        return params.has(key) ? std::optional(params.text(key)) : std::nullopt;
    };
    redirect.scheme = part("scheme");
    redirect.host = part("host");
    redirect.path = part("path");
    redirect.prefix = part("prefix");
    if (params.has("port")) {
        redirect.port = static_cast<std::uint16_t>(params.integer("port"));
    }
    const bool parts = redirect.scheme || redirect.host || redirect.path || redirect.prefix || redirect.port;
    const Place place = params.raw() ? params.raw()->place : Place{};
    if (params.has("to") == parts) {
        draft.error(site::codes::kExclusiveKeys,
                    parts ? "a redirect has 'to' or parts (scheme, host, port, path, prefix), not both"
                          : "a redirect needs 'to' or parts (scheme, host, port, path, prefix)",
                    path, place);
    } else if (redirect.path && redirect.prefix) {
        draft.error(site::codes::kExclusiveKeys, "a redirect replaces the whole 'path' or its 'prefix', not both", path,
                    place);
    }
}

void compileRespond(const Params& params, RoutePlan& out)
{
    out.action = RoutePlan::Action::Respond;
    out.respond.status = static_cast<int>(params.integer("status"));
    out.respond.body = params.text("body");
    out.respond.headers = params.textMap("headers");
}

void compileSplit(Draft& draft, const Value& split, const ValuePath& path, const PolicyPlace& place, RoutePlan& out)
{
    out.action = RoutePlan::Action::Split;
    for (std::size_t at = 0; at < split.items().size(); ++at) {
        const Value& item = split.items()[at];
        const Params params(site::splitMemberSpec(), &item);
        SplitPlan::Member member;
        member.pool = draft.poolOf(params.value("pool"));
        member.weight = static_cast<std::uint32_t>(params.integer("weight"));
        member.policies = out.policies;
        PolicyPlace own{site::childPath(site::childPath(path, std::to_string(at)), "policies"),
                        place.slotOwner + "/" + params.text("pool"), place.authenticated};
        extend(member.policies, compilePolicies(draft, params.value("policies"), own));
        out.split.totalWeight += member.weight;
        out.split.members.push_back(std::move(member));
    }
    if (out.split.members.empty()) {
        draft.error(site::codes::kNoDestination, "a split needs at least one pool", path, split.place);
    } else if (out.split.totalWeight == 0) {
        draft.warning(site::codes::kNoWeight, "all weights of the split are 0: every request is answered with 503",
                      path, split.place);
    }
}

/// The keys of which a route has exactly one.
std::vector<std::string_view> destinations(const Value& route)
{
    std::vector<std::string_view> out;
    for (const std::string_view key : {"pool", "split", "redirect", "respond"}) {
        if (route.find(key)) {
            out.push_back(key);
        }
    }
    return out;
}

}  // namespace

void compileAction(Draft& draft, const Value& route, const ValuePath& path, const PolicyPlace& place, RoutePlan& out)
{
    const auto keys = destinations(route);
    const std::string name = "route '" + out.name + "'";
    if (keys.empty()) {
        draft.error(site::codes::kNoDestination, name + " needs one of pool, split, redirect and respond", path,
                    route.place);
        return;
    }
    if (keys.size() > 1) {
        draft.error(site::codes::kExclusiveKeys,
                    name + " has both '" + std::string(keys[0]) + "' and '" + std::string(keys[1]) + "': keep one",
                    site::childPath(path, keys[1]), route.find(keys[1])->keyPlace);
    }
    const Value& value = *route.find(keys[0]);
    const ValuePath valuePath = site::childPath(path, keys[0]);
    if (keys[0] == "pool") {
        out.pool = draft.poolOf(&value);
    } else if (keys[0] == "split") {
        compileSplit(draft, value, valuePath, place, out);
    } else if (keys[0] == "redirect") {
        compileRedirect(draft, Params(site::redirectSpec(), &value), valuePath, out);
    } else {
        compileRespond(Params(site::respondSpec(), &value), out);
    }
}

}  // namespace signalbox::plan
