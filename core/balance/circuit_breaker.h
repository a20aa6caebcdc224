#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/balance/health_event.h"
#include "core/balance/health_params.h"
#include "core/balance/outcome_window.h"

namespace signalbox::balance {

/// Stops asking a pool that mostly fails. Closed: everything passes and outcomes are counted. Open: everything is
/// refused at once for a while. Half-open: a few trial requests at a time; as many successes close it, one failure
/// opens it again. Any thread; takes a lock only while it is not closed, and when it opens.
class CircuitBreaker {
public:
    enum class State : std::uint8_t { Closed, Open, HalfOpen };
    /// What a request that asks is told. It must say leave() with its ticket, once, whatever becomes of it.
    struct Admission {
        bool allowed = true;
        std::uint32_t ticket = 0;  ///< of a trial; 0: an ordinary request
        Duration retryAfter{};     ///< where refused
    };

    explicit CircuitBreaker(const BreakerParams& params) : m_params(params) {}

    /// `event` is filled where the question moved the breaker from open to half-open.
    [[nodiscard]] Admission admit(TimePoint now, std::optional<HealthEvent>& event);
    /// The outcome of one attempt. `event` is filled where the breaker changed.
    void onOutcome(bool success, std::uint32_t ticket, TimePoint now, std::optional<HealthEvent>& event);
    void leave(std::uint32_t ticket);

    struct View {
        State state = State::Closed;
        TimePoint since{};
        TimePoint openUntil{};  ///< where open
        std::uint32_t trialsRunning = 0;
        OutcomeWindow::Sum window;
    };
    [[nodiscard]] View view(TimePoint now) const;
    [[nodiscard]] const BreakerParams& params() const noexcept { return m_params; }

private:
    void open(TimePoint now);

    const BreakerParams m_params;
    std::atomic<State> m_state{State::Closed};
    OutcomeWindow m_window;
    mutable std::mutex m_mutex;
    TimePoint m_since{};
    TimePoint m_openUntil{};
    std::uint32_t m_round = 0;  // of half-open states; the ticket of their trials
    std::uint32_t m_running = 0;
    std::uint32_t m_passed = 0;
};

}  // namespace signalbox::balance
