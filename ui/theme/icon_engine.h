#pragma once

#include <QIconEngine>

#include "ui/theme/theme.h"

namespace signalbox::ui {

/// Draws one SVG of resources/icons in a colour of the theme that is looked up at paint time. Owned by its QIcon. GUI
/// thread.
class IconEngine final : public QIconEngine {
public:
    IconEngine(QString name, IconRole role, QColor colour);

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override;
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override;
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal scale) override;
    [[nodiscard]] QIconEngine* clone() const override;
    bool isNull() override { return false; }

private:
    [[nodiscard]] QColor colourFor(QIcon::Mode mode, QIcon::State state) const;

    QString m_name;
    IconRole m_role;
    QColor m_colour;
};

}  // namespace signalbox::ui
