#pragma once

#include <QPainter>
#include <QStyleOption>

#include "ui/theme/theme.h"

/// Small shapes that AppStyle's files share. GUI thread.
namespace signalbox::ui::paint {

inline constexpr qreal kRadius = 6;

inline int px(int length)
{
    return Theme::instance().px(length);
}

/// A one-pixel bordered, filled, rounded box that stays crisp at fractional scales.
inline void box(QPainter* painter, const QRectF& rect, const QColor& fill, const QColor& border, qreal radius = kRadius)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(border.isValid() ? QPen(border, 1) : QPen(Qt::NoPen));
    painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    painter->drawRoundedRect(border.isValid() ? rect.adjusted(0.5, 0.5, -0.5, -0.5) : rect, radius, radius);
    painter->restore();
}

/// The ring of whatever has the keyboard: two pixels of accent along the border.
inline void ring(QPainter* painter, const QRectF& rect, qreal radius = kRadius)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(tokens().accent, 2));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius);
    painter->restore();
}

inline void glyph(QPainter* painter, const QRect& rect, const QString& name, int size, const QColor& colour)
{
    const QPixmap pixmap = iconPixmap(name, size, colour, painter->device()->devicePixelRatioF());
    painter->drawPixmap(QPointF(rect.x() + (rect.width() - size) / 2.0, rect.y() + (rect.height() - size) / 2.0),
                        pixmap);
}

inline bool has(const QStyleOption* option, QStyle::StateFlag flag)
{
    return option->state.testFlag(flag);
}

inline QColor textOf(const QStyleOption* option)
{
    return has(option, QStyle::State_Enabled) ? tokens().text : mix(tokens().muted, tokens().surface, 0.6);
}

/// Hover and press lighten or darken a fill by the text colour.
inline QColor touched(const QStyleOption* option, const QColor& fill)
{
    if (!has(option, QStyle::State_Enabled)) {
        return fill;
    }
    if (has(option, QStyle::State_Sunken)) {
        return mix(tokens().text, fill, 0.14);
    }
    return has(option, QStyle::State_MouseOver) ? mix(tokens().text, fill, 0.07) : fill;
}

}  // namespace signalbox::ui::paint
