#include "ui/requests/requests_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLocale>
#include <QMenu>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedLayout>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <set>

#include "ui/bridge/trace_text.h"
#include "ui/requests/filter_edit.h"
#include "ui/requests/request_detail.h"
#include "ui/requests/request_model.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr int kFlushMs = 200;
constexpr int kRowHeight = 24;
constexpr int kDetailBesideFrom = 720;
constexpr std::size_t kMostPending = 20'000;

/// Names that were seen, for the completion of a key.
QStringList seenValues(const RequestStore& store, const QString& key)
{
    std::set<std::uint32_t> ids;
    const std::size_t from = store.size() > 5000 ? store.size() - 5000 : 0;
    for (std::size_t at = from; at < store.size(); ++at) {
        const RequestRecord& record = store.at(at);
        ids.insert(key == u"backend"    ? record.backend
                   : key == u"route"    ? record.route
                   : key == u"pool"     ? record.pool
                   : key == u"listener" ? record.listener
                   : key == u"policy"   ? record.policy
                   : key == u"consumer" ? record.consumer
                   : key == u"method"   ? record.method
                   : key == u"client"   ? record.client
                                        : 0);
    }
    ids.erase(0);
    QStringList out;
    for (const std::uint32_t id : ids) {
        out << text(store.texts().at(id));
    }
    return out;
}

}  // namespace

RequestsPanel::RequestsPanel(EngineBridge& bridge, QWidget* parent)
    : QWidget(parent), m_bridge(bridge), m_model(new RequestModel(200'000, this)), m_filtered(new RequestFilterModel(*m_model, this))
{
    setObjectName(QStringLiteral("requests-panel"));
    setAccessibleName(QStringLiteral("Requests"));
    makeTable();
    m_detail = new RequestDetail(this);
    m_splitter = new QSplitter(Qt::Horizontal, this);
    m_splitter->setObjectName(QStringLiteral("requests-splitter"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_table);
    m_splitter->addWidget(m_detail);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setSizes({700, 380});
    m_empty = new EmptyState(QStringLiteral("list"), {}, {}, this);
    m_empty->setObjectName(QStringLiteral("requests-empty"));
    m_clearFilter = m_empty->addButton(QStringLiteral("Clear filter"), QStringLiteral("requests-clear-filter"));
    connect(m_clearFilter, &QPushButton::clicked, this, [this] { setFilter({}); });
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeBar());
    m_stack = new QStackedLayout;
    m_stack->addWidget(m_splitter);
    m_stack->addWidget(m_empty);
    layout->addLayout(m_stack, 1);

    m_flush.setInterval(kFlushMs);
    connect(&m_flush, &QTimer::timeout, this, &RequestsPanel::flush);
    m_flush.start();
    connect(&bridge, &EngineBridge::tracesTaken, this, [this](const auto& traces) { take(*traces); });
    connect(&bridge, &EngineBridge::stateChanged, this, [this](EngineBridge::State state) {
        if (state == EngineBridge::State::Starting) {
            m_pending.clear();
            m_model->clear();
            m_detail->clear();
            m_taken = 0;
        }
        updateBar();
    });
    updateBar();
}

RequestsPanel::~RequestsPanel() = default;

QWidget* RequestsPanel::makeBar()
{
    auto* bar = new Panel(Panel::Fill::Surface, this, Qt::BottomEdge);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 4, 8, 4);
    row->setSpacing(8);
    m_filter = new FilterEdit(bar);
    m_filter->setValueSource([this](const QString& key) { return seenValues(m_model->store(), key); });
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        RequestFilter filter = RequestFilter::parse(text);
        m_filter->setError(filter.error());
        m_filtered->setFilter(std::move(filter));
        updateBar();
    });
    row->addWidget(m_filter, 1);
    m_count = new TextLabel({}, Theme::TextRole::Small, true, bar);
    m_count->setObjectName(QStringLiteral("requests-count"));
    row->addWidget(m_count);
    m_follow = new QToolButton(bar);
    m_follow->setCheckable(true);
    m_follow->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_follow->setIcon(icon(QStringLiteral("chevron-down")));
    m_follow->setAutoRaise(true);
    m_follow->setMinimumHeight(28);
    m_follow->setFocusPolicy(Qt::TabFocus);
    describe(m_follow, QStringLiteral("requests-follow"), QStringLiteral("Follow the newest request"));
    connect(m_follow, &QToolButton::clicked, this, &RequestsPanel::setFollowing);
    row->addWidget(m_follow);
    auto* columns = makeIconButton(QStringLiteral("table"), QStringLiteral("requests-columns"), QStringLiteral("Choose columns"), {}, bar);
    columns->setFixedSize(28, 28);
    connect(columns, &QToolButton::clicked, this, [this, columns] { showColumnMenu(columns->mapToGlobal(QPoint(0, columns->height()))); });
    row->addWidget(columns);
    return bar;
}

void RequestsPanel::makeTable()
{
    m_table = new QTableView(this);
    describe(m_table, QStringLiteral("requests-table"), QStringLiteral("Requests"));
    m_table->setToolTip({});
    m_table->setModel(m_filtered);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setMinimumSectionSize(kRowHeight);
    m_table->setMinimumWidth(240);
    m_table->setMinimumHeight(90);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setStretchLastSection(true);
    header->setSectionsMovable(true);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    m_table->setSortingEnabled(true);
    connect(header, &QHeaderView::customContextMenuRequested, this, [this, header](const QPoint& at) { showColumnMenu(header->mapToGlobal(at)); });
    const auto size = [this, header] {
        m_table->verticalHeader()->setDefaultSectionSize(Theme::instance().px(kRowHeight));
        constexpr int kWidths[RequestModel::Columns]{64, 100, 62, 124, 70, 76, 56, 112, 46, 72, 90};
        for (int column = 0; column < RequestModel::Columns; ++column) {
            header->resizeSection(column, Theme::instance().px(kWidths[column]));
        }
    };
    size();
    connect(&Theme::instance(), &Theme::changed, this, size);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) { select(current); });
    connect(m_table->verticalScrollBar(), &QScrollBar::actionTriggered, this, [this] {
        // The user's own scrolling: following goes on only from the very end.
        QTimer::singleShot(0, this, [this] { setFollowing(m_table->verticalScrollBar()->value() == m_table->verticalScrollBar()->maximum()); });
    });
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
        if (m_following && value < m_table->verticalScrollBar()->maximum() - 2 && m_table->underMouse()) {
            setFollowing(false);
        }
    });
}

void RequestsPanel::take(const std::vector<stats::DecisionTrace>& traces)
{
    m_taken += traces.size();
    m_pending.insert(m_pending.end(), traces.begin(), traces.end());
    if (m_pending.size() > kMostPending) {
        m_pending.erase(m_pending.begin(), m_pending.end() - static_cast<std::ptrdiff_t>(kMostPending));
    }
}

void RequestsPanel::flush()
{
    if (m_paused || m_pending.empty()) {
        return;
    }
    const int before = m_filtered->rowCount();
    m_model->append(m_pending);
    m_pending.clear();
    if (m_following) {
        m_table->scrollToBottom();
    } else {
        m_unseen += std::max(0, m_filtered->rowCount() - before);
    }
    updateBar();
}

void RequestsPanel::select(const QModelIndex& current)
{
    if (!current.isValid()) {
        return;
    }
    const auto row = static_cast<std::size_t>(m_filtered->mapToSource(current).row());
    const stats::DecisionTrace trace = m_model->store().trace(row);
    m_detail->show(trace);
    setFollowing(false);
    Q_EMIT traceSelected(trace);
}

void RequestsPanel::setFollowing(bool following)
{
    m_following = following;
    if (following) {
        m_unseen = 0;
        m_table->scrollToBottom();
    }
    updateBar();
}

void RequestsPanel::setPaused(bool paused)
{
    m_paused = paused;
    flush();
    updateBar();
}

void RequestsPanel::setFilter(const QString& text)
{
    m_filter->setText(text);
}

void RequestsPanel::updateBar()
{
    const QLocale locale;
    QStringList parts;
    const int shown = m_filtered->rowCount();
    const int all = m_model->rowCount();
    parts << (shown == all ? QStringLiteral("%1 requests").arg(locale.toString(all))
                           : QStringLiteral("%1 of %2").arg(locale.toString(shown), locale.toString(all)));
    const auto snapshot = m_bridge.snapshot();
    if (snapshot && snapshot->droppedTraces > 0 && m_taken > 0) {
        const double ratio = static_cast<double>(snapshot->droppedTraces + m_taken) / static_cast<double>(m_taken);
        parts << (ratio < 1.95 ? QStringLiteral("%1 % sampled").arg(100 / ratio, 0, 'f', 0) : QStringLiteral("1 in %1 sampled").arg(qRound(ratio)));
    }
    if (m_paused) {
        parts << QStringLiteral("paused");
    }
    m_count->setText(parts.join(QStringLiteral(" \u00B7 ")));
    m_follow->setChecked(m_following);
    m_follow->setText(m_following || m_unseen == 0 ? QStringLiteral("Follow") : QStringLiteral("%1 new").arg(locale.toString(m_unseen)));
    updateEmptyState();
}

void RequestsPanel::updateEmptyState()
{
    const bool filtering = m_model->rowCount() > 0;
    m_stack->setCurrentIndex(m_filtered->rowCount() > 0 ? 0 : 1);
    m_clearFilter->setVisible(filtering);
    if (filtering) {
        m_empty->setTexts(QStringLiteral("0 of %1 match").arg(QLocale().toString(m_model->rowCount())), QStringLiteral("No request fits \u201C%1\u201D.").arg(m_filter->text()));
    } else if (m_bridge.isRunning()) {
        m_empty->setTexts(QStringLiteral("No request so far"), QStringLiteral("The site is running. Start a scenario or send a request: each one is listed here with why it went where it went."));
    } else {
        m_empty->setTexts(QStringLiteral("Nothing is running"), QStringLiteral("Run the site: every request is listed here with why it went where it went."));
    }
}

void RequestsPanel::showColumnMenu(const QPoint& at)
{
    QMenu menu(this);
    QHeaderView* header = m_table->horizontalHeader();
    for (int column = 0; column < RequestModel::Columns; ++column) {
        QAction* action = menu.addAction(m_model->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!header->isSectionHidden(column));
        connect(action, &QAction::triggered, this, [header, column](bool on) { header->setSectionHidden(column, !on); });
    }
    menu.exec(at);
}

void RequestsPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const auto wanted = width() >= kDetailBesideFrom ? Qt::Horizontal : Qt::Vertical;
    if (m_splitter->orientation() != wanted) {
        m_splitter->setOrientation(wanted);
    }
}

}  // namespace signalbox::ui
