#include "ui/bridge/engine_bridge.h"

#include <algorithm>
#include <utility>

#include "core/base/clock.h"

namespace signalbox::ui {

namespace {

constexpr std::size_t kTracesPerTick = 2000;
constexpr auto kDrainLimit = std::chrono::seconds(2);

QString textOf(const running::RunningSite::ApplyResult& result)
{
    if (result.error.code == ErrorCode::AddressInUse) {
        return QStringLiteral("SB-101 %1").arg(QString::fromStdString(result.error.detail));
    }
    if (result.error.code != ErrorCode::None) {
        return QString::fromStdString(result.error.detail);
    }
    const auto first = std::ranges::find(result.problems, site::Severity::Error, &site::Problem::severity);
    if (first == result.problems.end()) {
        return {};
    }
    const auto errors = std::ranges::count(result.problems, site::Severity::Error, &site::Problem::severity);
    const QString more = errors > 1 ? QStringLiteral(" (and %1 more)").arg(errors - 1) : QString();
    return QStringLiteral("%1 %2%3").arg(QString::fromStdString(first->code), QString::fromStdString(first->message),
                                         more);
}

}  // namespace

/// What a job hands back to the GUI thread.
struct EngineBridge::Outcome {
    std::shared_ptr<running::RunningSite> running;
    site::Site site;
    QString error;  ///< empty: done
};

EngineBridge::EngineBridge(QObject* parent) : QObject(parent)
{
    m_sampler.setInterval(100);
    m_sampler.setTimerType(Qt::PreciseTimer);
    connect(&m_sampler, &QTimer::timeout, this, &EngineBridge::sample);
}

EngineBridge::~EngineBridge()
{
    m_sampler.stop();
    m_traffic.clear();
    m_ending.clear();
    m_replay.reset();
}

QString EngineBridge::listenerAddress(const QString& listener) const
{
    const auto it = m_addresses.find("listener:" + listener.toStdString());
    return it == m_addresses.end() ? QString() : QString::fromStdString(it->second.text());
}

Duration EngineBridge::runningFor() const
{
    return m_state == State::Running ? SystemClock::instance().now() - m_startedAt : Duration::zero();
}

void EngineBridge::setState(State state)
{
    if (state != m_state) {
        m_state = state;
        Q_EMIT stateChanged(state);
    }
}

void EngineBridge::start(const site::Site& site)
{
    if (m_state != State::Stopped) {
        return;
    }
    m_busy = true;
    setState(State::Starting);
    m_jobs.run([this, site] {
        Outcome outcome;
        outcome.site = site;
        auto created = running::RunningSite::create();
        if (!created) {
            outcome.error = QString::fromStdString(created.error().detail);
        } else {
            outcome.running = std::move(*created);
            const auto result = outcome.running->apply(site);
            outcome.error = result.ok() ? QString() : textOf(result);
        }
        return JobRunner::Done([this, outcome] { finishStart(outcome); });
    });
}

void EngineBridge::finishStart(const Outcome& outcome)
{
    m_busy = false;
    if (!outcome.error.isEmpty()) {
        setState(State::Stopped);
        Q_EMIT startFailed(outcome.error);
        return;
    }
    m_running = outcome.running;
    m_fine.clear();
    m_coarse.clear();
    m_latest.reset();
    m_startedAt = SystemClock::instance().now();
    takeOver(outcome);
    m_running->engine().setTraceMode(m_traceMode);
    m_sampler.start();
    setState(State::Running);
    sample();
}

void EngineBridge::takeOver(const Outcome& outcome)
{
    m_runningSite = outcome.site;
    m_addresses = m_running->addresses();
    m_hub = m_running->engine().stats();
    const auto reactor = m_running->engine().reactorName();
    m_reactorName = QString::fromUtf8(reactor.data(), static_cast<qsizetype>(reactor.size()));
    applyFaults();
}

void EngineBridge::apply(const site::Site& site)
{
    if (m_state != State::Running) {
        return;
    }
    if (m_busy) {
        m_nextApply = site;
        return;
    }
    m_busy = true;
    m_jobs.run([this, site, running = m_running] {
        const auto result = running->apply(site);
        const Outcome outcome{running, site, result.ok() ? QString() : textOf(result)};
        return JobRunner::Done([this, outcome] { finishApply(outcome); });
    });
}

void EngineBridge::finishApply(const Outcome& outcome)
{
    m_busy = false;
    if (outcome.error.isEmpty()) {
        takeOver(outcome);
        Q_EMIT applied();
    } else {
        applyFaults();
        Q_EMIT applyFailed(outcome.error);
    }
    if (m_nextApply) {
        const site::Site next = std::move(*m_nextApply);
        m_nextApply.reset();
        apply(next);
    }
}

void EngineBridge::stop()
{
    if (m_state != State::Running) {
        return;
    }
    endTraffic();
    m_sampler.stop();
    m_nextApply.reset();
    m_busy = true;
    setState(State::Stopping);
    // The job holds the last reference, so that closing sockets and joining workers happens on its thread.
    m_jobs.run([this, running = std::exchange(m_running, nullptr)]() mutable {
        running->drain(kDrainLimit);
        running.reset();
        return JobRunner::Done([this] {
            m_busy = false;
            m_hub.reset();
            m_addresses.clear();
            setState(State::Stopped);
        });
    });
}

void EngineBridge::endTraffic()
{
    for (auto it = m_traffic.cbegin(); it != m_traffic.cend(); ++it) {
        it.value()->stop();
        m_ending.emplace_back(it.key(), it.value());
    }
    m_traffic.clear();
    if (m_replay) {
        m_replay->stop();
    }
    pollReplay();
    for (const auto& [name, run] : std::exchange(m_ending, {})) {
        Q_EMIT trafficFinished(name, std::make_shared<const traffic::Report>(run->report()));
    }
    m_replay.reset();
    Q_EMIT trafficChanged();
}

void EngineBridge::startTraffic(const QString& scenario)
{
    if (m_state != State::Running || m_traffic.contains(scenario)) {
        return;
    }
    const auto planned = traffic::scenarioFrom(m_runningSite, scenario.toStdString(), m_addresses);
    if (!planned) {
        Q_EMIT trafficFailed(scenario, QString::fromStdString(planned.error().detail));
        return;
    }
    auto run = traffic::TrafficRun::start(*planned, planned->source());
    if (!run) {
        Q_EMIT trafficFailed(scenario, QString::fromStdString(run.error().detail));
        return;
    }
    std::shared_ptr<traffic::TrafficRun> shared = std::move(*run);
    shared->setRateFactor(rateFactor(scenario));
    m_traffic.insert(scenario, std::move(shared));
    Q_EMIT trafficChanged();
}

void EngineBridge::stopTraffic(const QString& scenario)
{
    const auto run = m_traffic.take(scenario);
    if (run) {
        run->stop();
        m_ending.emplace_back(scenario, run);
        Q_EMIT trafficChanged();
    }
}

bool EngineBridge::trafficRunning(const QString& scenario) const
{
    return m_traffic.contains(scenario);
}

QStringList EngineBridge::runningTraffic() const
{
    QStringList names = m_traffic.keys();
    names.sort();
    return names;
}

void EngineBridge::setRateFactor(const QString& scenario, double factor)
{
    m_rateFactors.insert(scenario, factor);
    if (const auto run = m_traffic.value(scenario)) {
        run->setRateFactor(factor);
    }
}

double EngineBridge::rateFactor(const QString& scenario) const
{
    return m_rateFactors.value(scenario, 1.0);
}

std::optional<traffic::Progress> EngineBridge::trafficProgress(const QString& scenario) const
{
    const auto run = m_traffic.value(scenario);
    return run ? std::optional(run->progress()) : std::nullopt;
}

void EngineBridge::startReplay(std::shared_ptr<const traffic::Trace> trace, const QString& listener, double speed)
{
    const auto target = m_addresses.find("listener:" + listener.toStdString());
    if (m_state != State::Running || target == m_addresses.end()) {
        Q_EMIT trafficFailed({}, QStringLiteral("the listener '%1' is not running").arg(listener));
        return;
    }
    m_replay.reset();
    traffic::Scenario scenario;
    scenario.name = trace->file;
    scenario.target = target->second;
    scenario.host = target->second.text();
    scenario.duration = trace->duration();
    scenario.clients = std::max<std::uint32_t>(1, trace->clients);
    traffic::RunOptions options;
    options.speed = speed;
    options.keepClientOrder = true;
    auto run = traffic::TrafficRun::start(scenario, traffic::sourceOf(std::move(trace)), options);
    if (!run) {
        Q_EMIT trafficFailed({}, QString::fromStdString(run.error().detail));
        return;
    }
    m_replay = std::move(*run);
    m_replayReported = false;
    Q_EMIT trafficChanged();
}

void EngineBridge::stopReplay()
{
    if (m_replay) {
        m_replay->stop();
        pollReplay();
        m_replay.reset();
        Q_EMIT trafficChanged();
    }
}

void EngineBridge::pollReplay()
{
    if (m_replay && !m_replayReported && (m_replay->progress().finished || m_state != State::Running)) {
        m_replayReported = true;
        Q_EMIT trafficFinished({}, std::make_shared<const traffic::Report>(m_replay->report()));
    }
}

void EngineBridge::setMockFault(const QString& mock, const MockFault& fault)
{
    if (fault.any()) {
        m_faults.insert(mock, fault);
    } else {
        m_faults.remove(mock);
    }
    if (m_running && !m_busy) {
        m_running->mocks().setFault(mock.toStdString(), fault.down, std::chrono::milliseconds(fault.extraLatencyMs),
                                    fault.errorShare);
    }
    Q_EMIT faultsChanged();
}

void EngineBridge::applyFaults()
{
    for (const site::Site* site = &m_runningSite; const Value& mock : site->list("mocks")) {
        const auto& name = site::Site::nameOf(mock);
        const MockFault fault = mockFault(QString::fromStdString(name));
        m_running->mocks().setFault(name, fault.down, std::chrono::milliseconds(fault.extraLatencyMs),
                                    fault.errorShare);
    }
}

int EngineBridge::faultCount() const
{
    return static_cast<int>(m_faults.size());
}

mock::MockCounters EngineBridge::mockCounters(const QString& mock) const
{
    return m_running && !m_busy ? m_running->mocks().counters(mock.toStdString()) : mock::MockCounters{};
}

void EngineBridge::setTraceMode(proxy::TraceMode mode)
{
    m_traceMode = mode;
    if (m_running) {
        m_running->engine().setTraceMode(mode);
    }
}

void EngineBridge::sample()
{
    if (!m_hub) {
        return;
    }
    m_latest = std::make_shared<const stats::StatsSnapshot>(m_hub->snapshot());
    m_fine.offer(m_latest);
    m_coarse.offer(m_latest);
    Q_EMIT snapshotTaken(m_latest);
    takeTraces();
    pollTraffic();
    pollReplay();
}

void EngineBridge::takeTraces()
{
    if (m_busy || !m_running) {
        return;
    }
    auto traces = std::make_shared<std::vector<stats::DecisionTrace>>();
    if (m_running->engine().takeTraces(*traces, kTracesPerTick) > 0) {
        std::ranges::stable_sort(*traces, {}, &stats::DecisionTrace::wallNs);
        Q_EMIT tracesTaken(std::move(traces));
    }
}

void EngineBridge::pollTraffic()
{
    QStringList over;
    for (auto it = m_traffic.cbegin(); it != m_traffic.cend(); ++it) {
        if (it.value()->progress().finished) {
            over.append(it.key());
        }
    }
    for (const QString& name : over) {
        const auto run = m_traffic.take(name);
        Q_EMIT trafficFinished(name, std::make_shared<const traffic::Report>(run->report()));
        if (m_repeat) {
            startTraffic(name);
        }
        Q_EMIT trafficChanged();
    }
    const auto ended =
        std::ranges::stable_partition(m_ending, [](const auto& entry) { return !entry.second->progress().finished; });
    const std::vector<std::pair<QString, std::shared_ptr<traffic::TrafficRun>>> finished(ended.begin(), ended.end());
    m_ending.erase(ended.begin(), ended.end());
    for (const auto& [name, run] : finished) {
        Q_EMIT trafficFinished(name, std::make_shared<const traffic::Report>(run->report()));
    }
}

}  // namespace signalbox::ui
