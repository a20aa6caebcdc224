#pragma once

#include <QComboBox>

#include "ui/pages/replay_session.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

/// The transport bar of Replay: the trace's curve with the playhead, and under it the buttons, the speed and the
/// counts. GUI thread.
class ReplayBar : public Panel {
    Q_OBJECT

public:
    explicit ReplayBar(ReplaySession& session, QWidget* parent = nullptr);
    /// One step faster (+1) or slower (-1).
    void changeSpeed(int by);

private:
    void refresh();

    ReplaySession& m_session;
    QToolButton* m_toStart;
    QToolButton* m_play;
    QToolButton* m_step;
    QComboBox* m_speed;
    ElidedLabel* m_counts;
    TextLabel* m_position;
};

}  // namespace signalbox::ui
