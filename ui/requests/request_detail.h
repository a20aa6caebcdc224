#pragma once

#include <QWidget>

#include "core/stats/decision_trace.h"

class QLabel;
class QStackedLayout;
class QVBoxLayout;

namespace signalbox::ui {

class ElidedLabel;
class TextLabel;
class Waterfall;

/// One request in full: what it was, why it went where it went, where its time went, and each step. GUI thread.
class RequestDetail : public QWidget {
    Q_OBJECT

public:
    explicit RequestDetail(QWidget* parent = nullptr);
    void show(const stats::DecisionTrace& trace);
    void clear();

private:
    QWidget* makeContent();
    [[nodiscard]] QString asText() const;

    QStackedLayout* m_stack;
    ElidedLabel* m_title = nullptr;
    ElidedLabel* m_subtitle = nullptr;
    TextLabel* m_why = nullptr;
    Waterfall* m_waterfall = nullptr;
    TextLabel* m_steps = nullptr;
    stats::DecisionTrace m_trace;
};

}  // namespace signalbox::ui
