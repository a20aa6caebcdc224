#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <span>

#include "ui/requests/request_filter.h"
#include "ui/requests/request_record.h"

namespace signalbox::ui {

/// The newest requests as a table, oldest first. Rows come in batches and leave at the top. GUI thread.
class RequestModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Id, Start, Method, Path, Route, Backend, Status, Outcome, Attempts, Total, Policy, Columns };
    enum Role { SortRole = Qt::UserRole };

    explicit RequestModel(std::size_t capacity = 200'000, QObject* parent = nullptr);

    /// One batch, oldest first; of more than the capacity only the newest are taken.
    void append(std::span<const stats::DecisionTrace> traces);
    void clear();
    [[nodiscard]] const RequestStore& store() const noexcept { return m_store; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    [[nodiscard]] static bool isNumber(int column);

private:
    [[nodiscard]] QVariant text(const RequestRecord& record, int column) const;
    [[nodiscard]] QVariant sortKey(const RequestRecord& record, int column) const;

    RequestStore m_store;
};

/// The rows that a filter lets through, in their own order unless a column is sorted by. GUI thread.
class RequestFilterModel : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit RequestFilterModel(RequestModel& model, QObject* parent = nullptr);
    void setFilter(RequestFilter filter);
    [[nodiscard]] const RequestFilter& filter() const noexcept { return m_filter; }

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    RequestModel& m_model;
    RequestFilter m_filter;
};

}  // namespace signalbox::ui
