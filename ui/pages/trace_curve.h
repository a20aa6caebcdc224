#pragma once

#include <QWidget>

#include "ui/pages/replay_session.h"

namespace signalbox::ui {

/// The trace's requests over its time as one small curve, with the playhead on it. GUI thread.
class TraceCurve : public QWidget {
    Q_OBJECT

public:
    explicit TraceCurve(ReplaySession& session, QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override { return {400, 48}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void rebuild();

    ReplaySession& m_session;
    std::vector<std::uint32_t> m_curve;
    std::uint32_t m_peak = 0;
};

}  // namespace signalbox::ui
