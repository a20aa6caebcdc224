#pragma once

#include <cstdint>
#include <memory>

#include "core/net/reactor.h"
#include "core/proxy/deployment.h"

namespace signalbox::proxy {

class HttpSession;
class Worker;
class WorkerPlan;
struct ListenerBinding;

/// Accepts on one worker's socket of a port and knows the connections that came in through it. Owned by the worker, its
/// thread only.
class PortAcceptor final : public net::AcceptHandler {
public:
    PortAcceptor(Worker& worker, std::shared_ptr<Port> port) : m_worker(worker), m_port(std::move(port)) {}
    ~PortAcceptor() override;
    PortAcceptor(const PortAcceptor&) = delete;
    PortAcceptor& operator=(const PortAcceptor&) = delete;

    void start(net::Socket socket);
    /// Stops accepting after taking in what waits in the queue (the system would reset those), lets each connection
    /// finish what it has begun, and closes the idle ones.
    void close();
    /// Closes every connection now; how many had a request under way.
    std::size_t cutOff();

    [[nodiscard]] Port& port() noexcept { return *m_port; }
    [[nodiscard]] bool closing() const noexcept { return m_closing; }
    /// Neither accepting nor connected.
    [[nodiscard]] bool done() const noexcept { return m_closing && !m_acceptor && !m_first; }

    /// What the port serves now, or served last if the present plan does not name it; null before it ever served.
    [[nodiscard]] const ListenerBinding* listener();
    /// The plan of `listener`.
    [[nodiscard]] WorkerPlan& plan() noexcept { return *m_plan; }

    void onAccepted(net::Stream& stream) override;
    void onAcceptFailed(const Error& error) override;

    void remove(HttpSession& session) noexcept;

private:
    void stopWhenQueueIsEmpty();
    void closeIdle();
    [[nodiscard]] bool admits();

    Worker& m_worker;
    std::shared_ptr<Port> m_port;
    std::unique_ptr<net::Acceptor> m_acceptor;
    WorkerPlan* m_plan = nullptr;
    const ListenerBinding* m_listener = nullptr;
    HttpSession* m_first = nullptr;
    std::uint64_t m_accepted = 0;
    std::uint64_t m_acceptedBefore = 0;
    bool m_closing = false;
    TimePoint m_complainedAt{};
};

}  // namespace signalbox::proxy
