#include <algorithm>

#include "core/proxy/backend_place.h"
#include "core/proxy/buffers.h"
#include "core/proxy/exchange.h"
#include "core/proxy/status_counter.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr std::uint32_t kMostInterims = 64;

}  // namespace

Exchange::~Exchange() = default;

/// The present attempt gets a rival once it has taken long enough, if this request may have one at all.
void Exchange::armHedge() noexcept
{
    const auto& hedge = m_route->plan->hedge;
    // A trial of the circuit breaker is one request, and a client whose cookie names a backend has its session there.
    const bool may = hedge && m_idempotent && m_bodyIn.done() && m_replayable && m_upstream && !m_byCookie &&
                     m_trialTicket == 0 && m_hedgesSent < hedge->attempts && m_pool->backends.size() > 1;
    m_hedgeAt = may ? m_worker.now() + hedge->after : TimePoint{};
}

/// Another backend than all that are at it, or were.
std::optional<std::size_t> Exchange::pickForHedge()
{
    const std::uint64_t tried = m_tried;
    markTried();
    for (const auto& hedge : m_hedges) {
        m_tried |= hedge->running() && hedge->backend() < kMostTracked ? std::uint64_t{1} << hedge->backend() : 0;
    }
    stats::DecisionTrace* const trace = std::exchange(m_trace, nullptr);  // keeps the pick of the first attempt
    const bool keepsCookie = m_keepsCookie;
    const auto next = pick();
    m_keepsCookie = keepsCookie;
    m_trace = trace;
    m_tried = tried;
    const bool again = next && (*next == m_backend || std::ranges::any_of(m_hedges, [&](const auto& hedge) {
                                    return hedge->running() && hedge->backend() == *next;
                                }));
    return again ? std::nullopt : next;
}

void Exchange::sendHedge()
{
    m_hedgeAt = {};
    if (!m_upstream || m_answering || !m_replayable) {
        return;  // what was sent may have become too much to be sent again since this was armed
    }
    const auto next = pickForHedge();
    const auto& limit = m_pool->plan->limit;
    if (!next || (limit && !limit->tryAcquire())) {
        return;
    }
    const auto& retry = m_route->plan->retry;
    if (retry && retry->budget && !retry->budget->tryRetry(m_worker.now())) {
        count(stats::Counter::HedgesRefused);
        if (limit) {
            leaveLimit(*m_pool->plan);
        }
        return;
    }
    auto free = std::ranges::find_if(m_hedges, [](const auto& hedge) { return !hedge->running(); });
    if (free == m_hedges.end()) {
        m_hedges.push_back(std::make_unique<Hedge>(*this));
        free = m_hedges.end() - 1;
    }
    ++m_hedgesSent;
    count(stats::Counter::Hedges);
    (*free)->m_repeated = false;
    (*free)->begin(*next, false);
    armHedge();
}

/// The hedge goes on as the attempt of this exchange, which has none at the moment.
void Exchange::adopt(Hedge& hedge)
{
    m_upstream = std::exchange(hedge.m_upstream, nullptr);
    m_upstream->setUser(*this);
    m_backend = hedge.m_backend;
    m_attemptAt = hedge.m_begunAt;
    m_sentBefore = hedge.m_sentBefore;
    m_firstByte = hedge.m_firstByte;
    m_interims = hedge.m_interims;
    m_scan.reset();
    m_partialHead = std::exchange(hedge.m_partialHead, {});
    m_byCookie = false;
    m_hedgeServes = true;
    m_try = std::exchange(hedge.m_record, nullptr);
    if (m_try) {
        m_trace->pickedNs = m_trace->sentNs = m_try->startNs;
        m_trace->connectedNs = m_try->connectedNs;
        m_trace->firstByteNs = m_try->firstByteNs;
    }
    const Duration one = timeouts().tryOne;
    m_tryDeadline = one > Duration::zero() && !m_firstByte ? m_attemptAt + one : TimePoint{};
    if (m_pool->plan->limit) {
        leaveLimit(*m_pool->plan);  // the exchange has a place of its own
    }
}

/// After the exchange's own attempt has failed: true where another one is under way, which then takes its place.
bool Exchange::promoteHedge()
{
    for (const auto& hedge : m_hedges) {
        if (hedge->running()) {
            adopt(*hedge);
            progress();
            setDeadline();
            return true;
        }
    }
    return false;
}

bool Exchange::hedged() const noexcept
{
    return std::ranges::any_of(m_hedges, [](const auto& hedge) { return hedge->running(); });
}

/// `data` begins with the head of an answer.
void Exchange::onHedgeAnswer(Hedge& hedge, net::IoBuffer data, int status)
{
    const auto& retry = m_route->plan->retry;
    if (retry && retry->covers(status)) {
        m_lastStatus = status;
        hedge.end(stats::AttemptResult::Answered, status);  // the other one may do better
        return;
    }
    m_upstream->close();
    m_upstream = nullptr;
    endAttempt(stats::AttemptResult::Lost, 0);
    adopt(hedge);
    readResponse(std::move(data));
}

void Exchange::endHedges(stats::AttemptResult result)
{
    m_hedgeAt = {};
    for (const auto& hedge : m_hedges) {
        if (hedge->running()) {
            hedge->end(result, 0);
        }
    }
}

void Hedge::begin(std::size_t backend, bool fresh)
{
    Exchange& exchange = m_exchange;
    Worker& worker = exchange.m_worker;
    const PoolBinding& pool = *exchange.m_pool;
    const BackendBinding& to = pool.backends[backend];
    m_backend = backend;
    m_begunAt = worker.now();
    m_interims = 0;
    m_firstByte = false;
    m_scan.reset();
    m_partialHead.reset();
    ++exchange.m_attempts;
    pool.plan->state->state(backend).addActive(worker.index(), 1);
    const Duration connect = pool.plan->connectTimeout.value_or(exchange.timeouts().connect);
    m_upstream = &to.connections->acquire(*this, connect, fresh);
    m_sentBefore = m_upstream->stream().sent();
    if (to.stats) {
        to.stats->add(stats::Counter::Requests);
        to.stats->addActive(1);
        to.stats->add(m_upstream->reused() ? stats::Counter::ConnectionsReused : stats::Counter::ConnectionsOpened);
    }
    if (stats::DecisionTrace* const trace = exchange.m_trace) {
        trace->attempts = static_cast<std::uint8_t>(std::min<std::uint32_t>(exchange.m_attempts, 255));
        m_record = trace->tries.add();
    }
    if (m_record) {
        m_record->backend.assign(pool.plan->backends[backend].name);
        m_record->reusedConnection = m_upstream->reused();
        m_record->hedge = true;
        m_record->startNs = exchange.sinceBegin();
        m_record->connectedNs = m_upstream->reused() ? m_record->startNs : 0;
    }
    m_upstream->stream().send(exchange.m_requestHead.share(0, exchange.m_requestHead.size()));
    if (!exchange.m_replay.empty()) {
        m_upstream->stream().send(exchange.m_replay.share(0, exchange.m_replay.size()));
    }
}

void Hedge::end(stats::AttemptResult result, int status)
{
    m_upstream->close();
    m_upstream = nullptr;
    over(result, status);
}

void Hedge::over(stats::AttemptResult result, int status)
{
    m_partialHead.reset();
    if (stats::SlotStats* const slot = m_exchange.m_pool->backends[m_backend].stats; slot && status != 0) {
        slot->add(counterOf(status));
    }
    m_exchange.closeAttempt({m_backend, m_begunAt, std::exchange(m_record, nullptr)}, result, status);
    if (m_exchange.m_pool->plan->limit) {
        leaveLimit(*m_exchange.m_pool->plan);
    }
}

void Hedge::onUpstreamConnected()
{
    if (m_record) {
        m_record->connectedNs = m_exchange.sinceBegin();
    }
}

void Hedge::onUpstreamData(net::IoBuffer data)
{
    if (m_upstream->reused() && !m_firstByte && m_upstream->stream().sent() == m_sentBefore) {
        onUpstreamEnd();  // these bytes are older than the request
        return;
    }
    if (!m_firstByte && m_record) {
        m_record->firstByteNs = m_exchange.sinceBegin();
    }
    m_firstByte = true;
    Worker& worker = m_exchange.m_worker;
    while (!data.empty()) {
        if (!m_partialHead.empty()) {
            data = joined(worker.reactor(), m_partialHead, data);
            m_partialHead.reset();
        }
        const http::ParseResult result = worker.responseParser().parse(data.view(), m_scan, http::HeadLimits{},
                                                                       {m_exchange.m_request.method, false}, m_head);
        if (result.state == http::HeadScan::State::NeedMore) {
            m_partialHead = joined(worker.reactor(), {}, data);
            return;
        }
        m_scan.reset();
        if (result.state == http::HeadScan::State::Refused || ++m_interims > kMostInterims) {
            end(stats::AttemptResult::BadResponse, 0);
            return;
        }
        if (m_head.status >= 200) {
            m_exchange.onHedgeAnswer(*this, std::move(data), m_head.status);
            return;
        }
        data.removePrefix(static_cast<std::uint32_t>(result.used));  // the client hears what its own attempt says
    }
}

void Hedge::onUpstreamEnd()
{
    UpstreamConnection* const connection = m_upstream;
    onUpstreamFailed({ErrorCode::Closed, ErrorOrigin::Backend, true, {}});
    connection->close();
}

void Hedge::onUpstreamFailed(const Error& error)
{
    const bool connected = m_upstream->connected();
    const bool stale = m_upstream->reused() && !m_firstByte && !m_repeated;
    m_upstream = nullptr;  // it is gone already
    if (connected && stale) {
        m_repeated = true;
        m_exchange.closeAttempt({m_backend, m_begunAt, std::exchange(m_record, nullptr)},
                                stats::AttemptResult::Retried, 0);
        begin(m_backend, true);
    } else if (connected) {
        over(stats::AttemptResult::Reset, 0);
    } else if (error.code == ErrorCode::Exhausted) {
        over(stats::AttemptResult::Answered, 0);  // says nothing about the backend
    } else {
        over(error.code == ErrorCode::ConnectTimeout ? stats::AttemptResult::ConnectTimeout
                                                     : stats::AttemptResult::ConnectRefused,
             0);
    }
}

}  // namespace signalbox::proxy
