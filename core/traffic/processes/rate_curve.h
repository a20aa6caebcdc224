#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "core/base/result.h"
#include "core/traffic/arrivals.h"

namespace signalbox::traffic {

[[nodiscard]] inline double seconds(Duration value) noexcept
{
    return std::chrono::duration<double>(value).count();
}

/// Seconds as a time; Duration::max() for what lies past some 146 years or is not finite.
[[nodiscard]] inline Duration fromSeconds(double value) noexcept
{
    const double ns = value * 1e9;
    return ns < 4.6e18 ? Duration(static_cast<std::int64_t>(ns < 0 ? 0 : ns)) : Duration::max();
}

enum class Gaps { Even, Random };

/// Arrivals along a curve of rates. The curve answers `rate(t)` and `timeOf(n)`, the time by which n arrivals are
/// expected (the inverse of the rate's integral). Even gaps put arrival k at timeOf(k); random ones put a Poisson
/// process with unit rate through the same inverse (time-change of Cox and Lewis), so both have the same expected rate.
template <typename Curve>
class CurveArrivals final : public Arrivals {
public:
    CurveArrivals(Curve curve, Gaps gaps) : m_curve(std::move(curve)), m_gaps(gaps) {}

    Duration next(Rng& rng) override
    {
        const double step = m_gaps == Gaps::Even ? 1.0 : rng.exponential();
        if (m_gaps == Gaps::Random) {
            m_expected += step;
        }
        const Duration at = fromSeconds(m_curve.timeOf(m_expected));
        if (m_gaps == Gaps::Even) {
            m_expected += step;
        }
        return m_last = std::max(m_last, at);
    }

    double expectedRate(Duration at) const override { return m_curve.rate(seconds(at)); }

private:
    Curve m_curve;
    Gaps m_gaps;
    double m_expected = 0;
    Duration m_last{};
};

[[nodiscard]] inline auto invalid(std::string sentence)
{
    return fail({.code = ErrorCode::InvalidConfig, .detail = std::move(sentence)});
}

/// The same rate at any time.
struct FlatCurve {
    double perSecond;
    [[nodiscard]] double rate(double /*at*/) const noexcept { return perSecond; }
    [[nodiscard]] double timeOf(double count) const noexcept { return count / perSecond; }
};

[[nodiscard]] inline Gaps gapsOf(const Params& params)
{
    return params.text("gaps") == "random" ? Gaps::Random : Gaps::Even;
}

/// The parameter behind gapsOf.
[[nodiscard]] inline ParamSpec gapsParam()
{
    return {.key = "gaps",
            .kind = ParamKind::Choice,
            .title = "Gaps",
            .help = "Even gaps follow the curve exactly; random ones make a Poisson process of it.",
            .fallback = "even",
            .advanced = true,
            .choices = {"even", "random"}};
}

}  // namespace signalbox::traffic
