#pragma once

#include <QPainter>
#include <QRectF>

#include "ui/canvas/live_values.h"

namespace signalbox::ui {

/// How one node is to look now.
struct NodeLook {
    NodeLive live;
    bool showLive = false;   ///< numbers, sparkline and bar instead of the plain sub-line
    bool selected = false;
    bool focused = false;    ///< the keyboard's node
    bool dimmed = false;     ///< not a possible target while connecting
    bool pending = false;    ///< edited and not applied
    bool faulty = false;     ///< a fault is on
};

/// Paints a node of the canvas at its place (logical canvas coordinates). The same painter draws the small previews of the
/// welcome page. GUI thread.
void paintNode(QPainter& painter, const TopologyNode& node, const NodeLook& look, qreal devicePixelRatio);

/// What the node covers, its chips included.
[[nodiscard]] QRectF nodeBounds(const TopologyNode& node);
[[nodiscard]] inline QRectF nodeRect(const TopologyNode& node) { return {node.position, QSizeF(kNodeWidth, kNodeHeight)}; }

/// The icon of a kind, a name in resources/icons.
[[nodiscard]] QString iconOf(NodeKind kind);
/// The word for a kind, for tables and screen readers.
[[nodiscard]] QString titleOf(NodeKind kind);
/// "412/s", "1.2k/s", "0.5/s".
[[nodiscard]] QString rateText(double perSecond);
/// "38 ms", "1.2 s", "0.4 ms".
[[nodiscard]] QString latencyText(double ms);

/// A rounded plate with a text, as on edges and legends. Answers nothing; `plateSize` tells its size beforehand.
void paintPlate(QPainter& painter, const QPointF& centre, const QString& text, const QColor& outline = {});
[[nodiscard]] QSizeF plateSize(const QString& text);

}  // namespace signalbox::ui
