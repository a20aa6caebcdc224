#pragma once

#include <cstdint>
#include <limits>

#include "core/base/clock.h"

namespace signalbox::balance {

inline constexpr std::int64_t kNeverNs = std::numeric_limits<std::int64_t>::min();
inline constexpr std::uint32_t kFullShare = 100;
inline constexpr std::uint32_t kFirstShare = 10;

/// What part of its weight a backend counts for, in per cent: grows in a straight line from kFirstShare at `from` to
/// kFullShare after `over`. Steps of whole per cents keep rotations exact between two steps.
[[nodiscard]] inline std::uint32_t slowStartShare(TimePoint from, Duration over, TimePoint now) noexcept
{
    if (over <= Duration::zero() || from.ns == kNeverNs) {
        return kFullShare;
    }
    if (now <= from) {
        return kFirstShare;
    }
    const Duration since = now - from;
    if (since >= over) {
        return kFullShare;
    }
    const double done = static_cast<double>(since.count()) / static_cast<double>(over.count());
    return kFirstShare + static_cast<std::uint32_t>((kFullShare - kFirstShare) * done);
}

}  // namespace signalbox::balance
