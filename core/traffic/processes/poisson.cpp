#include "core/traffic/processes/rate_curve.h"

namespace signalbox::traffic {

ArrivalsDescriptor poissonArrivals()
{
    return {.id = "poisson",
            .params = {"poisson",
                       "Poisson",
                       "Independent callers: gaps are exponential, so requests bunch by chance.",
                       {{.key = "rate",
                         .kind = ParamKind::Rate,
                         .title = "Rate",
                         .help = "Requests a second on average.",
                         .required = true}}},
            .create = [](const Params& params, Duration /*duration*/) -> Result<std::unique_ptr<Arrivals>> {
                const double rate = params.rate("rate").perSecond;
                if (rate <= 0) {
                    return invalid("poisson arrivals need a rate above 0");
                }
                return std::make_unique<CurveArrivals<FlatCurve>>(FlatCurve{rate}, Gaps::Random);
            }};
}

}  // namespace signalbox::traffic
