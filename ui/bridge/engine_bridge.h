#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

#include "core/running/running_site.h"
#include "core/stats/time_series.h"
#include "core/traffic/trace_reader.h"
#include "core/traffic/traffic_run.h"
#include "ui/bridge/job_runner.h"

namespace signalbox::ui {

/// The window's only door to the running engine: starts and stops it, publishes plans, samples statistics at 10 Hz into
/// immutable snapshots, drains decision traces in batches, runs traffic and replays. Slow calls (start, apply, drain)
/// run on a job thread; results arrive as signals. GUI thread.
class EngineBridge : public QObject {
    Q_OBJECT

public:
    enum class State { Stopped, Starting, Running, Stopping };
    Q_ENUM(State)

    explicit EngineBridge(QObject* parent = nullptr);
    ~EngineBridge() override;

    [[nodiscard]] State state() const noexcept { return m_state; }
    [[nodiscard]] bool isRunning() const noexcept { return m_state == State::Running; }
    /// The site that runs now; differs from the document's while edits are not applied.
    [[nodiscard]] const site::Site& runningSite() const noexcept { return m_runningSite; }
    [[nodiscard]] const plan::AddressBook& addresses() const noexcept { return m_addresses; }
    [[nodiscard]] QString reactorName() const { return m_reactorName; }
    /// Where a listener is bound ("127.0.0.1:8080"), empty when it is not running.
    [[nodiscard]] QString listenerAddress(const QString& listener) const;
    /// Since the engine started; zero when it is stopped.
    [[nodiscard]] Duration runningFor() const;

    void start(const site::Site& site);
    /// Publishes an edited site under load; the last good one stays when it is refused (applyFailed tells why).
    void apply(const site::Site& site);
    void stop();

    // Traffic. Several scenarios may run at once (side by side).
    void startTraffic(const QString& scenario);
    void stopTraffic(const QString& scenario);
    [[nodiscard]] bool trafficRunning(const QString& scenario) const;
    [[nodiscard]] QStringList runningTraffic() const;
    void setRateFactor(const QString& scenario, double factor);
    [[nodiscard]] double rateFactor(const QString& scenario) const;
    /// Counts of a running scenario; nothing when it does not run.
    [[nodiscard]] std::optional<traffic::Progress> trafficProgress(const QString& scenario) const;
    /// Whether a scenario that comes to its end starts again (each round has its own report).
    void setRepeat(bool repeat) { m_repeat = repeat; }
    [[nodiscard]] bool repeat() const noexcept { return m_repeat; }

    // Replay of a recorded trace against a listener of the running site.
    void startReplay(std::shared_ptr<const traffic::Trace> trace, const QString& listener, double speed);
    /// The run, for pause, step, speed and progress; null when there is none.
    [[nodiscard]] traffic::TrafficRun* replay() const noexcept { return m_replay.get(); }
    void stopReplay();

    // Faults of mocks.
    struct MockFault {
        bool down = false;
        int extraLatencyMs = 0;
        double errorShare = 0;
        [[nodiscard]] bool any() const noexcept { return down || extraLatencyMs > 0 || errorShare > 0; }
    };
    void setMockFault(const QString& mock, const MockFault& fault);
    [[nodiscard]] MockFault mockFault(const QString& mock) const { return m_faults.value(mock); }
    [[nodiscard]] int faultCount() const;
    /// Zeros when it is not running.
    [[nodiscard]] mock::MockCounters mockCounters(const QString& mock) const;

    /// Newest snapshot (null before the first) and history at 100 ms and 1 s.
    [[nodiscard]] std::shared_ptr<const stats::StatsSnapshot> snapshot() const { return m_latest; }
    [[nodiscard]] const stats::SnapshotHistory& fineHistory() const noexcept { return m_fine; }
    [[nodiscard]] const stats::SnapshotHistory& history() const noexcept { return m_coarse; }
    /// Step mode records every request.
    void setTraceMode(proxy::TraceMode mode);

Q_SIGNALS:
    void stateChanged(State state);
    void startFailed(const QString& why);
    void applied();
    void applyFailed(const QString& why);
    void snapshotTaken(std::shared_ptr<const stats::StatsSnapshot> snapshot);
    /// Newest last. The vector is shared, not copied.
    void tracesTaken(std::shared_ptr<const std::vector<stats::DecisionTrace>> traces);
    void trafficChanged();
    /// A scenario or a replay ended by itself or was stopped; `name` is the scenario's, or empty for the replay.
    void trafficFinished(const QString& name, std::shared_ptr<const traffic::Report> report);
    void trafficFailed(const QString& name, const QString& why);
    void faultsChanged();

private:
    struct Outcome;
    void sample();
    void takeTraces();
    void pollTraffic();
    void pollReplay();
    void endTraffic();
    void finishStart(const Outcome& outcome);
    void finishApply(const Outcome& outcome);
    void takeOver(const Outcome& outcome);
    void applyFaults();
    void setState(State state);

    State m_state = State::Stopped;
    site::Site m_runningSite;
    plan::AddressBook m_addresses;
    QString m_reactorName;
    std::shared_ptr<running::RunningSite> m_running;
    std::shared_ptr<stats::StatsHub> m_hub;  ///< may be read while a job works on m_running
    bool m_busy = false;                     ///< a job works on m_running: nobody else may
    std::optional<site::Site> m_nextApply;
    TimePoint m_startedAt{};
    QHash<QString, std::shared_ptr<traffic::TrafficRun>> m_traffic;
    std::vector<std::pair<QString, std::shared_ptr<traffic::TrafficRun>>>
        m_ending;  ///< stopped, waiting for their last answers
    QHash<QString, double> m_rateFactors;
    bool m_repeat = true;
    std::unique_ptr<traffic::TrafficRun> m_replay;
    bool m_replayReported = false;
    proxy::TraceMode m_traceMode = proxy::TraceMode::Sampled;
    QHash<QString, MockFault> m_faults;
    std::shared_ptr<const stats::StatsSnapshot> m_latest;
    stats::SnapshotHistory m_fine{600, std::chrono::milliseconds(95)};
    stats::SnapshotHistory m_coarse{900, std::chrono::milliseconds(950)};
    QTimer m_sampler;
    JobRunner m_jobs;  ///< last: its end waits for the job, which uses what stands above
};

}  // namespace signalbox::ui
