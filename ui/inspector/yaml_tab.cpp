#include "ui/inspector/yaml_tab.h"

#include <QKeyEvent>
#include <QPlainTextEdit>
#include <QTextBlock>
#include <QVBoxLayout>

#include "core/site/value_path.h"
#include "ui/inspector/yaml_fragment.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

YamlTab::YamlTab(SiteDocument& document, QWidget* parent)
    : QWidget(parent), m_document(document), m_text(new QPlainTextEdit(this)), m_message(new TextLabel({}, Theme::TextRole::Small, true, this))
{
    setObjectName(QStringLiteral("inspector-yaml"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 8);
    layout->setSpacing(6);
    describe(m_text, QStringLiteral("yaml-text"), QStringLiteral("This element as YAML"));
    m_text->setToolTip({});
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setTabChangesFocus(true);
    m_text->setFrameShape(QFrame::NoFrame);
    const auto restyle = [this] { m_text->setFont(Theme::instance().font(Theme::TextRole::Mono)); };
    restyle();
    connect(&Theme::instance(), &Theme::changed, this, restyle);
    m_text->installEventFilter(this);
    new YamlHighlighter(m_text->document());
    m_message->setObjectName(QStringLiteral("yaml-message"));
    m_message->setWordWrap(true);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_message);
    connect(m_text, &QPlainTextEdit::textChanged, this, &YamlTab::check);
}

QString YamlTab::stored() const
{
    const Value* value = site::valueAt(m_document.site(), m_path.toStdString());
    return value != nullptr ? QString::fromStdString(site::writeValue(*value)) : QString();
}

void YamlTab::setElement(const QString& path)
{
    if (path == m_path) {
        refresh();
        return;
    }
    m_path = path;
    m_shown = stored();
    m_text->setPlainText(m_shown);
}

void YamlTab::refresh()
{
    const QString now = stored();
    if (now != m_shown) {
        m_shown = now;
        m_text->setPlainText(now);
    }
}

void YamlTab::showMessage(const QString& text, bool isError, int line)
{
    m_message->setText(text);
    m_message->setMuted(!isError);
    QList<QTextEdit::ExtraSelection> marks;
    const QTextBlock block = m_text->document()->findBlockByNumber(line - 1);
    if (isError && line > 0 && block.isValid()) {
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(block);
        mark.format.setBackground(mix(tokens().error, tokens().surface, 0.25));
        mark.format.setProperty(QTextFormat::FullWidthSelection, true);
        marks << mark;
    }
    m_text->setExtraSelections(marks);
}

void YamlTab::check()
{
    if (m_text->toPlainText() == m_shown) {
        showMessage(QStringLiteral("Edit the text; Ctrl+Return takes it over."), false, 0);
        return;
    }
    const YamlFragment fragment = parseFragment(m_text->toPlainText());
    if (!fragment.error.isEmpty()) {
        showMessage(QStringLiteral("Line %1: %2").arg(fragment.line).arg(fragment.error), true, fragment.line);
        return;
    }
    if (!fragment.value.isMap()) {
        showMessage(QStringLiteral("An element is a map of keys and values."), true, 1);
        return;
    }
    site::Site trial = m_document.site();
    Value* place = site::valueAt(trial, m_path.toStdString());
    if (place == nullptr) {
        showMessage(QStringLiteral("This element is no longer there."), true, 0);
        return;
    }
    *place = fragment.value;
    const std::string path = m_path.toStdString();
    for (const auto& problem : site::check(trial, m_document.catalog())) {
        if (problem.severity == site::Severity::Error && (problem.path == path || problem.path.starts_with(path + "/"))) {
            showMessage(QStringLiteral("Line %1: %2").arg(problem.place.line).arg(QString::fromStdString(problem.message)), true, problem.place.line);
            return;
        }
    }
    showMessage(QStringLiteral("Fit. Ctrl+Return takes it over."), false, 0);
}

bool YamlTab::commit()
{
    const QString text = m_text->toPlainText();
    if (text == m_shown || m_path.isEmpty()) {
        return true;
    }
    const YamlFragment fragment = parseFragment(text);
    const QString name = QString::fromStdString(site::Site::nameOf(fragment.value));
    if (!fragment.error.isEmpty() || !fragment.value.isMap() || name.isEmpty()) {
        check();
        if (fragment.error.isEmpty() && name.isEmpty()) {
            showMessage(QStringLiteral("An element needs its name."), true, 1);
        }
        return false;
    }
    const QString oldName = m_path.section(u'/', -1);
    m_document.beginMacro(QStringLiteral("edit %1 as text").arg(oldName));
    if (name != oldName) {
        m_document.rename(m_path, name);
        m_path = QString::fromStdString(site::childPath(m_path.section(u'/', 0, -2).toStdString(), name.toStdString()));
    }
    m_document.setValue(m_path, fragment.value, QStringLiteral("edit %1 as text").arg(name));
    m_document.endMacro();
    m_shown = stored();
    check();
    if (name != oldName) {
        Q_EMIT renamed(m_path);
    }
    return true;
}

bool YamlTab::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::FocusOut) {
        commit();
    } else if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && key->modifiers().testFlag(Qt::ControlModifier)) {
            commit();
            return true;
        }
        if (key->key() == Qt::Key_Escape && m_text->toPlainText() != m_shown) {
            m_text->setPlainText(m_shown);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace signalbox::ui
