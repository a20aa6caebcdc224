#include "core/balance/circuit_breaker.h"

#include <algorithm>
#include <string>

#include "core/base/units.h"

namespace signalbox::balance {

namespace {

/// While trials run nobody knows how long they take; this is when asking again makes sense.
constexpr Duration kAskAgain = std::chrono::seconds(1);

}  // namespace

CircuitBreaker::Admission CircuitBreaker::admit(TimePoint now, std::optional<HealthEvent>& event)
{
    if (m_state.load(std::memory_order_relaxed) == State::Closed) {
        return {};
    }
    const std::lock_guard lock(m_mutex);
    const State state = m_state.load(std::memory_order_relaxed);
    if (state == State::Closed) {
        return {};
    }
    if (state == State::Open) {
        if (now < m_openUntil) {
            return {false, 0, m_openUntil - now};
        }
        m_state.store(State::HalfOpen, std::memory_order_relaxed);
        m_since = now;
        m_round = std::max(1U, m_round + 1);
        m_running = m_passed = 0;
        event = HealthEvent{now, HealthChange::BreakerHalfOpen,
                            "up to " + std::to_string(m_params.trials) + " trial requests at a time"};
    }
    if (m_running >= m_params.trials) {
        return {false, 0, kAskAgain};
    }
    ++m_running;
    return {true, m_round, {}};
}

void CircuitBreaker::open(TimePoint now)
{
    m_state.store(State::Open, std::memory_order_relaxed);
    m_since = now;
    m_openUntil = now + m_params.open;
}

void CircuitBreaker::onOutcome(bool success, std::uint32_t ticket, TimePoint now, std::optional<HealthEvent>& event)
{
    if (m_state.load(std::memory_order_relaxed) == State::Closed) {
        m_window.add(!success, m_params.window, now);
        if (success || !m_window.sum(m_params.window, now).reaches(m_params.failures, m_params.minRequests)) {
            return;
        }
        const std::lock_guard lock(m_mutex);
        if (m_state.load(std::memory_order_relaxed) != State::Closed) {
            return;
        }
        const OutcomeWindow::Sum sum = m_window.sum(m_params.window, now);
        open(now);
        event =
            HealthEvent{now, HealthChange::BreakerOpen,
                        std::to_string(sum.failed) + " of " + std::to_string(sum.total) + " requests failed within " +
                            formatDuration(m_params.window) + " (limit " + formatShare(m_params.failures) + ")"};
        return;
    }
    const std::lock_guard lock(m_mutex);
    // Requests from before it opened, and trials of an earlier round, say nothing about now.
    if (m_state.load(std::memory_order_relaxed) != State::HalfOpen || ticket == 0 || ticket != m_round) {
        return;
    }
    if (!success) {
        open(now);
        event = HealthEvent{now, HealthChange::BreakerOpen, "a trial request failed"};
    } else if (++m_passed >= m_params.trials) {
        m_window.clear();
        m_state.store(State::Closed, std::memory_order_relaxed);
        m_since = now;
        event =
            HealthEvent{now, HealthChange::BreakerClosed, std::to_string(m_passed) + " trial requests were answered"};
    }
}

void CircuitBreaker::leave(std::uint32_t ticket)
{
    if (ticket == 0) {
        return;
    }
    const std::lock_guard lock(m_mutex);
    if (ticket == m_round && m_running > 0) {
        --m_running;
    }
}

CircuitBreaker::View CircuitBreaker::view(TimePoint now) const
{
    const std::lock_guard lock(m_mutex);
    View out;
    out.state = m_state.load(std::memory_order_relaxed);
    out.since = m_since;
    out.openUntil = m_openUntil;
    out.trialsRunning = out.state == State::HalfOpen ? m_running : 0;
    out.window = m_window.sum(m_params.window, now);
    return out;
}

}  // namespace signalbox::balance
