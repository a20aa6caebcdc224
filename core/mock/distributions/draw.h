#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace signalbox::mock {

/// Draws of heavy-tailed distributions have no bound; no answer is later than this.
constexpr Duration kLongestDraw = std::chrono::hours(24 * 365);

/// A drawn number of nanoseconds as a duration in [0, kLongestDraw].
[[nodiscard]] inline Duration drawn(double nanoseconds) noexcept
{
    const auto longest = static_cast<double>(kLongestDraw.count());
    return Duration(static_cast<std::int64_t>(std::clamp(nanoseconds, 0.0, longest)));
}

[[nodiscard]] inline double nanoseconds(Duration value) noexcept
{
    return static_cast<double>(value.count());
}

[[nodiscard]] inline auto invalid(std::string sentence)
{
    return fail({.code = ErrorCode::InvalidConfig, .detail = std::move(sentence)});
}

}  // namespace signalbox::mock
