#include "core/mock/mock_host.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>

#include "core/mock/mock_connection.h"
#include "core/mock/mock_service.h"

namespace signalbox::mock {

namespace {

/// One thread with its reactor and the mocks that live on it.
class HostThread {
public:
    explicit HostThread(std::unique_ptr<net::Reactor> reactor) : m_reactor(std::move(reactor)), m_loop(*m_reactor)
    {
        m_thread = std::thread([this] { m_reactor->run(); });
    }

    ~HostThread()
    {
        call([this] { m_services.clear(); });
        m_reactor->stop();
        m_thread.join();
    }

    HostThread(const HostThread&) = delete;
    HostThread& operator=(const HostThread&) = delete;

    /// Runs `task` on the loop's thread and waits for its answer.
    template <typename Function>
    auto call(Function task) -> decltype(task())
    {
        std::mutex mutex;
        std::condition_variable answered;
        bool done = false;
        const auto finish = [&] {
            // Told under the lock: the caller, who owns all this, cannot leave before the lock is free again.
            const std::lock_guard lock(mutex);
            done = true;
            answered.notify_one();
        };
        const auto wait = [&] {
            std::unique_lock lock(mutex);
            answered.wait(lock, [&] { return done; });
        };
        if constexpr (std::is_void_v<decltype(task())>) {
            m_reactor->post([&] {
                task();
                finish();
            });
            wait();
        } else {
            std::optional<decltype(task())> answer;
            m_reactor->post([&] {
                answer.emplace(task());
                finish();
            });
            wait();
            return std::move(*answer);
        }
    }

    // On the loop's thread only.
    [[nodiscard]] MockLoop& loop() noexcept { return m_loop; }
    [[nodiscard]] std::map<std::string, std::unique_ptr<MockService>, std::less<>>& services() noexcept
    {
        return m_services;
    }

private:
    std::unique_ptr<net::Reactor> m_reactor;
    MockLoop m_loop;
    std::map<std::string, std::unique_ptr<MockService>, std::less<>> m_services;
    std::thread m_thread;
};

/// What the control side knows of a running mock.
struct Running {
    MockSpec spec;     ///< as applied
    MockSpec faulted;  ///< with the faults of setFault on top
    Endpoint bound;
    net::Socket socket;  ///< a second descriptor, so that another mock can take the address over
    std::size_t thread = 0;
    std::shared_ptr<MockCells> cells = std::make_shared<MockCells>();
};

using RunningMap = std::map<std::string, Running, std::less<>>;

bool sameFaults(const MockBehaviour& a, const MockBehaviour& b) noexcept
{
    return a.down == b.down && a.extraLatency == b.extraLatency && a.errorShare == b.errorShare;
}

}  // namespace

struct MockHost::Impl {
    std::vector<std::unique_ptr<HostThread>> threads;
    RunningMap running;
    std::uint64_t seed = 1;

    /// Binds what `specs` newly need. Touches nothing that runs.
    Result<std::map<std::string, Running>> bindNew(const std::vector<MockSpec>& specs);
    Result<net::Socket> socketFor(const MockSpec& spec, const std::vector<MockSpec>& specs);
    [[nodiscard]] bool keeps(const MockSpec& spec) const;
    [[nodiscard]] std::size_t idlestThread(const std::map<std::string, Running>& added) const;
    void update(const MockSpec& spec, bool reseed);
    void removeGone(const std::vector<MockSpec>& specs);
    Result<void> startNew(std::map<std::string, Running> added);
};

bool MockHost::Impl::keeps(const MockSpec& spec) const
{
    const auto it = running.find(spec.name);
    return it != running.end() && it->second.spec.bind == spec.bind;
}

Result<net::Socket> MockHost::Impl::socketFor(const MockSpec& spec, const std::vector<MockSpec>& specs)
{
    for (const auto& [name, mock] : running) {
        const auto stays = std::ranges::any_of(specs, [&](const MockSpec& s) { return s.name == name && keeps(s); });
        if (!stays && mock.bound == spec.bind) {
            return mock.socket.duplicate();
        }
    }
    return net::listenOn(spec.bind, {.reusePort = false});
}

std::size_t MockHost::Impl::idlestThread(const std::map<std::string, Running>& added) const
{
    std::vector<std::size_t> load(threads.size());
    for (const auto& [name, mock] : running) {
        ++load[mock.thread];
    }
    for (const auto& [name, mock] : added) {
        ++load[mock.thread];
    }
    return static_cast<std::size_t>(std::ranges::min_element(load) - load.begin());
}

Result<std::map<std::string, Running>> MockHost::Impl::bindNew(const std::vector<MockSpec>& specs)
{
    std::map<std::string, Running> added;
    for (const MockSpec& spec : specs) {
        const auto same = std::ranges::count(specs, spec.name, &MockSpec::name);
        if (same > 1) {
            return fail({.code = ErrorCode::InvalidConfig, .detail = "two mocks are named '" + spec.name + "'"});
        }
        if (keeps(spec)) {
            continue;
        }
        auto socket = socketFor(spec, specs);
        if (!socket) {
            Error error = std::move(socket.error());
            error.detail = "mock '" + spec.name + "': " + error.detail;
            return fail(std::move(error));
        }
        Running mock;
        mock.spec = mock.faulted = spec;
        mock.bound = socket->localEndpoint();
        mock.socket = std::move(*socket);
        mock.thread = idlestThread(added);
        added.emplace(spec.name, std::move(mock));
    }
    return added;
}

void MockHost::Impl::update(const MockSpec& spec, bool reseed)
{
    Running& mock = running.find(spec.name)->second;
    MockSpec faulted = spec;
    if (sameFaults(spec.behaviour, mock.spec.behaviour)) {
        faulted.behaviour.down = mock.faulted.behaviour.down;
        faulted.behaviour.extraLatency = mock.faulted.behaviour.extraLatency;
        faulted.behaviour.errorShare = mock.faulted.behaviour.errorShare;
    }
    mock.spec = spec;
    mock.faulted = faulted;
    HostThread& thread = *threads[mock.thread];
    thread.call([&] {
        MockService& service = *thread.services().find(spec.name)->second;
        if (reseed) {
            service.reseed(seed);
        }
        service.change(faulted);
    });
}

void MockHost::Impl::removeGone(const std::vector<MockSpec>& specs)
{
    std::erase_if(running, [&](auto& entry) {
        const bool stays =
            std::ranges::any_of(specs, [&](const MockSpec& s) { return s.name == entry.first && keeps(s); });
        if (!stays) {
            HostThread& thread = *threads[entry.second.thread];
            thread.call([&] { thread.services().erase(entry.first); });
        }
        return !stays;
    });
}

Result<void> MockHost::Impl::startNew(std::map<std::string, Running> added)
{
    for (auto& [name, mock] : added) {
        auto listening = mock.socket.duplicate();
        if (!listening) {
            return fail(std::move(listening.error()));
        }
        HostThread& thread = *threads[mock.thread];
        auto started = thread.call([&]() -> Result<void> {
            auto service = std::make_unique<MockService>(thread.loop(), mock.faulted, mock.cells, seed);
            if (auto heard = service->listen(std::move(*listening)); !heard) {
                return heard;
            }
            thread.services()[name] = std::move(service);
            return {};
        });
        if (!started) {
            return started;
        }
        running.insert_or_assign(name, std::move(mock));
    }
    return {};
}

MockHost::MockHost(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
MockHost::~MockHost() = default;

Result<std::unique_ptr<MockHost>> MockHost::create(unsigned threads, const net::ReactorOptions& options)
{
    auto impl = std::make_unique<Impl>();
    for (unsigned i = 0; i < std::max(1u, threads); ++i) {
        auto reactor = net::Reactor::create(options);
        if (!reactor) {
            return fail(std::move(reactor.error()));
        }
        impl->threads.push_back(std::make_unique<HostThread>(std::move(*reactor)));
    }
    return std::unique_ptr<MockHost>(new MockHost(std::move(impl)));
}

Result<void> MockHost::apply(const std::vector<MockSpec>& specs, std::uint64_t seed)
{
    auto added = m_impl->bindNew(specs);
    if (!added) {
        return fail(std::move(added.error()));
    }
    const bool reseed = m_impl->seed != seed;
    m_impl->seed = seed;
    for (const MockSpec& spec : specs) {
        if (m_impl->keeps(spec)) {
            m_impl->update(spec, reseed);
        }
    }
    m_impl->removeGone(specs);
    return m_impl->startNew(std::move(*added));
}

Endpoint MockHost::address(std::string_view name) const
{
    const auto it = m_impl->running.find(name);
    return it == m_impl->running.end() ? Endpoint() : it->second.bound;
}

std::vector<std::pair<std::string, Endpoint>> MockHost::addresses() const
{
    std::vector<std::pair<std::string, Endpoint>> out;
    for (const auto& [name, mock] : m_impl->running) {
        out.emplace_back(name, mock.bound);
    }
    return out;
}

bool MockHost::setFault(std::string_view name, bool down, Duration extraLatency, double errorShare)
{
    const auto it = m_impl->running.find(name);
    if (it == m_impl->running.end()) {
        return false;
    }
    Running& mock = it->second;
    mock.faulted.behaviour.down = down;
    mock.faulted.behaviour.extraLatency = extraLatency;
    mock.faulted.behaviour.errorShare = errorShare;
    HostThread& thread = *m_impl->threads[mock.thread];
    thread.call([&] { thread.services().find(name)->second->change(mock.faulted); });
    return true;
}

MockCounters MockHost::counters(std::string_view name) const
{
    const auto it = m_impl->running.find(name);
    if (it == m_impl->running.end()) {
        return {};
    }
    const MockCells& cells = *it->second.cells;
    return {.requests = cells.requests.load(std::memory_order_relaxed),
            .answered = cells.answered.load(std::memory_order_relaxed),
            .errors = cells.errors.load(std::memory_order_relaxed),
            .overflowed = cells.overflowed.load(std::memory_order_relaxed),
            .serving = cells.serving.load(std::memory_order_relaxed),
            .queued = cells.queued.load(std::memory_order_relaxed)};
}

}  // namespace signalbox::mock
