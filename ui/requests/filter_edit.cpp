#include "ui/requests/filter_edit.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStringListModel>

#include "ui/requests/request_filter.h"
#include "ui/theme/theme.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

const auto kHelp = QStringLiteral("status:5xx  backend:a1  route:users  method:GET  outcome:rate-limited  total>50ms  path:/cart\n"
                                  "A minus before a term turns it round: -method:OPTIONS. Other words are looked for everywhere.");

}  // namespace

FilterEdit::FilterEdit(QWidget* parent) : QLineEdit(parent), m_completer(new QCompleter(this)), m_words(new QStringListModel(this))
{
    describe(this, QStringLiteral("requests-filter"), QStringLiteral("Filter requests"), kHelp);
    setPlaceholderText(QStringLiteral("Filter: status:5xx backend:a1 total>50ms -method:OPTIONS"));
    setClearButtonEnabled(true);
    addAction(icon(QStringLiteral("filter"), IconRole::Muted), QLineEdit::LeadingPosition);
    m_completer->setModel(m_words);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    m_completer->setWidget(this);
    connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this, &FilterEdit::insert);
    connect(this, &QLineEdit::textEdited, this, &FilterEdit::suggest);
}

void FilterEdit::setError(const QString& sentence)
{
    m_error = sentence;
    setToolTip(sentence.isEmpty() ? kHelp : sentence);
    setAccessibleDescription(sentence);
    update();
}

QString FilterEdit::currentWord() const
{
    const QString before = text().left(cursorPosition());
    return before.mid(before.lastIndexOf(u' ') + 1);
}

QStringList FilterEdit::suggestions() const
{
    QString word = currentWord();
    QString sign;
    if (word.startsWith(u'-')) {
        sign = QStringLiteral("-");
        word.remove(0, 1);
    }
    const auto colon = word.indexOf(u':');
    QStringList out;
    if (colon < 0) {
        for (const QString& key : RequestFilter::keys()) {
            if (!word.isEmpty() && key.startsWith(word, Qt::CaseInsensitive)) {
                out << sign + key + u':';
            }
        }
        return out;
    }
    const QString key = word.left(colon).toLower();
    QStringList values = RequestFilter::valuesOf(key);
    if (m_values) {
        values << m_values(key);
    }
    values.removeDuplicates();
    const QString begun = word.mid(colon + 1);
    for (const QString& value : std::as_const(values)) {
        if (value.startsWith(begun, Qt::CaseInsensitive) && value.compare(begun, Qt::CaseInsensitive) != 0) {
            out << sign + key + u':' + value;
        }
    }
    return out.mid(0, 12);
}

void FilterEdit::suggest()
{
    const QStringList words = suggestions();
    m_words->setStringList(words);
    if (words.isEmpty()) {
        m_completer->popup()->hide();
        return;
    }
    QRect place = cursorRect();
    place.setWidth(m_completer->popup()->sizeHintForColumn(0) + 40);
    m_completer->complete(place);
}

void FilterEdit::insert(const QString& completion)
{
    const qsizetype start = cursorPosition() - currentWord().size();
    QString whole = text();
    whole.replace(start, currentWord().size(), completion + (completion.endsWith(u':') ? QString() : QStringLiteral(" ")));
    const auto end = static_cast<int>(start + completion.size() + (completion.endsWith(u':') ? 0 : 1));
    setText(whole);
    setCursorPosition(end);
    Q_EMIT textEdited(whole);
}

void FilterEdit::keyPressEvent(QKeyEvent* event)
{
    const bool popup = m_completer->popup()->isVisible();
    if (popup && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Tab || event->key() == Qt::Key_Escape)) {
        event->ignore();  // the completer's
        return;
    }
    if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
        clear();
        Q_EMIT textEdited({});
        return;
    }
    QLineEdit::keyPressEvent(event);
}

void FilterEdit::paintEvent(QPaintEvent* event)
{
    QLineEdit::paintEvent(event);
    if (text().isEmpty()) {
        return;
    }
    QPainter painter(this);
    painter.fillRect(QRect(4, height() - 3, width() - 8, 2), m_error.isEmpty() ? tokens().ok : tokens().error);
}

}  // namespace signalbox::ui
