#pragma once

#include <QMainWindow>
#include <QStackedWidget>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/recent_files.h"
#include "ui/bridge/site_document.h"
#include "ui/pages/apply_popup.h"
#include "ui/pages/welcome_page.h"
#include "ui/pages/workspace.h"
#include "ui/shell/action_registry.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/file_controller.h"
#include "ui/shell/mode_rail.h"
#include "ui/shell/top_bar.h"

namespace signalbox::ui {

/// The window: owns the document, the engine's bridge, every command and the pages. GUI thread.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    /// `settings` outlives the window.
    MainWindow(const site::Catalog& catalog, Settings& settings);
    ~MainWindow() override;

    [[nodiscard]] SiteDocument& document() noexcept { return m_document; }
    [[nodiscard]] EngineBridge& bridge() noexcept { return m_bridge; }
    [[nodiscard]] ActionRegistry& actionRegistry() noexcept { return m_registry; }
    [[nodiscard]] FileController& files() noexcept { return *m_files; }
    [[nodiscard]] Workspace& workspace() noexcept { return *m_workspace; }

    bool openFile(const QString& file) { return m_files->open(file); }
    void openTemplate(const QString& id) { m_files->openTemplate(id); }
    void setMode(Mode mode);
    /// Starts the site; each of `traffic` once it runs.
    void run(const QStringList& traffic = {});
    [[nodiscard]] bool siteOpen() const { return m_pages->currentWidget() == m_workspace; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    // main_window.cpp
    void build();
    void connectParts();
    void showWorkspace();
    void showWelcome();
    void refreshTitle();
    void refreshPending();
    void refreshActions();
    void toggleRun();
    void onStartFailed(const QString& why);
    void useFreePort(const QString& why);
    void revertToRunning();

    // main_window_actions.cpp
    void addActions();
    void addFileActions();
    void addEditActions();
    void addViewActions();
    void addRunActions();
    void addHelpActions();
    void fillMenu();
    void showPalette();
    [[nodiscard]] std::vector<CommandPalette::Entry> paletteEntries();

    Settings& m_settings;
    SiteDocument m_document;
    EngineBridge m_bridge;
    RecentFiles m_recent;
    ActionRegistry m_registry;
    FileController* m_files;
    QMenu* m_menu;
    QMenu* m_recentMenu = nullptr;
    ModeRail* m_rail;
    TopBar* m_top;
    QStackedWidget* m_pages;
    WelcomePage* m_welcome;
    Workspace* m_workspace;
    MessageBar* m_welcomeMessage;
    ApplyPopup* m_applyPopup;
    CommandPalette* m_palette;
    QStringList m_trafficOnStart;
};

}  // namespace signalbox::ui
