#include "ui/pages/problems_panel.h"

#include <QHeaderView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTableView>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

/// Puts the severity before the sentence, as shape and colour.
class ProblemDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        if (index.column() == ProblemModel::What) {
            const bool error =
                index.data(ProblemModel::SeverityRole).toInt() == static_cast<int>(site::Severity::Error);
            option->features |= QStyleOptionViewItem::HasDecoration;
            option->icon = error ? icon(QStringLiteral("error"), IconRole::Error)
                                 : icon(QStringLiteral("warning"), IconRole::Warn);
            option->decorationSize = {16, 16};
        } else {
            option->palette.setColor(QPalette::Text, tokens().muted);
        }
    }
};

}  // namespace

ProblemsPanel::ProblemsPanel(SiteDocument& document, QWidget* parent) : QStackedWidget(parent)
{
    describe(this, QStringLiteral("problemsPanel"), QStringLiteral("Problems"));
    setToolTip({});
    m_model = new ProblemModel(document, this);
    addWidget(new EmptyState(
        QStringLiteral("check"), QStringLiteral("No problems"),
        QStringLiteral("The site is checked after every edit; what is wrong or looks wrong appears here.")));
    m_view = new QTableView(this);
    describe(m_view, QStringLiteral("problemsTable"), QStringLiteral("List of problems"));
    m_view->setToolTip({});
    m_view->setModel(m_model);
    m_view->setItemDelegate(new ProblemDelegate(m_view));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setShowGrid(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(28);
    m_view->horizontalHeader()->setSectionResizeMode(ProblemModel::What, QHeaderView::Stretch);
    m_view->horizontalHeader()->setSectionResizeMode(ProblemModel::Code, QHeaderView::ResizeToContents);
    m_view->horizontalHeader()->setSectionResizeMode(ProblemModel::Where, QHeaderView::ResizeToContents);
    m_view->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->setTabKeyNavigation(false);
    addWidget(m_view);
    const auto choose = [this](const QModelIndex& index) {
        Q_EMIT problemChosen(index.data(ProblemModel::PathRole).toString());
    };
    connect(m_view, &QTableView::clicked, this, choose);
    connect(m_view, &QTableView::activated, this, choose);
    connect(m_model, &QAbstractItemModel::modelReset, this, &ProblemsPanel::refresh);
    refresh();
}

void ProblemsPanel::refresh()
{
    setCurrentIndex(m_model->rowCount() == 0 ? 0 : 1);
    Q_EMIT countChanged();
}

}  // namespace signalbox::ui
