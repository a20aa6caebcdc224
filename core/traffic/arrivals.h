#pragma once

#include <memory>

#include "core/base/clock.h"
#include "core/base/param_spec.h"
#include "core/base/registry.h"
#include "core/base/result.h"
#include "core/base/rng.h"

namespace signalbox::traffic {

/// Produces the planned times of an open-loop scenario, in order. One user, one thread; the same Rng gives the same times.
class Arrivals {
public:
    virtual ~Arrivals() = default;
    /// The next planned time since the scenario's start, never decreasing; Duration::max() when there is none.
    [[nodiscard]] virtual Duration next(Rng& rng) = 0;
    /// Expected rate at a time, for the preview curve and the pre-flight count.
    [[nodiscard]] virtual double expectedRate(Duration at) const = 0;
};

struct ArrivalsDescriptor {
    std::string_view id;  ///< "poisson"
    ObjectSpec params;
    /// `duration` is the scenario's (a ramp ends with it).
    Result<std::unique_ptr<Arrivals>> (*create)(const Params& params, Duration duration) = nullptr;
};

/// constant, poisson, burst, ramp, sine.
[[nodiscard]] const Registry<ArrivalsDescriptor>& builtinArrivals();

}  // namespace signalbox::traffic
