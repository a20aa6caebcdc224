#pragma once

#include <QStackedWidget>

#include "ui/bridge/problem_model.h"

class QTableView;

namespace signalbox::ui {

/// The document's problems as a list; choosing one asks for its place to be shown. GUI thread.
class ProblemsPanel : public QStackedWidget {
    Q_OBJECT

public:
    explicit ProblemsPanel(SiteDocument& document, QWidget* parent = nullptr);
    [[nodiscard]] const ProblemModel& model() const noexcept { return *m_model; }

Q_SIGNALS:
    void problemChosen(const QString& path);
    void countChanged();

private:
    void refresh();

    ProblemModel* m_model;
    QTableView* m_view;
};

}  // namespace signalbox::ui
