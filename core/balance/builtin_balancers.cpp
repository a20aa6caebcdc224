#include "core/balance/balancer.h"

namespace signalbox::balance {

BalancerDescriptor roundRobin();
BalancerDescriptor random();
BalancerDescriptor leastConnections();
BalancerDescriptor twoChoices();
BalancerDescriptor ipHash();

const Registry<BalancerDescriptor>& builtinBalancers()
{
    static const Registry<BalancerDescriptor> registry = [] {
        Registry<BalancerDescriptor> out;
        out.add(roundRobin());
        out.add(random());
        out.add(leastConnections());
        out.add(twoChoices());
        out.add(ipHash());
        return out;
    }();
    return registry;
}

}  // namespace signalbox::balance
