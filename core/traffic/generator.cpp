#include "core/traffic/generator.h"

#include <algorithm>
#include <limits>

#include "core/traffic/generator_connection.h"
#include "core/traffic/generator_users.h"

namespace signalbox::traffic {

namespace {

/// Requests sent in one go before the loop looks after answers again.
constexpr int kMostPerTick = 128;
constexpr std::uint32_t kMostPerClient = 10'000;

/// Closed users are as fast as possible by themselves; without a clock their scenario would have no end.
double usableSpeed(double speed, bool closed) noexcept
{
    return speed > 0 ? speed : closed ? 1 : 0;
}

}  // namespace

Generator::Generator(net::Reactor& reactor, const Scenario& scenario, std::unique_ptr<RequestSource> source,
                     const RunOptions& options, std::function<void()> onFinished)
    : m_reactor(reactor),
      m_scenario(scenario),
      m_source(std::move(source)),
      m_options(options),
      m_onFinished(std::move(onFinished)),
      m_time(usableSpeed(options.speed, scenario.closed)),
      m_arrivals(usableSpeed(options.speed, scenario.closed)),
      m_due(
          reactor, [](void* self) { static_cast<Generator*>(self)->tick(); }, this, net::Timer::Precision::Precise),
      m_end(
          reactor, [](void* self) { static_cast<Generator*>(self)->arm(); }, this, net::Timer::Precision::Precise),
      m_countPaths(scenario.mix == nullptr)
{
    m_scenario.clients = std::max(1u, m_scenario.clients);
    m_report.scenario = scenario.name;
    m_report.seed = scenario.seed;
    m_report.expect = scenario.expect;
    if (scenario.closed) {
        // Every user needs a connection of its own.
        m_options.maxConnectionsPerClient =
            std::max(m_options.maxConnectionsPerClient, scenario.users / m_scenario.clients + 1);
    }
    m_options.maxConnectionsPerClient = std::clamp(m_options.maxConnectionsPerClient, 1u, kMostPerClient);
    m_options.window = std::max(1u, m_options.window);
}

Generator::~Generator() = default;

void Generator::start()
{
    m_started = m_reactor.updateNow();
    m_time.start(m_started);
    m_arrivals.start(m_started);
    if (m_scenario.closed) {
        startUsers();
    } else {
        fetch();
    }
    arm();
}

void Generator::fetch()
{
    m_next = m_source->next();
}

void Generator::tick()
{
    if (m_ended || m_time.paused()) {
        return;
    }
    if (asFastAsPossible()) {
        tickAtOnce();
    } else {
        tickScheduled();
    }
    arm();
}

void Generator::tickScheduled()
{
    TimePoint now = m_reactor.updateNow();
    for (int sent = 0; m_next && sent < kMostPerTick; ++sent) {
        const TimePoint scheduled = m_arrivals.timeOf(m_next->at);
        if (scheduled > now) {
            return;
        }
        launch(std::move(*m_next), scheduled);
        fetch();
        now = m_reactor.updateNow();
    }
}

void Generator::tickAtOnce()
{
    for (int sent = 0; m_next && sent < kMostPerTick && m_inFlight + m_waiting < m_options.window; ++sent) {
        const TimePoint now = m_reactor.updateNow();
        m_time.moveTo(now, m_next->at);
        m_arrivals.moveTo(now, m_next->at);
        launch(std::move(*m_next), now);
        fetch();
    }
}

void Generator::launch(PlannedRequest request, TimePoint scheduled)
{
    ++m_report.planned;
    Client& sender = client(request.client);
    dispatch(sender, Flight{.request = std::move(request), .scheduled = scheduled});
}

bool Generator::wholePlanSent() const
{
    if (m_scenario.closed) {
        return m_time.position(m_reactor.now()) >= m_scenario.duration;
    }
    // A scenario lasts for its duration even where its last request was sent before; a trace ends with its last line.
    const bool lasts = m_scenario.mix && !asFastAsPossible();
    return !m_next && (!lasts || m_time.position(m_reactor.now()) >= m_scenario.duration);
}

void Generator::arm()
{
    if (m_ended || m_time.paused()) {
        return;
    }
    m_reactor.updateNow();
    if (wholePlanSent()) {
        endSending();
        return;
    }
    if (asFastAsPossible()) {
        if (m_inFlight + m_waiting < m_options.window) {
            m_due.start(Duration::zero());
        }
        return;
    }
    if (m_next) {
        m_due.startAt(std::max(m_arrivals.timeOf(m_next->at), m_reactor.now()));
    } else {
        m_end.startAt(std::max(m_time.timeOf(m_scenario.duration), m_reactor.now()));
    }
}

void Generator::endSending()
{
    m_ended = true;
    m_sendingEnded = m_reactor.updateNow();
    if (m_time.paused()) {
        m_pausedFor += m_sendingEnded - m_pausedAt;
    }
    m_due.cancel();
    m_end.cancel();
    checkFinished();
}

void Generator::checkFinished()
{
    if (m_ended && !m_finished && m_inFlight == 0 && m_waiting == 0) {
        finish();
    }
}

void Generator::finish()
{
    m_finished = true;
    m_due.cancel();
    m_end.cancel();
    m_report.missed = missedBy(report(), m_scenario.expect);
    m_onFinished();
}

void Generator::moveEnd()
{
    const TimePoint now = m_reactor.updateNow();
    const Duration left = m_scenario.duration - m_time.position(now);
    const auto planned = static_cast<std::int64_t>(static_cast<double>(left.count()) * m_rateFactor);
    m_source->endAt(m_arrivals.position(now) + Duration(planned));
    if (!m_next && !m_scenario.closed && !m_ended) {
        fetch();
    }
}

void Generator::setSpeed(double speed)
{
    const TimePoint now = m_reactor.updateNow();
    const double usable = usableSpeed(speed, m_scenario.closed);
    m_time.setRate(now, usable);
    m_arrivals.setRate(now, usable * m_rateFactor);
    arm();
}

void Generator::setRateFactor(double factor)
{
    if (m_scenario.closed || !m_scenario.mix) {
        return;
    }
    // Rate 0 would leave no moment for the next request: that is what pausing is for.
    m_rateFactor = std::clamp(factor, 0.001, 1000.0);
    m_arrivals.setRate(m_reactor.updateNow(), m_time.rate() * m_rateFactor);
    moveEnd();
    arm();
}

void Generator::pause()
{
    if (m_time.paused() || m_finished) {
        return;
    }
    m_pausedAt = m_reactor.updateNow();
    m_time.pause(m_pausedAt);
    m_arrivals.pause(m_pausedAt);
    m_due.cancel();
    m_end.cancel();
}

void Generator::resume()
{
    if (!m_time.paused() || m_ended) {
        return;
    }
    const TimePoint now = m_reactor.updateNow();
    m_time.resume(now);
    m_arrivals.resume(now);
    m_pausedFor += now - m_pausedAt;
    releaseHeld(m_held.size());
    arm();
}

void Generator::step(std::uint32_t count)
{
    if (!m_time.paused() || m_ended) {
        return;
    }
    if (m_scenario.closed) {
        releaseHeld(count);
        return;
    }
    for (; count > 0 && m_next; --count) {
        const TimePoint now = m_reactor.updateNow();
        // Stepping moves the playhead to the request; without a rate factor plan and scenario time are the same.
        if (m_rateFactor == 1) {
            m_time.moveTo(now, m_next->at);
        }
        m_arrivals.moveTo(now, m_next->at);
        launch(std::move(*m_next), now);
        fetch();
    }
    if (wholePlanSent()) {
        endSending();
    }
}

void Generator::stop()
{
    if (m_finished) {
        return;
    }
    m_next.reset();
    dropWaiting();
    if (m_ended) {
        checkFinished();
    } else {
        endSending();
    }
}

Progress Generator::progress() const
{
    const TimePoint now = SystemClock::instance().now();
    const TimePoint end = m_ended ? m_sendingEnded : m_time.paused() ? m_pausedAt : now;
    Progress out;
    out.elapsed = end - m_started - m_pausedFor;
    out.position = m_time.position(m_ended ? m_sendingEnded : now);
    if (m_scenario.duration > Duration::zero()) {
        out.position = std::min(out.position, m_scenario.duration);
    }
    out.planned = m_report.planned;
    out.sent = m_report.requests;
    out.answered = m_answered;
    out.failed = m_failed;
    out.inFlight = m_inFlight;
    out.latenessP99 = m_report.lateness.quantile(0.99);
    out.paused = m_time.paused() && !m_ended;
    out.finished = m_finished;
    return out;
}

Report Generator::report() const
{
    Report out = m_report;
    out.durationSeconds = std::chrono::duration<double>(progress().elapsed).count();
    if (!m_finished) {
        out.missed = missedBy(out, m_scenario.expect);
    }
    return out;
}

}  // namespace signalbox::traffic
