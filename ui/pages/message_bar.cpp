#include "ui/pages/message_bar.h"

#include <QAccessible>
#include <QPainter>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

QColor colourOf(MessageBar::Kind kind)
{
    switch (kind) {
        case MessageBar::Kind::Info: return tokens().accent;
        case MessageBar::Kind::Warning: return tokens().warn;
        case MessageBar::Kind::Error: return tokens().error;
    }
    return {};
}

QString iconOf(MessageBar::Kind kind)
{
    switch (kind) {
        case MessageBar::Kind::Info: return QStringLiteral("info");
        case MessageBar::Kind::Warning: return QStringLiteral("warning");
        case MessageBar::Kind::Error: return QStringLiteral("error");
    }
    return {};
}

}  // namespace

MessageBar::MessageBar(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("messageBar"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 6, 8, 6);
    layout->setSpacing(8);
    m_icon = new QLabel(this);
    layout->addWidget(m_icon);
    m_text = new TextLabel({}, Theme::TextRole::Body, false, this);
    m_text->setObjectName(QStringLiteral("messageText"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    layout->addWidget(m_text, 1);
    m_choices = new QHBoxLayout;
    m_choices->setSpacing(8);
    layout->addLayout(m_choices);
    auto* close = makeIconButton(QStringLiteral("close"), QStringLiteral("messageClose"),
                                 QStringLiteral("Dismiss message"), QStringLiteral("Dismiss"), this);
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    layout->addWidget(close);
    connect(&Theme::instance(), &Theme::changed, this,
            [this] { m_icon->setPixmap(iconPixmap(iconOf(m_kind), 18, colourOf(m_kind), devicePixelRatioF())); });
    hide();
}

void MessageBar::say(Kind kind, const QString& text, const std::vector<Choice>& choices)
{
    m_kind = kind;
    m_text->setText(text);
    m_icon->setPixmap(iconPixmap(iconOf(kind), 18, colourOf(kind), devicePixelRatioF()));
    while (QLayoutItem* item = m_choices->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    for (const Choice& choice : choices) {
        auto* button = makeButton(choice.text, QStringLiteral("messageChoice"), false, {}, this);
        // The action may say the next message and with it delete this button.
        connect(button, &QPushButton::clicked, this, [this, run = choice.run] {
            hide();
            run();
        });
        m_choices->addWidget(button);
    }
    setAccessibleName(text);
    show();
    update();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void MessageBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QColor colour = colourOf(m_kind);
    painter.fillRect(rect(), mix(colour, tokens().surface, 0.12));
    painter.fillRect(QRect(0, 0, 4, height()), colour);
    painter.fillRect(QRect(0, height() - 1, width(), 1), tokens().border);
}

}  // namespace signalbox::ui
