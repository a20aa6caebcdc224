#include "core/proxy/http_session.h"

#include <utility>

#include "core/proxy/buffers.h"
#include "core/proxy/exchange.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr Duration kIdleWithoutPlan = std::chrono::seconds(60);
constexpr Duration kFirstRequestGrace = std::chrono::milliseconds(500);

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 98\r\n"
    "Connection: close\r\n\r\n"
    R"({"title":"Service Unavailable","status":503,"detail":"the listener's connection limit is reached"})";

}  // namespace

HttpSession::HttpSession(Worker& worker, PortAcceptor& port, net::Stream& stream)
    : m_worker(worker),
      m_port(port),
      m_stream(&stream),
      m_clientPort(stream.peer().port()),
      m_timer(worker.reactor(), &HttpSession::onTimer, this),
      m_clientAddress(stream.peer().host())
{
    stream.setHandler(*this);
    idle();
}

void HttpSession::onData(net::IoBuffer data)
{
    if (m_held.empty() && !m_refused) {
        data = feed(std::move(data));
    }
    if (!data.empty() && !m_left) {
        hold(data);
    }
}

net::IoBuffer HttpSession::feed(net::IoBuffer data)
{
    m_serving = true;
    while (!data.empty() && !m_left) {
        if (!m_exchange) {
            if (m_stream->aboveHighWater()) {
                break;  // a client that sends requests but does not read the answers
            }
            data = takeHead(std::move(data));
        } else if (m_exchange->wantsBody()) {
            m_exchange->onClientBody(data);
        } else {
            break;
        }
    }
    m_serving = false;
    return data;
}

net::IoBuffer HttpSession::takeHead(net::IoBuffer data)
{
    const ListenerBinding* const bound = m_port.listener();
    if (!bound) {
        closeQuietly();
        return {};
    }
    if (m_head.empty()) {
        m_headSince = m_worker.now();
    }
    net::IoBuffer bytes = m_head.empty() ? std::move(data) : joined(m_worker.reactor(), m_head, data);
    Exchange& exchange = m_worker.takeExchange();
    const http::ParseResult result =
        m_worker.requestParser().parse(bytes.view(), m_scan, bound->headLimits, exchange.arena(), exchange.request());
    if (result.state == http::HeadScan::State::NeedMore) {
        m_worker.giveBack(exchange);
        m_head = m_head.empty() ? joined(m_worker.reactor(), {}, bytes) : std::move(bytes);
        wakeAt(m_headSince + bound->plan->timeouts.header);
        return {};
    }
    m_scan.reset();
    m_head.reset();
    m_exchange = &exchange;
    exchange.begin(*this, m_port.plan(), *bound, m_headSince);
    if (result.state == http::HeadScan::State::Refused) {
        exchange.refuseHead(result.error);
        return {};
    }
    exchange.keepHead(bytes.view().substr(0, result.used));
    bytes.removePrefix(static_cast<std::uint32_t>(result.used));
    exchange.serve(bytes);
    return bytes;
}

/// Copied out of the received buffer: a client that sends many small pieces ahead must not pin one buffer each.
void HttpSession::hold(const net::IoBuffer& data)
{
    m_held = joined(m_worker.reactor(), m_held, data);
    if (m_held.size() > kHeldLimit && !m_heldPaused) {
        m_heldPaused = true;
        m_stream->pauseReading();
    }
}

void HttpSession::serveHeld()
{
    net::IoBuffer rest = feed(std::exchange(m_held, {}));
    if (m_left) {
        return;
    }
    m_held = std::move(rest);
    if (m_heldPaused && m_held.size() <= kHeldLimit / 2) {
        m_heldPaused = false;
        if (!m_bodyPaused) {
            m_stream->resumeReading();
        }
    }
    if (m_ended && !m_exchange && m_held.empty()) {
        closeQuietly();
    }
}

void HttpSession::exchangeEnded(After after)
{
    Exchange* const exchange = std::exchange(m_exchange, nullptr);
    // A client that announced its last request sends nothing more to which the kernel would answer with a reset.
    const bool last = !exchange->request().keepAlive && !exchange->wantsBody() && m_held.empty() && !m_serving;
    m_worker.giveBack(*exchange);
    if (m_bodyPaused) {
        resumeBody();
    }
    if (after == After::Abort) {
        m_stream->abort();
        leave();
    } else if (after == After::Close || m_endsSoon || (m_ended && m_held.empty() && !m_serving)) {
        m_stream->closeAfterSend(last ? Duration::zero() : net::Stream::kLinger);
        leave();
    } else {
        idle();
        if (!m_serving && !m_held.empty()) {
            serveHeld();
        }
    }
}

void HttpSession::idle()
{
    const ListenerBinding* const bound = m_port.listener();
    wakeAt(m_worker.now() + (bound ? bound->plan->timeouts.idle : kIdleWithoutPlan));
}

void HttpSession::onEnd()
{
    m_ended = true;
    if (m_exchange) {
        m_exchange->onClientEnd();
    } else if (m_held.empty()) {
        closeQuietly();
    }
}

void HttpSession::onDrained()
{
    if (m_exchange) {
        m_exchange->onClientDrained();
    } else if (!m_held.empty()) {
        serveHeld();
    }
}

void HttpSession::onFailed(const Error& /*error*/)
{
    m_stream = nullptr;
    if (Exchange* const exchange = std::exchange(m_exchange, nullptr)) {
        exchange->onClientGone();
        m_worker.giveBack(*exchange);
    }
    leave();
}

void HttpSession::pauseBody()
{
    if (!m_bodyPaused) {
        m_bodyPaused = true;
        m_stream->pauseReading();
    }
}

void HttpSession::resumeBody()
{
    if (m_bodyPaused) {
        m_bodyPaused = false;
        if (!m_heldPaused) {
            m_stream->resumeReading();
        }
    }
}

void HttpSession::wakeAt(TimePoint at)
{
    m_wakeAt = at;
    // A timer that fires too early looks again; moving it for each request would cost more.
    if (!m_timer.active() || m_timer.deadline() > at) {
        m_timer.startAt(at);
    }
}

void HttpSession::onTimer(void* self)
{
    auto& session = *static_cast<HttpSession*>(self);
    if (session.m_left) {
        return;
    }
    if (session.m_worker.now() < session.m_wakeAt) {
        session.m_timer.startAt(session.m_wakeAt);
    } else {
        session.onDeadline();
    }
}

void HttpSession::refuse()
{
    m_refused = true;
    wakeAt(m_worker.now());
}

void HttpSession::onDeadline()
{
    if (m_refused) {
        m_stream->send(net::IoBuffer::fromStatic(kTooManyConnections));
        closeQuietly();
        return;
    }
    if (m_exchange) {
        m_exchange->onDeadline();
        return;
    }
    const ListenerBinding* const bound = m_head.empty() ? nullptr : m_port.listener();
    if (!bound) {
        closeQuietly();
        return;
    }
    m_head.reset();
    Exchange& exchange = m_worker.takeExchange();
    exchange.request().clear();
    m_exchange = &exchange;
    exchange.begin(*this, m_port.plan(), *bound, m_headSince);
    exchange.refuseHead({408, "Request Timeout", "the request head did not arrive in time"});
}

void HttpSession::endSoon()
{
    m_endsSoon = true;
    if (m_exchange || !m_held.empty() || !m_head.empty()) {
        return;
    }
    if (m_stream->received() == 0) {
        wakeAt(m_worker.now() + kFirstRequestGrace);  // its first request may be on the way
    } else {
        closeQuietly();
    }
}

void HttpSession::cutOff()
{
    if (Exchange* const exchange = std::exchange(m_exchange, nullptr)) {
        exchange->onClientGone();
        m_worker.giveBack(*exchange);
    }
    m_stream->close();
    leave();
}

void HttpSession::closeQuietly()
{
    m_stream->closeAfterSend();
    leave();
}

void HttpSession::leave()
{
    m_left = true;
    m_timer.cancel();
    m_held.reset();
    m_head.reset();
    m_port.remove(*this);
    m_worker.bury(*this);
}

void HttpSession::insertBefore(HttpSession* first) noexcept
{
    m_next = first;
    if (first) {
        first->m_previous = this;
    }
}

void HttpSession::unlink() noexcept
{
    if (m_next) {
        m_next->m_previous = m_previous;
    }
    if (m_previous) {
        m_previous->m_next = m_next;
    }
}

}  // namespace signalbox::proxy
