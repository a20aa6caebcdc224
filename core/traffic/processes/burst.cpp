#include "core/traffic/processes/rate_curve.h"

namespace signalbox::traffic {
namespace {

/// `size` requests at once, every size/rate seconds.
struct Volleys {
    double perSecond;
    double size;
    [[nodiscard]] double rate(double /*at*/) const noexcept { return perSecond; }
    [[nodiscard]] double timeOf(double count) const noexcept { return std::floor(count / size) * size / perSecond; }
};

/// Busy for `on`, silent for `off`, and so on; the mean over both is `perSecond`.
struct OnOff {
    double perSecond;
    double on;
    double off;
    [[nodiscard]] double busyRate() const noexcept { return perSecond * (on + off) / on; }
    [[nodiscard]] double rate(double at) const noexcept { return std::fmod(at, on + off) < on ? busyRate() : 0; }
    [[nodiscard]] double timeOf(double count) const noexcept
    {
        const double busy = count / busyRate();
        const double cycles = std::floor(busy / on);
        return busy + cycles * off;
    }
};

Result<std::unique_ptr<Arrivals>> create(const Params& params, Duration /*duration*/)
{
    const double rate = params.rate("rate").perSecond;
    if (rate <= 0) {
        return invalid("burst arrivals need a rate above 0");
    }
    if (!params.has("on") && !params.has("off")) {
        const Volleys curve{rate, static_cast<double>(params.integer("size"))};
        return std::make_unique<CurveArrivals<Volleys>>(curve, Gaps::Even);
    }
    if (params.has("size")) {
        return invalid("burst arrivals take either a size or on and off times");
    }
    const OnOff curve{rate, seconds(params.duration("on")), seconds(params.duration("off"))};
    if (curve.on <= 0) {
        return invalid("burst arrivals need an on time above 0 beside the off time");
    }
    return std::make_unique<CurveArrivals<OnOff>>(curve, gapsOf(params));
}

}  // namespace

ArrivalsDescriptor burstArrivals()
{
    return {
        .id = "burst",
        .params = {"burst",
                   "Bursts",
                   "Many requests at once and then none: either volleys of a size, or busy and silent times in turn.",
                   {{.key = "rate",
                     .kind = ParamKind::Rate,
                     .title = "Rate",
                     .help = "Requests a second on average, silence included.",
                     .required = true},
                    {.key = "size",
                     .kind = ParamKind::Integer,
                     .title = "Burst size",
                     .help = "Requests that come at the same moment. Excludes on and off.",
                     .fallback = "10",
                     .min = 1,
                     .max = 1e6},
                    {.key = "on",
                     .kind = ParamKind::Duration,
                     .title = "Busy for",
                     .help = "How long each busy time lasts; all requests fall into busy times."},
                    {.key = "off",
                     .kind = ParamKind::Duration,
                     .title = "Silent for",
                     .help = "How long it is silent after each busy time."},
                    gapsParam()}},
        .create = create};
}

}  // namespace signalbox::traffic
