#include "core/mock/distributions/draw.h"
#include "core/mock/latency.h"

namespace signalbox::mock {
namespace {

class Exponential final : public Latency {
public:
    explicit Exponential(Duration mean) : m_mean(mean) {}
    Duration sample(Rng& rng) const override { return drawn(rng.exponential() * nanoseconds(m_mean)); }
    Duration mean() const override { return m_mean; }

private:
    Duration m_mean;
};

}  // namespace

LatencyDescriptor exponentialLatency()
{
    return {.id = "exponential",
            .params = {"exponential",
                       "Exponential",
                       "Memoryless times, the service time of the M/M/c queue.",
                       {{.key = "mean",
                         .kind = ParamKind::Duration,
                         .title = "Mean",
                         .help = "The average time.",
                         .required = true}}},
            .create = [](const Params& params) -> Result<std::unique_ptr<Latency>> {
                return std::make_unique<Exponential>(params.duration("mean"));
            }};
}

}  // namespace signalbox::mock
