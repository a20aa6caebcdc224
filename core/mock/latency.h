#pragma once

#include <memory>

#include "core/base/clock.h"
#include "core/base/param_spec.h"
#include "core/base/registry.h"
#include "core/base/result.h"
#include "core/base/rng.h"

namespace signalbox::mock {

/// A distribution of service times. Immutable; any thread, with the caller's own Rng.
class Latency {
public:
    virtual ~Latency() = default;
    [[nodiscard]] virtual Duration sample(Rng& rng) const = 0;
    /// For charts and the simulator's checks; infinite means (Pareto with shape <= 1) answer Duration::max().
    [[nodiscard]] virtual Duration mean() const = 0;
};

struct LatencyDescriptor {
    std::string_view id;  ///< "lognormal"
    ObjectSpec params;
    /// Errors: parameters that exclude each other or make no distribution, as a sentence.
    Result<std::unique_ptr<Latency>> (*create)(const Params& params) = nullptr;
};

/// constant, uniform, exponential, normal, lognormal, pareto.
[[nodiscard]] const Registry<LatencyDescriptor>& builtinLatencies();

}  // namespace signalbox::mock
