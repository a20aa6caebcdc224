#include "ui/canvas/edge_path.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace signalbox::ui {

EdgePath::EdgePath(const QPointF& fromTopLeft, const QPointF& toTopLeft)
{
    const QPointF from = outPort(fromTopLeft);
    const QPointF to = inPort(toTopLeft);
    // An edge that runs back needs a wide swing to be seen at all.
    const qreal reach = to.x() > from.x() ? (to.x() - from.x()) * 0.5 : 96 + (from.x() - to.x()) * 0.25;
    m_path.moveTo(from);
    m_path.cubicTo(from + QPointF(reach, 0), to - QPointF(reach, 0), to);
    m_length = m_path.length();
    m_points.reserve(kSamples + 1);
    for (int step = 0; step <= kSamples; ++step) {
        m_points.push_back(m_path.pointAtPercent(static_cast<qreal>(step) / kSamples));
    }
}

QPointF EdgePath::at(qreal share) const
{
    if (m_points.isEmpty()) {
        return {};
    }
    const qreal position = std::clamp(share, 0.0, 1.0) * kSamples;
    const int index = std::min(static_cast<int>(position), kSamples - 1);
    const qreal rest = position - index;
    return m_points[index] * (1 - rest) + m_points[index + 1] * rest;
}

qreal EdgePath::distanceTo(const QPointF& point) const
{
    qreal best = std::numeric_limits<qreal>::max();
    for (const auto& sample : m_points) {
        best = std::min(best, std::hypot(sample.x() - point.x(), sample.y() - point.y()));
    }
    return best;
}

QVector<std::optional<QPointF>> placeLabels(const QVector<EdgePath>& edges, const QVector<QSizeF>& sizes,
                                            const QVector<QRectF>& nodes)
{
    QVector<std::optional<QPointF>> centres(edges.size());
    QVector<QRectF> taken = nodes;
    // Middle first, then outwards: 0.50 0.45 0.55 0.40 ...
    QVector<qreal> shares{0.5};
    for (int step = 1; step <= 7; ++step) {
        shares << 0.5 - 0.05 * step << 0.5 + 0.05 * step;
    }
    for (int edge = 0; edge < edges.size(); ++edge) {
        if (sizes[edge].isEmpty()) {
            continue;
        }
        for (const qreal share : shares) {
            QRectF plate(QPointF(), sizes[edge]);
            plate.moveCenter(edges[edge].at(share));
            const bool free = std::none_of(taken.cbegin(), taken.cend(), [&](const QRectF& other) {
                return other.adjusted(-2, -2, 2, 2).intersects(plate);
            });
            if (free) {
                centres[edge] = plate.center();
                taken.push_back(plate);
                break;
            }
        }
    }
    return centres;
}

}  // namespace signalbox::ui
