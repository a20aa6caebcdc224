#include "core/proxy/worker.h"

#include <algorithm>
#include <utility>

namespace signalbox::proxy {

Worker::Worker(std::uint32_t index, net::Reactor& reactor, const DeploymentSlot& deployments, stats::StatsHub& hub,
               stats::WorkerStats& stats, TraceRecorder& recorder, Rng rng)
    : m_index(index),
      m_reactor(reactor),
      m_hub(hub),
      m_stats(stats),
      m_recorder(recorder),
      m_rng(rng),
      m_deployments(deployments),
      m_upstreams(reactor),
      m_mirrors(*this)
{
    if (index == 0) {
        m_prober = std::make_unique<HealthProber>(reactor, stats, m_responseParser, Rng(m_rng()));
    }
    reactor.onBatchEnd([this] { endOfBatch(); });
}

Worker::~Worker()
{
    cutOff();
    endOfBatch();
    m_ports.clear();
}

void Worker::open(std::shared_ptr<Port> port, net::Socket socket)
{
    m_ports.push_back(std::make_unique<PortAcceptor>(*this, std::move(port)));
    m_ports.back()->start(std::move(socket));
}

WorkerPlan* Worker::currentPlan()
{
    const std::shared_ptr<const Deployment>& deployment = m_deployments.current();
    if (deployment.get() != m_taken) {
        m_taken = deployment.get();
        std::unique_ptr<WorkerPlan> next = std::make_unique<WorkerPlan>(*deployment, m_hub, m_stats, m_upstreams);
        next->pin();
        std::swap(m_plan, next);
        if (next) {
            WorkerPlan& old = *next;
            m_olderPlans.push_back(std::move(next));
            unpin(old);
        }
        m_upstreams.retain(*deployment->plan);
        if (m_prober && !m_drained) {
            m_prober->take(deployment->plan);
        }
    }
    return m_plan.get();
}

void Worker::unpin(WorkerPlan& plan) noexcept
{
    if (!plan.unpin()) {
        return;
    }
    const auto at =
        std::find_if(m_olderPlans.begin(), m_olderPlans.end(), [&](const auto& older) { return older.get() == &plan; });
    if (at != m_olderPlans.end()) {
        m_olderPlans.erase(at);
    }
}

void Worker::takePlan()
{
    for (std::size_t i = 0; i < m_ports.size(); ++i) {
        PortAcceptor& port = *m_ports[i];
        (void)port.listener();
        // Asked anew each time: yet another plan may have been published, and taken by the call above.
        const WorkerPlan* const plan = currentPlan();
        if (plan && !plan->listenerOn(port.port())) {
            port.close();
        }
    }
    (void)currentPlan();
}

void Worker::drain(std::function<void()> done)
{
    m_drained = std::move(done);
    if (m_prober) {
        m_prober->stop();
    }
    for (std::size_t i = 0; i < m_ports.size(); ++i) {
        m_ports[i]->close();
    }
    m_upstreams.closeIdle();
    tellDrained();
}

std::size_t Worker::cutOff()
{
    std::size_t busy = 0;
    for (const auto& port : m_ports) {
        busy += port->cutOff();
    }
    return busy;
}

void Worker::portIsEmpty(PortAcceptor& port)
{
    // Not now: the port may be in the middle of a call.
    m_reactor.post([this, &port] {
        const auto at =
            std::find_if(m_ports.begin(), m_ports.end(), [&](const auto& known) { return known.get() == &port; });
        if (at != m_ports.end() && port.done()) {
            m_ports.erase(at);
        }
        tellDrained();
    });
}

void Worker::tellDrained()
{
    if (m_drained && m_ports.empty()) {
        std::exchange(m_drained, nullptr)();
    }
}

Exchange& Worker::takeExchange()
{
    if (m_freeExchanges.empty()) {
        m_exchanges.push_back(std::make_unique<Exchange>(*this));
        m_freeExchanges.reserve(m_exchanges.capacity());
        m_freeExchanges.push_back(m_exchanges.back().get());
    }
    Exchange& exchange = *m_freeExchanges.back();
    m_freeExchanges.pop_back();
    exchange.arena().reset();
    return exchange;
}

HttpSession& Worker::newSession(PortAcceptor& port, net::Stream& stream)
{
    return *m_sessions.create(*this, port, stream);
}

void Worker::bury(HttpSession& session)
{
    m_buried.push_back(&session);
}

void Worker::endOfBatch()
{
    for (HttpSession* const session : m_buried) {
        m_sessions.destroy(session);
    }
    m_buried.clear();
}

std::string_view Worker::date()
{
    // The wall clock is read once a batch at most.
    if (m_dateText.empty() || m_dateAt != now()) {
        m_dateAt = now();
        m_dateText = m_date.at(wallClockNs());
    }
    return m_dateText;
}

}  // namespace signalbox::proxy
