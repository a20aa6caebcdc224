#include "core/traffic/processes/rate_curve.h"

namespace signalbox::traffic {

ArrivalsDescriptor constantArrivals()
{
    return {.id = "constant",
            .params = {"constant",
                       "Constant",
                       "One request after the other at even gaps, as a metronome.",
                       {{.key = "rate",
                         .kind = ParamKind::Rate,
                         .title = "Rate",
                         .help = "Requests a second.",
                         .required = true}}},
            .create = [](const Params& params, Duration /*duration*/) -> Result<std::unique_ptr<Arrivals>> {
                const double rate = params.rate("rate").perSecond;
                if (rate <= 0) {
                    return invalid("constant arrivals need a rate above 0");
                }
                return std::make_unique<CurveArrivals<FlatCurve>>(FlatCurve{rate}, Gaps::Even);
            }};
}

}  // namespace signalbox::traffic
