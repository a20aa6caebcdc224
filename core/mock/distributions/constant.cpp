#include "core/mock/distributions/draw.h"
#include "core/mock/latency.h"

namespace signalbox::mock {
namespace {

class Constant final : public Latency {
public:
    explicit Constant(Duration value) : m_value(value) {}
    Duration sample(Rng& /*rng*/) const override { return m_value; }
    Duration mean() const override { return m_value; }

private:
    Duration m_value;
};

}  // namespace

LatencyDescriptor constantLatency()
{
    return {.id = "constant",
            .params = {"constant",
                       "Constant",
                       "Every answer takes the same time.",
                       {{.key = "value",
                         .kind = ParamKind::Duration,
                         .title = "Time",
                         .help = "How long every request is served.",
                         .required = true}}},
            .create = [](const Params& params) -> Result<std::unique_ptr<Latency>> {
                return std::make_unique<Constant>(params.duration("value"));
            }};
}

}  // namespace signalbox::mock
