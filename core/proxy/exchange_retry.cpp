#include <algorithm>
#include <atomic>

#include "core/proxy/exchange.h"
#include "core/proxy/own_answer.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr std::uint32_t kMostAttempts = 16;  // where a route does not say

bool covers(const plan::RetryPlan& retry, stats::AttemptResult result, int status) noexcept
{
    switch (result) {
        case stats::AttemptResult::ConnectRefused:
        case stats::AttemptResult::ConnectTimeout: return retry.onConnect;
        case stats::AttemptResult::Reset:
        case stats::AttemptResult::BadResponse: return retry.onReset;
        case stats::AttemptResult::Timeout: return retry.onTimeout;
        case stats::AttemptResult::Answered: return retry.covers(status);
        default: return false;
    }
}

}  // namespace

/// Whether what failed is tried once more. Uses up the budget.
bool Exchange::mayRetry(stats::AttemptResult result, int status)
{
    if (m_requestDeadline.ns != 0 && m_worker.now() >= m_requestDeadline) {
        return false;
    }
    const auto& retry = m_route->plan->retry;
    if (!retry) {
        const bool anyLeft = m_pool->backends.size() <= kMostTracked || m_attempts < 3;
        return status == 0 && m_attempts < kMostAttempts && anyLeft;
    }
    if (m_retries >= retry->attempts || !covers(*retry, result, status)) {
        return false;
    }
    m_overBudget = retry->budget && !retry->budget->tryRetry(m_worker.now());
    if (m_overBudget) {
        count(stats::Counter::RetriesRefused);
    }
    return !m_overBudget;
}

/// Another backend; where the route asks for retries, also one that was tried before.
std::optional<std::size_t> Exchange::pickAgain()
{
    auto next = pick();
    if (!next && m_route->plan->retry) {
        m_tried = 0;
        next = pick();
    }
    return next;
}

Duration Exchange::backoff(bool sameBackend)
{
    const auto& retry = m_route->plan->retry;
    if (!retry || (m_retries == 1 && !sameBackend)) {
        return Duration::zero();
    }
    const Duration most = std::min<Duration>(retry->backoff * (1LL << std::min(m_retries - 1, 20U)), retry->maxBackoff);
    // Any time up to it, so that what failed together does not come back together.
    return std::chrono::duration_cast<Duration>(most * m_worker.rng().unit());
}

void Exchange::retryOn(std::size_t next)
{
    ++m_retries;
    count(stats::Counter::Retries);
    const Duration wait = backoff(next == m_backend);
    m_backend = next;
    if (wait > Duration::zero()) {
        waitFor(Wait::Backoff, m_worker.now() + wait);
    } else {
        attempt(false);
    }
}

/// Where the answer that just began is one to try again: the next backend. Without one it is passed on as it is.
std::optional<std::size_t> Exchange::insteadOfAnswer()
{
    const auto& retry = m_route->plan->retry;
    if (!retry || !retry->covers(m_status) || !mayRepeat() || !mayRetry(stats::AttemptResult::Answered, m_status)) {
        return std::nullopt;
    }
    markTried();
    return pickAgain();
}

void Exchange::dropAnswer(net::IoBuffer& data)
{
    m_lastStatus = m_status;
    m_bodyOut.start(m_response.body, m_response.contentLength);
    while (!m_bodyOut.done() && !data.empty()) {
        const http::BodyReader::Step step = m_bodyOut.next(data.view());
        if (step.error) {
            break;
        }
        data.removePrefix(static_cast<std::uint32_t>(step.used));
    }
    endAttempt(stats::AttemptResult::Answered, m_status);
    UpstreamConnection* const connection = std::exchange(m_upstream, nullptr);
    if (m_bodyOut.done() && data.empty() && m_response.keepAlive && m_bodyIn.done()) {
        connection->release(m_worker.now());
    } else {
        connection->close();
    }
    m_response.clear();
    m_status = 0;
}

void Exchange::firstAttempt()
{
    const auto& queue = m_pool->plan->queue;
    if (queue && queue->line->waiting() > 0) {
        standInLine();  // behind those who came before
    } else if (const auto chosen = claim()) {
        m_backend = *chosen;
        attempt(false);
    } else if (queue && anyFull()) {
        standInLine();
    } else {
        noBackend();
    }
}

/// A backend, and a place within the pool's adaptive limit where it has one.
std::optional<std::size_t> Exchange::claim()
{
    const auto& limit = m_pool->plan->limit;
    m_overLimit = limit && !limit->tryAcquire();
    if (m_overLimit) {
        return std::nullopt;
    }
    const auto chosen = pick();
    if (limit && !chosen) {
        limit->release();  // wakes nobody: whoever waits would find no backend either
    } else if (limit) {
        m_holdsLimit = true;
        if (m_trace) {
            m_trace->concurrencyLimit = limit->limit();
            m_trace->concurrency = limit->inFlight();
        }
    }
    return chosen;
}

void Exchange::overLimit()
{
    const balance::AdaptiveLimit& limit = *m_pool->plan->limit;
    count(stats::Counter::LimitRefused);
    if (m_trace) {
        m_trace->concurrencyLimit = limit.limit();
        m_trace->concurrency = limit.inFlight();
    }
    answer({503,
            "Service Unavailable",
            m_arena.concat("pool '", m_pool->plan->name, "' has as many requests under way as its adaptive concurrency limit (",
                           decimal(m_arena, limit.limit()), ") allows"),
            "adaptive-concurrency",
            stats::Outcome::NoBackend});
}

bool Exchange::anyFull()
{
    if (m_overLimit) {
        return true;
    }
    const balance::PickContext context = pickContext();
    for (std::size_t at = 0; at < m_pool->backends.size(); ++at) {
        if (balance::candidateState(context, at) == stats::CandidateState::Full) {
            return true;
        }
    }
    return false;
}

void Exchange::standInLine()
{
    const plan::QueuePlan& queue = *m_pool->plan->queue;
    ++m_ticket;
    if (!queue.line->enter(*this, queue.limit)) {
        count(stats::Counter::QueueRefused);
        const auto& limit = m_pool->plan->limit;
        const bool limited = limit && limit->inFlight() >= limit->limit();
        answer({503,
                "Service Unavailable",
                limited ? m_arena.concat("pool '", m_pool->plan->name,
                                         "' is at its adaptive concurrency limit, and its queue is full")
                        : m_arena.concat("every backend of pool '", m_pool->plan->name, "' is full, and so is its queue"),
                {},
                stats::Outcome::NoBackend});
        return;
    }
    count(stats::Counter::Queued);
    m_waitSince = m_worker.now();
    waitFor(Wait::Turn, queue.timeout > Duration::zero() ? m_waitSince + queue.timeout : TimePoint{});
    // A place that became free before this one stood in line has woken nobody.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (queue.line->waiting() == 1) {
        if (const auto chosen = claim()) {
            m_backend = *chosen;
            stopWaiting();
            attempt(false);
        }
    }
}

void Exchange::onTurn() noexcept
{
    // The place is handed on where the request has gone meanwhile.
    m_worker.reactor().post([this, ticket = m_ticket, line = m_pool->plan->queue->line] {
        if (m_wait == Wait::Turn && m_ticket == ticket) {
            takeTurn();
        } else {
            line->wakeOne();
        }
    });
}

void Exchange::takeTurn()
{
    balance::WaitQueue& line = *m_pool->plan->queue->line;
    auto chosen = claim();
    if (!chosen && anyFull()) {
        line.enterFirst(*this);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        chosen = claim();
        if (!chosen) {
            return;
        }
    }
    stopWaiting();
    if (!chosen) {
        noBackend();
        return;
    }
    m_backend = *chosen;
    attempt(false);
    if (line.waiting() > 0) {
        line.wakeOne();  // there may be room for more than one
    }
}

void Exchange::waitFor(Wait what, TimePoint until)
{
    m_wait = what;
    m_waitUntil = until;
    setDeadline();
}

void Exchange::stopWaiting() noexcept
{
    if (m_wait == Wait::Turn) {
        m_pool->plan->queue->line->leave(*this);
        ++m_ticket;  // a turn that is on its way is not for the next request
        if (m_trace) {
            m_trace->queuedNs += (m_worker.now() - m_waitSince).count();
        }
    }
    m_wait = Wait::None;
}

void Exchange::onWaitOver()
{
    const TimePoint now = m_worker.now();
    const bool late = m_requestDeadline.ns != 0 && now >= m_requestDeadline;
    const bool over = m_waitUntil.ns != 0 && now >= m_waitUntil;
    if (!late && !over) {
        setDeadline();
        return;
    }
    const Wait waited = m_wait;
    stopWaiting();
    if (waited == Wait::Backoff && !late) {
        attempt(false);
        return;
    }
    count(stats::Counter::Timeouts);
    if (waited == Wait::Backoff) {
        giveUp({stats::AttemptResult::Timeout, 504, "was to be tried again when the request's time-out had passed"});
        return;
    }
    const std::string_view what = late ? "the request's time-out" : "the queue's time-out";
    answer({late ? 504 : 503,
            {},
            m_arena.concat(what, " passed while it waited for a free backend of pool '", m_pool->plan->name, "'"),
            {},
            late ? stats::Outcome::Timeout : stats::Outcome::NoBackend});
}

}  // namespace signalbox::proxy
