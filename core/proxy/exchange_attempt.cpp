#include <algorithm>
#include <cstring>

#include "core/http/header_rules.h"
#include "core/proxy/backend_place.h"
#include "core/proxy/buffers.h"
#include "core/proxy/exchange.h"
#include "core/proxy/own_answer.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr std::uint32_t kRequestHeadRoom = 2 * 1024;
constexpr Duration kAvoidAfterRefusal = std::chrono::seconds(1);

}  // namespace

void Exchange::composeRequest()
{
    http::RequestForward forward;
    forward.clientAddress = m_session->clientAddress();
    forward.defaultHost = m_listener->authority;
    forward.expectContinue = m_request.expectContinue;
    net::IoBuffer head = m_worker.reactor().allocate(kRequestHeadRoom);
    std::size_t size = http::writeRequestHead(m_request, forward, {head.data(), head.capacity()});
    if (size > head.capacity()) {
        head = m_worker.reactor().allocate(static_cast<std::uint32_t>(size));
        size = http::writeRequestHead(m_request, forward, {head.data(), head.capacity()});
    }
    head.resize(static_cast<std::uint32_t>(size));
    m_requestHead = std::move(head);
    if (m_input && !m_input->empty()) {
        joinSmallBody(*m_input);
    }
    m_up.start({},
               m_request.body == http::BodyKind::Chunked ? BodyWriter::Framing::Chunked : BodyWriter::Framing::Plain);
}

/// A body that is here as a whole and short travels with the head, also when the request is repeated.
void Exchange::joinSmallBody(net::IoBuffer& data)
{
    const std::uint64_t length = m_request.contentLength;
    if (m_request.body != http::BodyKind::Length || length > data.size() ||
        length > m_requestHead.capacity() - m_requestHead.size()) {
        return;
    }
    const http::BodyReader::Step step = m_bodyIn.next(data.view());
    std::memcpy(m_requestHead.data() + m_requestHead.size(), step.data.data(), step.data.size());
    m_requestHead.resize(m_requestHead.size() + static_cast<std::uint32_t>(step.data.size()));
    m_bytesIn = step.data.size();
    data.removePrefix(static_cast<std::uint32_t>(step.used));
}

std::uint64_t Exchange::avoided() const noexcept
{
    std::uint64_t mask = 0;
    const TimePoint now = m_worker.now();
    const std::size_t size = std::min(m_pool->backends.size(), kMostTracked);
    for (std::size_t i = 0; i < size; ++i) {
        if (now < m_pool->backends[i].connections->avoidUntil) {
            mask |= std::uint64_t{1} << i;
        }
    }
    return mask;
}

balance::PickContext Exchange::pickContext()
{
    return {*m_pool->plan->state, m_session->stream().peer().bytes(), 0, m_tried, m_trace, m_worker.now()};
}

/// The backend that the client's cookie names, while it is usable.
std::optional<std::size_t> Exchange::pickByCookie(const balance::PickContext& context)
{
    const auto own = stickyBackend(*m_pool->plan, m_request);
    if (!own) {
        return std::nullopt;
    }
    const stats::CandidateState state = balance::candidateState(context, *own);
    // One that is only full at the moment gets its client back with the next request.
    m_keepsCookie = state == stats::CandidateState::Usable || state == stats::CandidateState::Full;
    if (state != stats::CandidateState::Usable) {
        return std::nullopt;
    }
    if (m_trace) {
        balance::Eligibility(context).trace(context, own, nullptr);
    }
    m_byCookie = true;
    return own;
}

std::optional<std::size_t> Exchange::pick()
{
    balance::PickContext context = pickContext();
    const std::uint64_t avoid = avoided();
    context.tried |= avoid;
    m_byCookie = false;
    if (m_pool->plan->sticky) {
        if (const auto own = pickByCookie(context)) {
            return own;
        }
    }
    std::optional<std::size_t> chosen = m_pool->plan->balancer->pick(context, m_worker.rng());
    if (!chosen && avoid != 0) {
        context.tried = m_tried;
        if (m_trace) {
            m_trace->candidates.clear();
            m_trace->draws.clear();
        }
        chosen = m_pool->plan->balancer->pick(context, m_worker.rng());
    }
    return chosen;
}

void Exchange::attempt(bool fresh)
{
    m_attemptAt = m_worker.now();
    m_interims = 0;
    m_firstByte = false;
    m_scan.reset();
    m_partialHead.reset();
    ++m_attempts;
    const BackendBinding& to = backend();
    backendState().addActive(m_worker.index(), 1);
    m_upstream = &to.connections->acquire(*this, m_pool->plan->connectTimeout.value_or(timeouts().connect), fresh);
    m_sentBefore = m_upstream->stream().sent();
    if (to.stats) {
        to.stats->add(stats::Counter::Requests);
        to.stats->addActive(1);
        to.stats->add(m_upstream->reused() ? stats::Counter::ConnectionsReused : stats::Counter::ConnectionsOpened);
    }
    if (m_trace) {
        traceAttempt();
    }
    if (const Duration limit = timeouts().tryOne; limit > Duration::zero()) {
        m_tryDeadline = m_attemptAt + limit;
    }
    m_upstream->stream().send(m_requestHead.share(0, m_requestHead.size()));
    if (!m_replay.empty()) {
        m_upstream->stream().send(m_replay.share(0, m_replay.size()));
    }
    if (m_upstream->reused() && !m_repeatable) {
        forgetReplay();
    }
    m_session->resumeBody();  // it stood still while there was nowhere to send it
    progress();
    m_hedgeServes = false;
    armHedge();
    setDeadline();
}

void Exchange::beginMirrors()
{
    if (m_request.upgrade) {
        return;  // what follows is a conversation, and a copy could not take part in it
    }
    const auto framing =
        m_request.body == http::BodyKind::Chunked ? BodyWriter::Framing::Chunked : BodyWriter::Framing::Plain;
    m_mirrors = m_worker.mirrors().begin({*m_plan, *m_route, m_session->stream().peer().bytes(), m_requestHead,
                                          m_request.method, framing, m_bodyIn.done(), m_trace});
}

void Exchange::sendUp(net::IoBuffer piece)
{
    if (m_wait != Wait::None) {
        m_replay = joined(m_worker.reactor(), m_replay, piece);  // goes out with the attempt that follows
        if (m_replay.size() > kReplayLimit) {
            m_session->pauseBody();  // not sooner: who reads also hears that the client has left
        }
        return;
    }
    if (!m_upstream) {
        return;
    }
    if (m_replayable) {
        const bool tooMuch = m_replay.size() + piece.size() > kReplayLimit;
        if (m_upstream->connected() && (tooMuch || !m_repeatable)) {
            forgetReplay();
        } else {
            m_replay = joined(m_worker.reactor(), m_replay, piece);
        }
    }
    m_upstream->stream().send(std::move(piece));
}

/// From here on what was sent cannot be sent again.
void Exchange::forgetReplay() noexcept
{
    m_replayable = false;
    m_replay.reset();
}

void Exchange::onUpstreamConnected()
{
    progress();
    if (m_try) {
        m_try->connectedNs = m_trace->connectedNs = sinceBegin();
    }
    if (!m_repeatable || m_replay.size() > kReplayLimit) {
        forgetReplay();
    }
}

void Exchange::onUpstreamDrained()
{
    progress();
    m_session->resumeBody();
}

void Exchange::onUpstreamFailed(const Error& error)
{
    const bool connected = m_upstream->connected();
    const bool reused = m_upstream->reused();
    m_upstream = nullptr;  // it is gone already
    if (m_answering) {
        endAttempt(stats::AttemptResult::Reset, m_response.status);
        cutAnswer(stats::Outcome::BadGateway, stats::Counter::Resets, "the backend broke off its answer");
        return;
    }
    if (!connected && error.code == ErrorCode::Exhausted) {
        // That we have no descriptor, port or memory left says nothing about the backend.
        endAttempt(stats::AttemptResult::Retried, 0);
        if (promoteHedge()) {
            return;
        }
        answer({503,
                "Service Unavailable",
                m_arena.concat("no connection to a backend can be opened here: ", error.detail),
                {},
                stats::Outcome::NoBackend});
        return;
    }
    if (!connected) {
        const bool timeout = error.code == ErrorCode::ConnectTimeout;
        backend().connections->avoidUntil = m_worker.now() + kAvoidAfterRefusal;
        attemptFailed(
            {timeout ? stats::AttemptResult::ConnectTimeout : stats::AttemptResult::ConnectRefused, timeout ? 504 : 502,
             timeout ? "did not accept the connection in time" : "refused the connection"},
            true);
        return;
    }
    const bool repeatable = mayRepeat();
    if (reused && repeatable && !m_firstByte && !m_repeatedReused) {
        m_repeatedReused = true;
        endAttempt(stats::AttemptResult::Retried, 0);
        count(stats::Counter::Retries);
        attempt(true);
        return;
    }
    attemptFailed({stats::AttemptResult::Reset, 502, "closed the connection without an answer"}, repeatable);
}

void Exchange::onUpstreamEnd()
{
    if (m_answering && m_bodyOut.finishAtClose()) {
        m_down.finish({}, [this](net::IoBuffer piece) { sendDown(std::move(piece)); });
        answerComplete(false);
        return;
    }
    // Half of an answer and then the end is the same as a reset.
    const Error ended{ErrorCode::Closed, ErrorOrigin::Backend, true, {}};
    UpstreamConnection* const connection = m_upstream;
    onUpstreamFailed(ended);
    connection->close();
}

void Exchange::attemptFailed(const Failure& failure, bool mayRepeat)
{
    endAttempt(failure.result, 0);
    markTried();
    if (promoteHedge()) {
        return;
    }
    if (mayRepeat && mayRetry(failure.result, 0)) {
        if (const auto next = pickAgain()) {
            retryOn(*next);
            return;
        }
    }
    giveUp(failure);
}

void Exchange::markTried() noexcept
{
    if (m_backend < kMostTracked) {
        m_tried |= std::uint64_t{1} << m_backend;
    }
}

void Exchange::giveUp(const Failure& failure)
{
    const std::string_view budget = m_overBudget ? "; the retry budget is used up" : "";
    const std::string_view backend = m_pool->plan->backends[m_backend].name;
    if (m_lastStatus != 0) {
        answer({m_lastStatus,
                {},
                m_arena.concat("backend '", backend, "' of pool '", m_pool->plan->name, "' ", failure.detail,
                               "; the try before was answered with ", decimal(m_arena, m_lastStatus), budget),
                {},
                stats::Outcome::BackendError});
        return;
    }
    const std::string_view detail =
        m_arena.concat("backend '", backend, "' of pool '", m_pool->plan->name, "' ", failure.detail, budget);
    const bool timeout = failure.status == 504;
    answer({failure.status,
            timeout ? "Gateway Timeout" : "Bad Gateway",
            detail,
            {},
            timeout ? stats::Outcome::Timeout : stats::Outcome::BadGateway});
}

void Exchange::endAttempt(stats::AttemptResult result, int status)
{
    closeAttempt({m_backend, m_attemptAt, std::exchange(m_try, nullptr)}, result, status);
}

void Exchange::closeAttempt(const AttemptPlace& attempt, stats::AttemptResult result, int status)
{
    using enum stats::AttemptResult;
    const BackendBinding& at = m_pool->backends[attempt.backend];
    m_pool->plan->state->state(attempt.backend).addActive(m_worker.index(), -1);
    reportHealth(attempt.backend, result, status);
    // That a backend closed an idle connection, or that another one was faster, says nothing about its health.
    const bool failed = result != Answered && result != Retried && result != Lost;
    const Duration latency = m_worker.now() - attempt.since;
    if (failed) {
        m_pool->plan->balancer->onOutcome(attempt.backend, false, latency, m_worker.now());
    }
    if (m_pool->plan->limit && result == Timeout) {
        m_pool->plan->limit->onSample(latency, m_worker.now());  // it would have taken longer still
    }
    if (at.stats) {
        at.stats->addActive(-1);
        switch (result) {
            case ConnectRefused:
            case ConnectTimeout: at.stats->add(stats::Counter::ConnectErrors); break;
            case Timeout: at.stats->add(stats::Counter::Timeouts); break;
            case Answered:
            case Lost:
            case Retried: break;
            default: at.stats->add(stats::Counter::Resets);
        }
    }
    if (!m_holdsLimit) {
        wakeNext(*m_pool->plan);  // otherwise when the place within the limit is free too: woken twice, two would race
    }
    if (attempt.record) {
        attempt.record->result = result;
        attempt.record->status = status;
        attempt.record->endNs = sinceBegin();
    }
}

void Exchange::dropUpstream()
{
    if (!m_upstream) {
        return;
    }
    m_upstream->close();
    m_upstream = nullptr;
    endAttempt(stats::AttemptResult::Answered, m_status);  // the backend is not to blame
}

void Exchange::noBackend()
{
    if (m_overLimit) {
        overLimit();
        return;
    }
    whyNoBackend(*m_pool->plan, m_worker.now(), m_text);
    answer({503, "Service Unavailable", m_arena.copy(m_text), {}, stats::Outcome::NoBackend});
}

}  // namespace signalbox::proxy
