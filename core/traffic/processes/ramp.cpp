#include "core/traffic/processes/rate_curve.h"

namespace signalbox::traffic {
namespace {

/// A straight line from one rate to another over the scenario's duration, level after it.
struct Ramp {
    double from;
    double to;
    double length;
    [[nodiscard]] double rate(double at) const noexcept { return at >= length ? to : from + (to - from) * at / length; }
    [[nodiscard]] double timeOf(double count) const noexcept
    {
        const double whole = (from + to) / 2 * length;
        if (count > whole) {
            return length + (count - whole) / to;
        }
        const double slope = (to - from) / length;
        const double root = std::sqrt(std::max(0.0, from * from + 2 * slope * count));
        // This form of the quadratic's root loses no digits when the slope is small.
        return count <= 0 ? 0 : 2 * count / (from + root);
    }
};

Result<std::unique_ptr<Arrivals>> create(const Params& params, Duration duration)
{
    const Ramp curve{params.rate("from").perSecond, params.rate("to").perSecond, seconds(duration)};
    if (curve.length <= 0) {
        return invalid("a ramp needs a scenario with a duration above 0");
    }
    if (curve.from <= 0 && curve.to <= 0) {
        return invalid("a ramp needs a rate above 0 at one of its ends");
    }
    return std::make_unique<CurveArrivals<Ramp>>(curve, gapsOf(params));
}

}  // namespace

ArrivalsDescriptor rampArrivals()
{
    return {.id = "ramp",
            .params = {"ramp",
                       "Ramp",
                       "A rate that rises or falls evenly over the scenario's duration: where does it break?",
                       {{.key = "from",
                         .kind = ParamKind::Rate,
                         .title = "From",
                         .help = "Requests a second at the start.",
                         .fallback = "0/s"},
                        {.key = "to",
                         .kind = ParamKind::Rate,
                         .title = "To",
                         .help = "Requests a second at the end.",
                         .required = true},
                        gapsParam()}},
            .create = create};
}

}  // namespace signalbox::traffic
