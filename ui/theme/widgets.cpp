#include "ui/theme/widgets.h"

#include <QResizeEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace signalbox::ui {

TextLabel::TextLabel(const QString& text, Theme::TextRole role, bool muted, QWidget* parent)
    : QLabel(text, parent), m_role(role), m_muted(muted)
{
    restyle();
    connect(&Theme::instance(), &Theme::changed, this, &TextLabel::restyle);
}

void TextLabel::setMuted(bool muted)
{
    m_muted = muted;
    restyle();
}

void TextLabel::restyle()
{
    setFont(Theme::instance().font(m_role));
    QPalette p = palette();
    p.setColor(QPalette::WindowText, m_muted ? tokens().muted : tokens().text);
    setPalette(p);
}

ElidedLabel::ElidedLabel(const QString& text, Theme::TextRole role, bool muted, QWidget* parent)
    : TextLabel(text, role, muted, parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 4, fontMetrics().height()};
}

QSize ElidedLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(text()) + 2, fontMetrics().height()};
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, width());
    painter.drawText(rect(), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, shown);
    if (toolTip() != text()) {
        setToolTip(text());
    }
}

Panel::Panel(Fill fill, QWidget* parent, Qt::Edges lines) : QWidget(parent), m_fill(fill), m_lines(lines)
{
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Panel::setLines(Qt::Edges lines)
{
    m_lines = lines;
    update();
}

void Panel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), m_fill == Fill::Surface ? t.surface : t.window);
    if (m_lines.testFlag(Qt::TopEdge)) {
        painter.fillRect(QRect(0, 0, width(), 1), t.border);
    }
    if (m_lines.testFlag(Qt::BottomEdge)) {
        painter.fillRect(QRect(0, height() - 1, width(), 1), t.border);
    }
    if (m_lines.testFlag(Qt::LeftEdge)) {
        painter.fillRect(QRect(0, 0, 1, height()), t.border);
    }
    if (m_lines.testFlag(Qt::RightEdge)) {
        painter.fillRect(QRect(width() - 1, 0, 1, height()), t.border);
    }
}

EmptyState::EmptyState(const QString& iconName, const QString& title, const QString& why, QWidget* parent)
    : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 8, 24, 8);
    layout->setSpacing(8);
    layout->addStretch();
    m_picture = new QLabel(this);
    auto* picture = m_picture;
    const auto tint = [picture, iconName] {
        picture->setPixmap(iconPixmap(iconName, 32, tokens().muted, picture->devicePixelRatioF()));
    };
    tint();
    connect(&Theme::instance(), &Theme::changed, picture, tint);
    picture->setAlignment(Qt::AlignCenter);
    layout->addWidget(picture);
    m_title = new TextLabel(title, Theme::TextRole::Panel, false, this);
    m_why = new TextLabel(why, Theme::TextRole::Body, true, this);
    for (QLabel* label : {m_title, m_why}) {
        label->setAlignment(Qt::AlignCenter);
        label->setWordWrap(true);
        layout->addWidget(label);
    }
    m_buttons = new QWidget(this);
    auto* row = new QHBoxLayout(m_buttons);
    row->setContentsMargins(0, 8, 0, 0);
    row->addStretch();
    row->addStretch();
    m_buttons->hide();
    layout->addWidget(m_buttons);
    layout->addStretch();
    setAccessibleName(title);
}

void EmptyState::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_picture->setVisible(event->size().height() >= Theme::instance().px(190));
}

QPushButton* EmptyState::addButton(const QString& text, const QString& objectName)
{
    auto* row = static_cast<QHBoxLayout*>(m_buttons->layout());
    auto* button = makeButton(text, objectName, row->count() == 2, {}, m_buttons);
    row->insertWidget(row->count() - 1, button);
    m_buttons->show();
    return button;
}

void EmptyState::setTexts(const QString& title, const QString& why)
{
    m_title->setText(title);
    m_why->setText(why);
    setAccessibleName(title);
}

void describe(QWidget* widget, const QString& objectName, const QString& accessibleName, const QString& toolTip)
{
    widget->setObjectName(objectName);
    widget->setAccessibleName(accessibleName);
    widget->setToolTip(toolTip.isEmpty() ? accessibleName : toolTip);
}

QToolButton* makeIconButton(const QString& iconName, const QString& objectName, const QString& accessibleName,
                            const QString& toolTip, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setIcon(icon(iconName));
    button->setIconSize({18, 18});
    button->setFixedSize(32, 32);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    describe(button, objectName, accessibleName, toolTip);
    return button;
}

QPushButton* makeButton(const QString& text, const QString& objectName, bool primary, const QString& iconName,
                        QWidget* parent)
{
    auto* button = new QPushButton(text, parent);
    button->setProperty("primary", primary);
    if (!iconName.isEmpty()) {
        button->setIcon(icon(iconName, primary ? IconRole::OnAccent : IconRole::Text));
    }
    describe(button, objectName, text);
    return button;
}

QWidget* makeLine(Qt::Orientation orientation, QWidget* parent)
{
    auto* line = new Panel(Panel::Fill::Surface, parent, orientation == Qt::Horizontal ? Qt::TopEdge : Qt::LeftEdge);
    if (orientation == Qt::Horizontal) {
        line->setFixedHeight(1);
    } else {
        line->setFixedWidth(1);
    }
    return line;
}

}  // namespace signalbox::ui
