#include "core/traffic/traffic_run.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <sys/resource.h>
#include <thread>
#include <type_traits>

#include "core/traffic/generator.h"
#include "core/traffic/generator_connection.h"

namespace signalbox::traffic {

namespace {

/// A generator may need many sockets; what the system allows anyway is taken.
void raiseDescriptorLimit() noexcept
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

}  // namespace

struct TrafficRun::Impl {
    std::unique_ptr<net::Reactor> reactor;
    std::unique_ptr<Generator> generator;
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    bool finished = false;
    std::thread thread;

    ~Impl()
    {
        if (thread.joinable()) {
            reactor->post([this] {
                generator.reset();
                reactor->stop();
            });
            thread.join();
        }
    }

    /// Runs `task` on the loop's thread and waits for its answer.
    template <typename Function>
    auto call(Function task) const -> decltype(task())
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
            reactor->post([&] {
                task();
                finish();
            });
            wait();
        } else {
            std::optional<decltype(task())> answer;
            reactor->post([&] {
                answer.emplace(task());
                finish();
            });
            wait();
            return std::move(*answer);
        }
    }
};

TrafficRun::TrafficRun(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
TrafficRun::~TrafficRun() = default;

Result<std::unique_ptr<TrafficRun>> TrafficRun::start(const Scenario& scenario, std::unique_ptr<RequestSource> source,
                                                      const RunOptions& options)
{
    if (!source) {
        return fail({.code = ErrorCode::InvalidArgument, .detail = "the scenario has no requests to send"});
    }
    if (scenario.closed && (scenario.users == 0 || scenario.duration <= Duration::zero())) {
        return fail(
            {.code = ErrorCode::InvalidArgument, .detail = "closed users need a number above 0 and a duration"});
    }
    raiseDescriptorLimit();
    auto reactor = net::Reactor::create(options.reactor);
    if (!reactor) {
        return fail(std::move(reactor.error()));
    }
    auto impl = std::make_unique<Impl>();
    impl->reactor = std::move(*reactor);
    Impl* const self = impl.get();
    impl->generator = std::make_unique<Generator>(*self->reactor, scenario, std::move(source), options, [self] {
        const std::lock_guard lock(self->mutex);
        self->finished = true;
        self->changed.notify_all();
    });
    impl->reactor->post([self] { self->generator->start(); });
    impl->thread = std::thread([self] { self->reactor->run(); });
    return std::unique_ptr<TrafficRun>(new TrafficRun(std::move(impl)));
}

Progress TrafficRun::progress() const
{
    return m_impl->call([this] { return m_impl->generator->progress(); });
}

void TrafficRun::setSpeed(double speed)
{
    m_impl->call([this, speed] { m_impl->generator->setSpeed(speed); });
}

void TrafficRun::setRateFactor(double factor)
{
    m_impl->call([this, factor] { m_impl->generator->setRateFactor(factor); });
}

void TrafficRun::pause()
{
    m_impl->call([this] { m_impl->generator->pause(); });
}

void TrafficRun::resume()
{
    m_impl->call([this] { m_impl->generator->resume(); });
}

void TrafficRun::step(std::uint32_t count)
{
    m_impl->call([this, count] { m_impl->generator->step(count); });
}

void TrafficRun::stop()
{
    m_impl->call([this] { m_impl->generator->stop(); });
}

bool TrafficRun::wait(Duration limit) const
{
    std::unique_lock lock(m_impl->mutex);
    // Longer waits would overflow the clock that they are counted from.
    const Duration bounded = std::min<Duration>(limit, std::chrono::hours(24 * 365));
    return m_impl->changed.wait_for(lock, bounded, [this] { return m_impl->finished; });
}

Report TrafficRun::report() const
{
    return m_impl->call([this] { return m_impl->generator->report(); });
}

}  // namespace signalbox::traffic
