#include "core/policy/policy.h"

namespace signalbox::policy {

// A new policy is one file in policies/ that defines this function, and one line here.
#define SIGNALBOX_POLICIES(X) \
    X(apiKeyPolicy)           \
    X(basicAuthPolicy)        \
    X(aclPolicy)              \
    X(rateLimitPolicy)        \
    X(requestHeadersPolicy)   \
    X(responseHeadersPolicy)  \
    X(rewritePolicy)          \
    X(requestIdPolicy)        \
    X(accessLogPolicy)

#define SIGNALBOX_DECLARE(make) PolicyDescriptor make();
SIGNALBOX_POLICIES(SIGNALBOX_DECLARE)
#undef SIGNALBOX_DECLARE

const Registry<PolicyDescriptor>& builtinPolicies()
{
    static const Registry<PolicyDescriptor> registry = [] {
        Registry<PolicyDescriptor> out;
#define SIGNALBOX_ADD(make) out.add(make());
        SIGNALBOX_POLICIES(SIGNALBOX_ADD)
#undef SIGNALBOX_ADD
        return out;
    }();
    return registry;
}

}  // namespace signalbox::policy
