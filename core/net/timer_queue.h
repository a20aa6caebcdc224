#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/base/clock.h"
#include "core/net/timer.h"

namespace signalbox::net {

/// The timers of one reactor. Coarse ones hang on a wheel: one turn spans kSlots ticks, and a timer that is due later,
/// or was moved later since, is simply hung up again when its slot comes by. Precise ones form a binary heap. Knows
/// time only from what it is given, so tests drive it with simulated time. Its reactor's thread only.
class TimerQueue {
public:
    static constexpr std::uint32_t kSlots = 1024;

    /// `now` is what `Timer::start` counts from; it must outlive the queue.
    explicit TimerQueue(const TimePoint& now) noexcept : m_now(now) {}
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;

    /// Runs the callbacks of all timers due at `at`. Timers started by a callback wait for the next call.
    void expire(TimePoint at);
    /// When `expire` must be called next; nothing when no timer is active.
    [[nodiscard]] std::optional<TimePoint> next() const noexcept;
    /// Timers that are active.
    [[nodiscard]] std::size_t size() const noexcept { return m_activeCoarse + m_heap.size(); }

private:
    friend class Timer;

    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    static constexpr std::uint32_t kExpiring = kSlots;  // the list that is being worked off

    struct Entry {
        TimePoint deadline;
        std::uint64_t order = 0;
        Timer* timer = nullptr;
    };

    void start(Timer& timer, TimePoint deadline);
    void cancel(Timer& timer) noexcept;
    void forget(Timer& timer) noexcept;

    void hang(Timer& timer) noexcept;
    void unlink(Timer& timer) noexcept;
    void expireSlot(std::uint32_t slot, TimePoint at);
    void expireWheel(TimePoint at);
    void expireHeap(TimePoint at);
    [[nodiscard]] std::int64_t nextOccupiedTick() const noexcept;

    [[nodiscard]] static bool before(const Entry& a, const Entry& b) noexcept;
    void place(std::size_t index, const Entry& entry) noexcept;
    void siftUp(std::size_t index) noexcept;
    void siftDown(std::size_t index) noexcept;
    void removeFromHeap(std::size_t index) noexcept;

    const TimePoint& m_now;
    std::array<Timer*, kSlots + 1> m_heads{};
    std::array<std::uint64_t, kSlots / 64> m_occupied{};
    std::int64_t m_tick = 0;           // slots up to this tick have been worked off
    std::int64_t m_nextTick = kNever;  // no occupied slot comes before it
    std::size_t m_activeCoarse = 0;
    std::vector<Entry> m_heap;
    std::uint64_t m_order = 0;
};

}  // namespace signalbox::net
