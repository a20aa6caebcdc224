#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/plan/plan.h"
#include "core/stats/decision_trace.h"

namespace signalbox::proxy {

/// A request that is only thought of.
struct ExplainRequest {
    std::string method = "GET";
    std::string target = "/";  ///< origin form, or http://HOST/PATH
    std::vector<std::pair<std::string, std::string>> headers;
    std::string listener;      ///< empty: the first
    Endpoint client = Endpoint::v4(0x7F000001, 40000);
};

struct Explanation {
    stats::DecisionTrace trace;
    std::vector<std::pair<std::string, std::string>> toBackend;  ///< the header lines a backend would receive
    std::string pathToBackend;
    std::vector<std::pair<std::string, std::string>> answerHeaders;  ///< where the site itself answers
};

/// Runs the plan's own routes, policies and balancer over the request, without sockets. Changes state as a real request
/// would (a token is taken, a rotation moves on): hand in a plan that serves nothing. `seed` fixes random draws.
[[nodiscard]] Result<Explanation> explain(const plan::Plan& plan, const ExplainRequest& request, std::uint64_t seed = 1);

/// The explanation as numbered lines for a person, the same text that the Why card shows.
[[nodiscard]] std::string describe(const stats::DecisionTrace& trace);

}  // namespace signalbox::proxy
