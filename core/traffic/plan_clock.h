#pragma once

#include <algorithm>

#include "core/base/clock.h"

namespace signalbox::traffic {

/// Maps positions in a plan to moments of real time and back, at a rate that may change and with pauses. Moments before
/// a change keep their meaning only for positions before it.
class PlanClock {
public:
    explicit PlanClock(double rate = 1) noexcept : m_rate(rate) {}

    void start(TimePoint now) noexcept { m_since = now; }
    [[nodiscard]] double rate() const noexcept { return m_rate; }
    [[nodiscard]] bool paused() const noexcept { return m_paused; }
    [[nodiscard]] Duration position(TimePoint now) const noexcept
    {
        return m_paused ? m_base : m_base + scaled(static_cast<double>((now - m_since).count()) * m_rate);
    }
    /// When `position` is due; meaningless at rate 0.
    [[nodiscard]] TimePoint timeOf(Duration position) const noexcept
    {
        return m_since + scaled(static_cast<double>((position - m_base).count()) / m_rate);
    }
    void setRate(TimePoint now, double rate) noexcept
    {
        moveTo(now, position(now));
        m_rate = rate;
    }
    void pause(TimePoint now) noexcept
    {
        moveTo(now, position(now));
        m_paused = true;
    }
    void resume(TimePoint now) noexcept
    {
        m_since = now;
        m_paused = false;
    }
    void moveTo(TimePoint now, Duration position) noexcept
    {
        m_base = position;
        m_since = now;
    }

private:
    [[nodiscard]] static Duration scaled(double ns) noexcept
    {
        return Duration(static_cast<std::int64_t>(std::clamp(ns, -4e18, 4e18)));
    }

    TimePoint m_since{};
    Duration m_base{};
    double m_rate;
    bool m_paused = false;
};

}  // namespace signalbox::traffic
