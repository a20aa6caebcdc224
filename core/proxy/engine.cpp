#include "core/proxy/engine.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/proxy/worker_thread.h"

namespace signalbox::proxy {
namespace {

constexpr unsigned kMostWorkers = balance::BackendState::kMaxWorkers;

/// A port with the sockets that no worker has taken over yet.
struct OpenPort {
    std::string name;
    std::shared_ptr<Port> port;
    std::vector<net::Socket> waiting;  // one a worker, until the first publish that names the port
};

/// With a fixed port the address is what a listener is known by; with port 0 it is its name.
bool isSame(const OpenPort& open, const plan::ListenerPlan& listener) noexcept
{
    return open.port->asked == listener.bind && (listener.bind.port() != 0 || open.name == listener.name);
}

Result<OpenPort> openPort(const plan::ListenerPlan& listener, std::uint32_t id, std::size_t workers)
{
    OpenPort out{listener.name, std::make_shared<Port>(), {}};
    out.port->id = id;
    out.port->asked = listener.bind;
    Endpoint at = listener.bind;
    for (std::size_t i = 0; i < workers; ++i) {
        if (i > 0 && at.family() == Endpoint::Family::Unix) {
            // A path has one socket; the workers take turns on it.
            Result<net::Socket> again = out.waiting.front().duplicate();
            if (!again) {
                return fail(again.error());
            }
            out.waiting.push_back(std::move(*again));
            continue;
        }
        Result<net::Socket> socket = net::listenOn(at);
        if (!socket) {
            Error error = socket.error();
            error.detail = "listener '" + listener.name + "': " + error.detail;
            return fail(std::move(error));
        }
        if (i == 0) {
            out.port->bound = socket->localEndpoint();
            at = out.port->bound;
        }
        out.waiting.push_back(std::move(*socket));
    }
    return out;
}

/// Counts workers down to zero, and lets one control thread wait for it.
class Countdown {
public:
    explicit Countdown(std::size_t count) : m_left(count) {}
    void done()
    {
        const std::lock_guard lock(m_mutex);
        --m_left;
        m_changed.notify_all();
    }
    bool wait(Duration limit)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, limit, [this] { return m_left == 0; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::size_t m_left;
};

}  // namespace

struct Engine::Impl {
    std::shared_ptr<stats::StatsHub> stats = std::make_shared<stats::StatsHub>();
    TraceSettings traces;
    DeploymentSlot deployments;
    mutable std::mutex planMutex;  // any control thread may look at the plan
    std::shared_ptr<const plan::Plan> plan;
    std::uint64_t epoch = 0;
    std::uint32_t nextPort = 0;
    std::vector<OpenPort> ports;
    std::size_t nextTraced = 0;
    std::vector<std::unique_ptr<WorkerThread>> workers;  // last: they use all of the above

    [[nodiscard]] OpenPort* find(const plan::ListenerPlan& listener) noexcept
    {
        const auto at =
            std::find_if(ports.begin(), ports.end(), [&](const OpenPort& open) { return isSame(open, listener); });
        return at == ports.end() ? nullptr : &*at;
    }
    Result<void> bindMissing(const plan::Plan& next);
    void deploy(const Deployment& deployment);
};

Engine::Engine(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::create(const EngineOptions& options)
{
    auto impl = std::make_unique<Impl>();
    impl->traces.mode = options.traces;
    impl->traces.perSecond = options.tracesPerSecond;
    unsigned count = options.workers != 0 ? options.workers : std::max(1U, std::thread::hardware_concurrency());
    count = std::min(count, kMostWorkers);
    for (unsigned i = 0; i < count; ++i) {
        auto worker =
            WorkerThread::start({i, options.reactor, impl->deployments, *impl->stats, impl->traces, options.seed});
        if (!worker) {
            return fail(worker.error());
        }
        impl->workers.push_back(std::move(*worker));
    }
    return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Result<void> Engine::Impl::bindMissing(const plan::Plan& next)
{
    std::vector<OpenPort> opened;
    for (const plan::ListenerPlan& listener : next.listeners) {
        if (find(listener)) {
            continue;
        }
        Result<OpenPort> port = openPort(listener, ++nextPort, workers.size());
        if (!port) {
            return fail(port.error());
        }
        opened.push_back(std::move(*port));
    }
    std::move(opened.begin(), opened.end(), std::back_inserter(ports));
    return {};
}

Result<std::vector<BoundListener>> Engine::bind(const plan::Plan& plan)
{
    if (Result<void> result = m_impl->bindMissing(plan); !result) {
        return fail(result.error());
    }
    std::vector<BoundListener> out;
    for (const plan::ListenerPlan& listener : plan.listeners) {
        out.push_back({listener.name, m_impl->find(listener)->port->bound});
    }
    return out;
}

Result<void> Engine::publish(std::shared_ptr<plan::Plan> plan)
{
    Impl& impl = *m_impl;
    if (plan->stats && plan->stats != impl.stats) {
        return fail({ErrorCode::InvalidArgument, ErrorOrigin::Us, false,
                     "the plan was compiled for another engine's statistics"});
    }
    if (Result<void> result = impl.bindMissing(*plan); !result) {
        return result;
    }
    plan->epoch = ++impl.epoch;
    auto deployment = std::make_shared<Deployment>();
    for (const plan::ListenerPlan& listener : plan->listeners) {
        OpenPort& open = *impl.find(listener);
        open.name = listener.name;
        deployment->ports.push_back(open.port);
    }
    for (const auto& pool : plan->pools) {
        if (pool->health) {
            pool->health->adopt(SystemClock::instance().now());
        }
    }
    deployment->plan = plan;
    {
        const std::lock_guard lock(impl.planMutex);
        impl.plan = std::move(plan);
    }
    impl.deployments.publish(deployment);
    impl.deploy(*deployment);
    return {};
}

void Engine::Impl::deploy(const Deployment& deployment)
{
    std::erase_if(ports, [&](const OpenPort& open) {
        return std::find(deployment.ports.begin(), deployment.ports.end(), open.port) == deployment.ports.end();
    });
    for (std::size_t i = 0; i < workers.size(); ++i) {
        for (OpenPort& open : ports) {
            if (open.waiting.empty()) {
                continue;
            }
            // std::function wants to copy what it holds, a socket cannot be copied.
            auto socket = std::make_shared<net::Socket>(std::move(open.waiting[i]));
            workers[i]->post([port = open.port, socket](Worker& worker) { worker.open(port, std::move(*socket)); });
        }
        workers[i]->post([](Worker& worker) { worker.takePlan(); });
    }
    for (OpenPort& open : ports) {
        open.waiting.clear();
    }
}

std::shared_ptr<const plan::Plan> Engine::plan() const
{
    const std::lock_guard lock(m_impl->planMutex);
    return m_impl->plan;
}

bool Engine::drain(Duration limit)
{
    const auto countdown = std::make_shared<Countdown>(m_impl->workers.size());
    m_impl->ports.clear();
    for (const auto& thread : m_impl->workers) {
        thread->post([countdown](Worker& worker) { worker.drain([countdown] { countdown->done(); }); });
    }
    if (countdown->wait(limit)) {
        return true;
    }
    const auto cut = std::make_shared<Countdown>(m_impl->workers.size());
    const auto busy = std::make_shared<std::atomic<std::size_t>>(0);
    for (const auto& thread : m_impl->workers) {
        thread->post([cut, busy](Worker& worker) {
            *busy += worker.cutOff();
            cut->done();
        });
    }
    return cut->wait(std::chrono::seconds(1)) && *busy == 0;
}

std::vector<BoundListener> Engine::listeners() const
{
    std::vector<BoundListener> out;
    for (const OpenPort& open : m_impl->ports) {
        out.push_back({open.name, open.port->bound});
    }
    return out;
}

const std::shared_ptr<stats::StatsHub>& Engine::stats() const noexcept
{
    return m_impl->stats;
}

unsigned Engine::workers() const noexcept
{
    return static_cast<unsigned>(m_impl->workers.size());
}

std::string_view Engine::reactorName() const noexcept
{
    return m_impl->workers.front()->reactorName();
}

void Engine::setTraceMode(TraceMode mode, std::uint32_t tracesPerSecond) noexcept
{
    m_impl->traces.mode.store(mode, std::memory_order_relaxed);
    m_impl->traces.perSecond.store(tracesPerSecond, std::memory_order_relaxed);
}

std::size_t Engine::takeTraces(std::vector<stats::DecisionTrace>& out, std::size_t limit)
{
    const std::size_t before = out.size();
    const std::size_t workers = m_impl->workers.size();
    for (std::size_t i = 0; i < workers && out.size() - before < limit; ++i) {
        TraceRecorder& recorder = m_impl->workers[(m_impl->nextTraced + i) % workers]->recorder();
        stats::DecisionTrace record;
        while (out.size() - before < limit && recorder.pop(record)) {
            out.push_back(record);
        }
    }
    m_impl->nextTraced = (m_impl->nextTraced + 1) % workers;
    return out.size() - before;
}

}  // namespace signalbox::proxy
