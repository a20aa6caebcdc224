#pragma once

#include <QWidget>

#include "core/stats/decision_trace.h"

class QScrollArea;

namespace signalbox::ui {

class ElidedLabel;
class TextLabel;

/// Why one request went where it went: a paragraph, and each step. GUI thread.
class WhyCard : public QWidget {
    Q_OBJECT

public:
    explicit WhyCard(QWidget* parent = nullptr);
    /// `reason` says why this request is shown ("the last refused one").
    void show(const stats::DecisionTrace& trace, const QString& reason);
    void showNothing(const QString& sentence);

private:
    TextLabel* m_title;
    ElidedLabel* m_request;
    TextLabel* m_why;
    TextLabel* m_steps;
};

}  // namespace signalbox::ui
