#include <QHBoxLayout>
#include <QHeaderView>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/site/value_path.h"
#include "ui/inspector/block_editors.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr std::size_t kMostColumns = 3;

/// The name, then what fits: plain values, and one map in a few words.
std::vector<const ParamSpec*> columnsOf(const ObjectSpec& object)
{
    std::vector<const ParamSpec*> out;
    bool hasMap = false;
    for (const ParamSpec& param : object.params) {
        const bool plain = fields::isScalar(param.kind);
        const bool map = param.kind == ParamKind::Object && !hasMap;
        if (out.size() < kMostColumns && !param.advanced && param.availability == Availability::Now && (plain || map)) {
            out.push_back(&param);
            hasMap = hasMap || map;
        }
    }
    return out;
}

}  // namespace

NamedListEditor::NamedListEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_table(new QTableWidget(this)), m_columns(columnsOf(*spec.object))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    describe(m_table, nameFor("table"), fields::latin(spec.title), fields::latin(spec.help));
    m_table->setToolTip({});
    m_table->setColumnCount(static_cast<int>(m_columns.size()));
    QStringList titles;
    for (const ParamSpec* column : m_columns) {
        titles << fields::latin(column->title);
    }
    m_table->setHorizontalHeaderLabels(titles);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(28);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    if (m_columns.size() > 1) {
        m_table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    }
    m_table->setColumnWidth(0, 88);
    if (m_columns.size() > 2) {
        m_table->setColumnWidth(2, m_columns[2]->kind == ParamKind::Integer ? 58 : 92);
    }
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    connect(m_table, &QTableWidget::cellChanged, this, &NamedListEditor::take);
    connect(m_table, &QTableWidget::currentCellChanged, this, &NamedListEditor::updateButtons);
    layout->addWidget(m_table);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(0);
    const auto button = [&](const char* iconName, const char* what, const QString& name, bool ofRow, auto&& onClick) {
        auto* made = makeIconButton(QString::fromLatin1(iconName), nameFor(what), name, {}, this);
        made->setFixedSize(28, 28);
        made->setIconSize({16, 16});
        connect(made, &QToolButton::clicked, this, onClick);
        buttons->addWidget(made);
        if (ofRow) {
            m_rowButtons.push_back(made);
        }
    };
    const QString one = fields::latin(spec.object->title).toLower();
    button("plus", "add", QStringLiteral("Add a %1").arg(one), false, [this] { addElement(); });
    button("edit", "open", QStringLiteral("Open this %1").arg(one), true, [this] {
        if (m_context.navigate) {
            m_context.navigate(elementPath(m_table->currentRow()));
        }
    });
    button("chevron-up", "up", QStringLiteral("Move up"), true, [this] { move(-1); });
    button("chevron-down", "down", QStringLiteral("Move down"), true, [this] { move(1); });
    button("trash", "remove", QStringLiteral("Remove this %1").arg(one), true, [this] { remove(); });
    buttons->addStretch();
    layout->addLayout(buttons);
    refresh();
}

QString NamedListEditor::elementPath(int row) const
{
    const Value* list = fields::valueOf(document(), path());
    if (list == nullptr || row < 0 || row >= static_cast<int>(list->items().size())) {
        return {};
    }
    const auto at = static_cast<std::size_t>(row);
    return fields::child(path(), QString::fromStdString(site::elementSegment(list->items()[at], at)));
}

void NamedListEditor::refresh()
{
    const Value* list = fields::valueOf(document(), path());
    const int count = list != nullptr ? static_cast<int>(list->items().size()) : 0;
    m_filling = true;
    m_table->setRowCount(count);
    for (int row = 0; row < count; ++row) {
        const Value& item = list->items()[static_cast<std::size_t>(row)];
        for (int column = 0; column < static_cast<int>(m_columns.size()); ++column) {
            const ParamSpec& spec = *m_columns[static_cast<std::size_t>(column)];
            const Value* value = item.find(spec.key);
            const bool plain = fields::isScalar(spec.kind);
            const QString shown = value != nullptr ? fields::summary(value) : fields::latin(spec.fallback);
            auto* cell = m_table->item(row, column);
            if (cell == nullptr) {
                cell = new QTableWidgetItem;
                m_table->setItem(row, column, cell);
            }
            if (cell->text() != shown) {
                cell->setText(shown);
            }
            cell->setToolTip(shown);
            cell->setFlags(plain ? cell->flags() | Qt::ItemIsEditable : cell->flags() & ~Qt::ItemIsEditable);
            cell->setForeground(value == nullptr || !plain ? tokens().muted : tokens().text);
            cell->setTextAlignment((spec.kind == ParamKind::Integer ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        }
    }
    m_filling = false;
    const int rows = std::clamp(count, 1, 8);
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() + rows * 28 + 4);
    updateButtons();
}

void NamedListEditor::take(int row, int column)
{
    if (m_filling || column < 0 || column >= static_cast<int>(m_columns.size())) {
        return;
    }
    const ParamSpec& spec = *m_columns[static_cast<std::size_t>(column)];
    const QString text = m_table->item(row, column)->text().trimmed();
    const QString element = elementPath(row);
    const bool fits = !text.isEmpty() && !checkScalar(spec, text.toStdString());
    if (spec.kind == ParamKind::Name && fits) {
        document().rename(element, text);
    } else if (fits) {
        fields::setScalar(document(), {fields::child(element, fields::latin(spec.key))}, spec, text);
    }
    refresh();  // what does not fit is put back as it was
}

void NamedListEditor::addElement()
{
    const ObjectSpec& object = *m_spec.object;
    Value made = fields::newObject(document(), path(), object);
    const QString step = QStringLiteral("add %1 to %2").arg(fields::latin(object.id), fields::ownerOf(path()));
    document().insertItem(path(), -1, made, step);
    m_table->setCurrentCell(m_table->rowCount() - 1, 0);
}

void NamedListEditor::move(int by)
{
    const int row = m_table->currentRow();
    document().moveItem(path(), row, row + by, QStringLiteral("move %1").arg(elementPath(row).section(u'/', -1)));
    m_table->setCurrentCell(std::clamp(row + by, 0, m_table->rowCount() - 1), 0);
}

void NamedListEditor::remove()
{
    const QString element = elementPath(m_table->currentRow());
    if (!element.isEmpty()) {
        document().removeElement(element);
    }
}

void NamedListEditor::updateButtons()
{
    for (QToolButton* button : m_rowButtons) {
        button->setEnabled(m_table->currentRow() >= 0);
    }
}

}  // namespace signalbox::ui
