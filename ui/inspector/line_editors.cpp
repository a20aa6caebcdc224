#include "ui/inspector/line_editors.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QWheelEvent>
#include <algorithm>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

QHBoxLayout* rowOf(QWidget* owner)
{
    auto* row = new QHBoxLayout(owner);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    return row;
}

QString sentence(const std::optional<std::string>& problem)
{
    return problem ? QString::fromStdString(*problem) : QString();
}

}  // namespace

bool FieldLine::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
            event->ignore();
            return false;
        }
    }
    return QLineEdit::event(event);
}

void FieldLine::focusInEvent(QFocusEvent* event)
{
    QLineEdit::focusInEvent(event);
    Q_EMIT entered();
}

void FieldLine::focusOutEvent(QFocusEvent* event)
{
    QLineEdit::focusOutEvent(event);
    Q_EMIT left();
}

void FieldLine::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down) {
        Q_EMIT stepped(event->key() == Qt::Key_Up ? 1 : -1);
        return;
    }
    QLineEdit::keyPressEvent(event);
}

FieldCombo::FieldCombo(QWidget* parent) : QComboBox(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(6);
}

void FieldCombo::wheelEvent(QWheelEvent* event)
{
    event->ignore();
}

LineEditor::LineEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_line(new FieldLine(this))
{
    describe(m_line, nameFor("field"), fields::latin(spec.title), fields::latin(spec.help));
    m_line->setPlaceholderText(fields::latin(spec.fallback));
    if (spec.kind == ParamKind::Secret) {
        m_line->setEchoMode(QLineEdit::PasswordEchoOnEdit);
    }
    if (spec.kind == ParamKind::Pattern) {
        m_line->setFont(Theme::instance().font(Theme::TextRole::Mono));
    }
    setFocusProxy(m_line);
    rowOf(this)->addWidget(m_line);
    connect(m_line, &FieldLine::entered, this, [this] { ++m_session; });
    connect(m_line, &QLineEdit::textEdited, this, &LineEditor::take);
    connect(m_line, &FieldLine::stepped, this, &LineEditor::step);
    refresh();
}

void LineEditor::refresh()
{
    const QString stored = fields::textOf(document(), path());
    if (!m_pending.isEmpty() && m_line->hasFocus()) {
        return;
    }
    if (stored != m_line->text()) {
        m_pending.clear();
        const int cursor = m_line->cursorPosition();
        m_line->setText(stored);
        m_line->setCursorPosition(std::min(cursor, static_cast<int>(stored.size())));
    }
}

void LineEditor::take(const QString& text)
{
    if (text.isEmpty()) {
        m_pending = m_spec.required ? QStringLiteral("%1 is needed").arg(fields::latin(m_spec.title)) : QString();
        if (!m_spec.required && fields::valueOf(document(), path()) != nullptr) {
            fields::reset(document(), path(), m_spec);
        }
    } else {
        m_pending = sentence(checkScalar(m_spec, text.toStdString()));
        if (m_pending.isEmpty()) {
            fields::setScalar(document(), m_place, m_spec, text, path() + u'#' + QString::number(m_session));
        }
    }
    Q_EMIT checked();
}

void LineEditor::step(int by)
{
    if (m_spec.kind != ParamKind::Integer) {
        return;
    }
    const QString shown = m_line->text().isEmpty() ? m_line->placeholderText() : m_line->text();
    const auto number = parseInteger(shown.toStdString());
    if (number) {
        const double next = std::clamp(static_cast<double>(*number + by), m_spec.min, m_spec.max);
        const QString text = QString::number(static_cast<qlonglong>(next));
        m_line->setText(text);
        take(text);
    }
}

BooleanEditor::BooleanEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_box(new QCheckBox(this))
{
    describe(m_box, nameFor("field"), fields::latin(spec.title), fields::latin(spec.help));
    setFocusProxy(m_box);
    auto* row = rowOf(this);
    row->addWidget(m_box);
    row->addStretch();
    connect(m_box, &QCheckBox::clicked, this,
            [this](bool on) { fields::setScalar(document(), m_place, m_spec, on ? QStringLiteral("true") : QStringLiteral("false")); });
    refresh();
}

void BooleanEditor::refresh()
{
    const Value* value = fields::valueOf(document(), path());
    const bool on = parseBoolean(value != nullptr ? std::string_view(value->text()) : m_spec.fallback).value_or(false);
    m_box->setChecked(on);
    m_box->setText(on ? QStringLiteral("on") : QStringLiteral("off"));
}

ChoiceEditor::ChoiceEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : FieldEditor(context, place, spec, parent), m_combo(new FieldCombo(this)), m_free(spec.kind == ParamKind::Address || spec.mayBeUrl)
{
    describe(m_combo, nameFor("field"), fields::latin(spec.title), fields::latin(spec.help));
    if (m_free) {
        m_combo->setEditable(true);
        auto* line = new FieldLine(m_combo);
        m_combo->setLineEdit(line);
        line->setTextMargins(-6, 0, 0, 0);  // the combo box has a margin of its own
        m_combo->setInsertPolicy(QComboBox::NoInsert);
        m_combo->setCompleter(nullptr);
        describe(line, nameFor("field-text"), fields::latin(spec.title), fields::latin(spec.help));
        connect(line, &FieldLine::entered, this, [this] { ++m_session; });
        connect(line, &QLineEdit::textEdited, this, &ChoiceEditor::take);
    }
    setFocusProxy(m_combo);
    rowOf(this)->addWidget(m_combo);
    connect(m_combo, qOverload<int>(&QComboBox::activated), this, [this](int index) { take(m_combo->itemData(index).toString()); });
    refresh();
}

QStringList ChoiceEditor::words() const
{
    QStringList out;
    if (m_spec.kind == ParamKind::Address) {
        for (const QString& name : fields::namesOf(document(), "mocks")) {
            out << QStringLiteral("mock:") + name;
        }
        for (const QString& name : fields::namesOf(document(), "listeners")) {
            out << QStringLiteral("listener:") + name;
        }
    } else if (m_spec.kind == ParamKind::Reference) {
        out = fields::namesOf(document(), m_spec.referenceTo);
    } else {
        for (const auto word : m_spec.choices) {
            out << fields::latin(word);
        }
    }
    return out;
}

void ChoiceEditor::refresh()
{
    const QString stored = fields::textOf(document(), path());
    const QString shown = stored.isEmpty() ? fields::latin(m_spec.fallback) : stored;
    QStringList all = words();
    if (!m_free && !shown.isEmpty() && !all.contains(shown)) {
        all << shown;
    }
    const bool mayBeNone = m_spec.fallback.empty() && !m_spec.required && !m_free;
    if (all != m_words || m_combo->count() == 0) {
        m_words = all;
        m_combo->clear();
        if (mayBeNone) {
            m_combo->addItem(QStringLiteral("none"), QString());
        }
        for (const QString& word : std::as_const(all)) {
            m_combo->addItem(word, word);
        }
    }
    if (m_free) {
        if (m_combo->lineEdit()->text() != shown && (m_pending.isEmpty() || !m_combo->lineEdit()->hasFocus())) {
            m_pending.clear();
            m_combo->setCurrentText(shown);
        }
        return;
    }
    m_combo->setCurrentIndex(m_combo->findData(shown));
}

void ChoiceEditor::take(const QString& text)
{
    if (text.isEmpty()) {
        m_pending = m_spec.required ? QStringLiteral("%1 is needed").arg(fields::latin(m_spec.title)) : QString();
        if (!m_spec.required && fields::valueOf(document(), path()) != nullptr) {
            fields::reset(document(), path(), m_spec);
        }
    } else {
        m_pending = sentence(checkScalar(m_spec, text.toStdString()));
        if (m_pending.isEmpty()) {
            fields::setScalar(document(), m_place, m_spec, text, m_free ? path() + u'#' + QString::number(m_session) : QString());
        }
    }
    Q_EMIT checked();
}

}  // namespace signalbox::ui
