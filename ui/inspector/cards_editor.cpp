#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/site/catalog.h"
#include "ui/inspector/block_editors.h"
#include "ui/inspector/fold_button.h"
#include "ui/inspector/param_form.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

/// A raised area with a thin border and round corners.
class Card : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(tokens().border);
        painter.setBrush(mix(tokens().raised, tokens().surface, 0.6));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    }
};

const ObjectSpec* specOf(const SiteDocument& document, const ParamSpec& spec, const Value& item)
{
    if (spec.kind != ParamKind::Families) {
        return spec.element->object;
    }
    return item.members().empty() ? nullptr : document.catalog().member(spec.family, item.members().front().first);
}

}  // namespace

CardsEditor::CardsEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_layout(nullptr), m_add(new QToolButton(this))
{
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(6);
    m_layout = new QVBoxLayout;
    m_layout->setSpacing(6);
    outer->addLayout(m_layout);
    const bool families = spec.kind == ParamKind::Families;
    m_add->setText(families ? QStringLiteral("Add %1").arg(fields::latin(spec.family)) : QStringLiteral("Add %1").arg(fields::latin(spec.element->title).toLower()));
    m_add->setIcon(icon(QStringLiteral("plus")));
    m_add->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_add->setAutoRaise(true);
    m_add->setMinimumHeight(28);
    m_add->setFocusPolicy(Qt::TabFocus);
    describe(m_add, nameFor("add"), m_add->text());
    if (families) {
        // Not setMenu(): its arrow would be squeezed under the text.
        auto* menu = makeAddMenu();
        connect(m_add, &QToolButton::clicked, this, [this, menu] { menu->popup(m_add->mapToGlobal(QPoint(0, m_add->height()))); });
    } else {
        connect(m_add, &QToolButton::clicked, this, [this] { add(*m_spec.element->object); });
    }
    outer->addWidget(m_add, 0, Qt::AlignLeft);
    m_shown = signature();
    rebuild();
}

QMenu* CardsEditor::makeAddMenu()
{
    auto* menu = new QMenu(this);
    menu->setToolTipsVisible(true);
    if (const auto* family = document().catalog().family(m_spec.family)) {
        for (const ObjectSpec* member : family->members) {
            QAction* action = menu->addAction(fields::latin(member->title));
            action->setObjectName(nameFor("add") + u'-' + fields::latin(member->id));
            action->setToolTip(fields::latin(member->help));
            action->setStatusTip(fields::latin(member->help));
            connect(action, &QAction::triggered, this, [this, member] { add(*member); });
        }
    }
    return menu;
}

void CardsEditor::add(const ObjectSpec& spec)
{
    const Value* list = fields::valueOf(document(), path());
    m_open = list != nullptr ? static_cast<int>(list->items().size()) : 0;
    Value object = fields::newObject(document(), path(), spec);
    object.style = Value::Style::Flow;
    const QString step = QStringLiteral("add %1 to %2").arg(fields::latin(spec.id), fields::ownerOf(path()));
    if (m_spec.kind == ParamKind::Families) {
        Value item = Value::map();
        item.set(spec.id, std::move(object));
        document().insertItem(path(), -1, item, step);
    } else {
        document().insertItem(path(), -1, object, step);
    }
}

QStringList CardsEditor::signature() const
{
    QStringList out;
    if (const Value* list = fields::valueOf(document(), path())) {
        for (const Value& item : list->items()) {
            out << (m_spec.kind == ParamKind::Families && !item.members().empty() ? QString::fromStdString(item.members().front().first) : QStringLiteral("item"));
        }
    }
    return out;
}

QString CardsEditor::titleOf(const Value& item, int index) const
{
    if (const ObjectSpec* spec = m_spec.kind == ParamKind::Families ? specOf(document(), m_spec, item) : nullptr) {
        return fields::latin(spec->title);
    }
    if (m_spec.kind == ParamKind::Families) {
        return item.members().empty() ? QStringLiteral("unknown") : QString::fromStdString(item.members().front().first);
    }
    // The first texts of an element tell it from its neighbours: "GET /cart", "order-service 90".
    QStringList parts;
    for (const ParamSpec& param : m_spec.element->object->params) {
        const Value* value = item.find(param.key);
        const bool telling = param.kind == ParamKind::Text || param.kind == ParamKind::Reference || param.kind == ParamKind::Integer;
        if (value != nullptr && telling && value->isScalar() && parts.size() < 2) {
            parts << QString::fromStdString(value->text());
        }
    }
    return parts.isEmpty() ? QStringLiteral("%1 %2").arg(fields::latin(m_spec.element->title)).arg(index + 1) : parts.join(u' ');
}

void CardsEditor::rebuild()
{
    while (QLayoutItem* item = m_layout->takeAt(0)) {
        if (item->widget() != nullptr) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
    m_forms.clear();
    m_titles.clear();
    if (const Value* list = fields::valueOf(document(), path())) {
        const int count = static_cast<int>(list->items().size());
        for (int at = 0; at < count; ++at) {
            m_layout->addWidget(makeCard(list->items()[static_cast<std::size_t>(at)], at, count));
        }
    }
}

QWidget* CardsEditor::makeCard(const Value& item, int index, int count)
{
    auto* card = new Card(this);
    const QString number = QString::number(index);
    card->setObjectName(nameFor("card") + u'-' + number);
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(10, 2, 8, 2);
    layout->setSpacing(4);
    auto* head = new QHBoxLayout;
    head->setSpacing(0);
    auto* title = new FoldButton(titleOf(item, index), Theme::TextRole::Body, card);
    title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    const ObjectSpec* spec = specOf(document(), m_spec, item);
    describe(title, nameFor("title") + u'-' + number, title->text(), spec != nullptr ? fields::latin(spec->help) : QString());
    head->addWidget(title, 1);
    const auto button = [&](const char* iconName, const char* what, const QString& name, bool enabled, auto&& onClick) {
        auto* made = makeIconButton(QString::fromLatin1(iconName), nameFor(what) + u'-' + number, name, {}, card);
        made->setFixedSize(28, 28);
        made->setIconSize({14, 14});
        made->setEnabled(enabled);
        connect(made, &QToolButton::clicked, this, onClick);
        head->addWidget(made);
    };
    const QString step = QStringLiteral("%1 %2 of %3").arg(QStringLiteral("%1"), title->text().toLower(), fields::ownerOf(path()));
    button("chevron-up", "up", QStringLiteral("Move up"), index > 0, [this, index, step] {
        m_open = -1;
        document().moveItem(path(), index, index - 1, step.arg(QStringLiteral("move up")));
    });
    button("chevron-down", "down", QStringLiteral("Move down"), index + 1 < count, [this, index, step] {
        m_open = -1;
        document().moveItem(path(), index, index + 1, step.arg(QStringLiteral("move down")));
    });
    button("trash", "remove", QStringLiteral("Remove"), true, [this, number, step] {
        m_open = -1;
        document().removeValue(fields::child(path(), number), step.arg(QStringLiteral("remove")));
    });
    layout->addLayout(head);
    if (spec != nullptr) {
        QString inner = fields::child(path(), number);
        if (m_spec.kind == ParamKind::Families) {
            inner = fields::child(inner, fields::latin(spec->id));
        }
        auto* form = new ParamForm(m_context, inner, *spec, {.withName = true}, card);
        form->setContentsMargins(2, 0, 0, 8);
        layout->addWidget(form);
        connect(title, &QToolButton::toggled, form, &QWidget::setVisible);
        const bool faulty = fields::complaintAt(document(), inner, true).has_value();
        title->setChecked(index == m_open || count <= 2 || faulty);
        form->setVisible(title->isChecked());
        m_forms.push_back(form);
    }
    m_titles.push_back(title);
    return card;
}

void CardsEditor::refresh()
{
    const QStringList now = signature();
    if (now != m_shown) {
        m_shown = now;
        rebuild();
        return;
    }
    for (ParamForm* form : m_forms) {
        form->refresh();
    }
    const Value* list = fields::valueOf(document(), path());
    for (std::size_t at = 0; list != nullptr && at < m_titles.size() && at < list->items().size(); ++at) {
        m_titles[at]->setText(titleOf(list->items()[at], static_cast<int>(at)));
    }
}

}  // namespace signalbox::ui
