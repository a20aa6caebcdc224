#include <algorithm>

#include "core/proxy/backend_place.h"
#include "core/proxy/exchange.h"
#include "core/proxy/status_counter.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

/// The earlier of two deadlines of which zero means none.
TimePoint earlier(TimePoint a, TimePoint b) noexcept
{
    return a.ns == 0 ? b : b.ns == 0 ? a : std::min(a, b);
}

}  // namespace

const plan::Timeouts& Exchange::timeouts() const noexcept
{
    return m_route ? m_route->plan->timeouts : m_listener->plan->timeouts;
}

void Exchange::progress() noexcept
{
    m_progressAt = m_worker.now();
}

void Exchange::setDeadline()
{
    TimePoint next = earlier(m_requestDeadline, m_tryDeadline);
    if (m_wait != Wait::None) {
        next = earlier(m_requestDeadline, m_waitUntil);
    } else {
        next = earlier(next, m_hedgeAt);
        if (timeouts().idle > Duration::zero()) {
            next = earlier(next, m_progressAt + timeouts().idle);
        }
    }
    if (next.ns != 0) {
        m_session->wakeAt(next);
    }
}

void Exchange::onDeadline()
{
    if (m_wait != Wait::None) {
        onWaitOver();
        return;
    }
    const TimePoint now = m_worker.now();
    if (m_hedgeAt.ns != 0 && now >= m_hedgeAt) {
        sendHedge();
        setDeadline();
        return;
    }
    const bool moving = timeouts().idle == Duration::zero() || now < m_progressAt + timeouts().idle;
    if (m_requestDeadline.ns != 0 && now >= m_requestDeadline && moving && (m_answering || wantsBody())) {
        // A body that keeps moving may take as long as it is: only waiting is bounded, and standing still by `idle`.
        m_requestDeadline = m_answering ? TimePoint{} : now + timeouts().request;
        setDeadline();
    } else if (m_requestDeadline.ns != 0 && now >= m_requestDeadline) {
        onRequestTimeout();
    } else if (m_tryDeadline.ns != 0 && now >= m_tryDeadline && m_upstream) {
        m_tryDeadline = {};
        m_upstream->close();
        m_upstream = nullptr;
        attemptFailed({stats::AttemptResult::Timeout, 504, "did not answer within the time for one try"},
                      mayRepeat());
    } else if ((m_answering || wantsBody()) && timeouts().idle > Duration::zero() &&
               now >= m_progressAt + timeouts().idle) {
        onRequestTimeout();
    } else {
        if (!m_answering && !wantsBody()) {
            progress();  // it is the backend's turn, and that is bounded by the other two
        }
        setDeadline();
    }
}

void Exchange::onRequestTimeout()
{
    if (m_answering) {
        cutAnswer(stats::Outcome::Timeout, stats::Counter::Timeouts, "the answer did not end in time");
        return;
    }
    count(stats::Counter::Timeouts);
    const bool clientIsSlow = wantsBody() && !(m_upstream && m_upstream->stream().aboveHighWater());
    if (clientIsSlow) {
        dropUpstream();
        m_bodyIn.start(http::BodyKind::None);
        answer(
            {408, "Request Timeout", "the request's body did not arrive in time", {}, stats::Outcome::Timeout, true});
        return;
    }
    if (m_upstream) {
        m_upstream->close();
        m_upstream = nullptr;
        endAttempt(stats::AttemptResult::Timeout, 0);
        endHedges(stats::AttemptResult::Timeout);
    }
    giveUp({stats::AttemptResult::Timeout, 504, "did not answer within the request's time-out"});
}

std::int64_t Exchange::sinceBegin() const noexcept
{
    return (SystemClock::instance().now() - m_since).count();
}

void Exchange::traceBegin()
{
    stats::DecisionTrace& trace = *m_trace;
    trace.planEpoch = m_plan->plan().epoch;
    trace.wallNs = wallClockNs() - (SystemClock::instance().now() - m_since).count();
    trace.client.assign(m_session->clientAddress());
    trace.clientPort = m_session->clientPort();
    trace.method.assign(m_request.methodText);
    trace.host.assign(m_request.host);
    trace.target.assign(m_request.target);
    trace.listener.assign(m_listener->plan->name);
    trace.parsedNs = sinceBegin();
}

void Exchange::traceAttempt()
{
    m_trace->pickedNs = sinceBegin();
    m_trace->pool.assign(m_pool->plan->name);
    m_trace->algorithm.assign(m_byCookie ? std::string_view("sticky cookie") : m_pool->plan->algorithm);
    m_trace->attempts = static_cast<std::uint8_t>(std::min<std::uint32_t>(m_attempts, 255));
    m_try = m_trace->tries.add();
    if (m_try) {
        m_try->backend.assign(m_pool->plan->backends[m_backend].name);
        m_try->reusedConnection = m_upstream->reused();
        m_try->startNs = m_trace->pickedNs;
        m_try->connectedNs = m_upstream->reused() ? m_trace->pickedNs : 0;
    }
    m_trace->sentNs = m_trace->pickedNs;
}

void Exchange::count(stats::Counter counter, std::uint64_t n) noexcept
{
    if (m_listener->stats) {
        m_listener->stats->add(counter, n);
    }
    if (m_route && m_route->stats) {
        m_route->stats->add(counter, n);
    }
    if (m_pool && m_pool->stats) {
        m_pool->stats->add(counter, n);
    }
}

void Exchange::countEnd(stats::Outcome outcome)
{
    const Duration latency = m_worker.now() - m_since;
    const bool answered = outcome != stats::Outcome::ClientAborted && m_status != 0;
    stats::SlotStats* const slots[] = {m_listener->stats, m_route ? m_route->stats : nullptr,
                                       m_pool ? m_pool->stats : nullptr,
                                       m_consumer ? m_plan->consumerStats(*m_consumer) : nullptr};
    for (stats::SlotStats* const slot : slots) {
        if (!slot) {
            continue;
        }
        slot->addActive(-1);
        slot->add(stats::Counter::BytesIn, m_bytesIn);
        slot->add(stats::Counter::BytesOut, m_bytesOut);
        if (answered) {
            slot->add(counterOf(m_status));
            slot->recordLatency(latency);
        }
    }
    if (answered) {
        m_worker.stats().countStatus(m_status);
    }
}

void Exchange::traceEnd(stats::Outcome outcome)
{
    if (!m_trace) {
        const bool worthIt = outcome != stats::Outcome::Ok && outcome != stats::Outcome::BackendError;
        m_trace = worthIt ? m_worker.recorder().beginSummary(m_worker.now()) : nullptr;
        if (!m_trace) {
            m_worker.recorder().countUntraced();
            return;
        }
        traceBegin();
        m_trace->parsedNs = 0;
        m_trace->attempts = static_cast<std::uint8_t>(std::min<std::uint32_t>(m_attempts, 255));
    }
    stats::DecisionTrace& trace = *m_trace;
    trace.outcome = outcome;
    trace.status = m_status;
    trace.detail.assign(m_detail);
    trace.refusedBy.assign(m_refusedBy);
    trace.bytesIn = m_bytesIn;
    trace.bytesOut = m_bytesOut;
    trace.totalNs = sinceBegin();
    if (m_route) {
        trace.route.assign(m_route->plan->name);
    }
    if (m_pool) {
        trace.pool.assign(m_pool->plan->name);
        if (m_attempts > 0) {
            trace.backend.assign(m_pool->plan->backends[m_backend].name);
        }
    }
    if (m_consumer) {
        trace.consumer.assign(m_consumer->name);
    }
    m_worker.recorder().finish(trace);
    m_trace = nullptr;
}

void Exchange::closeBooks(stats::Outcome outcome)
{
    stopWaiting();
    Mirrors::letGo(std::exchange(m_mirrors, nullptr));
    endHedges(stats::AttemptResult::Answered);  // no backend of them is to blame
    if (std::exchange(m_holdsLimit, false)) {
        leaveLimit(*m_pool->plan);
    }
    countEnd(outcome);
    traceEnd(outcome);
    leaveBreaker();
    if (const auto& chain = m_policies ? *m_policies : m_listener->plan->policies; !chain.accessLogs.empty()) {
        writeAccessLogs(chain, outcome);
    }
    m_requestHead.reset();
    m_partialHead.reset();
    m_replay.reset();
    m_up.clear();
    m_down.clear();
    m_bodyIn.start(http::BodyKind::None);
    m_input = nullptr;
    m_worker.unpin(*m_plan);
    m_plan = nullptr;
}

void Exchange::finish(stats::Outcome outcome, HttpSession::After after)
{
    closeBooks(outcome);
    std::exchange(m_session, nullptr)->exchangeEnded(after);
}

}  // namespace signalbox::proxy
