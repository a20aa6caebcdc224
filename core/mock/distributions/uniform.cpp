#include "core/mock/distributions/draw.h"
#include "core/mock/latency.h"

namespace signalbox::mock {
namespace {

class Uniform final : public Latency {
public:
    Uniform(Duration min, Duration max) : m_min(min), m_max(max) {}
    Duration sample(Rng& rng) const override
    {
        return drawn(nanoseconds(m_min) + rng.unit() * nanoseconds(m_max - m_min));
    }
    Duration mean() const override { return m_min + (m_max - m_min) / 2; }

private:
    Duration m_min;
    Duration m_max;
};

}  // namespace

LatencyDescriptor uniformLatency()
{
    return {.id = "uniform",
            .params = {"uniform",
                       "Uniform",
                       "Every time between the two bounds is equally likely.",
                       {{.key = "min",
                         .kind = ParamKind::Duration,
                         .title = "Shortest",
                         .help = "The shortest time.",
                         .fallback = "0s"},
                        {.key = "max",
                         .kind = ParamKind::Duration,
                         .title = "Longest",
                         .help = "The longest time, at least the shortest.",
                         .required = true}}},
            .create = [](const Params& params) -> Result<std::unique_ptr<Latency>> {
                const Duration min = params.duration("min");
                const Duration max = params.duration("max");
                if (max < min) {
                    return invalid("a uniform latency needs max " + params.text("max") + " to be at least min " +
                                   params.text("min"));
                }
                return std::make_unique<Uniform>(min, max);
            }};
}

}  // namespace signalbox::mock
