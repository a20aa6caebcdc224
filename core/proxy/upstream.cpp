#include "core/proxy/upstream.h"

#include <algorithm>
#include <set>

namespace signalbox::proxy {
namespace {

constexpr Duration kSweepEvery = std::chrono::seconds(1);

std::string keyOf(const plan::BackendPlan& backend)
{
    return backend.id + '@' + backend.address.text();
}

}  // namespace

void UpstreamConnection::release(TimePoint now)
{
    if (!m_backend.wantsIdle(now)) {
        close();
        return;
    }
    m_user = nullptr;
    m_reused = true;
    m_backend.keep(*this, now);
}

void UpstreamConnection::close()
{
    m_stream->close();
    m_backend.remove(*this);
}

void UpstreamConnection::onConnected()
{
    m_connected = true;
    if (m_user) {
        m_user->onUpstreamConnected();
    }
}

void UpstreamConnection::onData(net::IoBuffer data)
{
    if (m_user) {
        m_user->onUpstreamData(std::move(data));
    } else {
        close();  // bytes that nobody asked for would be taken for the next request's answer
    }
}

void UpstreamConnection::onEnd()
{
    if (m_user) {
        m_user->onUpstreamEnd();
    } else {
        close();
    }
}

void UpstreamConnection::onDrained()
{
    if (m_user) {
        m_user->onUpstreamDrained();
    }
}

void UpstreamConnection::onFailed(const Error& error)
{
    if (m_user) {
        m_user->onUpstreamFailed(error);  // it still asks how far this connection had come
    }
    m_backend.remove(*this);
}

BackendConnections::~BackendConnections()
{
    closeIdle();
}

UpstreamConnection& BackendConnections::acquire(UpstreamUser& user, Duration connectTimeout, bool fresh)
{
    if (!fresh && !m_idle.empty()) {
        UpstreamConnection& connection = *m_idle.back();
        m_idle.pop_back();
        connection.m_user = &user;
        return connection;
    }
    UpstreamConnection& connection = *m_owner.m_connections.create(*this, user);
    ++m_open;
    connection.m_stream = &m_owner.reactor().connect(m_address, connection, connectTimeout);
    return connection;
}

void BackendConnections::keep(UpstreamConnection& connection, TimePoint now)
{
    connection.m_idleSince = now;
    connection.m_place = static_cast<std::uint32_t>(m_idle.size());
    m_idle.push_back(&connection);
    m_owner.startSweeping();
}

void BackendConnections::remove(UpstreamConnection& connection) noexcept
{
    if (!connection.m_user) {
        const auto at = m_idle.begin() + connection.m_place;
        for (auto later = m_idle.erase(at); later != m_idle.end(); ++later) {
            --(*later)->m_place;
        }
    }
    --m_open;
    m_owner.m_connections.destroy(&connection);
}

void BackendConnections::closeIdle()
{
    while (!m_idle.empty()) {
        m_idle.back()->close();
    }
}

void BackendConnections::closeIdleSince(TimePoint before)
{
    std::size_t old = 0;
    while (old < m_idle.size() && m_idle[old]->m_idleSince < before) {
        ++old;
    }
    // From the oldest young one down, so that each removal shifts as few as possible.
    while (old > 0) {
        m_idle[--old]->close();
    }
}

Upstreams::Upstreams(net::Reactor& reactor) : m_reactor(reactor), m_sweep(reactor, &Upstreams::onSweep, this) {}

bool BackendConnections::wantsIdle(TimePoint now) const noexcept
{
    return m_wanted && m_idle.size() < Upstreams::kMaxIdlePerBackend && !isOut(now);
}

const std::shared_ptr<BackendConnections>& Upstreams::of(const plan::BackendPlan& backend,
                                                         std::shared_ptr<const balance::BackendState> state)
{
    auto& entry = m_backends[keyOf(backend)];
    if (!entry) {
        entry = std::make_shared<BackendConnections>(*this, backend.address);
    }
    entry->m_wanted = true;
    entry->m_state = std::move(state);
    return entry;
}

void Upstreams::retain(const plan::Plan& plan)
{
    std::set<std::string> wanted;
    for (const auto& pool : plan.pools) {
        for (const auto& backend : pool->backends) {
            wanted.insert(keyOf(backend));
        }
    }
    for (auto at = m_backends.begin(); at != m_backends.end();) {
        BackendConnections& backend = *at->second;
        backend.m_wanted = wanted.contains(at->first);
        if (!backend.m_wanted) {
            backend.closeIdle();
        }
        // One that requests of an older plan still use stays until a later look.
        const bool done = !backend.m_wanted && backend.m_open == 0 && at->second.use_count() == 1;
        at = done ? m_backends.erase(at) : std::next(at);
    }
}

void Upstreams::closeIdle()
{
    for (auto& [key, backend] : m_backends) {
        backend->closeIdle();
    }
}

void Upstreams::startSweeping()
{
    if (!m_sweep.active()) {
        m_sweep.start(kSweepEvery);
    }
}

void Upstreams::onSweep(void* self)
{
    auto& upstreams = *static_cast<Upstreams*>(self);
    bool any = false;
    for (auto& [key, backend] : upstreams.m_backends) {
        const TimePoint now = upstreams.m_reactor.now();
        backend->closeIdleSince(backend->isOut(now) ? now + kIdleLimit : now - kIdleLimit);
        any = any || !backend->m_idle.empty();
    }
    if (any) {
        upstreams.startSweeping();
    }
}

}  // namespace signalbox::proxy
