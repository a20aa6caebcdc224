#include "core/policy/policy.h"

namespace signalbox::policy {

void note(stats::DecisionTrace* trace, std::string_view policy, stats::PolicyVerdict verdict, std::string_view why,
          int status)
{
    if (trace == nullptr) {
        return;
    }
    if (stats::PolicyStep* const step = trace->policies.add()) {
        step->policy.assign(policy);
        step->verdict = verdict;
        step->why.assign(why);
        step->status = status;
    }
}

std::size_t PolicyChain::run(RequestContext& context, Refusal& refusal) const
{
    for (std::size_t at = 0; at < links.size(); ++at) {
        if (links[at].policy->onRequest(context, refusal) == Verdict::Refuse) {
            return at;
        }
    }
    return links.size();
}

void PolicyChain::runResponse(ResponseContext& context, std::size_t count) const
{
    if (!hasResponsePhase) {
        return;
    }
    for (std::size_t at = count < links.size() ? count : links.size(); at > 0; --at) {
        Policy& policy = *links[at - 1].policy;
        if (policy.hasResponsePhase()) {
            policy.onResponse(context);
        }
    }
}

}  // namespace signalbox::policy
