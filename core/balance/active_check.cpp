#include "core/balance/active_check.h"

#include <algorithm>

namespace signalbox::balance {

std::optional<bool> CheckCount::add(bool passed, const ActiveCheckParams& params) noexcept
{
    if (passed == m_up) {
        m_against = 0;
        return std::nullopt;
    }
    const std::uint32_t needed = std::max(1U, m_up ? params.fall : params.rise);
    if (++m_against < needed) {
        return std::nullopt;
    }
    m_against = 0;
    m_up = passed;
    return m_up;
}

Duration firstCheckDelay(const ActiveCheckParams& params, Rng& rng) noexcept
{
    return Duration(static_cast<std::int64_t>(rng.unit() * static_cast<double>(params.interval.count())));
}

Duration nextCheckDelay(const ActiveCheckParams& params, Rng& rng) noexcept
{
    // However large the jitter, checks keep some distance.
    const double factor = std::max(0.1, 1 + params.jitter * (2 * rng.unit() - 1));
    return Duration(
        std::max<std::int64_t>(1, static_cast<std::int64_t>(factor * static_cast<double>(params.interval.count()))));
}

}  // namespace signalbox::balance
