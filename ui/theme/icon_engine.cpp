#include "ui/theme/icon_engine.h"

#include <QFile>
#include <QHash>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <algorithm>
#include <utility>

namespace signalbox::ui {

namespace {

QByteArray svgOf(const QString& name)
{
    static QHash<QString, QByteArray> cache;
    auto it = cache.find(name);
    if (it == cache.end()) {
        QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
        if (!file.open(QIODevice::ReadOnly)) {
            qWarning("no icon named %s", qPrintable(name));
        }
        it = cache.insert(name, file.isOpen() ? file.readAll() : QByteArray());
    }
    return it.value();
}

QPixmap draw(const QString& name, const QSize& pixels, const QColor& colour)
{
    QPixmap pixmap(pixels);
    pixmap.fill(Qt::transparent);
    QByteArray svg = svgOf(name);
    if (svg.isEmpty()) {
        return pixmap;
    }
    // QtSvg knows no inherited colour: "currentColor" would be black.
    svg.replace("currentColor", colour.name().toLatin1());
    QSvgRenderer renderer(svg);
    QPainter painter(&pixmap);
    const int side = std::min(pixels.width(), pixels.height());
    renderer.render(&painter, QRectF((pixels.width() - side) / 2.0, (pixels.height() - side) / 2.0, side, side));
    return pixmap;
}

QPixmap cached(const QString& name, const QSize& pixels, const QColor& colour, qreal ratio)
{
    const QString key = QStringLiteral("icon/%1/%2/%3x%4/%5")
                            .arg(name, colour.name())
                            .arg(pixels.width())
                            .arg(pixels.height())
                            .arg(ratio);
    QPixmap pixmap;
    if (!QPixmapCache::find(key, &pixmap)) {
        pixmap = draw(name, pixels, colour);
        pixmap.setDevicePixelRatio(ratio);
        QPixmapCache::insert(key, pixmap);
    }
    return pixmap;
}

}  // namespace

QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal devicePixelRatio)
{
    return cached(name, (QSizeF(size, size) * devicePixelRatio).toSize(), colour, devicePixelRatio);
}

IconEngine::IconEngine(QString name, IconRole role, QColor colour)
    : m_name(std::move(name)), m_role(role), m_colour(colour)
{}

void IconEngine::paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state)
{
    const qreal ratio = painter->device() != nullptr ? painter->device()->devicePixelRatioF() : 1.0;
    const int side = std::min(rect.width(), rect.height());
    const QPoint at(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2);
    painter->drawPixmap(at, iconPixmap(m_name, side, colourFor(mode, state), ratio));
}

QPixmap IconEngine::pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state)
{
    return cached(m_name, size, colourFor(mode, state), 1.0);
}

QPixmap IconEngine::scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal scale)
{
    return cached(m_name, size, colourFor(mode, state), scale);
}

QIconEngine* IconEngine::clone() const
{
    return new IconEngine(m_name, m_role, m_colour);
}

QColor IconEngine::colourFor(QIcon::Mode mode, QIcon::State state) const
{
    const Tokens& t = tokens();
    if (mode == QIcon::Disabled) {
        return mix(t.muted, t.surface, 0.6);
    }
    if (m_colour.isValid()) {
        return m_colour;
    }
    switch (m_role) {
        case IconRole::Text: return t.text;
        case IconRole::Muted: return t.muted;
        case IconRole::Accent: return t.accent;
        case IconRole::OnAccent: return t.onAccent;
        case IconRole::Rail: return state == QIcon::On ? t.accent : t.muted;
        case IconRole::Ok: return t.ok;
        case IconRole::Warn: return t.warn;
        case IconRole::Error: return t.error;
    }
    return t.text;
}

QIcon icon(const QString& name, const QColor& colour)
{
    return QIcon(new IconEngine(name, IconRole::Text, colour));
}

QIcon icon(const QString& name, IconRole role)
{
    return QIcon(new IconEngine(name, role, {}));
}

}  // namespace signalbox::ui
