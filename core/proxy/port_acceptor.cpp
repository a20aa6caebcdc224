#include "core/proxy/port_acceptor.h"

#include "core/base/log.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr Duration kComplainEvery = std::chrono::seconds(10);

}  // namespace

void PortAcceptor::start(net::Socket socket)
{
    auto acceptor = m_worker.reactor().accept(std::move(socket), *this);
    if (!acceptor) {
        log::error("cannot accept on " + m_port->bound.text() + ": " + acceptor.error().detail);
        return;
    }
    m_acceptor = std::move(*acceptor);
}

void PortAcceptor::close()
{
    if (m_closing) {
        return;
    }
    m_closing = true;
    closeIdle();
    m_acceptedBefore = m_accepted;
    m_worker.reactor().post([this] { stopWhenQueueIsEmpty(); });
}

void PortAcceptor::stopWhenQueueIsEmpty()
{
    // A turn of the loop in which nothing came in means that the queue was empty.
    if (m_accepted != m_acceptedBefore) {
        m_acceptedBefore = m_accepted;
        m_worker.reactor().post([this] { stopWhenQueueIsEmpty(); });
        return;
    }
    m_acceptor.reset();
    closeIdle();
    if (!m_first) {
        m_worker.portIsEmpty(*this);
    }
}

void PortAcceptor::closeIdle()
{
    for (HttpSession* session = m_first; session;) {
        HttpSession* const next = session->next();
        session->endSoon();
        session = next;
    }
}

std::size_t PortAcceptor::cutOff()
{
    m_closing = true;
    m_acceptor.reset();
    std::size_t busy = 0;
    while (m_first) {
        busy += m_first->busy() ? 1 : 0;
        m_first->cutOff();
    }
    return busy;
}

PortAcceptor::~PortAcceptor()
{
    if (m_plan) {
        m_worker.unpin(*m_plan);
    }
}

const ListenerBinding* PortAcceptor::listener()
{
    WorkerPlan* const current = m_worker.currentPlan();
    if (!current || current == m_plan) {
        return m_listener;
    }
    if (const ListenerBinding* const found = current->listenerOn(*m_port)) {
        current->pin();
        if (m_plan) {
            m_worker.unpin(*m_plan);
        }
        m_plan = current;
        m_listener = found;
    }
    return m_listener;
}

bool PortAcceptor::admits()
{
    const ListenerBinding* const bound = listener();
    const std::uint32_t limit = bound ? bound->plan->limits.connections : 0;
    const std::uint32_t before = m_port->connections.fetch_add(1, std::memory_order_relaxed);
    if (bound && bound->stats) {
        bound->stats->add(stats::Counter::ConnectionsOpened);
    }
    return limit == 0 || before < limit;
}

void PortAcceptor::onAccepted(net::Stream& stream)
{
    ++m_accepted;
    const bool admitted = admits();
    HttpSession& session = m_worker.newSession(*this, stream);
    if (!admitted) {
        m_port->connections.fetch_sub(1, std::memory_order_relaxed);
        session.refuse();
    }
    session.insertBefore(m_first);
    m_first = &session;
    if (m_closing) {
        session.endSoon();
    }
}

void PortAcceptor::onAcceptFailed(const Error& error)
{
    // The reactor tries again ten times a second; that it cannot is news once in a while only.
    const TimePoint now = m_worker.now();
    if (m_complainedAt.ns == 0 || now - m_complainedAt >= kComplainEvery) {
        m_complainedAt = now;
        log::warning("accepting on " + m_port->bound.text() + ": " + error.detail +
                     "; what is open is served on, new connections wait until others end");
    }
}

void PortAcceptor::remove(HttpSession& session) noexcept
{
    if (m_first == &session) {
        m_first = session.next();
    }
    session.unlink();
    if (!session.refused()) {
        m_port->connections.fetch_sub(1, std::memory_order_relaxed);
    }
    if (m_closing && !m_acceptor && !m_first) {
        m_worker.portIsEmpty(*this);
    }
}

}  // namespace signalbox::proxy
