#pragma once

#include <QHash>
#include <QPainter>
#include <QPixmap>
#include <QVector>

#include "core/base/rng.h"
#include "ui/canvas/edge_path.h"
#include "ui/canvas/live_values.h"

namespace signalbox::ui {

enum class Motion { Full, Reduced, None };

/// The moving dots: real rates, scaled so that one dot stands for 1, 2, 5, 10, ... requests and at most 24 live on an edge
/// (fewer on a short one) and 400 on the screen. Success is a circle, failure a diamond, a refusal a square that turns down off its node into
/// the rejected tray. Time on an edge follows the logarithm of the measured latency. GUI thread.
class TrafficLayer {
public:
    struct Edge {
        QString from, to;
        EdgePath path;
        bool intoPolicies = false;  ///< what will be refused travels it
        bool dropsHere = false;     ///< and is refused at its end
    };
    /// The drawing has changed; dots on edges that are gone vanish.
    void setEdges(QVector<Edge> edges);
    /// New rates; call when LiveValues were updated.
    void setRates(const LiveValues& live);
    /// Moves all dots on and starts new ones.
    void advance(qreal seconds);
    void paint(QPainter& painter, qreal devicePixelRatio);
    void clear();
    /// Colours have changed.
    void invalidateSprites() { m_sprites = QPixmap(); }

    [[nodiscard]] int requestsPerDot() const noexcept { return m_requestsPerDot; }
    [[nodiscard]] int dotCount() const noexcept { return static_cast<int>(m_dots.size()); }

    static constexpr int kMostDotsOnEdge = 24;
    static constexpr int kMostDots = 400;
    /// How far below the middle of its node the rejected tray stands.
    static constexpr qreal kTrayDrop = kNodeHeight / 2 + 13;

private:
    enum Shape { Circle, Diamond, Square, Shapes };
    struct Dot {
        int edge;
        Shape shape;
        qreal share;   ///< along the edge, 0 to 1
        qreal speed;   ///< shares a second
        qreal fall;    ///< below 0 while on the edge, then 0 to 1 down to the tray
    };
    struct Source {
        qreal rates[Shapes] = {};
        qreal debt[Shapes] = {};  ///< dots owed
        qreal seconds = 1;        ///< time on the edge
        int alive = 0;
    };
    void rescale();
    void makeSprites(qreal devicePixelRatio);

    QVector<Edge> m_edges;
    QVector<Source> m_sources;
    std::vector<Dot> m_dots;
    QPixmap m_sprites;
    qreal m_spriteRatio = 0;
    int m_requestsPerDot = 1;
    Rng m_rng{11};
};

}  // namespace signalbox::ui
