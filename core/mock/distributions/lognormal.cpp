#include "core/mock/distributions/draw.h"
#include "core/mock/latency.h"

namespace signalbox::mock {
namespace {

/// The standard normal distribution's 99th percentile.
constexpr double kZ99 = 2.3263478740408408;

class Lognormal final : public Latency {
public:
    Lognormal(Duration median, double sigma) : m_median(nanoseconds(median)), m_sigma(sigma) {}
    Duration sample(Rng& rng) const override { return drawn(m_median * std::exp(m_sigma * rng.normal())); }
    Duration mean() const override { return drawn(m_median * std::exp(m_sigma * m_sigma / 2)); }

private:
    double m_median;
    double m_sigma;
};

Result<std::unique_ptr<Latency>> create(const Params& params)
{
    const Duration median = params.duration("median");
    if (median <= Duration::zero()) {
        return invalid("a lognormal latency needs a median above 0");
    }
    if (params.has("p99") == params.has("sigma")) {
        return invalid("a lognormal latency needs one of p99 and sigma beside the median");
    }
    if (params.has("sigma")) {
        return std::make_unique<Lognormal>(median, params.number("sigma"));
    }
    const Duration p99 = params.duration("p99");
    if (p99 < median) {
        return invalid("a lognormal latency needs p99 " + params.text("p99") + " to be at least the median " +
                       params.text("median"));
    }
    return std::make_unique<Lognormal>(median, std::log(nanoseconds(p99) / nanoseconds(median)) / kZ99);
}

}  // namespace

LatencyDescriptor lognormalLatency()
{
    return {
        .id = "lognormal",
        .params = {"lognormal",
                   "Lognormal",
                   "Mostly quick with a long tail, as real services are. Given by its median and either p99 or sigma.",
                   {{.key = "median",
                     .kind = ParamKind::Duration,
                     .title = "Median",
                     .help = "Half of all requests are served within it.",
                     .required = true},
                    {.key = "p99",
                     .kind = ParamKind::Duration,
                     .title = "99th percentile",
                     .help = "One request in a hundred takes longer. Excludes sigma."},
                    {.key = "sigma",
                     .kind = ParamKind::Number,
                     .title = "Sigma",
                     .help = "Standard deviation of the logarithm. Excludes p99.",
                     .advanced = true,
                     .max = 10}}},
        .create = create};
}

}  // namespace signalbox::mock
