#include "ui/shell/main_window.h"

#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QMimeData>
#include <QSettings>
#include <QVBoxLayout>

#include <algorithm>

namespace signalbox::ui {

namespace {

QString geometryKey()
{
    return QStringLiteral("window/geometry");
}

}  // namespace

MainWindow::MainWindow(const site::Catalog& catalog, Settings& settings)
    : m_settings(settings),
      m_document(catalog),
      m_recent(settings.persistent()),
      m_registry(this),
      m_files(new FileController(m_document, m_recent, this)),
      m_menu(new QMenu(this))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowIcon(QIcon(QStringLiteral(":/signalbox.svg")));
    setAcceptDrops(true);
    setMinimumSize(900, 560);
    resize(1440, 900);
    build();
    addActions();
    connectParts();
    showWelcome();
    if (settings.persistent()) {
        restoreGeometry(QSettings().value(geometryKey()).toByteArray());
    }
}

MainWindow::~MainWindow()
{
    // Widgets listen to the document and the bridge, which as members would be gone before them.
    m_document.disconnect();
    m_document.undoStack().disconnect();
    m_bridge.disconnect();
    delete takeCentralWidget();
}

void MainWindow::build()
{
    auto* centre = new QWidget(this);
    auto* layout = new QHBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_rail = new ModeRail(centre);
    layout->addWidget(m_rail);
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    m_top = new TopBar(m_document, m_bridge, m_menu, centre);
    column->addWidget(m_top);
    m_pages = new QStackedWidget(centre);
    auto* welcome = new QWidget(m_pages);
    auto* welcomeLayout = new QVBoxLayout(welcome);
    welcomeLayout->setContentsMargins(0, 0, 0, 0);
    welcomeLayout->setSpacing(0);
    m_welcomeMessage = new MessageBar(welcome);
    m_welcomeMessage->setObjectName(QStringLiteral("welcomeMessage"));
    m_welcome = new WelcomePage(m_document.catalog(), m_recent, welcome);
    welcomeLayout->addWidget(m_welcomeMessage);
    welcomeLayout->addWidget(m_welcome, 1);
    m_workspace = new Workspace(m_document, m_bridge, m_settings, m_pages);
    m_pages->addWidget(welcome);
    m_pages->addWidget(m_workspace);
    column->addWidget(m_pages, 1);
    layout->addLayout(column, 1);
    setCentralWidget(centre);
    m_applyPopup = new ApplyPopup(m_document, m_bridge, centre);
    m_palette = new CommandPalette(centre);
}

void MainWindow::connectParts()
{
    connect(m_rail, &ModeRail::modeChosen, this, &MainWindow::setMode);
    connect(m_rail, &ModeRail::settingsRequested, this,
            [this] { m_registry.find(QStringLiteral("app.settings"))->trigger(); });
    connect(m_top, &TopBar::commandRequested, this, &MainWindow::showPalette);
    connect(m_top, &TopBar::applyRequested, this, [this] { m_applyPopup->popUp(m_top->applyButton()); });
    connect(m_top, &TopBar::runRequested, this, &MainWindow::toggleRun);
    connect(m_welcome, &WelcomePage::templateChosen, m_files, &FileController::openTemplate);
    connect(m_welcome, &WelcomePage::fileChosen, m_files, &FileController::open);
    connect(m_welcome, &WelcomePage::openRequested, m_files, &FileController::chooseAndOpen);
    connect(m_welcome, &WelcomePage::newRequested, m_files, &FileController::newSite);
    connect(m_files, &FileController::opened, this, &MainWindow::showWorkspace);
    connect(m_files, &FileController::failed, this, [this](const QString& why) {
        (siteOpen() ? m_workspace->messages() : *m_welcomeMessage).say(MessageBar::Kind::Error, why);
    });

    connect(m_applyPopup, &ApplyPopup::applyRequested, this, [this] { m_bridge.apply(m_document.site()); });
    connect(m_applyPopup, &ApplyPopup::revertRequested, this, &MainWindow::revertToRunning);
    connect(m_applyPopup, &ApplyPopup::problemsRequested, this,
            [this] { m_workspace->showDrawerTab(Workspace::DrawerTab::Problems); });

    connect(&m_document, &SiteDocument::changed, this, &MainWindow::refreshPending);
    connect(&m_document, &SiteDocument::fileChanged, this, &MainWindow::refreshTitle);
    connect(&m_document, &SiteDocument::modifiedChanged, this, &MainWindow::refreshTitle);
    connect(&m_bridge, &EngineBridge::applied, this, &MainWindow::refreshPending);
    connect(&m_bridge, &EngineBridge::stateChanged, this, [this](EngineBridge::State state) {
        refreshPending();
        refreshActions();
        if (state == EngineBridge::State::Running) {
            for (const QString& scenario : std::exchange(m_trafficOnStart, {})) {
                m_bridge.startTraffic(scenario);
            }
        }
    });
    connect(&m_bridge, &EngineBridge::startFailed, this, &MainWindow::onStartFailed);
    connect(&m_bridge, &EngineBridge::applyFailed, this, [this](const QString& why) {
        m_workspace->messages().say(
            MessageBar::Kind::Error, QStringLiteral("Not applied, the last good plan keeps running: %1").arg(why),
            {{QStringLiteral("Show problems"), [this] { m_workspace->showDrawerTab(Workspace::DrawerTab::Problems); }},
             {QStringLiteral("Revert to running"), [this] { revertToRunning(); }}});
    });
    connect(&m_bridge, &EngineBridge::trafficFailed, this, [this](const QString& name, const QString& why) {
        const QString what = name.isEmpty() ? QStringLiteral("The replay did not start")
                                            : QStringLiteral("The scenario “%1” did not start").arg(name);
        m_workspace->messages().say(MessageBar::Kind::Error, QStringLiteral("%1: %2").arg(what, why));
    });
    connect(m_workspace, &Workspace::selectionChanged, this, &MainWindow::refreshActions);
    connect(m_workspace, &Workspace::problemCountChanged, this, &MainWindow::refreshPending);
}

void MainWindow::showWorkspace()
{
    m_pages->setCurrentWidget(m_workspace);
    m_welcomeMessage->hide();
    m_workspace->messages().hide();
    m_rail->setMode(m_workspace->mode());
    m_top->setSiteOpen(true);
    m_workspace->select({});
    refreshTitle();
    refreshPending();
    refreshActions();
    // The canvas has its size only after the layout of this turn of the event loop.
    QMetaObject::invokeMethod(
        &m_workspace->canvas(), [this] { m_workspace->canvas().fit(); }, Qt::QueuedConnection);
    m_workspace->canvas().setFocus();
}

void MainWindow::showWelcome()
{
    m_pages->setCurrentIndex(0);
    m_rail->setNoMode();
    m_top->setSiteOpen(false);
    refreshTitle();
    refreshActions();
}

void MainWindow::setMode(Mode mode)
{
    if (!siteOpen()) {
        if (m_document.site().root.members().empty()) {
            // Every mode works on a site, and an empty one can be drawn on.
            m_files->newSite();
        } else {
            showWorkspace();
        }
    }
    m_workspace->setMode(mode);
    m_rail->setMode(mode);
    refreshActions();
}

void MainWindow::refreshTitle()
{
    setWindowModified(siteOpen() && m_document.isModified());
    setWindowTitle(siteOpen() ? QStringLiteral("%1[*] — Signalbox").arg(m_document.title())
                              : QStringLiteral("Signalbox"));
    setWindowFilePath(m_document.file());
    refreshActions();
}

void MainWindow::refreshPending()
{
    const auto changes = m_bridge.isRunning() ? site::diff(m_bridge.runningSite(), m_document.site()).size() : 0;
    m_top->setPending(static_cast<int>(changes), !m_document.hasErrors());
    if (QAction* apply = m_registry.find(QStringLiteral("run.apply"))) {
        apply->setEnabled(changes > 0);
    }
}

void MainWindow::refreshActions()
{
    const bool open = siteOpen();
    for (const auto& entry : m_registry.all()) {
        const bool needsSite = entry.spec.menu == QLatin1String("Edit") || entry.spec.menu == QLatin1String("Run") ||
                               entry.spec.id.startsWith(QLatin1String("view.")) ||
                               entry.spec.id.startsWith(QLatin1String("file.save")) ||
                               entry.spec.id == QLatin1String("file.close");
        const bool known = entry.spec.id == QLatin1String("edit.undo") || entry.spec.id == QLatin1String("edit.redo") ||
                           entry.spec.id == QLatin1String("run.apply");
        if (needsSite && !known) {
            entry.action->setEnabled(open);
        }
    }
    for (const QString& id : {QStringLiteral("edit.delete"), QStringLiteral("edit.duplicate"),
                              QStringLiteral("edit.connect"), QStringLiteral("view.fitSelection")}) {
        if (QAction* action = m_registry.find(id)) {
            action->setEnabled(open && !m_workspace->selection().isEmpty());
        }
    }
    if (QAction* toggle = m_registry.find(QStringLiteral("run.toggle"))) {
        toggle->setText(m_bridge.isRunning() ? QStringLiteral("Stop") : QStringLiteral("Run"));
        toggle->setIcon(icon(m_bridge.isRunning() ? QStringLiteral("stop") : QStringLiteral("play")));
        m_registry.find(QStringLiteral("run.traffic"))->setEnabled(open && m_bridge.isRunning());
    }
}

void MainWindow::run(const QStringList& traffic)
{
    if (!siteOpen() || m_bridge.state() != EngineBridge::State::Stopped) {
        return;
    }
    m_trafficOnStart = traffic;
    m_workspace->messages().hide();
    m_bridge.start(m_document.site());
}

void MainWindow::toggleRun()
{
    if (m_bridge.isRunning()) {
        m_bridge.stop();
        return;
    }
    run();
    if (siteOpen() && m_workspace->mode() == Mode::Design) {
        setMode(Mode::Run);
    }
}

void MainWindow::onStartFailed(const QString& why)
{
    m_trafficOnStart.clear();
    std::vector<MessageBar::Choice> choices;
    if (why.startsWith(QLatin1String("SB-101"))) {
        choices.push_back({QStringLiteral("Use another port"), [this, why] { useFreePort(why); }});
        choices.push_back({QStringLiteral("Try again"), [this] { run(); }});
    } else if (m_document.hasErrors()) {
        choices.push_back(
            {QStringLiteral("Show problems"), [this] { m_workspace->showDrawerTab(Workspace::DrawerTab::Problems); }});
    }
    m_workspace->messages().say(MessageBar::Kind::Error, QStringLiteral("Not started: %1").arg(why), choices);
}

void MainWindow::useFreePort(const QString& why)
{
    for (const char* list : {"listeners", "mocks"}) {
        for (const Value& element : m_document.site().list(list)) {
            const Value* bind = element.find("bind");
            const auto endpoint = bind != nullptr ? Endpoint::parse(bind->text()) : Result<Endpoint>(fail({}));
            if (!endpoint || !why.contains(QString::fromStdString(endpoint->text()))) {
                continue;
            }
            Endpoint next = *endpoint;
            next.setPort(static_cast<std::uint16_t>(next.port() < 65435 ? next.port() + 100 : 0));
            const QString path =
                QStringLiteral("%1/%2/bind")
                    .arg(QString::fromLatin1(list), QString::fromStdString(site::Site::nameOf(element)));
            const QString text = QString::fromStdString(next.text());
            // Backends of this site that name the address follow it.
            const std::string before = bind->text();
            m_document.beginMacro(
                QStringLiteral("use %1 for %2").arg(text, QString::fromStdString(site::Site::nameOf(element))));
            m_document.setValue(path, Value::scalar(next.text()), QStringLiteral("set address"));
            for (const Value& pool : std::vector<Value>(m_document.site().list("pools"))) {
                const Value* backends = pool.find("backends");
                for (const Value& backend : backends != nullptr ? backends->items() : std::vector<Value>()) {
                    const Value* address = backend.find("address");
                    if (address != nullptr && address->text() == before) {
                        m_document.setValue(QStringLiteral("pools/%1/backends/%2/address")
                                                .arg(QString::fromStdString(site::Site::nameOf(pool)),
                                                     QString::fromStdString(site::Site::nameOf(backend))),
                                            Value::scalar(next.text()), QStringLiteral("set address"));
                    }
                }
            }
            m_document.endMacro();
            run();
            return;
        }
    }
    m_workspace->messages().say(MessageBar::Kind::Error,
                                QStringLiteral("No listener or mock of this site has the address in: %1").arg(why));
}

void MainWindow::revertToRunning()
{
    if (m_bridge.isRunning()) {
        m_document.replaceAll(m_bridge.runningSite(), QStringLiteral("revert to running"));
    }
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_files->mayClose()) {
        event->ignore();
        return;
    }
    if (m_settings.persistent()) {
        QSettings().setValue(geometryKey(), saveGeometry());
    }
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.first().isLocalFile()) {
        event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QString file = event->mimeData()->urls().value(0).toLocalFile();
    if (file.isEmpty()) {
        return;
    }
    event->acceptProposedAction();
    if (file.endsWith(QLatin1String(".log")) && siteOpen()) {
        setMode(Mode::Replay);
        m_workspace->replay().open(file);
    } else {
        m_files->open(file);
    }
}

}  // namespace signalbox::ui
