#include "ui/bridge/problem_model.h"

#include <algorithm>

namespace signalbox::ui {

ProblemModel::ProblemModel(SiteDocument& document, QObject* parent) : QAbstractTableModel(parent), m_document(document)
{
    connect(&document, &SiteDocument::problemsChanged, this, &ProblemModel::refresh);
    refresh();
}

void ProblemModel::refresh()
{
    beginResetModel();
    m_problems = m_document.problems();
    std::ranges::stable_sort(m_problems, {}, &site::Problem::severity);
    m_errors = static_cast<int>(std::ranges::count(m_problems, site::Severity::Error, &site::Problem::severity));
    endResetModel();
}

int ProblemModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_problems.size());
}

int ProblemModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant ProblemModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const site::Problem& problem = m_problems[static_cast<std::size_t>(index.row())];
    const QString message = QString::fromStdString(problem.message);
    const QString path = QString::fromStdString(problem.path);
    switch (role) {
        case Qt::DisplayRole:
            if (index.column() == What) {
                return message;
            }
            if (index.column() == Code) {
                return QString::fromStdString(problem.code);
            }
            return problem.place.line > 0 ? QStringLiteral("%1 · line %2").arg(path).arg(problem.place.line) : path;
        case Qt::ToolTipRole: return message;
        case Qt::AccessibleTextRole:
            return problem.severity == site::Severity::Error ? QStringLiteral("Error: %1").arg(message)
                                                             : QStringLiteral("Warning: %1").arg(message);
        case PathRole: return path;
        case SeverityRole: return static_cast<int>(problem.severity);
        default: return {};
    }
}

QVariant ProblemModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
        case What: return QStringLiteral("Problem");
        case Code: return QStringLiteral("Code");
        default: return QStringLiteral("Where");
    }
}

}  // namespace signalbox::ui
