#include "ui/inspector/fold_button.h"

#include <QPainter>

namespace signalbox::ui {

namespace {

constexpr int kChevron = 14;
constexpr int kSpace = 6;

}  // namespace

FoldButton::FoldButton(const QString& text, Theme::TextRole role, QWidget* parent) : QToolButton(parent), m_role(role)
{
    setText(text);
    setCheckable(true);
    setAutoRaise(true);
    setMinimumHeight(28);
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
}

QSize FoldButton::sizeHint() const
{
    const QFontMetrics metrics(Theme::instance().font(m_role));
    return {kChevron + kSpace + metrics.horizontalAdvance(text()) + 8, std::max(Theme::instance().px(28), metrics.height() + 8)};
}

void FoldButton::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokens();
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(t.accent, 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 2, -1, -2), 5, 5);
    }
    const QString name = isChecked() ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right");
    const int left = hasFocus() ? 4 : 0;
    painter.drawPixmap(left, (height() - kChevron) / 2, iconPixmap(name, kChevron, underMouse() ? t.text : t.muted, devicePixelRatioF()));
    painter.setFont(Theme::instance().font(m_role));
    painter.setPen(t.text);
    const QRect area = rect().adjusted(left + kChevron + kSpace, 0, -2, 0);
    painter.drawText(area, Qt::AlignVCenter | Qt::AlignLeft, painter.fontMetrics().elidedText(text(), Qt::ElideRight, area.width()));
}

}  // namespace signalbox::ui
