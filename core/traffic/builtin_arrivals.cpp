#include "core/traffic/arrivals.h"

namespace signalbox::traffic {

ArrivalsDescriptor constantArrivals();
ArrivalsDescriptor poissonArrivals();
ArrivalsDescriptor burstArrivals();
ArrivalsDescriptor rampArrivals();
ArrivalsDescriptor sineArrivals();

const Registry<ArrivalsDescriptor>& builtinArrivals()
{
    static const auto registry = [] {
        Registry<ArrivalsDescriptor> out;
        out.add(constantArrivals());
        out.add(poissonArrivals());
        out.add(burstArrivals());
        out.add(rampArrivals());
        out.add(sineArrivals());
        return out;
    }();
    return registry;
}

}  // namespace signalbox::traffic
