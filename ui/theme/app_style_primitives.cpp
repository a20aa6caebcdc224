#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QFrame>

#include "ui/theme/app_style.h"
#include "ui/theme/style_paint.h"

namespace signalbox::ui {

namespace {

using paint::has;

bool isSet(const QWidget* widget, const char* property)
{
    return widget != nullptr && widget->property(property).toBool();
}

void drawPushButton(const QStyleOption* option, QPainter* painter, const QWidget* widget)
{
    const Tokens& t = tokens();
    const QRectF rect(option->rect);
    const bool on = has(option, QStyle::State_On);
    if (isSet(widget, "primary")) {
        QColor fill = t.accent;
        if (!has(option, QStyle::State_Enabled)) {
            fill = mix(t.border, t.surface, 0.7);
        } else if (has(option, QStyle::State_Sunken)) {
            fill = mix(t.onAccent, t.accent, 0.18);
        } else if (has(option, QStyle::State_MouseOver)) {
            fill = mix(t.onAccent, t.accent, 0.10);
        }
        paint::box(painter, rect, fill, {});
    } else if (isSet(widget, "flat")) {
        const QColor fill = paint::touched(option, on ? mix(t.accent, t.surface, 0.16) : t.surface);
        if (fill != t.surface) {
            paint::box(painter, rect, fill, {});
        }
    } else {
        const QColor fill = on ? mix(t.accent, t.raised, 0.16) : t.raised;
        const QColor border = isSet(widget, "danger") ? t.error : (on ? t.accent : mix(t.muted, t.border, 0.25));
        paint::box(painter, rect, paint::touched(option, fill), border);
    }
    if (has(option, QStyle::State_HasFocus) && has(option, QStyle::State_KeyboardFocusChange)) {
        paint::ring(painter, rect);
    }
}

void drawToolButton(const QStyleOption* option, QPainter* painter, const QWidget* widget)
{
    const Tokens& t = tokens();
    const bool on = has(option, QStyle::State_On);
    const bool touched = has(option, QStyle::State_Enabled) &&
                         (has(option, QStyle::State_MouseOver) || has(option, QStyle::State_Sunken));
    if (on || touched) {
        const QColor base = on ? mix(t.accent, t.surface, isSet(widget, "rail") ? 0.14 : 0.18) : t.surface;
        paint::box(painter, option->rect, paint::touched(option, base), {}, isSet(widget, "rail") ? 8 : paint::kRadius);
    }
    if (has(option, QStyle::State_HasFocus) && has(option, QStyle::State_KeyboardFocusChange)) {
        paint::ring(painter, option->rect);
    }
}

void drawField(const QStyleOption* option, QPainter* painter, bool invalid)
{
    const Tokens& t = tokens();
    const bool enabled = has(option, QStyle::State_Enabled);
    const QColor fill = enabled ? option->palette.color(QPalette::Base) : t.surface;
    const bool hover = enabled && has(option, QStyle::State_MouseOver);
    const QColor border = invalid ? t.error : mix(t.muted, t.border, hover ? 0.6 : 0.25);
    paint::box(painter, option->rect, fill, border);
    if (has(option, QStyle::State_HasFocus)) {
        paint::ring(painter, option->rect);
    }
}

void drawCheck(const QStyleOption* option, QPainter* painter, bool round)
{
    const Tokens& t = tokens();
    const bool on = has(option, QStyle::State_On);
    const bool partly = has(option, QStyle::State_NoChange);
    const bool enabled = has(option, QStyle::State_Enabled);
    const QRect r = option->rect;
    const qreal radius = round ? r.height() / 2.0 : 4;
    if (on || partly) {
        paint::box(painter, r, enabled ? t.accent : t.border, {}, radius);
        if (round) {
            paint::box(painter, QRectF(r).adjusted(5, 5, -5, -5), t.onAccent, {}, radius);
        } else if (partly) {
            painter->fillRect(QRect(r.x() + 4, r.center().y(), r.width() - 8, 2), t.onAccent);
        } else {
            paint::glyph(painter, r, QStringLiteral("check"), r.width() - 3, t.onAccent);
        }
    } else {
        paint::box(painter, r, option->palette.color(QPalette::Base),
                   mix(t.muted, t.border, has(option, QStyle::State_MouseOver) ? 1.0 : 0.7), radius);
    }
    if (has(option, QStyle::State_HasFocus)) {
        paint::ring(painter, QRectF(r).adjusted(-3, -3, 3, 3), radius + 2);
    }
}

void drawRow(const QStyleOption* option, QPainter* painter)
{
    const Tokens& t = tokens();
    if (has(option, QStyle::State_Selected)) {
        painter->fillRect(option->rect, option->palette.color(QPalette::Highlight));
    } else if (has(option, QStyle::State_MouseOver) && has(option, QStyle::State_Enabled)) {
        painter->fillRect(option->rect, mix(t.text, t.surface, 0.05));
    }
}

void drawArrow(QStyle::PrimitiveElement element, const QStyleOption* option, QPainter* painter)
{
    const QString name = element == QStyle::PE_IndicatorArrowUp      ? QStringLiteral("chevron-up")
                         : element == QStyle::PE_IndicatorArrowLeft  ? QStringLiteral("chevron-left")
                         : element == QStyle::PE_IndicatorArrowRight ? QStringLiteral("chevron-right")
                                                                     : QStringLiteral("chevron-down");
    paint::glyph(painter, option->rect, name, Theme::instance().px(12), paint::textOf(option));
}

}  // namespace

void AppStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                             const QWidget* widget) const
{
    const Tokens& t = tokens();
    switch (element) {
        case PE_PanelButtonCommand: return drawPushButton(option, painter, widget);
        case PE_PanelButtonTool: return drawToolButton(option, painter, widget);
        case PE_PanelLineEdit:
            if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
                frame != nullptr && frame->lineWidth > 0) {
                drawField(option, painter, isSet(widget, "invalid"));
            }
            return;
        case PE_FrameLineEdit:
        case PE_FrameTabBarBase:
        case PE_FrameStatusBarItem:
        case PE_FrameButtonTool:
        case PE_PanelStatusBar:
        case PE_PanelMenuBar:
        case PE_FrameFocusRect:
            // Rings are drawn with the control itself; item views show their current row by its fill.
            return;
        case PE_IndicatorCheckBox:
        case PE_IndicatorItemViewItemCheck: return drawCheck(option, painter, false);
        case PE_IndicatorRadioButton: return drawCheck(option, painter, true);
        case PE_FrameTabWidget:
            painter->fillRect(QRect(option->rect.x(), option->rect.y(), option->rect.width(), 1), t.border);
            return;
        case PE_Frame:
        case PE_FrameGroupBox: paint::box(painter, option->rect, {}, t.border); return;
        case PE_PanelMenu:
        case PE_FrameMenu:
            return paint::box(painter, option->rect, t.raised, element == PE_PanelMenu ? t.border : QColor(), 8);
        case PE_PanelTipLabel:
            painter->fillRect(option->rect, t.raised);
            painter->setPen(t.border);
            painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
            return;
        case PE_PanelItemViewRow:
            // Style options of rows carry no hover in Qt 6.4; the items draw it.
            return;
        case PE_PanelItemViewItem: return drawRow(option, painter);
        case PE_IndicatorBranch:
            if (has(option, State_Children)) {
                paint::glyph(painter, option->rect,
                             has(option, State_Open) ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right"),
                             Theme::instance().px(12), t.muted);
            }
            return;
        case PE_IndicatorArrowUp:
        case PE_IndicatorArrowDown:
        case PE_IndicatorArrowLeft:
        case PE_IndicatorArrowRight: return drawArrow(element, option, painter);
        case PE_IndicatorHeaderArrow:
            if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option);
                header != nullptr && header->sortIndicator != QStyleOptionHeader::None) {
                const bool up = header->sortIndicator == QStyleOptionHeader::SortUp;
                paint::glyph(painter, option->rect, up ? QStringLiteral("chevron-up") : QStringLiteral("chevron-down"),
                             Theme::instance().px(12), t.muted);
            }
            return;
        default: return QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

}  // namespace signalbox::ui
