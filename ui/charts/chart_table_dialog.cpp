#include "ui/charts/chart_table_dialog.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QTableWidget>
#include <QVBoxLayout>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

ChartTableDialog::ChartTableDialog(const QString& title, const ChartTable& table, QWidget* parent) : QDialog(parent)
{
    setWindowTitle(title);
    setObjectName(QStringLiteral("chart-table-dialog"));
    resize(560, 420);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(12);
    layout->addWidget(new TextLabel(QStringLiteral("Values at the moment this was opened; times are seconds before it."), Theme::TextRole::Body, true, this));
    auto* view = new QTableWidget(static_cast<int>(table.rows.size()), static_cast<int>(table.columns.size()), this);
    describe(view, QStringLiteral("chart-table"), title);
    view->setHorizontalHeaderLabels(table.columns);
    view->verticalHeader()->hide();
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setShowGrid(false);
    for (int row = 0; row < view->rowCount(); ++row) {
        for (int column = 0; column < view->columnCount(); ++column) {
            auto* cell = new QTableWidgetItem(table.rows[static_cast<std::size_t>(row)].value(column));
            cell->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            view->setItem(row, column, cell);
        }
    }
    layout->addWidget(view, 1);
    auto* buttons = new QHBoxLayout;
    auto* copy = makeButton(QStringLiteral("Copy as CSV"), QStringLiteral("chart-table-copy"), true, QStringLiteral("copy"), this);
    auto* close = makeButton(QStringLiteral("Close"), QStringLiteral("chart-table-close"), false, {}, this);
    connect(copy, &QPushButton::clicked, this, [csv = table.csv()] { QGuiApplication::clipboard()->setText(csv); });
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    buttons->addStretch();
    buttons->addWidget(close);
    buttons->addWidget(copy);
    layout->addLayout(buttons);
}

}  // namespace signalbox::ui
