#pragma once

#include <QAbstractTableModel>

#include "ui/bridge/site_document.h"

namespace signalbox::ui {

/// The document's problems as a table: what, code, where. Errors first. GUI thread.
class ProblemModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { What, Code, Where, Columns };
    enum Role { PathRole = Qt::UserRole, SeverityRole };

    explicit ProblemModel(SiteDocument& document, QObject* parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;

    [[nodiscard]] int errorCount() const noexcept { return m_errors; }
    [[nodiscard]] int warningCount() const noexcept { return rowCount() - m_errors; }

private:
    void refresh();

    SiteDocument& m_document;
    std::vector<site::Problem> m_problems;
    int m_errors = 0;
};

}  // namespace signalbox::ui
