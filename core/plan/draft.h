#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/plan/compiler.h"

namespace signalbox::plan {

/// A plan in the making: what the parts of one compilation share. One thread, lives as long as the call of `compile`.
struct Draft {
    explicit Draft(const CompileInput& input);

    const CompileInput& input;
    const site::Site& site;
    std::shared_ptr<Plan> plan;
    std::vector<site::Problem> problems;
    AddressBook addresses;  ///< fixed ports of the file, and those handed in
    std::unordered_map<std::string_view, std::shared_ptr<const PoolPlan>> pools;
    std::unordered_set<std::string> routeSlotNames;
    std::unordered_set<std::string_view> consumerGroups;
    bool anyConsumerKey = false;
    bool anyConsumerPassword = false;

    void error(std::string_view code, std::string message, ValuePath path, Place place);
    void warning(std::string_view code, std::string message, ValuePath path, Place place);
    /// The pool of a reference, or null (check() has said so already).
    [[nodiscard]] std::shared_ptr<const PoolPlan> poolOf(const Value* reference) const;
};

/// Where a policy stands: whose policies it joins and what was decided before it.
struct PolicyPlace {
    ValuePath path;              ///< of the list
    std::string slotOwner;       ///< "users" in the statistics name "users/rate-limit"
    bool authenticated = false;  ///< a policy before these knows the consumer
};

// The parts, in the order in which they run.
void compileAddresses(Draft& draft);
void compileConsumers(Draft& draft);
void compilePools(Draft& draft);
void compileListeners(Draft& draft);
void checkScenarios(Draft& draft);
void warnAboutPools(Draft& draft);
void warnAboutLoops(Draft& draft);

/// The links of one list of policies. Sets `place.authenticated` when one of them authenticates.
[[nodiscard]] std::vector<policy::PolicyChain::Link> compilePolicies(Draft& draft, const Value* list,
                                                                     PolicyPlace& place);
/// A listener's `access_log` as the link of one policy. Problems name the key itself.
[[nodiscard]] std::vector<policy::PolicyChain::Link> compileListenerLog(Draft& draft, const Value* params,
                                                                        const ValuePath& path);
/// Appends links to a chain.
void extend(policy::PolicyChain& chain, const std::vector<policy::PolicyChain::Link>& links);

/// Reports everything in a listener that its role cannot do. True where nothing was found.
bool checkRole(Draft& draft, const Value& listener, const ValuePath& path, ListenerPlan::Role role);

/// One route's `match` as a rule, with its faults reported.
[[nodiscard]] route::RouteRule compileMatch(Draft& draft, const Value& route, const ValuePath& path);
/// Where a matched request goes, with its faults reported.
void compileAction(Draft& draft, const Value& route, const ValuePath& path, const PolicyPlace& place, RoutePlan& out);

/// `retry` of a route, or of its listener. `before` is the route of the running plan whose budget goes on, or null.
void compileRetry(Draft& draft, const Value& owner, const ValuePath& path, const RoutePlan* before, RoutePlan& out);
/// `hedge` of a route, or of its listener.
void compileHedge(Draft& draft, const Value& owner, const ValuePath& path, RoutePlan& out);
/// `mirror` of a route: one, or a list of them.
void compileMirrors(Draft& draft, const Value& route, RoutePlan& out);
/// `adaptive_concurrency` of a pool. `before` is the pool of the running plan whose limit goes on, or null.
void compileLimit(Draft& draft, const Params& pool, const ValuePath& path, const PoolPlan* before, PoolPlan& out);
/// `sticky` and `queue` of a pool. `before` is the pool of the running plan whose line and secret go on, or null.
void compileWaiting(const Params& pool, const PoolPlan* before, PoolPlan& out);

/// Warns for routes that an earlier one with the same match hides.
void warnAboutHiddenRoutes(Draft& draft, const std::vector<route::RouteRule>& rules,
                           const std::vector<const Value*>& values, const ValuePath& routesPath);

/// A text that is equal for equal values: keys of reused state.
void appendCanonical(std::string& out, const Value& value);

/// What is wrong with a regular expression, or an empty text.
[[nodiscard]] std::string patternFault(std::string_view pattern);

}  // namespace signalbox::plan
