#include "ui/canvas/traffic_layer.h"

#include <algorithm>
#include <cmath>

#include "ui/theme/tokens.h"

namespace signalbox::ui {

namespace {

constexpr int kSpriteSize = 14;
constexpr int kScales[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000};
constexpr qreal kFallSeconds = 0.6;

/// Not to scale: from 0.4 s for a millisecond or less to 4 s for some seconds.
qreal secondsOnEdge(double latencyMs)
{
    return std::clamp(0.4 + 0.9 * std::log10(std::max(1.0, latencyMs)), 0.4, 4.0);
}

/// Dots on a short edge would be a bar.
int mostOn(const TrafficLayer::Edge& edge)
{
    constexpr qreal kSpacing = 9;
    return std::clamp(static_cast<int>(edge.path.length() / kSpacing), 3, TrafficLayer::kMostDotsOnEdge);
}

}  // namespace

void TrafficLayer::setEdges(QVector<Edge> edges)
{
    QHash<QString, int> known;
    for (int at = 0; at < edges.size(); ++at) {
        known.insert(edges[at].from + QChar(u'\n') + edges[at].to, at);
    }
    QVector<Source> sources(edges.size());
    std::vector<Dot> kept;
    for (auto dot : m_dots) {
        const Edge& old = m_edges[dot.edge];
        dot.edge = known.value(old.from + QChar(u'\n') + old.to, -1);
        if (dot.edge >= 0) {
            ++sources[dot.edge].alive;
            kept.push_back(dot);
        }
    }
    m_dots = std::move(kept);
    m_edges = std::move(edges);
    m_sources = std::move(sources);
}

void TrafficLayer::setRates(const LiveValues& live)
{
    for (int at = 0; at < m_edges.size(); ++at) {
        const EdgeLive edge = live.edge(m_edges[at].from, m_edges[at].to);
        auto& source = m_sources[at];
        source.rates[Circle] = edge.flow.ok;
        source.rates[Diamond] = edge.flow.failed;
        source.rates[Square] = m_edges[at].intoPolicies ? edge.flow.limited + edge.flow.rejected : 0;
        source.seconds = secondsOnEdge(edge.p99Ms < 0 ? 10 : edge.p99Ms);
    }
    rescale();
}

void TrafficLayer::rescale()
{
    // The smallest scale at which every edge and the whole screen stay within their dots.
    for (const int scale : kScales) {
        qreal all = 0;
        bool fits = true;
        for (int at = 0; at < m_edges.size(); ++at) {
            const auto& source = m_sources[at];
            const qreal rate = source.rates[Circle] + source.rates[Diamond] + source.rates[Square];
            const qreal alive = rate * source.seconds / scale;
            fits = fits && alive <= mostOn(m_edges[at]);
            all += alive;
        }
        m_requestsPerDot = scale;
        if (fits && all <= kMostDots) {
            return;
        }
    }
}

void TrafficLayer::advance(qreal seconds)
{
    for (auto& dot : m_dots) {
        if (dot.fall >= 0) {
            dot.fall += seconds / kFallSeconds;
        } else {
            dot.share += dot.speed * seconds;
            if (dot.share >= 1 && dot.shape == Square && m_edges[dot.edge].dropsHere) {
                dot.fall = 0;
            }
        }
    }
    std::erase_if(m_dots, [this](const Dot& dot) {
        const bool done = dot.fall >= 1 || (dot.fall < 0 && dot.share >= 1);
        if (done) {
            --m_sources[dot.edge].alive;
        }
        return done;
    });
    for (int at = 0; at < m_edges.size(); ++at) {
        auto& source = m_sources[at];
        for (int shape = 0; shape < Shapes; ++shape) {
            source.debt[shape] += source.rates[shape] * seconds / m_requestsPerDot;
            while (source.debt[shape] >= 1) {
                source.debt[shape] -= 1;
                if (source.alive < mostOn(m_edges[at]) && m_dots.size() < kMostDots) {
                    // A little unevenness, as in real arrivals; an exact rhythm would look like a machine.
                    const qreal speed = (0.9 + 0.2 * m_rng.unit()) / source.seconds;
                    m_dots.push_back({at, static_cast<Shape>(shape), -0.02 * m_rng.unit(), speed, -1});
                    ++source.alive;
                }
            }
        }
    }
}

void TrafficLayer::clear()
{
    m_dots.clear();
    for (auto& source : m_sources) {
        source = {};
    }
}

void TrafficLayer::makeSprites(qreal devicePixelRatio)
{
    m_spriteRatio = devicePixelRatio;
    m_sprites = QPixmap(QSize(kSpriteSize * Shapes, kSpriteSize) * devicePixelRatio);
    m_sprites.setDevicePixelRatio(devicePixelRatio);
    m_sprites.fill(Qt::transparent);
    QPainter painter(&m_sprites);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto& theme = tokens();
    painter.setPen(QPen(theme.window, 1));
    const QPointF middle(kSpriteSize / 2.0, kSpriteSize / 2.0);
    painter.setBrush(theme.ok);
    painter.drawEllipse(middle, 4.5, 4.5);
    painter.setBrush(theme.error);
    const QPointF diamond = middle + QPointF(kSpriteSize * Diamond, 0);
    painter.drawPolygon(QPolygonF{diamond + QPointF(0, -6), diamond + QPointF(6, 0), diamond + QPointF(0, 6), diamond + QPointF(-6, 0)});
    painter.setBrush(theme.limited);
    painter.drawRect(QRectF(kSpriteSize * Square + 3, 3, 8, 8));
}

void TrafficLayer::paint(QPainter& painter, qreal devicePixelRatio)
{
    if (m_dots.empty()) {
        return;
    }
    if (m_sprites.isNull() || m_spriteRatio != devicePixelRatio) {
        makeSprites(devicePixelRatio);
    }
    QVector<QPainter::PixmapFragment> fragments;
    fragments.reserve(static_cast<int>(m_dots.size()));
    const qreal pixels = kSpriteSize * devicePixelRatio;
    for (const auto& dot : m_dots) {
        if (dot.share < 0) {
            continue;
        }
        QPointF at = m_edges[dot.edge].path.at(dot.share);
        if (dot.fall >= 0) {
            at += QPointF(kNodeWidth / 2, kNodeHeight / 2 + dot.fall * (kTrayDrop - kNodeHeight / 2));
        }
        fragments.push_back(QPainter::PixmapFragment::create(at, QRectF(pixels * static_cast<int>(dot.shape), 0, pixels, pixels),
                                                             1 / devicePixelRatio, 1 / devicePixelRatio));
    }
    painter.drawPixmapFragments(fragments.constData(), static_cast<int>(fragments.size()), m_sprites);
}

}  // namespace signalbox::ui
