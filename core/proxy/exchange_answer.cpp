#include <algorithm>
#include <cstring>

#include "core/proxy/buffers.h"
#include "core/proxy/exchange.h"
#include "core/proxy/status_counter.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr std::uint32_t kResponseHeadRoom = 2 * 1024;
constexpr std::size_t kMostJoined = 8 * 1024;
constexpr std::uint32_t kMostInterims = 64;

}  // namespace

void Exchange::onUpstreamData(net::IoBuffer data)
{
    if (m_answering) {
        relay(std::move(data));
    } else {
        readResponse(std::move(data));
    }
}

void Exchange::readResponse(net::IoBuffer data)
{
    if (m_upstream->reused() && !m_firstByte && m_upstream->stream().sent() == m_sentBefore) {
        // These bytes are older than the request, so they answer nothing we asked.
        UpstreamConnection* const connection = m_upstream;
        onUpstreamFailed({ErrorCode::Closed, ErrorOrigin::Backend, true, {}});
        connection->close();
        return;
    }
    progress();
    if (!m_firstByte) {
        m_firstByte = true;
        if (m_try) {
            m_try->firstByteNs = m_trace->firstByteNs = sinceBegin();
        }
    }
    while (!data.empty()) {
        if (!m_partialHead.empty()) {
            data = joined(m_worker.reactor(), m_partialHead, data);
        }
        const http::ParseResult result = m_worker.responseParser().parse(data.view(), m_scan, http::HeadLimits{},
                                                                         {m_request.method, false}, m_response);
        if (result.state == http::HeadScan::State::NeedMore) {
            m_partialHead = m_partialHead.empty() ? joined(m_worker.reactor(), {}, data) : std::move(data);
            return;
        }
        if (result.state == http::HeadScan::State::Refused) {
            badResponse(result.error.detail);
            return;
        }
        m_tryDeadline = {};
        m_scan.reset();
        m_partialHead.reset();
        data.removePrefix(static_cast<std::uint32_t>(result.used));
        if (m_response.status >= 200) {
            m_status = m_response.status;
            backendAnswered();
            if (const auto& retry = m_route->plan->retry; retry && retry->covers(m_status) && hedged()) {
                dropAnswer(data);
                markTried();
                (void)promoteHedge();  // it may do better
            } else if (const auto next = insteadOfAnswer()) {
                dropAnswer(data);
                retryOn(*next);
            } else {
                startAnswer(data);
            }
            return;
        }
        if (!passInterim()) {
            badResponse("It sends interim answers (1xx) without end.");
            return;
        }
    }
}

void Exchange::badResponse(std::string_view detail)
{
    m_upstream->close();
    m_upstream = nullptr;
    m_response.clear();
    // What is not HTTP never answered, and another backend may; only where the route asks for retries.
    const bool repeatable = m_route->plan->retry && mayRepeat();
    attemptFailed(
        {stats::AttemptResult::BadResponse, 502, m_arena.concat("gave an answer that cannot be passed on: ", detail)},
        repeatable);
}

bool Exchange::passInterim()
{
    if (m_request.versionMinor > 0) {
        sendDown(composeResponse({}, 0));
    }
    m_response.clear();
    return ++m_interims < kMostInterims;
}

void Exchange::backendAnswered()
{
    const Duration latency = m_worker.now() - m_attemptAt;
    m_pool->plan->balancer->onOutcome(m_backend, m_status < 500, latency, m_worker.now());
    if (m_pool->plan->limit && m_status < 500) {
        m_pool->plan->limit->onSample(latency, m_worker.now());  // failing is quick and says nothing about load
    }
    if (stats::SlotStats* const stats = backend().stats) {
        stats->add(counterOf(m_status));
        stats->recordLatency(latency);
    }
}

void Exchange::startAnswer(net::IoBuffer& data)
{
    endHedges(stats::AttemptResult::Lost);
    if (m_hedgeServes) {
        count(stats::Counter::HedgesWon);
    }
    m_requestHead.reset();
    forgetReplay();
    m_keepClient = keepsClient();
    m_bodyOut.start(m_response.body, m_response.contentLength);
    const bool unframed = m_response.body == http::BodyKind::Chunked || m_response.body == http::BodyKind::UntilClose;
    http::ResponseForward forward;
    if (unframed) {
        forward.body = m_request.versionMinor > 0 ? http::ResponseBody::Chunked : http::ResponseBody::UntilClose;
        m_keepClient = m_keepClient && m_request.versionMinor > 0;
    }
    forward.close = !m_keepClient;
    forward.keepAliveLine = m_keepClient && m_request.versionMinor == 0;
    runResponsePolicies();
    addStickyCookie();
    addDebugHeaders();
    m_down.start(
        composeResponse(forward, std::min<std::size_t>(data.size(), kMostJoined)),
        forward.body == http::ResponseBody::Chunked ? BodyWriter::Framing::Chunked : BodyWriter::Framing::Plain);
    m_answering = true;
    relay(std::move(data));
}

bool Exchange::keepsClient() const noexcept
{
    return m_request.keepAlive && !m_session->endsSoon();
}

void Exchange::runResponsePolicies()
{
    if (!m_policies || !m_policies->hasResponsePhase || m_policiesRun == 0) {
        return;
    }
    policy::ResponseContext context{
        m_response, m_request, m_route ? std::string_view(m_route->plan->name) : std::string_view(),
        m_consumer, m_arena,   m_worker.now(),
        m_trace};
    m_policies->runResponse(context, m_policiesRun);
}

void Exchange::addStickyCookie()
{
    const auto& sticky = m_pool->plan->sticky;
    if (sticky && !m_keepsCookie) {
        m_response.headers.add("Set-Cookie", m_arena.concat(sticky->cookie, "=", sticky->values[m_backend],
                                                            sticky->attributes));
    }
}

void Exchange::addDebugHeaders()
{
    if (!m_listener->plan->debugHeaders) {
        return;
    }
    if (m_route && !m_route->plan->name.empty()) {
        m_response.headers.set("X-Signalbox-Route", m_route->plan->name);
    }
    if (m_upstream) {
        m_response.headers.set("X-Signalbox-Backend", m_pool->plan->backends[m_backend].name);
    }
}

net::IoBuffer Exchange::composeResponse(const http::ResponseForward& forward, std::size_t bodySize)
{
    http::ResponseForward full = forward;
    full.date = m_worker.date();
    net::IoBuffer head = m_worker.reactor().allocate(kResponseHeadRoom);
    std::size_t size = http::writeResponseHead(m_response, full, {head.data(), head.capacity()});
    if (size + bodySize > head.capacity() && (size > head.capacity() || bodySize + size <= kMostJoined)) {
        head = m_worker.reactor().allocate(static_cast<std::uint32_t>(size + bodySize));
        size = http::writeResponseHead(m_response, full, {head.data(), head.capacity()});
    }
    head.resize(static_cast<std::uint32_t>(size));
    return head;
}

void Exchange::sendDown(net::IoBuffer piece)
{
    m_session->stream().send(std::move(piece));
}

void Exchange::relay(net::IoBuffer data)
{
    const auto sink = [this](net::IoBuffer piece) { sendDown(std::move(piece)); };
    progress();
    while (!m_bodyOut.done() && !data.empty()) {
        const http::BodyReader::Step step = m_bodyOut.next(data.view());
        if (step.error) {
            dropUpstream();
            cutAnswer(stats::Outcome::BadGateway, stats::Counter::Resets, "the backend's chunks were malformed");
            return;
        }
        m_bytesOut += step.data.size();
        if (step.data.size() == data.size()) {
            m_down.write(std::move(data), sink);
            data.reset();
            break;
        }
        if (!step.data.empty()) {
            const auto offset = static_cast<std::uint32_t>(step.data.data() - data.data());
            m_down.write(data.share(offset, static_cast<std::uint32_t>(step.data.size())), sink);
        }
        data.removePrefix(static_cast<std::uint32_t>(step.used));
    }
    if (m_bodyOut.done()) {
        m_down.finish(m_bodyOut.trailers(), sink);
        answerComplete(data.empty());
        return;
    }
    m_down.flush(sink);
    if (!m_upstreamPaused && m_session->stream().aboveHighWater()) {
        m_upstreamPaused = true;
        m_upstream->stream().pauseReading();
    }
}

void Exchange::answerComplete(bool clean)
{
    endAttempt(stats::AttemptResult::Answered, m_status);
    UpstreamConnection* const connection = std::exchange(m_upstream, nullptr);
    // Bytes behind the answer, or a request that was not read to its end, make the next answer doubtful.
    if (clean && m_response.keepAlive && m_bodyIn.done()) {
        if (m_upstreamPaused) {
            connection->stream().resumeReading();
        }
        connection->release(m_worker.now());
    } else {
        connection->close();
    }
    const bool keep = m_keepClient && m_bodyIn.done();
    finish(m_status >= 500 ? stats::Outcome::BackendError : stats::Outcome::Ok,
           keep ? HttpSession::After::KeepAlive : HttpSession::After::Close);
}

void Exchange::cutAnswer(stats::Outcome outcome, stats::Counter counter, std::string_view detail)
{
    dropUpstream();
    count(counter);
    m_detail = detail;
    m_down.clear();
    finish(outcome, HttpSession::After::Abort);
}

}  // namespace signalbox::proxy
