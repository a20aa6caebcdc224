#include "core/mock/distributions/draw.h"
#include "core/mock/latency.h"

namespace signalbox::mock {
namespace {

class Pareto final : public Latency {
public:
    Pareto(Duration min, double shape) : m_min(nanoseconds(min)), m_shape(shape) {}
    /// A Pareto variable is the exponential of an exponential one.
    Duration sample(Rng& rng) const override { return drawn(m_min * std::exp(rng.exponential() / m_shape)); }
    Duration mean() const override { return m_shape <= 1 ? Duration::max() : drawn(m_min * m_shape / (m_shape - 1)); }

private:
    double m_min;
    double m_shape;
};

}  // namespace

LatencyDescriptor paretoLatency()
{
    return {.id = "pareto",
            .params = {"pareto",
                       "Pareto",
                       "A very heavy tail: a few requests take far longer than all others.",
                       {{.key = "min",
                         .kind = ParamKind::Duration,
                         .title = "Shortest",
                         .help = "The shortest and most likely time.",
                         .required = true},
                        {.key = "shape",
                         .kind = ParamKind::Number,
                         .title = "Shape",
                         .help = "The smaller, the heavier the tail; at 1 and below there is no finite mean.",
                         .fallback = "2",
                         .min = 0.05,
                         .max = 1000}}},
            .create = [](const Params& params) -> Result<std::unique_ptr<Latency>> {
                const Duration min = params.duration("min");
                if (min <= Duration::zero()) {
                    return invalid("a pareto latency needs a min above 0");
                }
                return std::make_unique<Pareto>(min, params.number("shape"));
            }};
}

}  // namespace signalbox::mock
