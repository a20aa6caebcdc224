#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/rng.h"
#include "core/base/snapshot_slot.h"
#include "core/http/date.h"
#include "core/http/h1_parser.h"
#include "core/net/reactor.h"
#include "core/net/slab.h"
#include "core/proxy/deployment.h"
#include "core/proxy/exchange.h"
#include "core/proxy/health_prober.h"
#include "core/proxy/http_session.h"
#include "core/proxy/mirror_request.h"
#include "core/proxy/port_acceptor.h"
#include "core/proxy/trace_recorder.h"
#include "core/proxy/upstream.h"
#include "core/proxy/worker_plan.h"
#include "core/stats/worker_stats.h"

namespace signalbox::proxy {

using DeploymentSlot = SnapshotSlot<Deployment>;

/// Everything that one worker thread serves with: reactor, plan, connections, counters, pools of session objects. Made,
/// used and destroyed on its own thread; other threads reach it by Reactor::post only.
class Worker {
public:
    Worker(std::uint32_t index, net::Reactor& reactor, const DeploymentSlot& deployments, stats::StatsHub& hub,
           stats::WorkerStats& stats, TraceRecorder& recorder, Rng rng);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // What the engine posts.
    void open(std::shared_ptr<Port> port, net::Socket socket);
    /// Takes the published plan and lets go of all ports that it does not name.
    void takePlan();
    /// Stops accepting and ends every connection after what it has begun. `done` is called, once, when none is left.
    void drain(std::function<void()> done);
    /// Closes what is left; how many connections had a request under way.
    std::size_t cutOff();

    // What sessions and exchanges use.
    [[nodiscard]] std::uint32_t index() const noexcept { return m_index; }
    [[nodiscard]] net::Reactor& reactor() noexcept { return m_reactor; }
    [[nodiscard]] TimePoint now() const noexcept { return m_reactor.now(); }
    [[nodiscard]] Rng& rng() noexcept { return m_rng; }
    [[nodiscard]] stats::WorkerStats& stats() noexcept { return m_stats; }
    [[nodiscard]] TraceRecorder& recorder() noexcept { return m_recorder; }
    [[nodiscard]] http::RequestParser& requestParser() noexcept { return m_requestParser; }
    [[nodiscard]] http::ResponseParser& responseParser() noexcept { return m_responseParser; }
    /// The present date for a header line.
    [[nodiscard]] std::string_view date();

    /// The plan for a request that begins now, null before the first; pin it to keep it.
    [[nodiscard]] WorkerPlan* currentPlan();
    void unpin(WorkerPlan& plan) noexcept;

    [[nodiscard]] Mirrors& mirrors() noexcept { return m_mirrors; }
    [[nodiscard]] Exchange& takeExchange();
    void giveBack(Exchange& exchange) noexcept { m_freeExchanges.push_back(&exchange); }

    [[nodiscard]] HttpSession& newSession(PortAcceptor& port, net::Stream& stream);
    /// The session's memory is reused after this batch.
    void bury(HttpSession& session);
    /// A closing port may be done once its last connection is gone.
    void portIsEmpty(PortAcceptor& port);

private:
    void endOfBatch();
    void tellDrained();

    const std::uint32_t m_index;
    net::Reactor& m_reactor;
    stats::StatsHub& m_hub;
    stats::WorkerStats& m_stats;
    TraceRecorder& m_recorder;
    Rng m_rng;
    DeploymentSlot::Reader m_deployments;
    const Deployment* m_taken = nullptr;
    http::CachedDate m_date;
    TimePoint m_dateAt{};
    std::string_view m_dateText;
    http::RequestParser m_requestParser;
    http::ResponseParser m_responseParser;
    Upstreams m_upstreams;
    Mirrors m_mirrors;
    std::unique_ptr<HealthProber> m_prober;  // the first worker's alone
    std::unique_ptr<WorkerPlan> m_plan;
    std::vector<std::unique_ptr<WorkerPlan>> m_olderPlans;  // still pinned by requests
    std::vector<std::unique_ptr<PortAcceptor>> m_ports;
    std::vector<std::unique_ptr<Exchange>> m_exchanges;
    std::vector<Exchange*> m_freeExchanges;
    net::Slab<HttpSession> m_sessions;
    std::vector<HttpSession*> m_buried;
    std::function<void()> m_drained;
};

}  // namespace signalbox::proxy
