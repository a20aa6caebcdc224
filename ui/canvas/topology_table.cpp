#include "ui/canvas/topology_table.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QShortcut>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/canvas/library_panel.h"
#include "ui/canvas/node_painter.h"
#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

QToolButton* button(const QString& name, const QString& iconName, const QString& text, QWidget* parent)
{
    auto* made = new QToolButton(parent);
    made->setObjectName(name);
    made->setIcon(icon(iconName));
    made->setText(text);
    made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    made->setAutoRaise(true);
    made->setMinimumHeight(28);
    made->setAccessibleName(text);
    made->setPopupMode(QToolButton::InstantPopup);
    return made;
}

}  // namespace

TopologyTable::TopologyTable(SiteDocument& document, EngineBridge& bridge, QWidget* parent)
    : QWidget(parent), m_document(document), m_edits(document), m_model(new TopologyTableModel(document, bridge, this))
{
    setObjectName(QStringLiteral("topologyTable"));
    m_view = new QTreeView(this);
    m_view->setObjectName(QStringLiteral("topologyTable.view"));
    m_view->setAccessibleName(tr("Parts of the site"));
    m_view->setModel(m_model);
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setAlternatingRowColors(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::SelectedClicked);
    m_view->header()->setStretchLastSection(true);
    const int widths[] = {200, 120, 110, 90, 80, 90, 70};
    for (int column = 0; column < TopologyTableModel::SendsTo; ++column) {
        m_view->header()->resizeSection(column, Theme::instance().px(widths[column]));
    }

    m_add = button(QStringLiteral("topologyTable.add"), QStringLiteral("plus"), tr("Add"), this);
    m_connect = button(QStringLiteral("topologyTable.connect"), QStringLiteral("link"), tr("Connect to"), this);
    m_duplicate = button(QStringLiteral("topologyTable.duplicate"), QStringLiteral("copy"), tr("Duplicate"), this);
    m_delete = button(QStringLiteral("topologyTable.delete"), QStringLiteral("trash"), tr("Delete"), this);
    m_add->setMenu(new QMenu(m_add));
    m_connect->setMenu(new QMenu(m_connect));
    connect(m_connect->menu(), &QMenu::aboutToShow, this, &TopologyTable::fillConnectMenu);
    fillAddMenu();

    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(8, 4, 8, 4);
    bar->setSpacing(4);
    for (auto* item : {m_add, m_connect, m_duplicate, m_delete}) {
        bar->addWidget(item);
    }
    bar->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(bar);
    layout->addWidget(m_view, 1);

    connect(m_duplicate, &QToolButton::clicked, this, [this] {
        if (const QStringList made = m_edits.duplicate(selection()); !made.isEmpty()) {
            select(made);
            Q_EMIT selectionChanged(made);
        }
    });
    connect(m_delete, &QToolButton::clicked, this, [this] { m_edits.remove(selection()); });
    auto* shortcut = new QShortcut(QKeySequence::Delete, m_view);
    shortcut->setContext(Qt::WidgetShortcut);
    connect(shortcut, &QShortcut::activated, m_delete, &QToolButton::click);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &TopologyTable::onSelection);
    connect(m_view, &QTreeView::activated, this, [this](const QModelIndex& index) { Q_EMIT activated(m_model->pathAt(index.row())); });
    connect(m_model, &TopologyTableModel::rebuilt, this, [this] { select(m_selection); });
    updateButtons();
}

QStringList TopologyTable::selection() const
{
    QStringList paths;
    const auto rows = m_view->selectionModel()->selectedRows();
    for (const auto& index : rows) {
        paths << m_model->pathAt(index.row());
    }
    return paths;
}

void TopologyTable::select(const QStringList& paths)
{
    m_selection = paths;
    QItemSelection rows;
    for (const auto& path : paths) {
        if (const int row = m_model->rowOf(path); row >= 0) {
            rows.select(m_model->index(row, 0), m_model->index(row, TopologyTableModel::Columns - 1));
        }
    }
    m_selecting = true;
    m_view->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect);
    if (!rows.isEmpty()) {
        m_view->selectionModel()->setCurrentIndex(rows.indexes().front(), QItemSelectionModel::NoUpdate);
        m_view->scrollTo(rows.indexes().front());
    }
    m_selecting = false;
    updateButtons();
}

void TopologyTable::onSelection()
{
    if (m_selecting) {
        return;
    }
    m_selection = selection();
    updateButtons();
    Q_EMIT selectionChanged(m_selection);
}

void TopologyTable::updateButtons()
{
    const auto count = selection().size();
    m_connect->setEnabled(count == 1);
    m_duplicate->setEnabled(count > 0);
    m_delete->setEnabled(count > 0);
}

void TopologyTable::fillAddMenu()
{
    for (const auto kind : LibraryPanel::kinds()) {
        m_add->menu()->addAction(icon(iconOf(kind)), titleOf(kind), this, [this, kind] { add(kind); });
    }
}

void TopologyTable::add(NodeKind kind)
{
    QString why;
    const QString owner = selection().value(0);
    const TopologyNode* node = m_model->topology().find(owner);
    const bool fits = node && ((kind == NodeKind::Route && node->kind == NodeKind::Gateway) ||
                               (kind == NodeKind::Backend && node->kind == NodeKind::Pool));
    const QPointF position = node ? node->position + QPointF(264, 0) : QPointF(48, 48);
    const QString path = m_edits.add(kind, position, fits ? owner : QString(), &why);
    if (path.isEmpty()) {
        Q_EMIT refused(why);
        return;
    }
    select({path});
    Q_EMIT selectionChanged({path});
}

void TopologyTable::fillConnectMenu()
{
    QMenu* menu = m_connect->menu();
    menu->clear();
    const QString from = selection().value(0);
    const TopologyNode* source = m_model->topology().find(from);
    for (const auto& node : m_model->topology().nodes) {
        if (source && node.path != from && TopologyModel::refusal(source->kind, node.kind).isEmpty()) {
            menu->addAction(icon(iconOf(node.kind)), node.title, this, [this, from, to = node.path] {
                QString why;
                if (!m_edits.connectNodes(from, to, &why)) {
                    Q_EMIT refused(why);
                }
            });
        }
    }
    if (menu->isEmpty()) {
        menu->addAction(tr("There is nothing it can be connected to"))->setEnabled(false);
    }
}

}  // namespace signalbox::ui
