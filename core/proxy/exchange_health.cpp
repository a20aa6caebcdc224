#include "core/proxy/exchange.h"
#include "core/proxy/health_reporter.h"
#include "core/proxy/own_answer.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {

/// True when the pool's circuit breaker answered instead.
bool Exchange::breakerRefuses()
{
    balance::PoolHealth* const health = m_pool->plan->health.get();
    if (!health || !health->breaker()) {
        return false;
    }
    HealthReporter reporter(*m_pool->plan, &m_worker.stats());
    const balance::CircuitBreaker::Admission admission = health->admit(m_worker.now(), reporter);
    m_trialTicket = admission.ticket;
    if (admission.allowed) {
        return false;
    }
    if (m_pool->stats) {
        m_pool->stats->add(stats::Counter::BreakerRefused);
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(admission.retryAfter).count();
    m_response.headers.add("Retry-After", decimal(m_arena, static_cast<std::uint64_t>(seconds)));
    answer(
        {503, "Service Unavailable",
         m_arena.concat("the circuit breaker of pool '", m_pool->plan->name, "' is open, because its backends failed"),
         "circuit-breaker", stats::Outcome::NoBackend});
    return true;
}

/// Tells the pool's health how one attempt ended.
void Exchange::reportHealth(std::size_t backend, stats::AttemptResult result, int status)
{
    balance::PoolHealth* const health = m_pool->plan->health.get();
    if (!health || !health->watchesRequests()) {
        return;
    }
    const bool answered = result == stats::AttemptResult::Answered;
    // A client that left, an idle connection that was closed and a faster rival say nothing about the backend.
    if (result == stats::AttemptResult::Retried || result == stats::AttemptResult::Lost || (answered && status == 0)) {
        return;
    }
    HealthReporter reporter(*m_pool->plan, &m_worker.stats());
    health->onOutcome(backend, answered && status < 500, m_trialTicket, m_worker.now(), reporter);
}

void Exchange::leaveBreaker()
{
    if (m_trialTicket != 0) {
        m_pool->plan->health->leave(m_trialTicket);
        m_trialTicket = 0;
    }
}

}  // namespace signalbox::proxy
