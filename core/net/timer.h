#pragma once

#include <cstdint>

#include "core/base/clock.h"

namespace signalbox::net {

class Reactor;
class TimerQueue;

/// A one-shot timer embedded in its owner, like a member variable; destroying or cancelling it is always safe, also from
/// inside its own callback. Reactor's thread only. Starting it again moves it.
/// Coarse timers sit on a wheel (kCoarseTick, may fire up to two ticks late, never early) and cost a store when they are
/// moved later, which is what a time-out of a busy connection does on every request. Precise ones sit in a heap and
/// wake the loop for themselves: for pacing, not for time-outs.
class Timer {
public:
    using Callback = void (*)(void* owner);
    enum class Precision : std::uint8_t { Coarse, Precise };
    static constexpr Duration kCoarseTick = std::chrono::milliseconds(8);

    /// `callback(owner)` runs on the reactor's thread when the timer expires.
    Timer(Reactor& reactor, Callback callback, void* owner, Precision precision = Precision::Coarse) noexcept;
    /// As above, on a queue that is driven by hand: for tests over simulated time.
    Timer(TimerQueue& queue, Callback callback, void* owner, Precision precision = Precision::Coarse) noexcept;
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void startAt(TimePoint deadline);
    void start(Duration delay);  ///< from Reactor::now()
    void cancel() noexcept;
    [[nodiscard]] bool active() const noexcept { return m_active; }
    [[nodiscard]] TimePoint deadline() const noexcept { return m_deadline; }

private:
    friend class TimerQueue;

    TimerQueue& m_queue;
    Callback m_callback;
    void* m_owner;
    TimePoint m_deadline{};
    Timer* m_next = nullptr;      // wheel slot list
    Timer* m_previous = nullptr;
    std::uint32_t m_where = 0;    // wheel slot, or index in the heap
    Precision m_precision;
    bool m_active = false;
    bool m_queued = false;        // on the wheel or in the heap, perhaps under an older deadline (lazy)
};

}  // namespace signalbox::net
