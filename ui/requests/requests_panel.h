#pragma once

#include <QTimer>
#include <QWidget>
#include <memory>
#include <vector>

#include "ui/bridge/engine_bridge.h"

class QLabel;
class QPushButton;
class QSplitter;
class QStackedLayout;
class QTableView;
class QToolButton;

namespace signalbox::ui {

class EmptyState;
class FilterEdit;
class RequestDetail;
class RequestFilterModel;
class RequestModel;
class TextLabel;

/// Every request that the engine reported, newest last: a filter line, the table, and why the selected one went where it went.
/// Takes what came in five times a second. GUI thread.
class RequestsPanel : public QWidget {
    Q_OBJECT

public:
    explicit RequestsPanel(EngineBridge& bridge, QWidget* parent = nullptr);
    ~RequestsPanel() override;

    /// Freezes the table; what comes in meanwhile is kept and shown on resuming (up to the table's size).
    void setPaused(bool paused);
    void setFilter(const QString& text);
    [[nodiscard]] RequestModel& model() noexcept { return *m_model; }

Q_SIGNALS:
    void traceSelected(const signalbox::stats::DecisionTrace& trace);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeBar();
    void makeTable();
    void take(const std::vector<stats::DecisionTrace>& traces);
    void flush();
    void select(const QModelIndex& current);
    void setFollowing(bool following);
    void updateBar();
    void updateEmptyState();
    void showColumnMenu(const QPoint& at);

    EngineBridge& m_bridge;
    RequestModel* m_model;
    RequestFilterModel* m_filtered;
    FilterEdit* m_filter = nullptr;
    QTableView* m_table = nullptr;
    QSplitter* m_splitter = nullptr;
    RequestDetail* m_detail = nullptr;
    QStackedLayout* m_stack = nullptr;
    EmptyState* m_empty = nullptr;
    QPushButton* m_clearFilter = nullptr;
    TextLabel* m_count = nullptr;
    QToolButton* m_follow = nullptr;
    QTimer m_flush;
    std::vector<stats::DecisionTrace> m_pending;
    std::uint64_t m_taken = 0;
    std::uint64_t m_droppedAtStart = 0;
    int m_unseen = 0;
    bool m_paused = false;
    bool m_following = true;
};

}  // namespace signalbox::ui
