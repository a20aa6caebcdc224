#pragma once

#include <chrono>
#include <cstdint>

namespace signalbox {

using Duration = std::chrono::nanoseconds;
/// Monotonic time in nanoseconds since an arbitrary start. Simulated time uses the same type.
struct TimePoint {
    std::int64_t ns = 0;

    friend constexpr auto operator<=>(TimePoint, TimePoint) = default;
    friend constexpr TimePoint operator+(TimePoint at, Duration by) { return {at.ns + by.count()}; }
    friend constexpr TimePoint operator-(TimePoint at, Duration by) { return {at.ns - by.count()}; }
    friend constexpr Duration operator-(TimePoint a, TimePoint b) { return Duration(a.ns - b.ns); }
};

/// Where decisions read the time. The engine hands in the system's, the simulator and tests their own.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const noexcept = 0;
};

/// CLOCK_MONOTONIC. Any thread.
class SystemClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const noexcept override;
    /// The process-wide instance.
    static const SystemClock& instance() noexcept;
};

/// A clock that a test or a simulator moves by hand. One thread.
class ManualClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const noexcept override { return m_now; }
    void set(TimePoint at) noexcept { m_now = at; }
    void advance(Duration by) noexcept { m_now = m_now + by; }

private:
    TimePoint m_now{};
};

/// Nanoseconds since 1970-01-01T00:00:00Z, for dates that people and logs read. Never for intervals.
[[nodiscard]] std::int64_t wallClockNs() noexcept;

}  // namespace signalbox
