#include "ui/requests/request_model.h"

#include <QDateTime>
#include <QIcon>
#include <algorithm>
#include <utility>

#include "ui/bridge/trace_text.h"
#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

QString startText(std::int64_t wallNs)
{
    return QDateTime::fromMSecsSinceEpoch(wallNs / 1'000'000).toString(QStringLiteral("HH:mm:ss.zzz"));
}

const QIcon& iconOf(stats::Outcome outcome)
{
    static const auto kIcons = [] {
        std::array<QIcon, 10> icons;
        for (std::size_t at = 0; at < icons.size(); ++at) {
            const auto each = static_cast<stats::Outcome>(at);
            const bool failed = each == stats::Outcome::BackendError || each == stats::Outcome::BadGateway || each == stats::Outcome::NoBackend ||
                                each == stats::Outcome::Timeout;
            const IconRole role = each == stats::Outcome::Ok ? IconRole::Ok : failed ? IconRole::Error : IconRole::Muted;
            icons[at] = icon(outcomeIcon(each), role);
        }
        return icons;
    }();
    return kIcons[static_cast<std::size_t>(outcome)];
}

}  // namespace

RequestModel::RequestModel(std::size_t capacity, QObject* parent) : QAbstractTableModel(parent), m_store(capacity) {}

void RequestModel::append(std::span<const stats::DecisionTrace> traces)
{
    if (traces.size() > m_store.capacity()) {
        traces = traces.last(m_store.capacity());
    }
    if (traces.empty()) {
        return;
    }
    if (const std::size_t over = m_store.overflow(traces.size()); over > 0) {
        beginRemoveRows({}, 0, static_cast<int>(over) - 1);
        m_store.dropOldest(over);
        endRemoveRows();
    }
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(traces.size()) - 1);
    for (const auto& trace : traces) {
        m_store.add(trace);
    }
    endInsertRows();
}

void RequestModel::clear()
{
    beginResetModel();
    m_store.clear();
    endResetModel();
}

int RequestModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_store.size());
}

int RequestModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

bool RequestModel::isNumber(int column)
{
    return column == Id || column == Status || column == Attempts || column == Total;
}

QVariant RequestModel::text(const RequestRecord& record, int column) const
{
    const TextPool& texts = m_store.texts();
    switch (column) {
        case Id: return QString::number(record.id);
        case Start: return startText(record.wallNs);
        case Method: return ui::text(texts.at(record.method));
        case Path: return ui::text(record.target);
        case Route: return ui::text(texts.at(record.route));
        case Backend: return ui::text(texts.at(record.backend));
        case Status: return record.status == 0 ? QStringLiteral("\u2013") : QString::number(record.status);
        case Outcome: return outcomeWord(record.outcome);
        case Attempts: return QString::number(record.attempts);
        case Total: return QString::number(record.phases.total * 1e-4, 'f', 2);
        case Policy: return ui::text(texts.at(record.policy));
        default: return {};
    }
}

QVariant RequestModel::sortKey(const RequestRecord& record, int column) const
{
    switch (column) {
        case Id: return QVariant::fromValue<qulonglong>(record.id);
        case Start: return QVariant::fromValue<qlonglong>(record.wallNs);
        case Status: return int{record.status};
        case Attempts: return int{record.attempts};
        case Total: return record.phases.total;
        default: return text(record, column);
    }
}

QVariant RequestModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const RequestRecord& record = m_store.at(static_cast<std::size_t>(index.row()));
    switch (role) {
        case Qt::DisplayRole: return text(record, index.column());
        case SortRole: return sortKey(record, index.column());
        case Qt::TextAlignmentRole: return QVariant::fromValue<Qt::Alignment>((isNumber(index.column()) || index.column() == Start ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        case Qt::DecorationRole: return index.column() == Outcome ? QVariant(iconOf(record.outcome)) : QVariant();
        case Qt::ToolTipRole:
            return index.column() == Path ? QVariant(ui::text(record.target))
                                          : index.column() == Outcome ? QVariant(ui::text(m_store.texts().at(record.detail))) : QVariant();
        case Qt::ForegroundRole: return record.outcome == stats::Outcome::Ok && (index.column() == Start || index.column() == Id) ? QVariant(tokens().muted) : QVariant();
        case Qt::FontRole:
            if (isNumber(index.column()) || index.column() == Start) {
                return Theme::instance().font(Theme::TextRole::Mono);
            }
            return {};
        default: return {};
    }
}

QVariant RequestModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    static const QStringList kNames{QStringLiteral("#"),       QStringLiteral("Start"),  QStringLiteral("Method"),  QStringLiteral("Path"),
                                    QStringLiteral("Route"),   QStringLiteral("Backend"), QStringLiteral("Status"), QStringLiteral("Outcome"),
                                    QStringLiteral("Tries"), QStringLiteral("Total ms"), QStringLiteral("Refused by")};
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::DisplayRole) {
        return kNames.value(section);
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant::fromValue<Qt::Alignment>((isNumber(section) || section == Start ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    return {};
}

RequestFilterModel::RequestFilterModel(RequestModel& model, QObject* parent) : QSortFilterProxyModel(parent), m_model(model)
{
    setSortRole(RequestModel::SortRole);
    setSourceModel(&model);
}

void RequestFilterModel::setFilter(RequestFilter filter)
{
    m_filter = std::move(filter);
    invalidateFilter();
}

bool RequestFilterModel::filterAcceptsRow(int row, const QModelIndex&) const
{
    return m_filter.isEmpty() || m_filter.matches(m_model.store().at(static_cast<std::size_t>(row)), m_model.store().texts());
}

}  // namespace signalbox::ui
