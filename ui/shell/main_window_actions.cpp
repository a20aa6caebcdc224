#include <QApplication>
#include <QFileInfo>
#include <QMenu>

#include "ui/pages/settings_dialog.h"
#include "ui/shell/main_window.h"
#include "ui/shell/shortcut_sheet.h"

namespace signalbox::ui {

namespace {

QString iconOf(NodeKind kind)
{
    switch (kind) {
        case NodeKind::Traffic: return QStringLiteral("activity");
        case NodeKind::LoadBalancer: return QStringLiteral("split");
        case NodeKind::Gateway: return QStringLiteral("shield");
        case NodeKind::Route: return QStringLiteral("route");
        case NodeKind::Pool: return QStringLiteral("list");
        case NodeKind::Backend: return QStringLiteral("server");
        case NodeKind::Mock: return QStringLiteral("mock");
        case NodeKind::Consumer: return QStringLiteral("user");
    }
    return {};
}

struct NodeWord {
    NodeKind kind;
    const char* id;
    const char* text;
};
constexpr NodeWord kNodeWords[] = {
    {NodeKind::Traffic, "edit.addTraffic", "Add traffic scenario"},
    {NodeKind::LoadBalancer, "edit.addLoadBalancer", "Add load balancer"},
    {NodeKind::Gateway, "edit.addGateway", "Add API gateway"},
    {NodeKind::Route, "edit.addRoute", "Add route"},
    {NodeKind::Pool, "edit.addPool", "Add pool"},
    {NodeKind::Backend, "edit.addBackend", "Add backend"},
    {NodeKind::Mock, "edit.addMock", "Add mock"},
    {NodeKind::Consumer, "edit.addConsumer", "Add consumer"},
};

QKeySequence keys(const char* text)
{
    return QKeySequence(QString::fromLatin1(text));
}

}  // namespace

void MainWindow::addActions()
{
    addFileActions();
    addEditActions();
    addViewActions();
    addRunActions();
    addHelpActions();
    for (const auto& entry : m_registry.all()) {
        if (entry.spec.context == ActionContext::Canvas) {
            m_workspace->canvas().addAction(entry.action);
            m_workspace->table().addAction(entry.action);
        }
    }
    fillMenu();
}

void MainWindow::addFileActions()
{
    const QString menu = QStringLiteral("File");
    m_registry.add({u"file.new"_qs, u"New site"_qs, u"plus"_qs, QKeySequence::New, ActionContext::Window, menu},
                   [this] { m_files->newSite(); });
    m_registry.add({u"file.open"_qs, u"Open…"_qs, u"open"_qs, QKeySequence::Open, ActionContext::Window, menu},
                   [this] { m_files->chooseAndOpen(); });
    m_registry.add({u"file.save"_qs, u"Save"_qs, u"save"_qs, QKeySequence::Save, ActionContext::Window, menu},
                   [this] { m_files->save(); });
    m_registry.add({u"file.saveAs"_qs, u"Save as…"_qs, {}, keys("Ctrl+Shift+S"), ActionContext::Window, menu},
                   [this] { m_files->saveAs(); });
    m_registry.add({u"file.welcome"_qs, u"Welcome page"_qs, {}, {}, ActionContext::Window, menu},
                   [this] { showWelcome(); });
    m_registry.add({u"app.settings"_qs, u"Settings…"_qs, u"settings"_qs, keys("Ctrl+,"), ActionContext::Window, menu},
                   [this] {
                       SettingsDialog dialog(m_settings, this);
                       dialog.exec();
                   });
    m_registry.add({u"app.quit"_qs, u"Quit"_qs, {}, keys("Ctrl+Q"), ActionContext::Window, menu}, [this] { close(); });
}

void MainWindow::addEditActions()
{
    const QString menu = QStringLiteral("Edit");
    QAction* undo =
        m_registry.add({u"edit.undo"_qs, u"Undo"_qs, u"undo"_qs, QKeySequence::Undo, ActionContext::Window, menu},
                       [this] { m_document.undoStack().undo(); });
    QAction* redo =
        m_registry.add({u"edit.redo"_qs, u"Redo"_qs, u"redo"_qs, keys("Ctrl+Shift+Z"), ActionContext::Window, menu},
                       [this] { m_document.undoStack().redo(); });
    QUndoStack& stack = m_document.undoStack();
    undo->setEnabled(false);
    redo->setEnabled(false);
    connect(&stack, &QUndoStack::canUndoChanged, undo, &QAction::setEnabled);
    connect(&stack, &QUndoStack::canRedoChanged, redo, &QAction::setEnabled);
    connect(&stack, &QUndoStack::undoTextChanged, undo, [undo](const QString& text) {
        undo->setText(text.isEmpty() ? QStringLiteral("Undo") : QStringLiteral("Undo %1").arg(text));
    });
    connect(&stack, &QUndoStack::redoTextChanged, redo, [redo](const QString& text) {
        redo->setText(text.isEmpty() ? QStringLiteral("Redo") : QStringLiteral("Redo %1").arg(text));
    });

    m_registry.add({u"edit.delete"_qs, u"Delete"_qs, u"trash"_qs, QKeySequence::Delete, ActionContext::Canvas, menu},
                   [this] { m_workspace->canvas().deleteSelection(); });
    m_registry.add(
        {u"edit.duplicate"_qs, u"Duplicate with edges"_qs, u"copy"_qs, keys("Ctrl+D"), ActionContext::Window, menu},
        [this] { m_workspace->canvas().duplicateSelection(); });
    m_registry.add(
        {u"edit.connect"_qs, u"Connect from selection"_qs, u"link"_qs, keys("E"), ActionContext::Canvas, menu}, [this] {
            m_workspace->canvas().setFocus();
            m_workspace->canvas().connectFromSelection();
        });
    m_registry.add({u"edit.add"_qs, u"Add node…"_qs, u"plus"_qs, keys("A"), ActionContext::Canvas, menu}, [this] {
        QMenu choices(this);
        for (const NodeWord& word : kNodeWords) {
            choices.addAction(m_registry.find(QString::fromLatin1(word.id)));
        }
        auto& canvas = m_workspace->canvas();
        choices.exec(canvas.mapToGlobal(canvas.rect().center()));
    });
    for (const NodeWord& word : kNodeWords) {
        m_registry.add({QString::fromLatin1(word.id),
                        QString::fromLatin1(word.text),
                        iconOf(word.kind),
                        {},
                        ActionContext::Window,
                        menu},
                       [this, kind = word.kind] { m_workspace->canvas().addNode(kind); });
    }
}

void MainWindow::addViewActions()
{
    const QString menu = QStringLiteral("View");
    const auto mode = [&](Mode value, const QString& id, const QString& text, const QString& iconName) {
        m_registry.add({id, text, iconName, QKeySequence(QStringLiteral("Ctrl+%1").arg(static_cast<int>(value) + 1)),
                        ActionContext::Window, menu},
                       [this, value] { setMode(value); });
    };
    mode(Mode::Design, u"mode.design"_qs, u"Design"_qs, u"design"_qs);
    mode(Mode::Run, u"mode.run"_qs, u"Run"_qs, u"run"_qs);
    mode(Mode::Replay, u"mode.replay"_qs, u"Replay"_qs, u"replay"_qs);
    auto& canvas = m_workspace->canvas();
    const auto view = [&](const QString& id, const QString& text, const QString& iconName, const QKeySequence& key,
                          std::function<void()> run, ActionContext context = ActionContext::Canvas) {
        m_registry.add({id, text, iconName, key, context, menu}, std::move(run));
    };
    view(u"view.fit"_qs, u"Fit all"_qs, u"fit"_qs, keys("Shift+F"), [&canvas] { canvas.fit(); });
    view(u"view.fitSelection"_qs, u"Fit selection"_qs, u"fit"_qs, keys("F"), [&canvas] { canvas.fitSelection(); });
    view(u"view.zoomIn"_qs, u"Zoom in"_qs, u"zoom-in"_qs, keys("+"), [&canvas] { canvas.zoomIn(); });
    view(u"view.zoomOut"_qs, u"Zoom out"_qs, u"zoom-out"_qs, keys("-"), [&canvas] { canvas.zoomOut(); });
    view(u"view.zoomReset"_qs, u"Actual size"_qs, {}, keys("0"), [&canvas] { canvas.zoomReset(); });
    view(
        u"view.tidy"_qs, u"Tidy layout"_qs, u"tidy"_qs, keys("Ctrl+Shift+L"), [&canvas] { canvas.tidy(); },
        ActionContext::Window);
    view(u"view.legend"_qs, u"Legend"_qs, u"legend"_qs, keys("L"), [&canvas] { canvas.toggleLegend(); });
    view(u"view.table"_qs, u"Table of the site"_qs, u"table"_qs, keys("T"),
         [this] { m_workspace->showDrawerTab(Workspace::DrawerTab::Table); });
    view(
        u"view.problems"_qs, u"Problems"_qs, u"warning"_qs, keys("Ctrl+Shift+M"),
        [this] { m_workspace->showDrawerTab(Workspace::DrawerTab::Problems); }, ActionContext::Window);
    view(
        u"view.inspector"_qs, u"Inspector"_qs, u"panel-right"_qs, keys("Ctrl+I"),
        [this] { m_workspace->toggleInspector(); }, ActionContext::Window);
    view(
        u"view.drawer"_qs, u"Drawer"_qs, u"panel-bottom"_qs, keys("Ctrl+J"), [this] { m_workspace->toggleDrawer(); },
        ActionContext::Window);
    m_registry.add(
        {u"app.toggleTheme"_qs, u"Switch between light and dark"_qs, u"moon"_qs, {}, ActionContext::Window, menu},
        [this] { m_settings.setTheme(tokens().dark ? ThemeChoice::Light : ThemeChoice::Dark); });
}

void MainWindow::addRunActions()
{
    const QString menu = QStringLiteral("Run");
    m_registry.add({u"run.toggle"_qs, u"Run"_qs, u"play"_qs, keys("F5"), ActionContext::Window, menu},
                   [this] { toggleRun(); });
    m_registry.add({u"run.stop"_qs, u"Stop"_qs, u"stop"_qs, keys("Shift+F5"), ActionContext::Window, menu},
                   [this] { m_bridge.stop(); });
    m_registry.add({u"run.apply"_qs, u"Apply edits…"_qs, u"check"_qs, keys("F6"), ActionContext::Window, menu},
                   [this] { m_applyPopup->popUp(m_top->applyButton()); });
    m_registry.add({u"run.revert"_qs, u"Revert to running"_qs, {}, {}, ActionContext::Window, menu},
                   [this] { revertToRunning(); });
    m_registry.add(
        {u"run.traffic"_qs, u"Start or stop traffic"_qs, u"activity"_qs, keys("Ctrl+T"), ActionContext::Window, menu},
        [this] { m_workspace->runBar().toggleTraffic(); });
    m_registry.add(
        {u"run.pause"_qs, u"Pause the view, or the replay"_qs, u"pause"_qs, keys("Space"), ActionContext::Canvas, menu},
        [this] {
            if (m_workspace->mode() == Mode::Replay) {
                m_workspace->replay().playOrPause();
            } else {
                m_workspace->togglePause();
            }
        });
    const auto rate = [this](int direction) {
        if (m_workspace->mode() == Mode::Replay) {
            m_workspace->replayBar().changeSpeed(direction);
        } else {
            m_workspace->runBar().changeRate(direction > 0 ? 1.2589 : 1 / 1.2589);
        }
    };
    m_registry.add({u"run.slower"_qs, u"Slower"_qs, {}, keys("["), ActionContext::Canvas, menu}, [rate] { rate(-1); });
    m_registry.add({u"run.faster"_qs, u"Faster"_qs, {}, keys("]"), ActionContext::Canvas, menu}, [rate] { rate(1); });
    m_registry.add({u"replay.open"_qs, u"Open trace…"_qs, u"open"_qs, {}, ActionContext::Window, menu}, [this] {
        setMode(Mode::Replay);
        m_workspace->replayPanel().chooseFile();
    });
    m_registry.add({u"replay.step"_qs, u"Replay: next request"_qs, u"step"_qs, keys("."), ActionContext::Canvas, menu},
                   [this] { m_workspace->replay().step(1); });
    m_registry.add({u"replay.stepTen"_qs, u"Replay: next ten requests"_qs, u"step"_qs, keys("Shift+."),
                    ActionContext::Canvas, menu},
                   [this] { m_workspace->replay().step(10); });
}

void MainWindow::addHelpActions()
{
    const QString menu = QStringLiteral("Help");
    m_registry.add(
        {u"app.palette"_qs, u"Search or run a command"_qs, u"search"_qs, keys("Ctrl+K"), ActionContext::Window, menu},
        [this] { showPalette(); });
    m_registry.add(
        {u"app.shortcuts"_qs, u"Keyboard shortcuts"_qs, u"keyboard"_qs, keys("?"), ActionContext::Window, menu},
        [this] {
            ShortcutSheet sheet(m_registry, this);
            sheet.exec();
        });
}

void MainWindow::fillMenu()
{
    for (const QString& name : {u"File"_qs, u"Edit"_qs, u"View"_qs, u"Run"_qs, u"Help"_qs}) {
        QMenu* menu = m_menu->addMenu(name);
        for (const auto& entry : m_registry.all()) {
            if (entry.spec.menu == name) {
                menu->addAction(entry.action);
            }
            if (entry.spec.id == QLatin1String("file.open")) {
                m_recentMenu =
                    name == QLatin1String("File") ? menu->addMenu(QStringLiteral("Open recent")) : m_recentMenu;
            }
        }
    }
    auto* open = new QAction(this);
    open->setShortcut(keys("F10"));
    connect(open, &QAction::triggered, this, [this] { m_menu->popup(m_top->mapToGlobal(QPoint(8, m_top->height()))); });
    addAction(open);
    const auto fillRecent = [this] {
        m_recentMenu->clear();
        const QStringList files = m_recent.files();
        for (const QString& file : files) {
            m_recentMenu->addAction(icon(QStringLiteral("file")), file, this, [this, file] { m_files->open(file); });
        }
        m_recentMenu->setEnabled(!files.isEmpty());
    };
    fillRecent();
    connect(&m_recent, &RecentFiles::changed, this, fillRecent);
}

void MainWindow::showPalette()
{
    m_palette->popUp(m_top->commandBox(), paletteEntries());
}

std::vector<CommandPalette::Entry> MainWindow::paletteEntries()
{
    std::vector<CommandPalette::Entry> entries;
    for (const auto& entry : m_registry.all()) {
        if (entry.action->isEnabled() && entry.spec.id != QLatin1String("app.palette")) {
            entries.push_back({entry.spec.id, entry.action->text(), entry.spec.key.toString(QKeySequence::NativeText),
                               entry.spec.icon, [action = entry.action] { action->trigger(); }});
        }
    }
    if (siteOpen()) {
        for (const TopologyNode& node : m_workspace->canvas().model().nodes) {
            entries.push_back({node.path, node.title, node.path, iconOf(node.kind), [this, path = node.path] {
                                   m_workspace->select({path});
                                   m_workspace->canvas().fitSelection();
                               }});
        }
    }
    for (const SiteTemplate& entry : siteTemplates()) {
        entries.push_back({entry.id, entry.title, QStringLiteral("template"), QStringLiteral("plus"),
                           [this, id = entry.id] { m_files->openTemplate(id); }});
    }
    for (const QString& file : m_recent.files()) {
        entries.push_back({file, QFileInfo(file).fileName(), QStringLiteral("recent file"), QStringLiteral("file"),
                           [this, file] { m_files->open(file); }});
    }
    return entries;
}

}  // namespace signalbox::ui
