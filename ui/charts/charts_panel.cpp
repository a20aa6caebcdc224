#include "ui/charts/charts_panel.h"

#include <QActionGroup>
#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMenu>
#include <QScrollArea>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "core/base/clock.h"
#include "ui/charts/chart_view.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr int kFrameMs = 200;
constexpr int kNarrowest = 250;
constexpr int kLowest = 150;
constexpr int kSecondRowFrom = 380;
constexpr std::size_t kMostMarkers = 64;

QToolButton* makeMenuButton(const QString& text, const QString& objectName, const QString& accessibleName, QMenu* menu, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setText(text);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setIcon(icon(QStringLiteral("chevron-down"), IconRole::Muted));
    button->setLayoutDirection(Qt::RightToLeft);
    button->setAutoRaise(true);
    button->setMinimumHeight(28);
    button->setFocusPolicy(Qt::TabFocus);
    describe(button, objectName, accessibleName);
    // Not setMenu(): its arrow would be squeezed under the text.
    QObject::connect(button, &QToolButton::clicked, menu, [button, menu] { menu->popup(button->mapToGlobal(QPoint(0, button->height()))); });
    return button;
}

}  // namespace

ChartsPanel::ChartsPanel(SiteDocument& document, EngineBridge& bridge, QWidget* parent) : QWidget(parent), m_document(document), m_bridge(bridge)
{
    describe(this, QStringLiteral("charts-panel"), QStringLiteral("Charts"));
    setToolTip({});
    m_grid = new Panel(Panel::Fill::Surface);
    m_gridLayout = new QGridLayout(m_grid);
    m_gridLayout->setContentsMargins(0, 0, 0, 0);
    m_gridLayout->setSpacing(0);
    for (const ChartDescriptor& descriptor : builtinCharts().all()) {
        auto* view = new ChartView(descriptor, m_grid);
        connect(view, &ChartView::cursorMoved, this, &ChartsPanel::moveCursor);
        connect(view, &ChartView::maximiseRequested, this, [this, view] { maximise(m_maximised.isEmpty() ? view->id() : QString()); });
        m_views.push_back(view);
    }
    m_scroll = new QScrollArea(this);
    m_scroll->setObjectName(QStringLiteral("charts-scroll"));
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setWidget(m_grid);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeBar());
    m_stack = new QStackedLayout;
    m_stack->addWidget(m_scroll);
    m_stack->addWidget(makeEmptyState());
    layout->addLayout(m_stack, 1);

    m_timer.setInterval(kFrameMs);
    connect(&m_timer, &QTimer::timeout, this, &ChartsPanel::refresh);
    m_timer.start();
    connect(&bridge, &EngineBridge::snapshotTaken, this, &ChartsPanel::collect);
    connect(&bridge, &EngineBridge::stateChanged, this, &ChartsPanel::updateEmptyState);
    connect(&bridge, &EngineBridge::applied, this, [this] { mark(QStringLiteral("check"), QStringLiteral("changes applied")); });
    connect(&bridge, &EngineBridge::faultsChanged, this, [this] {
        for (const Value& mock : m_bridge.runningSite().list("mocks")) {
            const QString name = QString::fromStdString(site::Site::nameOf(mock));
            const bool faulty = m_bridge.mockFault(name).any();
            if (faulty != m_faulty.value(name)) {
                m_faulty[name] = faulty;
                mark(QStringLiteral("bolt"), (faulty ? QStringLiteral("fault on %1") : QStringLiteral("fault off %1")).arg(name));
            }
        }
    });
    connect(&bridge, &EngineBridge::trafficChanged, this, [this] {
        const QStringList now = m_bridge.runningTraffic();
        for (const QString& name : now) {
            if (!m_traffic.contains(name)) {
                mark(QStringLiteral("play"), QStringLiteral("%1 started").arg(name));
            }
        }
        for (const QString& name : std::as_const(m_traffic)) {
            if (!now.contains(name)) {
                mark(QStringLiteral("stop"), QStringLiteral("%1 stopped").arg(name));
            }
        }
        m_traffic = now;
        updateEmptyState();
    });
    connect(&document, &SiteDocument::changed, this, &ChartsPanel::updateEmptyState);
    arrange();
    collect();
    updateEmptyState();
}

ChartsPanel::~ChartsPanel() = default;

QWidget* ChartsPanel::makeBar()
{
    auto* bar = new Panel(Panel::Fill::Surface, this);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 2, 8, 2);
    row->setSpacing(4);
    m_status = new ElidedLabel({}, Theme::TextRole::Small, true, bar);
    m_status->setObjectName(QStringLiteral("charts-status"));
    row->addWidget(m_status, 1);
    auto* windows = new QMenu(this);
    auto* button = makeMenuButton(QStringLiteral("1 minute"), QStringLiteral("charts-window"), QStringLiteral("Length of the time axis"), windows, bar);
    auto* group = new QActionGroup(windows);
    for (const int minutes : {1, 5}) {
        const QString text = minutes == 1 ? QStringLiteral("1 minute") : QStringLiteral("%1 minutes").arg(minutes);
        QAction* action = windows->addAction(text);
        action->setObjectName(QStringLiteral("charts-window-%1").arg(minutes));
        action->setCheckable(true);
        action->setChecked(minutes == 1);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, button, text, minutes] {
            button->setText(text);
            setWindow(std::chrono::minutes(minutes));
        });
    }
    row->addWidget(button);
    row->addWidget(makeMenuButton(QStringLiteral("Charts"), QStringLiteral("charts-choose"), QStringLiteral("Which charts are shown"), makeChartsMenu(), bar));
    return bar;
}

QMenu* ChartsPanel::makeChartsMenu()
{
    auto* menu = new QMenu(this);
    for (ChartView* view : m_views) {
        QAction* action = menu->addAction(view->title());
        action->setObjectName(QStringLiteral("charts-show-") + view->id());
        action->setCheckable(true);
        connect(action, &QAction::triggered, this, [this, view](bool on) { setChartShown(view->id(), on); });
        connect(menu, &QMenu::aboutToShow, action, [this, action, view] { action->setChecked(isShown(*view)); });
    }
    return menu;
}

QWidget* ChartsPanel::makeEmptyState()
{
    m_empty = new EmptyState(QStringLiteral("chart"), {}, {}, this);
    m_empty->setObjectName(QStringLiteral("charts-empty"));
    m_emptyAction = m_empty->addButton(QStringLiteral("Run"), QStringLiteral("charts-empty-action"));
    m_copyCurl = m_empty->addButton(QStringLiteral("Copy curl"), QStringLiteral("charts-copy-curl"));
    connect(m_emptyAction, &QPushButton::clicked, this, [this] {
        if (m_bridge.state() == EngineBridge::State::Stopped) {
            m_bridge.start(m_document.site());
        } else if (!m_bridge.runningSite().list("traffic").empty()) {
            m_bridge.startTraffic(QString::fromStdString(site::Site::nameOf(m_bridge.runningSite().list("traffic").front())));
        }
    });
    connect(m_copyCurl, &QPushButton::clicked, this, [this] {
        const auto& listeners = m_bridge.runningSite().list("listeners");
        const QString address = listeners.empty() ? QString() : m_bridge.listenerAddress(QString::fromStdString(site::Site::nameOf(listeners.front())));
        QGuiApplication::clipboard()->setText(QStringLiteral("curl -i http://%1/").arg(address));
    });
    return m_empty;
}

void ChartsPanel::updateEmptyState()
{
    const bool hasData = m_store.hasRequests();
    m_stack->setCurrentIndex(hasData ? 0 : 1);
    if (hasData) {
        return;
    }
    const auto& site = m_bridge.runningSite();
    switch (m_bridge.state()) {
        case EngineBridge::State::Stopped:
            m_empty->setTexts(QStringLiteral("Nothing is running"), QStringLiteral("Run the site and send it traffic: its last minutes are drawn here."));
            m_emptyAction->setText(QStringLiteral("Run"));
            m_emptyAction->setVisible(!m_document.site().list("listeners").empty());
            m_copyCurl->hide();
            return;
        case EngineBridge::State::Running: {
            const auto& listeners = site.list("listeners");
            const QString address = listeners.empty() ? QString() : m_bridge.listenerAddress(QString::fromStdString(site::Site::nameOf(listeners.front())));
            m_empty->setTexts(QStringLiteral("Listening on %1, no request so far").arg(address), QStringLiteral("Start a scenario, or send a request of your own."));
            const bool canSend = !site.list("traffic").empty() && m_bridge.runningTraffic().isEmpty();
            m_emptyAction->setVisible(canSend);
            if (canSend) {
                m_emptyAction->setText(QStringLiteral("Start %1").arg(QString::fromStdString(site::Site::nameOf(site.list("traffic").front()))));
            }
            m_copyCurl->setVisible(!address.isEmpty());
            return;
        }
        default:
            m_empty->setTexts(QStringLiteral("One moment"), QStringLiteral("The engine is starting or stopping."));
            m_emptyAction->hide();
            m_copyCurl->hide();
    }
}

void ChartsPanel::collect()
{
    const bool had = m_store.hasRequests();
    m_store.sync(m_bridge.history(), m_bridge.fineHistory(), m_bridge.runningSite());
    m_dirty = true;
    if (had != m_store.hasRequests()) {
        updateEmptyState();
        refresh();
    }
}

void ChartsPanel::refresh()
{
    if (!m_dirty || !isVisible() || m_stack->currentIndex() != 0) {
        return;
    }
    if (!m_paused) {
        m_end = m_store.newest();
    }
    m_dirty = false;
    const ChartFrame frame{m_store, m_end, m_window, m_markers};
    for (ChartView* view : m_views) {
        if (view->isVisible() && !view->visibleRegion().isEmpty()) {
            view->setFrame(frame);
        } else if (view->isVisible()) {
            m_dirty = true;
        }
    }
}

void ChartsPanel::setPaused(bool paused)
{
    m_paused = paused;
    m_status->setText(paused ? QStringLiteral("Paused: the view stands still, the run goes on") : QString());
    m_dirty = true;
    refresh();
}

void ChartsPanel::setWindow(std::chrono::seconds window)
{
    m_window = static_cast<double>(window.count());
    m_dirty = true;
    refresh();
}

void ChartsPanel::mark(const QString& icon, const QString& text)
{
    m_markers.push_back({SystemClock::instance().now(), icon, text});
    if (m_markers.size() > kMostMarkers) {
        m_markers.erase(m_markers.begin());
    }
    m_dirty = true;
}

void ChartsPanel::moveCursor(double x)
{
    for (ChartView* view : m_views) {
        view->setCursorAt(x);
    }
    QString text = m_paused ? QStringLiteral("Paused: the view stands still, the run goes on") : QString();
    if (std::isfinite(x)) {
        text = QStringLiteral("%1 s ago").arg(-x, 0, 'f', 1);
        for (const ChartMarker& marker : m_markers) {
            if (std::abs(std::chrono::duration<double>(marker.at - m_end).count() - x) < m_window / 90) {
                text += QStringLiteral(" \u00B7 ") + marker.text;
            }
        }
    }
    m_status->setText(text);
}

void ChartsPanel::setChartShown(const QString& id, bool shown)
{
    m_chosen[id] = shown;
    m_maximised.clear();
    arrange();
}

void ChartsPanel::maximise(const QString& id)
{
    m_maximised = id;
    arrange();
}

ChartView* ChartsPanel::view(const QString& id) const
{
    const auto it = std::ranges::find_if(m_views, [&](const ChartView* candidate) { return candidate->id() == id; });
    return it == m_views.end() ? nullptr : *it;
}

bool ChartsPanel::isShown(const ChartView& view) const
{
    if (!m_maximised.isEmpty()) {
        return view.id() == m_maximised;
    }
    return m_chosen.value(view.id(), view.inFirstRow() || height() >= kSecondRowFrom);
}

void ChartsPanel::arrange()
{
    std::vector<ChartView*> shown;
    for (ChartView* view : m_views) {
        m_gridLayout->removeWidget(view);
        view->setVisible(isShown(*view));
        if (isShown(*view)) {
            shown.push_back(view);
        }
    }
    const int count = static_cast<int>(shown.size());
    int columns = std::clamp(width() / Theme::instance().px(kNarrowest), 1, std::max(1, std::min(count, 3)));
    if (count == 4 && columns == 3) {
        columns = 2;
    }
    for (int at = 0; at < count; ++at) {
        shown[static_cast<std::size_t>(at)]->setMinimumHeight(kLowest);
        m_gridLayout->addWidget(shown[static_cast<std::size_t>(at)], at / columns, at % columns);
    }
    for (int column = 0; column < 3; ++column) {
        m_gridLayout->setColumnStretch(column, column < columns ? 1 : 0);
    }
    m_dirty = true;
}

void ChartsPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void ChartsPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    arrange();
    refresh();
}

}  // namespace signalbox::ui
