#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/base/clock.h"

namespace signalbox::balance {

/// Successes and failures of the last `window`, in steps of a tenth of it. Written by all workers without a lock: at
/// the turn of a step a few outcomes may be lost, which a share does not notice. Exact for one thread.
class OutcomeWindow {
public:
    struct Sum {
        std::uint32_t total = 0;
        std::uint32_t failed = 0;
        /// No division on the way of a request.
        [[nodiscard]] bool reaches(double share, std::uint32_t atLeast) const noexcept
        {
            return total > 0 && total >= atLeast && static_cast<double>(failed) >= share * total && failed > 0;
        }
    };

    void add(bool failed, Duration window, TimePoint now) noexcept
    {
        const std::int64_t step = stepOf(window, now);
        Step& at = m_steps[static_cast<std::size_t>(step) % kSteps];
        std::int64_t seen = at.number.load(std::memory_order_relaxed);
        if (seen != step && at.number.compare_exchange_strong(seen, step, std::memory_order_relaxed)) {
            at.total.store(0, std::memory_order_relaxed);
            at.failed.store(0, std::memory_order_relaxed);
        }
        at.total.fetch_add(1, std::memory_order_relaxed);
        if (failed) {
            at.failed.fetch_add(1, std::memory_order_relaxed);
        }
    }

    [[nodiscard]] Sum sum(Duration window, TimePoint now) const noexcept
    {
        const std::int64_t step = stepOf(window, now);
        Sum out;
        for (const Step& at : m_steps) {
            const std::int64_t number = at.number.load(std::memory_order_relaxed);
            if (number <= step && number > step - static_cast<std::int64_t>(kSteps)) {
                out.total += at.total.load(std::memory_order_relaxed);
                out.failed += at.failed.load(std::memory_order_relaxed);
            }
        }
        return out;
    }

    void clear() noexcept
    {
        for (Step& at : m_steps) {
            at.number.store(kNoStep, std::memory_order_relaxed);
            at.total.store(0, std::memory_order_relaxed);
            at.failed.store(0, std::memory_order_relaxed);
        }
    }

private:
    static constexpr std::size_t kSteps = 10;
    static constexpr std::int64_t kNoStep = -1'000'000;
    struct Step {
        std::atomic<std::int64_t> number{kNoStep};
        std::atomic<std::uint32_t> total{0};
        std::atomic<std::uint32_t> failed{0};
    };

    static std::int64_t stepOf(Duration window, TimePoint now) noexcept
    {
        const std::int64_t width = window.count() / static_cast<std::int64_t>(kSteps);
        return now.ns / (width > 0 ? width : 1);
    }

    std::array<Step, kSteps> m_steps;
};

}  // namespace signalbox::balance
