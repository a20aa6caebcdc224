#pragma once

#include <QHash>
#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QWidget>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"
#include "ui/canvas/library_panel.h"
#include "ui/canvas/topology_table.h"
#include "ui/canvas/topology_view.h"
#include "ui/charts/charts_panel.h"
#include "ui/inspector/inspector.h"
#include "ui/pages/message_bar.h"
#include "ui/pages/problems_panel.h"
#include "ui/pages/replay_bar.h"
#include "ui/pages/replay_panel.h"
#include "ui/pages/run_bar.h"
#include "ui/requests/requests_panel.h"
#include "ui/theme/settings.h"

namespace signalbox::ui {

enum class Mode { Design, Run, Replay };

/// The canvas with everything around it. One canvas and one selection serve all modes; only what stands beside, below
/// and at the bottom differs, with sizes remembered for each mode. GUI thread.
class Workspace : public QWidget {
    Q_OBJECT

public:
    Workspace(SiteDocument& document, EngineBridge& bridge, Settings& settings, QWidget* parent = nullptr);
    ~Workspace() override;

    void setMode(Mode mode);
    [[nodiscard]] Mode mode() const noexcept { return m_mode; }
    [[nodiscard]] TopologyView& canvas() noexcept { return *m_canvas; }
    [[nodiscard]] TopologyTable& table() noexcept { return *m_table; }
    [[nodiscard]] RunBar& runBar() noexcept { return *m_runBar; }
    [[nodiscard]] ReplayBar& replayBar() noexcept { return *m_replayBar; }
    [[nodiscard]] ReplayPanel& replayPanel() noexcept { return *m_replayPanel; }
    [[nodiscard]] ReplaySession& replay() noexcept { return *m_replay; }
    [[nodiscard]] MessageBar& messages() noexcept { return *m_messages; }
    [[nodiscard]] const QStringList& selection() const noexcept { return m_selection; }

    enum class DrawerTab { Charts, Requests, Problems, Table };
    void showDrawerTab(DrawerTab tab);
    [[nodiscard]] bool inspectorShown() const;

public Q_SLOTS:
    void select(const QStringList& paths);
    void toggleInspector();
    void toggleDrawer();
    void togglePause();
    void showFaults();

Q_SIGNALS:
    void selectionChanged(const QStringList& paths);
    void problemCountChanged(int errors, int warnings);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildCentre();
    void buildDrawer();
    void buildBars(QVBoxLayout* layout);
    void connectParts();
    void applyMode();
    void applyCompact();
    void placeOverlay();
    void setDefaultSizes();
    void saveState() const;
    void restoreState();
    void showProblem(const QString& path);
    void refreshPending();
    [[nodiscard]] bool wantsCompact() const;

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    Settings& m_settings;
    Mode m_mode = Mode::Design;
    bool m_compact = false;
    bool m_selecting = false;
    QStringList m_selection;

    ReplaySession* m_replay;
    MessageBar* m_messages;
    QSplitter* m_columns;
    QSplitter* m_rows;
    QStackedWidget* m_left;
    LibraryPanel* m_library;
    ReplayPanel* m_replayPanel;
    TopologyView* m_canvas;
    QTabWidget* m_drawer;
    ChartsPanel* m_charts;
    RequestsPanel* m_requests;
    ProblemsPanel* m_problems;
    TopologyTable* m_table;
    Panel* m_inspectorHost;
    Inspector* m_inspector;
    RunBar* m_runBar;
    ReplayBar* m_replayBar;
    bool m_inspectorWanted = true;  ///< in a wide window; a narrow one shows it on demand
    QHash<int, QByteArray> m_columnStates;
    QHash<int, QByteArray> m_rowStates;
    QHash<int, int> m_tabs;
};

}  // namespace signalbox::ui
