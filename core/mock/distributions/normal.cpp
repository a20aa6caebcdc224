#include <numbers>

#include "core/mock/distributions/draw.h"
#include "core/mock/latency.h"

namespace signalbox::mock {
namespace {

class Normal final : public Latency {
public:
    Normal(Duration mean, Duration deviation) : m_mean(nanoseconds(mean)), m_deviation(nanoseconds(deviation)) {}
    Duration sample(Rng& rng) const override { return drawn(m_mean + m_deviation * rng.normal()); }

    /// Of the rectified normal distribution: times below zero count as zero, which lifts the mean a little.
    Duration mean() const override
    {
        if (m_deviation <= 0) {
            return drawn(m_mean);
        }
        const double z = m_mean / m_deviation;
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
        const double below = std::erfc(-z / std::numbers::sqrt2) / 2;
        return drawn(m_mean * below + m_deviation * density);
    }

private:
    double m_mean;
    double m_deviation;
};

}  // namespace

LatencyDescriptor normalLatency()
{
    return {.id = "normal",
            .params = {"normal",
                       "Normal",
                       "Symmetric around the mean. Times that would be below zero are zero.",
                       {{.key = "mean",
                         .kind = ParamKind::Duration,
                         .title = "Mean",
                         .help = "The average time before the cut at zero.",
                         .required = true},
                        {.key = "sd",
                         .kind = ParamKind::Duration,
                         .title = "Standard deviation",
                         .help = "Two thirds of all times are within one standard deviation of the mean.",
                         .required = true}}},
            .create = [](const Params& params) -> Result<std::unique_ptr<Latency>> {
                return std::make_unique<Normal>(params.duration("mean"), params.duration("sd"));
            }};
}

}  // namespace signalbox::mock
