#pragma once

#include <QPainterPath>
#include <QPointF>
#include <QRectF>
#include <QVector>

#include <optional>

#include "ui/canvas/topology_model.h"

namespace signalbox::ui {

/// The curve of an edge from a node's right port to another's left port, sampled once so that dots move along it cheaply.
class EdgePath {
public:
    EdgePath() = default;
    EdgePath(const QPointF& fromTopLeft, const QPointF& toTopLeft);

    [[nodiscard]] const QPainterPath& path() const noexcept { return m_path; }
    /// The point at a share of its length, 0 to 1.
    [[nodiscard]] QPointF at(qreal share) const;
    [[nodiscard]] qreal length() const noexcept { return m_length; }
    [[nodiscard]] qreal distanceTo(const QPointF& point) const;

    static QPointF outPort(const QPointF& topLeft) { return topLeft + QPointF(kNodeWidth, kNodeHeight / 2); }
    static QPointF inPort(const QPointF& topLeft) { return topLeft + QPointF(0, kNodeHeight / 2); }

private:
    static constexpr int kSamples = 48;
    QPainterPath m_path;
    QVector<QPointF> m_points;  // equally spaced by length
    qreal m_length = 0;
};

/// Where the plates of all edges' labels go: on their path, slid along it in steps of 5 % until they cover neither a node nor
/// an earlier plate. `sizes` are the plates' sizes; an empty size has no plate. Answers the centres, nothing where there is no room:
/// what an edge carries then stands on the node it leads to.
[[nodiscard]] QVector<std::optional<QPointF>> placeLabels(const QVector<EdgePath>& edges, const QVector<QSizeF>& sizes, const QVector<QRectF>& nodes);

}  // namespace signalbox::ui
