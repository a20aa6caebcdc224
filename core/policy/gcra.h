#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/base/clock.h"
#include "core/base/units.h"

namespace signalbox::policy {

/// A token bucket kept as one number (the generic cell rate algorithm): the moment at which the bucket will be full
/// again. It holds exactly the tokens that a bucket of size `burst`, refilled continuously at `rate`, would hold;
/// nothing is refilled by a timer. Times are counted in 1/64 ns, so that rates that do not divide a second lose less
/// than 1 in 10^8 up to 1000/s. A plain value; whoever owns it locks it.
class TokenBucket {
public:
    struct Limit {
        Limit(Rate rate, std::int64_t burstTokens)
            : burst(burstTokens), interval(std::max<std::int64_t>(1, std::llround(kUnit * 1e9 / rate.perSecond)))
        {}
        std::int64_t burst;
        std::int64_t interval;  ///< time in which one token comes back, in 1/64 ns
    };
    struct Outcome {
        bool passed = false;
        double tokens = 0;  ///< before the token was taken
        Duration wait{};    ///< until the next token where none was there, rounded up
    };

    /// Takes one token at `now` if there is one.
    Outcome take(const Limit& limit, TimePoint now) noexcept
    {
        const std::int64_t at = now.ns * kUnit;
        const std::int64_t full = std::max(m_full, at);
        const std::int64_t room = (limit.burst - 1) * limit.interval - (full - at);
        const double tokens = 1 + static_cast<double>(room) / static_cast<double>(limit.interval);
        if (room < 0) {
            return {false, tokens, Duration((-room + kUnit - 1) / kUnit)};
        }
        m_full = full + limit.interval;
        return {true, tokens, {}};
    }
    /// A full bucket is the same as none at all.
    [[nodiscard]] bool isFull(TimePoint now) const noexcept { return m_full <= now.ns * kUnit; }
    /// Smaller: emptied less, or longer ago.
    [[nodiscard]] std::int64_t fullAt() const noexcept { return m_full; }

private:
    static constexpr std::int64_t kUnit = 64;
    std::int64_t m_full = 0;
};

}  // namespace signalbox::policy
