#pragma once

#include <QProxyStyle>

namespace signalbox::ui {

/// The look of every control: Fusion's behaviour with flat surfaces, one-pixel borders, underlined tabs, thin scroll
/// bars and a two-pixel focus ring. Colours come from tokens(), lengths follow Theme::textScale(). Owned by
/// QApplication. GUI thread.
///
/// Dynamic properties of widgets: "primary" (push button filled with the accent), "danger" (outlined in the error
/// colour), "flat" (no border until hovered), "rail" (mode rail button).
class AppStyle final : public QProxyStyle {
    Q_OBJECT

public:
    AppStyle();

    void polish(QWidget* widget) override;
    using QProxyStyle::polish;
    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* data) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl sub,
                         const QWidget* widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;
};

}  // namespace signalbox::ui
