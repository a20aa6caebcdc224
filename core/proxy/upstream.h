#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/endpoint.h"
#include "core/net/reactor.h"
#include "core/net/slab.h"
#include "core/plan/plan.h"

namespace signalbox::proxy {

class BackendConnections;

/// Whoever uses a connection to a backend at the moment: one request.
class UpstreamUser {
public:
    virtual void onUpstreamConnected() = 0;
    virtual void onUpstreamData(net::IoBuffer data) = 0;
    virtual void onUpstreamEnd() = 0;
    virtual void onUpstreamDrained() = 0;
    /// The connection is gone; do not touch it again.
    virtual void onUpstreamFailed(const Error& error) = 0;

protected:
    ~UpstreamUser() = default;
};

/// One connection to a backend: in use by one request, or idle in its backend's list. Owned by its BackendConnections;
/// worker's thread only.
class UpstreamConnection final : public net::StreamHandler {
public:
    UpstreamConnection(BackendConnections& backend, UpstreamUser& user) noexcept : m_backend(backend), m_user(&user) {}

    [[nodiscard]] net::Stream& stream() noexcept { return *m_stream; }
    /// It served a request before the present one.
    [[nodiscard]] bool reused() const noexcept { return m_reused; }
    [[nodiscard]] bool connected() const noexcept { return m_connected; }
    /// Hands it to another user, in the middle of its request.
    void setUser(UpstreamUser& user) noexcept { m_user = &user; }

    /// The exchange is over and the framing left no doubt: the connection waits for its next request, or is closed
    /// where nobody will need it.
    void release(TimePoint now);
    /// Closes at once; `this` is gone afterwards.
    void close();

    void onConnected() override;
    void onData(net::IoBuffer data) override;
    void onEnd() override;
    void onDrained() override;
    void onFailed(const Error& error) override;

private:
    friend class BackendConnections;

    BackendConnections& m_backend;
    net::Stream* m_stream = nullptr;
    UpstreamUser* m_user;
    TimePoint m_idleSince{};
    std::uint32_t m_place = 0;  // in the list of idle ones
    bool m_reused = false;
    bool m_connected = false;
};

class Upstreams;

/// The connections of one worker to one backend. Idle ones are a stack: the last one used is the next one taken, since
/// it is the least likely to have been closed by the backend, and the surplus at the bottom ages out. Worker's thread
/// only.
class BackendConnections {
public:
    BackendConnections(Upstreams& owner, Endpoint address) : m_owner(owner), m_address(std::move(address)) {}
    ~BackendConnections();
    BackendConnections(const BackendConnections&) = delete;
    BackendConnections& operator=(const BackendConnections&) = delete;

    /// An idle connection, or one that is being made. `fresh` leaves the idle ones alone.
    [[nodiscard]] UpstreamConnection& acquire(UpstreamUser& user, Duration connectTimeout, bool fresh);

    /// After a refused connect this backend is not the first choice until then (while others are usable).
    TimePoint avoidUntil{};

    [[nodiscard]] const Endpoint& address() const noexcept { return m_address; }

private:
    friend class UpstreamConnection;
    friend class Upstreams;

    [[nodiscard]] bool wantsIdle(TimePoint now) const noexcept;
    /// Taken out of its pool, or draining: what is idle will not be needed soon.
    [[nodiscard]] bool isOut(TimePoint now) const noexcept { return m_state && !m_state->takesRequests(now); }
    void keep(UpstreamConnection& connection, TimePoint now);
    void remove(UpstreamConnection& connection) noexcept;
    void closeIdle();
    void closeIdleSince(TimePoint before);

    Upstreams& m_owner;
    Endpoint m_address;
    std::shared_ptr<const balance::BackendState> m_state;
    std::vector<UpstreamConnection*> m_idle;
    std::size_t m_open = 0;
    bool m_wanted = true;  // a plan names it
};

/// All connections of one worker towards backends, by backend and address; survives plans. Worker's thread only.
class Upstreams {
public:
    static constexpr Duration kIdleLimit = std::chrono::seconds(30);
    static constexpr std::size_t kMaxIdlePerBackend = 1024;

    explicit Upstreams(net::Reactor& reactor);

    /// The connections of a backend; made on first sight.
    [[nodiscard]] const std::shared_ptr<BackendConnections>& of(const plan::BackendPlan& backend,
                                                                std::shared_ptr<const balance::BackendState> state);
    /// Keeps what `plan` names; the idle connections of all others are closed now, those in use after their request.
    void retain(const plan::Plan& plan);
    void closeIdle();

    [[nodiscard]] net::Reactor& reactor() noexcept { return m_reactor; }

private:
    friend class BackendConnections;
    friend class UpstreamConnection;

    static void onSweep(void* self);
    void startSweeping();

    net::Reactor& m_reactor;
    net::Slab<UpstreamConnection> m_connections;
    std::map<std::string, std::shared_ptr<BackendConnections>> m_backends;
    net::Timer m_sweep;
};

}  // namespace signalbox::proxy
