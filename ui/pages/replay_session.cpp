#include "ui/pages/replay_session.h"

#include <algorithm>

namespace signalbox::ui {

ReplaySession::ReplaySession(SiteDocument& document, EngineBridge& bridge, QObject* parent)
    : QObject(parent), m_document(document), m_bridge(bridge)
{
    m_poll.setInterval(100);
    connect(&m_poll, &QTimer::timeout, this, &ReplaySession::poll);
    connect(&bridge, &EngineBridge::stateChanged, this, [this](EngineBridge::State state) {
        if (state == EngineBridge::State::Running && m_beginWhenRunning) {
            begin(m_beginPaused);
        }
        if (state == EngineBridge::State::Stopped) {
            m_beginWhenRunning = false;
            m_poll.stop();
            Q_EMIT changed();
        }
    });
}

void ReplaySession::open(const QString& file)
{
    stop();
    m_loading = true;
    Q_EMIT traceChanged();
    m_jobs.run([this, name = file.toStdString()] {
        auto read = std::make_shared<Result<traffic::Trace>>(traffic::readTrace(name));
        return JobRunner::Done([this, read] {
            m_loading = false;
            if (*read) {
                m_trace = std::make_shared<const traffic::Trace>(std::move(**read));
                m_progress = {};
            }
            Q_EMIT traceChanged();
            Q_EMIT changed();
            if (!*read) {
                Q_EMIT openFailed(QString::fromStdString(read->error().detail));
            }
        });
    });
}

void ReplaySession::setSpeed(double speed)
{
    m_speed = speed;
    if (auto* run = m_bridge.replay()) {
        run->setSpeed(speed);
    }
    Q_EMIT changed();
}

bool ReplaySession::isPlaying() const
{
    return m_beginWhenRunning || (hasRun() && !m_progress.paused && !m_progress.finished);
}

double ReplaySession::position() const
{
    if (!m_trace || m_trace->entries.empty()) {
        return 0;
    }
    if (m_progress.finished) {
        return 1;
    }
    const auto whole = m_trace->duration();
    if (whole <= Duration::zero()) {
        return static_cast<double>(m_progress.sent) / static_cast<double>(m_trace->entries.size());
    }
    return std::clamp(std::chrono::duration<double>(m_progress.position) / std::chrono::duration<double>(whole), 0.0,
                      1.0);
}

void ReplaySession::playOrPause()
{
    if (!m_trace) {
        return;
    }
    auto* run = m_bridge.replay();
    if (run == nullptr || m_progress.finished) {
        begin(false);
    } else if (m_progress.paused) {
        run->resume();
        poll();
    } else {
        run->pause();
        poll();
    }
}

void ReplaySession::step(std::uint32_t count)
{
    if (!m_trace) {
        return;
    }
    if (auto* run = m_bridge.replay(); run != nullptr && !m_progress.finished) {
        if (!m_progress.paused) {
            run->pause();
        }
        run->step(count);
        poll();
    } else {
        begin(true);
    }
}

void ReplaySession::begin(bool paused)
{
    m_beginPaused = paused;
    if (!m_bridge.isRunning()) {
        m_beginWhenRunning = true;
        m_bridge.start(m_document.site());
        Q_EMIT changed();
        return;
    }
    m_beginWhenRunning = false;
    m_progress = {};
    m_bridge.startReplay(m_trace, m_listener, m_speed);
    if (auto* run = m_bridge.replay()) {
        if (paused) {
            run->pause();
        }
        m_poll.start();
        poll();
    }
    Q_EMIT changed();
}

void ReplaySession::toStart()
{
    stop();
    m_progress = {};
    Q_EMIT changed();
}

void ReplaySession::stop()
{
    m_beginWhenRunning = false;
    m_poll.stop();
    m_bridge.stopReplay();
}

void ReplaySession::poll()
{
    const auto* run = m_bridge.replay();
    if (run == nullptr) {
        m_poll.stop();
    } else {
        m_progress = run->progress();
        if (m_progress.finished) {
            m_poll.stop();
        }
    }
    Q_EMIT changed();
}

}  // namespace signalbox::ui
