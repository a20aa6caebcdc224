#include <algorithm>
#include <numbers>

#include "core/traffic/processes/rate_curve.h"

namespace signalbox::traffic {
namespace {

/// rate + amplitude * sin(2 pi t / period): day and night in miniature.
struct Sine {
    double middle;
    double amplitude;
    double period;
    [[nodiscard]] double omega() const noexcept { return 2 * std::numbers::pi / period; }
    [[nodiscard]] double rate(double at) const noexcept { return middle + amplitude * std::sin(omega() * at); }
    [[nodiscard]] double expected(double at) const noexcept
    {
        return middle * at + amplitude / omega() * (1 - std::cos(omega() * at));
    }
    [[nodiscard]] double timeOf(double count) const noexcept
    {
        // expected(t) lies between middle * t and that plus the swing, which brackets its inverse.
        double high = count / middle;
        double low = std::max(0.0, high - 2 * amplitude / omega() / middle);
        double at = (low + high) / 2;
        for (int round = 0; round < 100 && high - low > 1e-10; ++round) {
            const double miss = expected(at) - count;
            (miss > 0 ? high : low) = at;
            const double slope = rate(at);
            const double newton = slope > 0 ? at - miss / slope : low;
            if (std::abs(newton - at) < 1e-10 && newton >= low && newton <= high) {
                return newton;
            }
            at = newton > low && newton < high ? newton : (low + high) / 2;
        }
        return at;
    }
};

Result<std::unique_ptr<Arrivals>> create(const Params& params, Duration /*duration*/)
{
    const double rate = params.rate("rate").perSecond;
    const Sine curve{rate, params.has("amplitude") ? params.rate("amplitude").perSecond : rate / 2,
                     seconds(params.duration("period"))};
    if (rate <= 0) {
        return invalid("sine arrivals need a rate above 0");
    }
    if (curve.amplitude > rate) {
        return invalid("sine arrivals need an amplitude of at most the rate " + params.text("rate"));
    }
    if (curve.period <= 0) {
        return invalid("sine arrivals need a period above 0");
    }
    return std::make_unique<CurveArrivals<Sine>>(curve, gapsOf(params));
}

}  // namespace

ArrivalsDescriptor sineArrivals()
{
    return {
        .id = "sine",
        .params = {"sine",
                   "Sine",
                   "A rate that swings around its mean, as day and night do.",
                   {{.key = "rate",
                     .kind = ParamKind::Rate,
                     .title = "Mean rate",
                     .help = "Requests a second in the middle of the swing.",
                     .required = true},
                    {.key = "amplitude",
                     .kind = ParamKind::Rate,
                     .title = "Amplitude",
                     .help = "How far the rate swings up and down, at most the mean rate; half of it where not given."},
                    {.key = "period",
                     .kind = ParamKind::Duration,
                     .title = "Period",
                     .help = "The time of one swing up and down.",
                     .fallback = "10s"},
                    gapsParam()}},
        .create = create};
}

}  // namespace signalbox::traffic
