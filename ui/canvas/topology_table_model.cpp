#include "ui/canvas/topology_table_model.h"

#include "ui/canvas/node_painter.h"
#include "ui/theme/theme.h"

namespace signalbox::ui {

TopologyTableModel::TopologyTableModel(SiteDocument& document, EngineBridge& bridge, QObject* parent)
    : QAbstractTableModel(parent), m_document(document), m_bridge(bridge)
{
    connect(&m_document, &SiteDocument::changed, this, &TopologyTableModel::rebuild);
    connect(&m_document, &SiteDocument::problemsChanged, this, &TopologyTableModel::rebuild);
    connect(&m_bridge, &EngineBridge::snapshotTaken, this, &TopologyTableModel::refresh);
    connect(&m_bridge, &EngineBridge::stateChanged, this, &TopologyTableModel::refresh);
    rebuild();
}

void TopologyTableModel::rebuild()
{
    beginResetModel();
    m_topology = TopologyModel::fromSite(m_document.site());
    for (const auto& problem : m_document.problems()) {
        const QString path = QString::fromStdString(problem.path);
        for (auto& node : m_topology.nodes) {
            if (path == node.path || path.startsWith(node.path + u'/')) {
                (problem.severity == site::Severity::Error ? node.errors : node.warnings) += 1;
            }
        }
    }
    endResetModel();
    Q_EMIT rebuilt();
}

void TopologyTableModel::refresh()
{
    if (m_bridge.isRunning()) {
        m_live.update(m_topology, m_bridge.fineHistory(), m_bridge.history());
    } else {
        m_live.clear();
    }
    if (!m_topology.nodes.empty()) {
        Q_EMIT dataChanged(index(0, State), index(rowCount() - 1, Active), {Qt::DisplayRole});
    }
}

QString TopologyTableModel::pathAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_topology.nodes[static_cast<std::size_t>(row)].path : QString();
}

int TopologyTableModel::rowOf(const QString& path) const
{
    for (int row = 0; row < rowCount(); ++row) {
        if (pathAt(row) == path) {
            return row;
        }
    }
    return -1;
}

int TopologyTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_topology.nodes.size());
}

int TopologyTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QString TopologyTableModel::stateText(const TopologyNode& node) const
{
    if (node.errors > 0) {
        return tr("%n error(s)", nullptr, node.errors);
    }
    if (m_bridge.mockFault(node.title).any() && (node.kind == NodeKind::Backend || node.kind == NodeKind::Mock)) {
        return tr("fault on");
    }
    if (m_live.hasData()) {
        switch (m_live.node(node.path).state) {
            case NodeState::Ok: return tr("ok");
            case NodeState::Warning: return tr("some errors");
            case NodeState::Failing: return tr("failing");
            case NodeState::Idle: return tr("idle");
        }
    }
    return node.warnings > 0 ? tr("%n warning(s)", nullptr, node.warnings) : QString();
}

QString TopologyTableModel::text(const TopologyNode& node, int column) const
{
    const NodeLive live = m_live.node(node.path);
    const bool numbers = m_live.hasData() && node.kind != NodeKind::Traffic && node.kind != NodeKind::Mock;
    switch (column) {
        case Name: return node.title;
        case Kind: return titleOf(node.kind);
        case State: return stateText(node);
        case Rate: return numbers ? rateText(live.flow.total()) : QString();
        case Errors:
            return numbers && live.flow.passed() > 0
                       ? QStringLiteral("%1 %").arg(100 * live.flow.failed / live.flow.passed(), 0, 'f', 1)
                       : QString();
        case P99: return numbers && live.p99Ms >= 0 ? latencyText(live.p99Ms) : QString();
        case Active: return numbers ? QString::number(live.active) : QString();
        case SendsTo: {
            QStringList targets;
            for (const auto& edge : m_topology.edges) {
                if (edge.from == node.path) {
                    targets << edge.to.section(u'/', -1);
                }
            }
            return targets.join(QStringLiteral(", "));
        }
        default: return {};
    }
}

QVariant TopologyTableModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const auto& node = m_topology.nodes[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
        case Qt::EditRole: return text(node, index.column());
        case Qt::DecorationRole: return index.column() == Name ? QVariant(icon(iconOf(node.kind))) : QVariant();
        case Qt::TextAlignmentRole: {
            const bool number = index.column() >= Rate && index.column() <= Active;
            return QVariant((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        }
        case Qt::ToolTipRole: return node.subtitle;
        case Qt::AccessibleTextRole: return headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString() + u' ' + text(node, index.column());
        default: return {};
    }
}

QVariant TopologyTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool number = section >= Rate && section <= Active;
        return QVariant((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
        case Name: return tr("Name");
        case Kind: return tr("Type");
        case State: return tr("State");
        case Rate: return tr("Requests");
        case Errors: return tr("Errors");
        case P99: return tr("p99");
        case Active: return tr("Active");
        case SendsTo: return tr("Sends to");
        default: return {};
    }
}

Qt::ItemFlags TopologyTableModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    flags.setFlag(Qt::ItemIsEditable, index.isValid() && index.column() == Name);
    return flags;
}

bool TopologyTableModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    const QString name = value.toString().trimmed();
    if (role != Qt::EditRole || index.column() != Name || name.isEmpty() || name == text(m_topology.nodes[static_cast<std::size_t>(index.row())], Name)) {
        return false;
    }
    m_document.rename(pathAt(index.row()), name);
    return true;
}

}  // namespace signalbox::ui
