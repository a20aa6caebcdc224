#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"
#include "ui/charts/chart.h"

class QAction;
class QGridLayout;
class QMenu;
class QPushButton;
class QScrollArea;
class QStackedLayout;

namespace signalbox::ui {

class ChartView;
class ElidedLabel;
class EmptyState;

/// The drawer's charts over the last minutes: one time axis, one cursor, one set of event markers. Draws at most five times a
/// second and only what can be seen. GUI thread.
class ChartsPanel : public QWidget {
    Q_OBJECT

public:
    ChartsPanel(SiteDocument& document, EngineBridge& bridge, QWidget* parent = nullptr);
    ~ChartsPanel() override;

    /// Freezes the view; the run goes on and is collected.
    void setPaused(bool paused);
    [[nodiscard]] bool isPaused() const noexcept { return m_paused; }
    /// Length of the time axis.
    void setWindow(std::chrono::seconds window);
    void setChartShown(const QString& id, bool shown);
    /// Shows this chart alone; an empty id shows all again.
    void maximise(const QString& id);
    /// The view of a chart, for tests and export.
    [[nodiscard]] ChartView* view(const QString& id) const;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makeBar();
    QWidget* makeEmptyState();
    QMenu* makeChartsMenu();
    void collect();
    void refresh();
    void updateEmptyState();
    void arrange();
    void mark(const QString& icon, const QString& text);
    void moveCursor(double x);
    [[nodiscard]] bool isShown(const ChartView& view) const;

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    SeriesStore m_store;
    std::vector<ChartMarker> m_markers;
    std::vector<ChartView*> m_views;
    QHash<QString, bool> m_chosen;  ///< by the user; the rest follows the space
    QString m_maximised;
    QStackedLayout* m_stack = nullptr;
    QScrollArea* m_scroll = nullptr;
    QWidget* m_grid = nullptr;
    QGridLayout* m_gridLayout = nullptr;
    EmptyState* m_empty = nullptr;
    QPushButton* m_emptyAction = nullptr;
    QPushButton* m_copyCurl = nullptr;
    ElidedLabel* m_status = nullptr;
    QTimer m_timer;
    TimePoint m_end{};
    double m_window = 60;
    bool m_paused = false;
    bool m_dirty = false;
    QHash<QString, bool> m_faulty;
    QStringList m_traffic;
};

}  // namespace signalbox::ui
