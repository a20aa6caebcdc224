#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/base/clock.h"

namespace signalbox::balance {

/// Bounds retries to a share of the requests of the last ten seconds, so that a failing pool is not buried under the
/// repeats of what already failed. A few retries are always allowed: with one request a minute a share of it is none.
/// Shared by all workers, any thread; kept over a reload while its share stays.
class RetryBudget {
public:
    static constexpr std::uint32_t kWindowSeconds = 10;
    static constexpr std::uint32_t kAlwaysAllowed = 3;  ///< in one window

    explicit RetryBudget(double share) noexcept : m_share(share) {}

    void onRequest(TimePoint now) noexcept { second(now).requests.fetch_add(1, std::memory_order_relaxed); }
    /// True where one more retry is within the budget, which it then uses.
    [[nodiscard]] bool tryRetry(TimePoint now) noexcept;

    [[nodiscard]] double share() const noexcept { return m_share; }

private:
    struct Second {
        std::atomic<std::int64_t> number{-1};  ///< which second this is about
        std::atomic<std::uint32_t> requests{0};
        std::atomic<std::uint32_t> retries{0};
    };

    /// The cell of `now`, emptied if it still holds an older second.
    [[nodiscard]] Second& second(TimePoint now) noexcept;

    const double m_share;
    std::array<Second, kWindowSeconds> m_seconds{};
};

}  // namespace signalbox::balance
