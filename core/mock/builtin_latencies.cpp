#include "core/mock/latency.h"

namespace signalbox::mock {

LatencyDescriptor constantLatency();
LatencyDescriptor uniformLatency();
LatencyDescriptor exponentialLatency();
LatencyDescriptor normalLatency();
LatencyDescriptor lognormalLatency();
LatencyDescriptor paretoLatency();

const Registry<LatencyDescriptor>& builtinLatencies()
{
    static const auto registry = [] {
        Registry<LatencyDescriptor> out;
        out.add(constantLatency());
        out.add(uniformLatency());
        out.add(exponentialLatency());
        out.add(normalLatency());
        out.add(lognormalLatency());
        out.add(paretoLatency());
        return out;
    }();
    return registry;
}

}  // namespace signalbox::mock
