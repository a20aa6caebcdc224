#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/inspector/block_editors.h"
#include "ui/inspector/line_editors.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

QVBoxLayout* listColumn(QWidget* owner)
{
    auto* layout = new QVBoxLayout(owner);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    return layout;
}

QToolButton* makeSmallButton(const char* iconName, const QString& objectName, const QString& name, QWidget* parent)
{
    auto* button = makeIconButton(QString::fromLatin1(iconName), objectName, name, {}, parent);
    button->setFixedSize(28, 28);
    button->setIconSize({16, 16});
    return button;
}

QToolButton* makeAddButton(const QString& text, const QString& objectName, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setText(text);
    button->setIcon(icon(QStringLiteral("plus")));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setMinimumHeight(28);
    button->setFocusPolicy(Qt::TabFocus);
    describe(button, objectName, text);
    return button;
}

void clearLayout(QLayout& layout)
{
    while (QLayoutItem* item = layout.takeAt(0)) {
        if (item->widget() != nullptr) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
}

}  // namespace

TextListEditor::TextListEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_layout(nullptr)
{
    auto* outer = listColumn(this);
    m_layout = new QVBoxLayout;
    m_layout->setSpacing(4);
    outer->addLayout(m_layout);
    const QString what = fields::latin(spec.element->title).toLower();
    auto* add = makeAddButton(QStringLiteral("Add %1").arg(what.isEmpty() ? QStringLiteral("one") : what), nameFor("add"), this);
    outer->addWidget(add, 0, Qt::AlignLeft);
    connect(add, &QToolButton::clicked, this, [this] {
        addLine({});
        m_lines.back()->setFocus();
    });
    rebuild(stored());
}

QStringList TextListEditor::stored() const
{
    QStringList out;
    const Value* value = fields::valueOf(document(), path());
    if (value != nullptr && value->isScalar()) {
        out << QString::fromStdString(value->text());
    } else if (value != nullptr) {
        for (const Value& item : value->items()) {
            out << QString::fromStdString(item.text());
        }
    }
    return out;
}

void TextListEditor::addLine(const QString& text)
{
    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    auto* line = new FieldLine(row);
    const int number = static_cast<int>(m_lines.size());
    describe(line, QStringLiteral("%1-%2").arg(nameFor("item")).arg(number), QStringLiteral("%1 %2").arg(fields::latin(m_spec.title)).arg(number + 1),
             fields::latin(m_spec.help));
    line->setText(text);
    if (m_spec.element->kind == ParamKind::Secret) {
        line->setEchoMode(QLineEdit::PasswordEchoOnEdit);
    }
    auto* removeButton = makeSmallButton("close", QStringLiteral("%1-%2").arg(nameFor("remove")).arg(number), QStringLiteral("Remove this one"), row);
    layout->addWidget(line, 1);
    layout->addWidget(removeButton);
    m_layout->addWidget(row);
    m_lines.push_back(line);
    connect(line, &FieldLine::entered, this, [this] { ++m_session; });
    connect(line, &QLineEdit::textEdited, this, [this, number] { write(QStringLiteral("%1/%2#%3").arg(path()).arg(number).arg(m_session)); });
    connect(removeButton, &QToolButton::clicked, this, [this, line] {
        line->clear();
        write({});
        rebuild(stored());
    });
}

void TextListEditor::write(const QString& mergeKey)
{
    Value list = Value::list();
    list.style = Value::Style::Flow;
    m_shown.clear();
    for (const FieldLine* line : m_lines) {
        if (!line->text().isEmpty()) {
            list.append(Value::scalar(line->text().toStdString()));
            m_shown << line->text();
        }
    }
    const QString step = QStringLiteral("change %1 of %2").arg(fields::latin(m_spec.title).toLower(), fields::ownerOf(path()));
    if (m_shown.isEmpty()) {
        document().removeValue(path(), step);
    } else {
        fields::set(document(), m_place, list, step, mergeKey);
    }
}

void TextListEditor::rebuild(const QStringList& texts)
{
    clearLayout(*m_layout);
    m_lines.clear();
    for (const QString& text : texts) {
        addLine(text);
    }
    m_shown = texts;
}

void TextListEditor::refresh()
{
    const QStringList now = stored();
    if (now != m_shown) {
        rebuild(now);
    }
}

TextMapEditor::TextMapEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_layout(nullptr)
{
    auto* outer = listColumn(this);
    m_layout = new QVBoxLayout;
    m_layout->setSpacing(4);
    outer->addLayout(m_layout);
    auto* add = makeAddButton(QStringLiteral("Add one"), nameFor("add"), this);
    outer->addWidget(add, 0, Qt::AlignLeft);
    connect(add, &QToolButton::clicked, this, [this] {
        addPair({}, {});
        m_lines.back().first->setFocus();
    });
    rebuild(stored());
}

TextMapEditor::Pairs TextMapEditor::stored() const
{
    Pairs out;
    if (const Value* value = fields::valueOf(document(), path())) {
        for (const auto& [key, member] : value->members()) {
            out.append({QString::fromStdString(key), QString::fromStdString(member.text())});
        }
    }
    return out;
}

void TextMapEditor::addPair(const QString& key, const QString& value)
{
    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    const int number = static_cast<int>(m_lines.size());
    auto* keyLine = new FieldLine(row);
    auto* valueLine = new FieldLine(row);
    keyLine->setText(key);
    keyLine->setPlaceholderText(QStringLiteral("name"));
    valueLine->setText(value);
    valueLine->setPlaceholderText(QStringLiteral("value"));
    describe(keyLine, QStringLiteral("%1-%2").arg(nameFor("key")).arg(number), QStringLiteral("Name %1").arg(number + 1), fields::latin(m_spec.help));
    describe(valueLine, QStringLiteral("%1-%2").arg(nameFor("value")).arg(number), QStringLiteral("Value %1").arg(number + 1), fields::latin(m_spec.help));
    auto* removeButton = makeSmallButton("close", QStringLiteral("%1-%2").arg(nameFor("remove")).arg(number), QStringLiteral("Remove this one"), row);
    layout->addWidget(keyLine, 2);
    layout->addWidget(valueLine, 3);
    layout->addWidget(removeButton);
    m_layout->addWidget(row);
    m_lines.emplace_back(keyLine, valueLine);
    for (FieldLine* line : {keyLine, valueLine}) {
        connect(line, &FieldLine::entered, this, [this] { ++m_session; });
        connect(line, &QLineEdit::textEdited, this, [this, number] { write(QStringLiteral("%1/%2#%3").arg(path()).arg(number).arg(m_session)); });
    }
    connect(removeButton, &QToolButton::clicked, this, [this, keyLine] {
        keyLine->clear();
        write({});
        rebuild(stored());
    });
}

void TextMapEditor::write(const QString& mergeKey)
{
    Value map = Value::map();
    map.style = Value::Style::Flow;
    for (const auto& [key, value] : m_lines) {
        if (!key->text().isEmpty()) {
            map.set(key->text().toStdString(), Value::scalar(value->text().toStdString()));
        }
    }
    m_shown.clear();
    for (const auto& [key, value] : map.members()) {
        m_shown.append({QString::fromStdString(key), QString::fromStdString(value.text())});
    }
    const QString step = QStringLiteral("change %1 of %2").arg(fields::latin(m_spec.title).toLower(), fields::ownerOf(path()));
    if (m_shown.isEmpty()) {
        document().removeValue(path(), step);
    } else {
        fields::set(document(), m_place, map, step, mergeKey);
    }
}

void TextMapEditor::rebuild(const Pairs& pairs)
{
    clearLayout(*m_layout);
    m_lines.clear();
    for (const auto& [key, value] : pairs) {
        addPair(key, value);
    }
    m_shown = pairs;
}

void TextMapEditor::refresh()
{
    const Pairs now = stored();
    if (now != m_shown) {
        rebuild(now);
    }
}

}  // namespace signalbox::ui
