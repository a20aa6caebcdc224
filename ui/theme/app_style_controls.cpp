#include <QAbstractSpinBox>
#include <QMenu>
#include <QPushButton>
#include <QSplitterHandle>
#include <QTabBar>

#include <algorithm>

#include "ui/theme/app_style.h"
#include "ui/theme/style_paint.h"

namespace signalbox::ui {

namespace {

using paint::has;
using paint::px;

void drawTab(const QStyleOptionTab* tab, QPainter* painter)
{
    const Tokens& t = tokens();
    const bool selected = has(tab, QStyle::State_Selected);
    if (has(tab, QStyle::State_MouseOver) && has(tab, QStyle::State_Enabled) && !selected) {
        paint::box(painter, QRectF(tab->rect).adjusted(2, 4, -2, -4), mix(t.text, t.surface, 0.06), {});
    }
    if (selected) {
        const QRectF r(tab->rect);
        paint::box(painter, QRectF(r.x() + px(8), r.bottom() - 2, r.width() - px(16), 2), t.accent, {}, 1);
    }
    if (has(tab, QStyle::State_HasFocus)) {
        paint::ring(painter, QRectF(tab->rect).adjusted(2, 3, -2, -3));
    }
}

void drawMenuItem(const QStyleOptionMenuItem* item, QPainter* painter)
{
    const Tokens& t = tokens();
    const QRect r = item->rect;
    if (item->menuItemType == QStyleOptionMenuItem::Separator) {
        painter->fillRect(r.x() + px(8), r.center().y(), r.width() - px(16), 1, t.border);
        return;
    }
    if (has(item, QStyle::State_Selected) && has(item, QStyle::State_Enabled)) {
        paint::box(painter, QRectF(r).adjusted(2, 1, -2, -1), mix(t.accent, t.raised, 0.20), {});
    }
    const QRect iconRect(r.x() + px(10), r.y(), px(16), r.height());
    if (item->checked) {
        paint::glyph(painter, iconRect, QStringLiteral("check"), px(16), t.accent);
    } else if (!item->icon.isNull()) {
        const bool enabled = has(item, QStyle::State_Enabled);
        item->icon.paint(painter, QRect(iconRect.x(), r.y() + (r.height() - px(16)) / 2, px(16), px(16)),
                         Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
    }
    const int tabAt = item->text.indexOf(u'\t');
    const QRect textRect = r.adjusted(px(36), 0, -px(24), 0);
    painter->setFont(item->font);
    painter->setPen(paint::textOf(item));
    painter->drawText(textRect, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextHideMnemonic | Qt::TextSingleLine,
                      tabAt < 0 ? item->text : item->text.left(tabAt));
    if (tabAt >= 0) {
        painter->setPen(t.muted);
        painter->drawText(textRect, Qt::AlignVCenter | Qt::AlignRight | Qt::TextSingleLine, item->text.mid(tabAt + 1));
    }
    if (item->menuItemType == QStyleOptionMenuItem::SubMenu) {
        paint::glyph(painter, QRect(r.right() - px(22), r.y(), px(16), r.height()), QStringLiteral("chevron-right"),
                     px(12), t.muted);
    }
}

void drawHeader(const QStyleOptionHeader* header, QPainter* painter)
{
    const Tokens& t = tokens();
    painter->fillRect(header->rect, has(header, QStyle::State_MouseOver) ? mix(t.text, t.surface, 0.04) : t.surface);
    painter->fillRect(QRect(header->rect.x(), header->rect.bottom(), header->rect.width(), 1), t.border);
}

void drawScrollBar(const QStyleOptionSlider* bar, QPainter* painter, const QRect& handle)
{
    const Tokens& t = tokens();
    if (bar->maximum <= bar->minimum) {
        return;
    }
    const bool active = has(bar, QStyle::State_MouseOver) || has(bar, QStyle::State_Sunken);
    const int inset = active ? 2 : 3;
    const QRectF r = QRectF(handle).adjusted(inset, inset, -inset, -inset);
    paint::box(painter, r, mix(t.muted, t.surface, active ? 0.75 : 0.45), {}, std::min(r.width(), r.height()) / 2);
}

void drawSlider(const QStyleOptionSlider* slider, QPainter* painter, const QRect& groove, const QRect& handle)
{
    const Tokens& t = tokens();
    const bool enabled = has(slider, QStyle::State_Enabled);
    const bool horizontal = slider->orientation == Qt::Horizontal;
    const QRectF track = horizontal ? QRectF(groove.x(), groove.center().y() - 1, groove.width(), 4)
                                    : QRectF(groove.center().x() - 1, groove.y(), 4, groove.height());
    paint::box(painter, track, mix(t.muted, t.surface, 0.35), {}, 2);
    QRectF done = track;
    if (horizontal) {
        done.setRight(handle.center().x());
    } else {
        done.setTop(handle.center().y());
    }
    paint::box(painter, done, enabled ? t.accent : t.border, {}, 2);
    const qreal size = px(14);
    const QRectF knob(handle.center().x() + 0.5 - size / 2, handle.center().y() + 0.5 - size / 2, size, size);
    paint::box(painter, knob,
               enabled ? (has(slider, QStyle::State_MouseOver) ? mix(t.text, t.accent, 0.2) : t.accent) : t.border,
               t.surface, size / 2);
    if (has(slider, QStyle::State_HasFocus)) {
        paint::ring(painter, knob.adjusted(-3, -3, 3, 3), size / 2 + 3);
    }
}

void drawFieldFrame(const QStyleOption* option, QPainter* painter, const QWidget* widget)
{
    const Tokens& t = tokens();
    const bool hover = has(option, QStyle::State_Enabled) && has(option, QStyle::State_MouseOver);
    const bool invalid = widget != nullptr && widget->property("invalid").toBool();
    const QColor fill = has(option, QStyle::State_Enabled) ? option->palette.color(QPalette::Base) : t.surface;
    paint::box(painter, option->rect, fill, invalid ? t.error : mix(t.muted, t.border, hover ? 0.6 : 0.25));
    if (has(option, QStyle::State_HasFocus)) {
        paint::ring(painter, option->rect);
    }
}

}  // namespace

void AppStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                           const QWidget* widget) const
{
    const Tokens& t = tokens();
    switch (element) {
        case CE_TabBarTabShape:
            if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) {
                return drawTab(tab, painter);
            }
            break;
        case CE_TabBarTabLabel:
            if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) {
                QStyleOptionTab copy = *tab;
                copy.state.setFlag(State_HasFocus, false);
                if (has(option, State_Enabled)) {
                    copy.palette.setColor(QPalette::WindowText, has(option, State_Selected) ? t.text : t.muted);
                }
                return QProxyStyle::drawControl(element, &copy, painter, widget);
            }
            break;
        case CE_PushButtonLabel:
            if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
                QStyleOptionButton copy = *button;
                if (widget != nullptr && widget->property("primary").toBool()) {
                    copy.palette.setColor(QPalette::ButtonText,
                                          has(option, State_Enabled) ? t.onAccent : paint::textOf(option));
                }
                copy.features.setFlag(QStyleOptionButton::HasMenu, false);
                return QProxyStyle::drawControl(element, &copy, painter, widget);
            }
            break;
        case CE_PushButtonBevel: return proxy()->drawPrimitive(PE_PanelButtonCommand, option, painter, widget);
        case CE_MenuItem:
            if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option)) {
                return drawMenuItem(item, painter);
            }
            break;
        case CE_MenuEmptyArea: return;
        case CE_HeaderSection:
            if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
                return drawHeader(header, painter);
            }
            break;
        case CE_HeaderEmptyArea:
            painter->fillRect(option->rect, t.surface);
            painter->fillRect(QRect(option->rect.x(), option->rect.bottom(), option->rect.width(), 1), t.border);
            return;
        case CE_Splitter: {
            const QRect& r = option->rect;
            const QColor line = has(option, State_MouseOver) ? t.accent : t.border;
            painter->fillRect(r, t.surface);
            if (has(option, State_Horizontal)) {
                painter->fillRect(QRect(r.center().x(), r.y(), 1, r.height()), line);
            } else {
                painter->fillRect(QRect(r.x(), r.center().y(), r.width(), 1), line);
            }
            return;
        }
        case CE_ProgressBarGroove:
            return paint::box(painter, QRectF(option->rect.x(), option->rect.center().y() - 2, option->rect.width(), 4),
                              mix(t.muted, t.surface, 0.3), {}, 2);
        case CE_ProgressBarContents:
            if (const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option);
                bar != nullptr && bar->maximum > bar->minimum) {
                const qreal share = qreal(bar->progress - bar->minimum) / (bar->maximum - bar->minimum);
                paint::box(painter, QRectF(bar->rect.x(), bar->rect.center().y() - 2, bar->rect.width() * share, 4),
                           t.accent, {}, 2);
            }
            return;
        default: break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void AppStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                  const QWidget* widget) const
{
    switch (control) {
        case CC_ScrollBar:
            if (const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option)) {
                return drawScrollBar(bar, painter,
                                     proxy()->subControlRect(control, option, SC_ScrollBarSlider, widget));
            }
            break;
        case CC_Slider:
            if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option)) {
                return drawSlider(slider, painter, proxy()->subControlRect(control, option, SC_SliderGroove, widget),
                                  proxy()->subControlRect(control, option, SC_SliderHandle, widget));
            }
            break;
        case CC_ComboBox:
            drawFieldFrame(option, painter, widget);
            paint::glyph(painter, proxy()->subControlRect(control, option, SC_ComboBoxArrow, widget),
                         QStringLiteral("chevron-down"), px(14), tokens().muted);
            return;
        case CC_SpinBox: {
            drawFieldFrame(option, painter, widget);
            const QRect up = proxy()->subControlRect(control, option, SC_SpinBoxUp, widget);
            if (up.isValid()) {
                paint::glyph(painter, up.translated(0, 2), QStringLiteral("chevron-up"), px(11), tokens().muted);
                paint::glyph(painter,
                             proxy()->subControlRect(control, option, SC_SpinBoxDown, widget).translated(0, -2),
                             QStringLiteral("chevron-down"), px(11), tokens().muted);
            }
            return;
        }
        default: break;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

}  // namespace signalbox::ui
