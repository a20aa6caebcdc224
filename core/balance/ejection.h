#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/balance/health_params.h"

namespace signalbox::balance {

inline constexpr Duration kLongestEjection = std::chrono::minutes(5);

/// How often a backend was ejected of late: each time it stays out one `eject` longer, and each `eject` of service in
/// between takes one off again. One thread at a time.
class EjectionCount {
public:
    /// Counts an ejection that begins now; how long it lasts.
    [[nodiscard]] Duration begin(const PassiveParams& params, TimePoint now) noexcept;
    [[nodiscard]] std::uint32_t inRow() const noexcept { return m_inRow; }
    [[nodiscard]] std::uint64_t total() const noexcept { return m_total; }

private:
    std::uint32_t m_inRow = 0;
    std::uint64_t m_total = 0;
    TimePoint m_backAt{};
};

/// How many backends of a pool may be out by ejection at the same time: a pool of one never loses it, a larger one may
/// always lose one.
[[nodiscard]] std::size_t mostEjected(const PassiveParams& params, std::size_t poolSize) noexcept;

struct RequestRound {
    std::uint32_t total = 0;
    std::uint32_t failed = 0;
};
struct Outlier {
    std::size_t backend = 0;
    double rate = 0;
    double limit = 0;  ///< mean - factor * standard deviation
};
/// The backends whose success rate lies below what their peers' rates allow, worst first.
[[nodiscard]] std::vector<Outlier> findOutliers(const PassiveParams::SuccessRate& params,
                                                std::span<const RequestRound> backends);

}  // namespace signalbox::balance
