#pragma once

#include <QObject>
#include <QTimer>

#include <memory>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/job_runner.h"
#include "ui/bridge/site_document.h"

namespace signalbox::ui {

/// The trace that is open and its replay against one listener of the running site. Starts the site when it is needed.
/// GUI thread; the trace is read on a job thread.
class ReplaySession : public QObject {
    Q_OBJECT

public:
    ReplaySession(SiteDocument& document, EngineBridge& bridge, QObject* parent = nullptr);

    void open(const QString& file);
    [[nodiscard]] bool isLoading() const noexcept { return m_loading; }
    [[nodiscard]] const std::shared_ptr<const traffic::Trace>& trace() const noexcept { return m_trace; }

    void setListener(const QString& listener) { m_listener = listener; }
    /// 0.1 to 100; 0: as fast as possible. Also while it plays.
    void setSpeed(double speed);
    [[nodiscard]] double speed() const noexcept { return m_speed; }

    void playOrPause();
    void toStart();
    void step(std::uint32_t count);
    void stop();
    /// Sending or about to; false at the start, when paused and at the end.
    [[nodiscard]] bool isPlaying() const;
    [[nodiscard]] bool hasRun() const { return m_bridge.replay() != nullptr; }
    [[nodiscard]] const traffic::Progress& progress() const noexcept { return m_progress; }
    /// Of the whole trace, 0 to 1.
    [[nodiscard]] double position() const;

Q_SIGNALS:
    void traceChanged();
    void openFailed(const QString& why);
    void changed();

private:
    void begin(bool paused);
    void poll();

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    std::shared_ptr<const traffic::Trace> m_trace;
    QString m_listener;
    double m_speed = 1;
    bool m_loading = false;
    bool m_beginWhenRunning = false;
    bool m_beginPaused = false;
    traffic::Progress m_progress;
    QTimer m_poll;
    JobRunner m_jobs;
};

}  // namespace signalbox::ui
