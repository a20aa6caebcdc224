#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "core/site/catalog.h"
#include "ui/inspector/block_editors.h"
#include "ui/inspector/line_editors.h"
#include "ui/inspector/param_form.h"
#include "ui/inspector/yaml_fragment.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

QVBoxLayout* columnOf(QWidget* owner, int left = 0)
{
    auto* layout = new QVBoxLayout(owner);
    layout->setContentsMargins(left, 0, 0, 0);
    layout->setSpacing(6);
    return layout;
}

}  // namespace

ObjectEditor::ObjectEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_form(new ParamForm(context, place.path, *spec.object, {.withName = true}, this))
{
    columnOf(this, 8)->addWidget(m_form);
}

void ObjectEditor::refresh()
{
    m_form->refresh();
}

FamilyEditor::FamilyEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_combo(new FieldCombo(this)), m_layout(columnOf(this))
{
    describe(m_combo, nameFor("field"), fields::latin(spec.title), fields::latin(spec.help));
    setFocusProxy(m_combo);
    if (spec.fallback.empty() && !spec.required) {
        m_combo->addItem(QStringLiteral("none"), QString());
    }
    if (const auto* family = document().catalog().family(spec.family)) {
        for (const ObjectSpec* member : family->members) {
            m_combo->addItem(fields::latin(member->title), fields::latin(member->id));
            m_combo->setItemData(m_combo->count() - 1, fields::latin(member->help), Qt::ToolTipRole);
        }
    }
    m_layout->addWidget(m_combo);
    connect(m_combo, qOverload<int>(&QComboBox::activated), this, [this](int index) { choose(m_combo->itemData(index).toString()); });
    m_shown = currentId();
    rebuild();
    refresh();
}

QString FamilyEditor::currentId() const
{
    const Value* value = fields::valueOf(document(), path());
    if (value != nullptr && value->isMap()) {
        value = value->find(m_spec.familyKey);
    }
    return value != nullptr && value->isScalar() ? QString::fromStdString(value->text()) : fields::latin(m_spec.fallback);
}

void FamilyEditor::choose(const QString& id)
{
    const ObjectSpec* member = document().catalog().member(m_spec.family, id.toStdString());
    if (member == nullptr) {
        fields::reset(document(), path(), m_spec);
        return;
    }
    const QString step = QStringLiteral("set %1 of %2 to %3").arg(fields::latin(m_spec.title).toLower(), fields::ownerOf(path()), id);
    const Value* before = fields::valueOf(document(), path());
    Value next = fields::newObject(document(), {}, *member);
    // What both know (a rate, say) stays.
    for (const ParamSpec& param : member->params) {
        if (const Value* kept = before != nullptr ? before->find(param.key) : nullptr) {
            next.set(param.key, *kept);
        }
    }
    if (next.members().empty()) {
        document().setValue(path(), Value::scalar(id.toStdString()), step);
        return;
    }
    Value map = Value::map();
    map.style = Value::Style::Flow;
    map.set(m_spec.familyKey, Value::scalar(id.toStdString()));
    for (const auto& [key, value] : next.members()) {
        map.set(key, value);
    }
    document().setValue(path(), map, step);
}

void FamilyEditor::rebuild()
{
    delete m_form;
    m_form = nullptr;
    const ObjectSpec* member = document().catalog().member(m_spec.family, m_shown.toStdString());
    if (member != nullptr && !member->params.empty()) {
        m_form = new ParamForm(m_context, path(), *member, {.family = &m_spec, .withName = true}, this);
        m_form->setContentsMargins(8, 0, 0, 0);
        m_layout->addWidget(m_form);
    }
}

void FamilyEditor::refresh()
{
    const QString id = currentId();
    if (id != m_shown) {
        m_shown = id;
        rebuild();
    } else if (m_form != nullptr) {
        m_form->refresh();
    }
    m_combo->setCurrentIndex(m_combo->findData(id));
    const ObjectSpec* member = document().catalog().member(m_spec.family, id.toStdString());
    m_combo->setToolTip(fields::latin(member != nullptr ? member->help : m_spec.help));
}

YamlFieldEditor::YamlFieldEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_text(new QPlainTextEdit(this))
{
    describe(m_text, nameFor("field"), fields::latin(spec.title), fields::latin(spec.help));
    m_text->setFont(Theme::instance().font(Theme::TextRole::Mono));
    m_text->setTabChangesFocus(true);
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->installEventFilter(this);
    m_text->setPlaceholderText(QStringLiteral("as YAML"));
    new YamlHighlighter(m_text->document());
    setFocusProxy(m_text);
    columnOf(this)->addWidget(m_text);
    connect(m_text, &QPlainTextEdit::textChanged, this, &YamlFieldEditor::check);
    refresh();
}

void YamlFieldEditor::refresh()
{
    const Value* value = fields::valueOf(document(), path());
    QString stored;
    if (value != nullptr && !value->isNull()) {
        Value block = *value;
        block.style = Value::Style::Block;
        stored = QString::fromStdString(site::writeValue(block)).trimmed();
    }
    if (stored != m_stored || m_text->toPlainText().isEmpty()) {
        m_stored = stored;
        m_text->setPlainText(stored);
    }
    const int lines = std::clamp(static_cast<int>(m_text->document()->blockCount()), 2, 8);
    m_text->setFixedHeight(m_text->fontMetrics().lineSpacing() * lines + 16);
}

void YamlFieldEditor::check()
{
    const YamlFragment fragment = parseFragment(m_text->toPlainText());
    m_pending = fragment.error.isEmpty() ? QString() : QStringLiteral("Line %1: %2").arg(fragment.line).arg(fragment.error);
    Q_EMIT checked();
}

void YamlFieldEditor::commit()
{
    const QString text = m_text->toPlainText();
    if (text.trimmed() == m_stored || !m_pending.isEmpty()) {
        return;
    }
    if (text.trimmed().isEmpty()) {
        fields::reset(document(), path(), m_spec);
        return;
    }
    const QString step = QStringLiteral("edit %1 of %2").arg(fields::latin(m_spec.title).toLower(), fields::ownerOf(path()));
    fields::set(document(), m_place, parseFragment(text).value, step);
}

bool YamlFieldEditor::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::FocusOut) {
        commit();
    } else if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && key->modifiers().testFlag(Qt::ControlModifier)) {
            commit();
            return true;
        }
    }
    return FieldEditor::eventFilter(watched, event);
}

}  // namespace signalbox::ui
