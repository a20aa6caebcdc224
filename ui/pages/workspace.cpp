#include "ui/pages/workspace.h"

#include <QResizeEvent>
#include <QSettings>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr int kCompactWidth = 1128;  // of the workspace: a window of 1200 less the mode rail
constexpr int kLibraryWidth = 220;
constexpr int kLibraryIconsWidth = 60;
constexpr int kReplayWidth = 260;
constexpr int kInspectorWidth = 320;

}  // namespace

Workspace::Workspace(SiteDocument& document, EngineBridge& bridge, Settings& settings, QWidget* parent)
    : QWidget(parent),
      m_document(document),
      m_bridge(bridge),
      m_settings(settings),
      m_replay(new ReplaySession(document, bridge, this))
{
    setObjectName(QStringLiteral("workspace"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_messages = new MessageBar(this);
    layout->addWidget(m_messages);
    buildCentre();
    layout->addWidget(m_columns, 1);
    buildBars(layout);
    connectParts();
    restoreState();
    applyMode();
}

Workspace::~Workspace()
{
    saveState();
}

void Workspace::buildCentre()
{
    m_columns = new QSplitter(Qt::Horizontal, this);
    m_columns->setObjectName(QStringLiteral("columns"));
    m_columns->setChildrenCollapsible(false);
    m_left = new QStackedWidget;
    m_library = new LibraryPanel;
    m_replayPanel = new ReplayPanel(m_document, *m_replay);
    m_left->addWidget(m_library);
    m_left->addWidget(m_replayPanel);
    m_columns->addWidget(m_left);

    m_rows = new QSplitter(Qt::Vertical);
    m_rows->setObjectName(QStringLiteral("rows"));
    m_rows->setChildrenCollapsible(false);
    m_canvas = new TopologyView(m_document, m_bridge);
    m_canvas->setMinimumHeight(140);
    m_rows->addWidget(m_canvas);
    buildDrawer();
    m_rows->addWidget(m_drawer);
    m_rows->setStretchFactor(0, 1);
    m_rows->setStretchFactor(1, 0);
    m_columns->addWidget(m_rows);

    m_inspectorHost = new Panel(Panel::Fill::Surface);
    m_inspectorHost->setObjectName(QStringLiteral("inspectorHost"));
    auto* host = new QVBoxLayout(m_inspectorHost);
    host->setContentsMargins(1, 0, 0, 0);
    m_inspector = new Inspector(m_document, m_bridge, m_inspectorHost);
    host->addWidget(m_inspector);
    m_columns->addWidget(m_inspectorHost);
    for (int i = 0; i < m_columns->count(); ++i) {
        m_columns->setStretchFactor(i, i == 1 ? 1 : 0);
    }
}

void Workspace::buildDrawer()
{
    m_drawer = new QTabWidget;
    describe(m_drawer, QStringLiteral("drawer"), QStringLiteral("Drawer"));
    m_drawer->setToolTip({});
    m_drawer->setDocumentMode(true);
    m_charts = new ChartsPanel(m_document, m_bridge);
    m_requests = new RequestsPanel(m_bridge);
    m_problems = new ProblemsPanel(m_document);
    m_table = new TopologyTable(m_document, m_bridge);
    m_drawer->addTab(m_charts, QStringLiteral("Charts"));
    m_drawer->addTab(m_requests, QStringLiteral("Requests"));
    m_drawer->addTab(m_problems, QStringLiteral("Problems"));
    m_drawer->addTab(m_table, QStringLiteral("Table"));
    auto* close = makeIconButton(QStringLiteral("chevron-down"), QStringLiteral("drawerClose"),
                                 QStringLiteral("Hide the drawer"), QStringLiteral("Hide the drawer (Ctrl+J)"));
    connect(close, &QToolButton::clicked, this, &Workspace::toggleDrawer);
    m_drawer->setCornerWidget(close);
    m_drawer->setMinimumHeight(150);
}

void Workspace::buildBars(QVBoxLayout* layout)
{
    m_runBar = new RunBar(m_document, m_bridge, m_settings, this);
    m_replayBar = new ReplayBar(*m_replay, this);
    layout->addWidget(m_runBar);
    layout->addWidget(m_replayBar);
}

void Workspace::connectParts()
{
    connect(m_canvas, &TopologyView::selectionChanged, this, &Workspace::select);
    connect(m_table, &TopologyTable::selectionChanged, this, &Workspace::select);
    connect(m_canvas, &TopologyView::activated, this, [this] {
        if (!inspectorShown()) {
            toggleInspector();
        }
    });
    connect(m_table, &TopologyTable::activated, this, [this] {
        if (!inspectorShown()) {
            toggleInspector();
        }
    });
    connect(m_table, &TopologyTable::refused, this,
            [this](const QString& why) { m_messages->say(MessageBar::Kind::Warning, why); });
    connect(m_canvas, &TopologyView::refused, this,
            [this](const QString& why) { m_messages->say(MessageBar::Kind::Warning, why); });
    connect(m_library, &LibraryPanel::addRequested, m_canvas, &TopologyView::addNode);
    connect(m_inspector, &Inspector::navigated, this, [this](const QString& path) { select({path}); });
    connect(m_requests, &RequestsPanel::traceSelected, m_inspector, &Inspector::showTrace);
    connect(m_problems, &ProblemsPanel::problemChosen, this, &Workspace::showProblem);
    const auto count = [this] {
        const ProblemModel& model = m_problems->model();
        m_drawer->setTabText(
            static_cast<int>(DrawerTab::Problems),
            model.rowCount() == 0 ? QStringLiteral("Problems") : QStringLiteral("Problems (%1)").arg(model.rowCount()));
        m_runBar->setProblemCount(model.errorCount(), model.warningCount());
        Q_EMIT problemCountChanged(model.errorCount(), model.warningCount());
    };
    connect(m_problems, &ProblemsPanel::countChanged, this, count);
    count();
    connect(m_runBar, &RunBar::problemsRequested, this, [this] { showDrawerTab(DrawerTab::Problems); });
    connect(m_runBar, &RunBar::faultsRequested, this, &Workspace::showFaults);
    connect(m_runBar, &RunBar::pauseChanged, this, [this](bool paused) {
        m_charts->setPaused(paused);
        m_requests->setPaused(paused);
        m_canvas->setPaused(paused);
    });
    connect(m_replay, &ReplaySession::openFailed, this,
            [this](const QString& why) { m_messages->say(MessageBar::Kind::Error, why); });
    const auto motion = [this](MotionChoice value) { m_canvas->setMotion(static_cast<int>(value)); };
    motion(m_settings.motion());
    connect(&m_settings, &Settings::motionChanged, this, motion);
    connect(m_canvas, &TopologyView::motionChanged, this,
            [this](int value) { m_settings.setMotion(static_cast<MotionChoice>(value)); });
    connect(&m_document, &SiteDocument::changed, this, &Workspace::refreshPending);
    connect(&m_bridge, &EngineBridge::stateChanged, this, &Workspace::refreshPending);
    connect(&m_bridge, &EngineBridge::applied, this, &Workspace::refreshPending);
}

void Workspace::select(const QStringList& paths)
{
    if (m_selecting) {
        return;
    }
    m_selecting = true;
    m_selection = paths;
    m_canvas->select(paths);
    m_table->select(paths);
    m_inspector->show(paths.isEmpty() ? QString() : paths.first());
    m_selecting = false;
    Q_EMIT selectionChanged(paths);
}

void Workspace::showProblem(const QString& path)
{
    // The problem may lie deep inside of what is drawn: the longest drawn path that leads to it is its node.
    QString best;
    for (const TopologyNode& node : m_canvas->model().nodes) {
        if ((path == node.path || path.startsWith(node.path + u'/')) && node.path.size() > best.size()) {
            best = node.path;
        }
    }
    if (!best.isEmpty()) {
        select({best});
    } else if (!path.isEmpty()) {
        m_inspector->show(path.section(u'/', 0, 1));
    }
    if (!inspectorShown()) {
        toggleInspector();
    }
}

void Workspace::showFaults()
{
    QStringList paths;
    for (const TopologyNode& node : m_canvas->model().nodes) {
        QString mock = node.path.startsWith(QLatin1String("mocks/")) ? node.path.section(u'/', 1) : QString();
        if (const Value* address =
                site::valueAt(m_document.site(), (node.path + QStringLiteral("/address")).toStdString())) {
            const QString text = QString::fromStdString(address->text());
            mock = text.startsWith(QLatin1String("mock:")) ? text.mid(5) : mock;
            for (const Value& candidate : m_document.site().list("mocks")) {
                const Value* bind = candidate.find("bind");
                mock = bind != nullptr && bind->text() == address->text()
                           ? QString::fromStdString(site::Site::nameOf(candidate))
                           : mock;
            }
        }
        if (!mock.isEmpty() && m_bridge.mockFault(mock).any()) {
            paths.append(node.path);
        }
    }
    select(paths);
    if (!inspectorShown()) {
        toggleInspector();
    }
}

void Workspace::refreshPending()
{
    QStringList pending;
    if (m_bridge.isRunning()) {
        for (const TopologyNode& node : m_canvas->model().nodes) {
            const std::string path = node.path.toStdString();
            const Value* now = site::valueAt(m_document.site(), path);
            const Value* runs = site::valueAt(m_bridge.runningSite(), path);
            if (now != nullptr && (runs == nullptr || !(*now == *runs))) {
                pending.append(node.path);
            }
        }
    }
    m_canvas->setPending(pending);
}

void Workspace::togglePause()
{
    m_runBar->setViewPaused(!m_runBar->viewPaused());
}

void Workspace::setMode(Mode mode)
{
    if (mode == m_mode) {
        return;
    }
    m_columnStates[static_cast<int>(m_mode)] = m_columns->saveState();
    m_rowStates[static_cast<int>(m_mode)] = m_rows->saveState();
    m_tabs[static_cast<int>(m_mode)] = m_drawer->currentIndex();
    m_mode = mode;
    applyMode();
}

void Workspace::applyMode()
{
    const int key = static_cast<int>(m_mode);
    const bool design = m_mode == Mode::Design;
    m_left->setVisible(m_mode != Mode::Run);
    m_left->setCurrentIndex(m_mode == Mode::Replay ? 1 : 0);
    m_runBar->setVisible(m_mode == Mode::Run);
    m_replayBar->setVisible(m_mode == Mode::Replay);
    m_drawer->setTabVisible(static_cast<int>(DrawerTab::Charts), !design);
    m_drawer->setTabVisible(static_cast<int>(DrawerTab::Requests), !design);
    m_drawer->setCurrentIndex(m_tabs.value(key, static_cast<int>(design ? DrawerTab::Problems : DrawerTab::Charts)));
    applyCompact();
    if (m_columnStates.contains(key)) {
        m_columns->restoreState(m_columnStates.value(key));
        m_rows->restoreState(m_rowStates.value(key));
    } else {
        setDefaultSizes();
    }
}

void Workspace::setDefaultSizes()
{
    const int left = m_mode == Mode::Replay ? kReplayWidth : m_compact ? kLibraryIconsWidth : kLibraryWidth;
    const int whole = std::max(width(), 800);
    if (m_compact) {
        m_columns->setSizes({left, whole - left});
    } else {
        m_columns->setSizes({left, whole - left - kInspectorWidth, kInspectorWidth});
    }
    const int drawer = m_mode == Mode::Design ? 180 : std::clamp(height() * 36 / 100, 200, 420);
    m_rows->setSizes({std::max(height(), 500) - drawer, drawer});
}

bool Workspace::wantsCompact() const
{
    return width() < kCompactWidth;
}

void Workspace::applyCompact()
{
    const bool icons = m_compact && m_mode != Mode::Replay;
    m_library->setCompact(icons);
    m_left->setMinimumWidth(icons ? kLibraryIconsWidth : m_mode == Mode::Replay ? 220 : 180);
    m_left->setMaximumWidth(icons ? kLibraryIconsWidth : 420);
    m_runBar->setCompact(m_compact);
    const bool floating = m_inspectorHost->parentWidget() == this;
    if (m_compact && !floating) {
        m_inspectorHost->setParent(this);
        m_inspectorHost->setLines(Qt::LeftEdge);
        m_inspectorHost->hide();
    } else if (!m_compact && floating) {
        m_columns->addWidget(m_inspectorHost);
        m_inspectorHost->setLines({});
        m_columns->setStretchFactor(2, 0);
        m_inspectorHost->setVisible(m_inspectorWanted);
    }
    m_inspectorHost->setMinimumWidth(280);
    placeOverlay();
}

void Workspace::placeOverlay()
{
    if (m_inspectorHost->parentWidget() == this) {
        const QRect area = m_columns->geometry();
        m_inspectorHost->setGeometry(area.right() + 1 - kInspectorWidth, area.top(), kInspectorWidth, area.height());
        m_inspectorHost->raise();
    }
}

void Workspace::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (wantsCompact() != m_compact) {
        m_compact = wantsCompact();
        applyCompact();
        setDefaultSizes();
    } else if (!event->oldSize().isValid() || event->oldSize().isEmpty()) {
        setDefaultSizes();
    }
    layout()->activate();
    placeOverlay();
}

bool Workspace::inspectorShown() const
{
    return !m_inspectorHost->isHidden();
}

void Workspace::toggleInspector()
{
    const bool show = m_inspectorHost->isHidden();
    m_inspectorHost->setVisible(show);
    if (!m_compact) {
        m_inspectorWanted = show;
    }
    placeOverlay();
}

void Workspace::toggleDrawer()
{
    m_drawer->setVisible(m_drawer->isHidden());
}

void Workspace::showDrawerTab(DrawerTab tab)
{
    m_drawer->show();
    m_drawer->setCurrentIndex(static_cast<int>(tab));
}

void Workspace::saveState() const
{
    if (!m_settings.persistent()) {
        return;
    }
    QSettings settings;
    for (const Mode mode : {Mode::Design, Mode::Run, Mode::Replay}) {
        const int key = static_cast<int>(mode);
        const QString group = QStringLiteral("workspace/%1/").arg(key);
        const bool now = mode == m_mode;
        // A narrow window keeps its sizes to itself.
        if (!m_compact && (now || m_columnStates.contains(key))) {
            settings.setValue(group + QStringLiteral("columns"),
                              now ? m_columns->saveState() : m_columnStates.value(key));
            settings.setValue(group + QStringLiteral("rows"), now ? m_rows->saveState() : m_rowStates.value(key));
        }
        if (now || m_tabs.contains(key)) {
            settings.setValue(group + QStringLiteral("tab"), now ? m_drawer->currentIndex() : m_tabs.value(key));
        }
    }
}

void Workspace::restoreState()
{
    if (!m_settings.persistent()) {
        return;
    }
    const QSettings settings;
    for (const Mode mode : {Mode::Design, Mode::Run, Mode::Replay}) {
        const int key = static_cast<int>(mode);
        const QString group = QStringLiteral("workspace/%1/").arg(key);
        if (settings.contains(group + QStringLiteral("columns"))) {
            m_columnStates[key] = settings.value(group + QStringLiteral("columns")).toByteArray();
            m_rowStates[key] = settings.value(group + QStringLiteral("rows")).toByteArray();
        }
        if (settings.contains(group + QStringLiteral("tab"))) {
            m_tabs[key] = settings.value(group + QStringLiteral("tab")).toInt();
        }
    }
}

}  // namespace signalbox::ui
