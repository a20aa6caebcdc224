#include "ui/theme/app_style.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSlider>
#include <QTabBar>
#include <QToolButton>

#include <algorithm>

#include "ui/theme/style_paint.h"

namespace signalbox::ui {

using paint::px;

AppStyle::AppStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void AppStyle::polish(QWidget* widget)
{
    QProxyStyle::polish(widget);
    if (qobject_cast<QAbstractButton*>(widget) != nullptr || qobject_cast<QComboBox*>(widget) != nullptr ||
        qobject_cast<QAbstractSpinBox*>(widget) != nullptr || qobject_cast<QLineEdit*>(widget) != nullptr ||
        qobject_cast<QScrollBar*>(widget) != nullptr || qobject_cast<QSlider*>(widget) != nullptr ||
        qobject_cast<QTabBar*>(widget) != nullptr) {
        widget->setAttribute(Qt::WA_Hover);
    }
    if (auto* view = qobject_cast<QAbstractItemView*>(widget)) {
        view->viewport()->setAttribute(Qt::WA_Hover);
    }
    if (qobject_cast<QMenu*>(widget) != nullptr) {
        widget->setAttribute(Qt::WA_TranslucentBackground);
    }
}

int AppStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const
{
    switch (metric) {
        case PM_ButtonMargin: return px(16);
        case PM_ButtonShiftHorizontal:
        case PM_ButtonShiftVertical:
        case PM_TabBarTabShiftVertical:
        case PM_TabBarTabShiftHorizontal:
        case PM_TabBarBaseOverlap: return 0;
        case PM_LayoutHorizontalSpacing:
        case PM_LayoutVerticalSpacing: return px(8);
        case PM_ScrollBarExtent: return px(10);
        case PM_ScrollBarSliderMin: return px(28);
        case PM_SmallIconSize:
        case PM_ButtonIconSize:
        case PM_TabBarIconSize:
        case PM_ListViewIconSize: return px(16);
        case PM_IndicatorWidth:
        case PM_IndicatorHeight:
        case PM_ExclusiveIndicatorWidth:
        case PM_ExclusiveIndicatorHeight: return px(16);
        case PM_CheckBoxLabelSpacing:
        case PM_RadioButtonLabelSpacing: return px(8);
        case PM_SliderThickness:
        case PM_SliderControlThickness: return px(20);
        case PM_SliderLength: return px(14);
        case PM_SplitterWidth: return 5;
        case PM_MenuPanelWidth:
        case PM_DefaultFrameWidth: return 1;
        case PM_MenuVMargin:
        case PM_MenuHMargin: return px(4);
        case PM_TabBarTabHSpace: return px(20);
        case PM_TabBarTabVSpace: return px(12);
        case PM_ToolTipLabelFrameWidth: return px(6);
        default: return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int AppStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const
{
    switch (hint) {
        case SH_EtchDisabledText:
        case SH_DialogButtonBox_ButtonsHaveIcons:
        case SH_ScrollBar_ContextMenu:
        case SH_UnderlineShortcut:
        case SH_ComboBox_Popup: return 0;
        case SH_TabBar_Alignment: return Qt::AlignLeft;
        case SH_ItemView_ShowDecorationSelected:
        case SH_Menu_MouseTracking:
        case SH_ComboBox_ListMouseTracking: return 1;
        case SH_Slider_AbsoluteSetButtons: return Qt::LeftButton;
        case SH_ToolTipLabel_Opacity: return 255;
        case SH_ToolTip_WakeUpDelay: return 500;
        default: return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

QSize AppStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                 const QWidget* widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    switch (type) {
        case CT_PushButton:
        case CT_ComboBox:
        case CT_LineEdit:
        case CT_SpinBox: result.setHeight(std::max(px(30), size.height() + px(8))); break;
        case CT_ToolButton: result = result.expandedTo(QSize(px(28), px(28))); break;
        case CT_CheckBox:
        case CT_RadioButton: result.setHeight(std::max(result.height(), px(28))); break;
        case CT_MenuItem:
            if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option)) {
                const bool separator = item->menuItemType == QStyleOptionMenuItem::Separator;
                result = separator ? QSize(px(10), px(9)) : QSize(size.width() + px(72), px(30));
            }
            break;
        case CT_ItemViewItem: result.setHeight(std::max(result.height(), px(26))); break;
        case CT_HeaderSection: result.setHeight(std::max(result.height(), px(28))); break;
        case CT_TabBarTab: result.setHeight(std::max(result.height(), px(34))); break;
        default: break;
    }
    return result;
}

QRect AppStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const
{
    if (element == SE_LineEditContents) {
        return QProxyStyle::subElementRect(element, option, widget).adjusted(px(5), 0, -px(5), 0);
    }
    return QProxyStyle::subElementRect(element, option, widget);
}

QRect AppStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl sub,
                               const QWidget* widget) const
{
    if (control == CC_ScrollBar) {
        if (sub == SC_ScrollBarAddLine || sub == SC_ScrollBarSubLine) {
            return {};
        }
        if (const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option)) {
            const bool horizontal = bar->orientation == Qt::Horizontal;
            const int length = horizontal ? bar->rect.width() : bar->rect.height();
            const qint64 range = qint64(bar->maximum) - bar->minimum;
            int handle = length;
            if (range > 0) {
                handle = static_cast<int>(qint64(bar->pageStep) * length / (range + bar->pageStep));
                handle = std::clamp(handle, std::min(px(28), length), length);
            }
            const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - handle,
                                                      bar->upsideDown);
            const auto part = [&](int from, int size) {
                return horizontal ? QRect(bar->rect.x() + from, bar->rect.y(), size, bar->rect.height())
                                  : QRect(bar->rect.x(), bar->rect.y() + from, bar->rect.width(), size);
            };
            switch (sub) {
                case SC_ScrollBarSlider: return part(start, handle);
                case SC_ScrollBarSubPage: return part(0, start);
                case SC_ScrollBarAddPage: return part(start + handle, length - start - handle);
                case SC_ScrollBarGroove: return bar->rect;
                default: break;
            }
        }
    }
    if (control == CC_ComboBox) {
        if (sub == SC_ComboBoxEditField) {
            return option->rect.adjusted(px(9), 1, -px(26), -1);
        }
        if (sub == SC_ComboBoxArrow) {
            return {option->rect.right() - px(25), option->rect.y(), px(24), option->rect.height()};
        }
    }
    if (control == CC_SpinBox) {
        const QRect& r = option->rect;
        const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        const bool buttons = spin != nullptr && spin->buttonSymbols != QAbstractSpinBox::NoButtons;
        const int side = px(22);
        if (sub == SC_SpinBoxEditField) {
            return r.adjusted(px(4), 1, buttons ? -side : -px(2), -1);
        }
        if (sub == SC_SpinBoxUp) {
            return buttons ? QRect(r.right() - side, r.y() + 1, side, r.height() / 2 - 1) : QRect();
        }
        if (sub == SC_SpinBoxDown) {
            return buttons ? QRect(r.right() - side, r.y() + r.height() / 2, side, r.height() / 2 - 1) : QRect();
        }
    }
    return QProxyStyle::subControlRect(control, option, sub, widget);
}

}  // namespace signalbox::ui
