#include "ui/pages/replay_bar.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/pages/trace_curve.h"

namespace signalbox::ui {

namespace {

QString timeText(Duration time)
{
    const auto s = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return QStringLiteral("%1:%2:%3")
        .arg(s / 3600, 2, 10, QLatin1Char('0'))
        .arg(s / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(s % 60, 2, 10, QLatin1Char('0'));
}

QString countText(std::uint64_t n)
{
    return QLocale(QLocale::English).toString(static_cast<qulonglong>(n));
}

}  // namespace

ReplayBar::ReplayBar(ReplaySession& session, QWidget* parent)
    : Panel(Fill::Surface, parent, Qt::TopEdge), m_session(session)
{
    setObjectName(QStringLiteral("replayBar"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 8, 16, 6);
    layout->setSpacing(4);
    layout->addWidget(new TraceCurve(session, this));
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    m_toStart = makeIconButton(QStringLiteral("skip-back"), QStringLiteral("replayToStart"),
                               QStringLiteral("To the start"), QStringLiteral("Stop and go back to the start"), this);
    m_play = makeIconButton(QStringLiteral("play"), QStringLiteral("replayPlay"), QStringLiteral("Play"),
                            QStringLiteral("Play or pause (Space)"), this);
    m_step = makeIconButton(QStringLiteral("step"), QStringLiteral("replayStep"), QStringLiteral("Step"),
                            QStringLiteral("Send the next request (.); ten with Shift+."), this);
    m_speed = new QComboBox(this);
    describe(m_speed, QStringLiteral("replaySpeed"), QStringLiteral("Speed"),
             QStringLiteral("Speed of the replay ([ and ])"));
    for (const double speed : {0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
        m_speed->addItem(QStringLiteral("%1×").arg(speed), speed);
    }
    m_speed->addItem(QStringLiteral("As fast as possible"), 0.0);
    m_speed->setCurrentIndex(m_speed->findData(session.speed()));
    m_position = new TextLabel({}, Theme::TextRole::Mono, false, this);
    m_position->setObjectName(QStringLiteral("replayPosition"));
    m_counts = new ElidedLabel({}, Theme::TextRole::Mono, true, this);
    m_counts->setObjectName(QStringLiteral("replayCounts"));
    m_counts->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_toStart, m_play, m_step, m_speed}) {
        row->addWidget(widget);
    }
    row->addSpacing(8);
    row->addWidget(m_position);
    row->addSpacing(8);
    row->addWidget(m_counts, 1);
    layout->addLayout(row);

    connect(m_toStart, &QToolButton::clicked, &session, &ReplaySession::toStart);
    connect(m_play, &QToolButton::clicked, &session, &ReplaySession::playOrPause);
    connect(m_step, &QToolButton::clicked, &session, [&session] { session.step(1); });
    connect(m_speed, &QComboBox::currentIndexChanged, this,
            [this] { m_session.setSpeed(m_speed->currentData().toDouble()); });
    connect(&session, &ReplaySession::changed, this, &ReplayBar::refresh);
    connect(&session, &ReplaySession::traceChanged, this, &ReplayBar::refresh);
    refresh();
}

void ReplayBar::changeSpeed(int by)
{
    m_speed->setCurrentIndex(std::clamp(m_speed->currentIndex() + by, 0, m_speed->count() - 1));
}

void ReplayBar::refresh()
{
    const bool open = m_session.trace() != nullptr && !m_session.isLoading();
    m_play->setEnabled(open);
    m_step->setEnabled(open);
    m_toStart->setEnabled(open && m_session.hasRun());
    const bool playing = m_session.isPlaying();
    m_play->setIcon(icon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
    m_play->setAccessibleName(playing ? QStringLiteral("Pause") : QStringLiteral("Play"));
    const auto& p = m_session.progress();
    if (!open) {
        m_position->setText(QStringLiteral("--:--:--"));
        m_counts->setText({});
        return;
    }
    m_position->setText(QStringLiteral("%1 / %2").arg(timeText(p.finished ? m_session.trace()->duration() : p.position),
                                                      timeText(m_session.trace()->duration())));
    const double late = std::chrono::duration<double, std::milli>(p.latenessP99).count();
    m_counts->setText(QStringLiteral("planned %1 · sent %2 · answered %3 · failed %4 · late p99 %5 ms%6")
                          .arg(countText(p.planned), countText(p.sent), countText(p.answered), countText(p.failed))
                          .arg(late, 0, 'f', late < 10 ? 1 : 0)
                          .arg(p.finished ? QStringLiteral(" · finished")
                               : p.paused ? QStringLiteral(" · paused")
                                          : QString()));
}

}  // namespace signalbox::ui
