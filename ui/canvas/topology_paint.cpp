#include <QElapsedTimer>
#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

#include "ui/canvas/node_painter.h"
#include "ui/canvas/topology_view.h"
#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

constexpr qreal kLabelsFromZoom = 0.6;

bool mayReject(const TopologyNode& node)
{
    return node.kind == NodeKind::Gateway || node.kind == NodeKind::Route || node.kind == NodeKind::LoadBalancer;
}

}  // namespace

void TopologyView::paintEvent(QPaintEvent* /*event*/)
{
    QElapsedTimer timer;
    timer.start();
    if (!m_staticValid || m_static.size() != size() * devicePixelRatioF()) {
        renderStatic();
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_static);
    if (m_motion == Motion::Full && m_traffic.dotCount() > 0) {
        painter.save();
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        painter.translate(m_pan);
        painter.scale(m_zoom, m_zoom);
        m_traffic.paint(painter, devicePixelRatioF() * std::max(1.0, m_zoom));
        painter.restore();
    }
    painter.drawPixmap(0, 0, m_plates);
    paintOverlay(painter);
    const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    m_frameMs = m_frameMs == 0 ? ms : m_frameMs * 0.9 + ms * 0.1;
}

void TopologyView::renderStatic()
{
    m_static = QPixmap(size() * devicePixelRatioF());
    m_static.setDevicePixelRatio(devicePixelRatioF());
    m_static.fill(tokens().window);
    QPainter painter(&m_static);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::SmoothPixmapTransform);
    paintGrid(painter);
    if (m_model.nodes.empty()) {
        paintEmpty(painter);
    }
    painter.save();
    painter.translate(m_pan);
    painter.scale(m_zoom, m_zoom);
    paintEdges(painter);
    paintNodes(painter);
    painter.restore();
    renderPlates();
    m_staticValid = true;
}

void TopologyView::renderPlates()
{
    m_plates = QPixmap(size() * devicePixelRatioF());
    m_plates.setDevicePixelRatio(devicePixelRatioF());
    m_plates.fill(Qt::transparent);
    QPainter painter(&m_plates);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    painter.save();
    painter.translate(m_pan);
    painter.scale(m_zoom, m_zoom);
    paintTrays(painter);
    paintLabels(painter);
    painter.restore();
    if (m_legend && m_bridge.isRunning() && !m_model.nodes.empty()) {
        paintLegend(painter);
    }
}

void TopologyView::paintGrid(QPainter& painter) const
{
    const qreal step = kGrid * m_zoom * (m_zoom < 0.6 ? 2 : 1);
    painter.setPen(QPen(tokens().border, 1));
    QVector<QPointF> points;
    for (qreal x = std::fmod(m_pan.x(), step); x < width(); x += step) {
        for (qreal y = std::fmod(m_pan.y(), step); y < height(); y += step) {
            points.push_back({std::round(x) + 0.5, std::round(y) + 0.5});
        }
    }
    painter.drawPoints(points.constData(), static_cast<int>(points.size()));
}

void TopologyView::paintEdges(QPainter& painter) const
{
    const auto& theme = tokens();
    painter.setBrush(Qt::NoBrush);
    for (int at = 0; at < m_edges.size(); ++at) {
        const auto& edge = m_edges[at];
        const double rate = m_live.edge(edge.from, edge.to).flow.total();
        const qreal wide = m_live.hasData() ? std::clamp(1 + 5 * std::sqrt(rate / 1000), 1.0, 6.0) : 1.5;
        const bool selected = at == m_selectedEdge;
        painter.setPen(QPen(selected ? theme.accent : mix(theme.muted, theme.border, 0.35), selected ? wide + 1 : wide));
        painter.drawPath(edge.path.path());
    }
    painter.setPen(QPen(theme.window, 1.5));
    painter.setBrush(mix(theme.muted, theme.border, 0.5));
    for (const auto& node : m_model.nodes) {
        if (node.kind != NodeKind::Mock && node.kind != NodeKind::Backend) {
            painter.drawEllipse(EdgePath::outPort(node.position), 4, 4);
        }
    }
}

FlowRates TopologyView::refusedAt(const TopologyNode& node) const
{
    FlowRates flow = m_live.node(node.path).flow;
    if (node.kind != NodeKind::Gateway && node.kind != NodeKind::LoadBalancer) {
        return flow;
    }
    // What a route refused fell there, not at its listener.
    for (const auto& other : m_model.nodes) {
        if (other.kind == NodeKind::Route && other.path.startsWith(node.path + u'/')) {
            const FlowRates part = m_live.node(other.path).flow;
            flow.limited -= part.limited;
            flow.rejected -= part.rejected;
        }
    }
    flow.limited = std::max(0.0, flow.limited);
    flow.rejected = std::max(0.0, flow.rejected);
    return flow;
}

QString TopologyView::edgeText(const DrawnEdge& edge) const
{
    QString text = edge.label;
    if (m_live.hasData()) {
        const EdgeLive live = m_live.edge(edge.from, edge.to);
        const TopologyNode* to = m_model.find(edge.to);
        if (live.flow.total() > 0) {
            text = rateText(live.flow.total());
            if (m_motion == Motion::Reduced) {
                text.prepend(QStringLiteral("\u25B6 "));
            }
            if (live.p99Ms >= 0 && to && to->kind == NodeKind::Backend) {
                text += QStringLiteral(" · p99 ") + latencyText(live.p99Ms);
            } else if (!edge.label.isEmpty()) {
                text += QStringLiteral(" · ") + edge.label;
            }
        }
    }
    return text;
}

void TopologyView::paintLabels(QPainter& painter) const
{
    if (m_zoom < kLabelsFromZoom && m_model.nodes.size() > 12) {
        return;
    }
    QVector<EdgePath> paths;
    QVector<QSizeF> sizes;
    QStringList texts;
    for (const auto& edge : m_edges) {
        paths << edge.path;
        texts << edgeText(edge);
        sizes << plateSize(texts.back());
    }
    QVector<QRectF> nodes;
    for (const auto& node : m_model.nodes) {
        nodes << nodeBounds(node);
    }
    const auto centres = placeLabels(paths, sizes, nodes);
    for (int at = 0; at < centres.size(); ++at) {
        if (centres[at]) {
            paintPlate(painter, *centres[at], texts[at], at == m_selectedEdge ? tokens().accent : QColor());
        }
    }
}

void TopologyView::paintTrays(QPainter& painter) const
{
    if (!m_live.hasData()) {
        return;
    }
    const auto& theme = tokens();
    for (const auto& node : m_model.nodes) {
        const FlowRates flow = refusedAt(node);
        const double refused = flow.limited + flow.rejected;
        if (!mayReject(node) || refused < 0.05) {
            continue;
        }
        const QPointF tray = node.position + QPointF(kNodeWidth / 2, kNodeHeight / 2 + TrafficLayer::kTrayDrop);
        const QString word = flow.limited >= flow.rejected ? tr("429 rate limited") : tr("refused");
        paintPlate(painter, tray, rateText(refused) + u' ' + word, theme.limited);
    }
}

void TopologyView::paintNodes(QPainter& painter) const
{
    const TopologyNode* source = m_model.find(m_connectFrom);
    for (const auto& node : m_model.nodes) {
        NodeLook look;
        look.live = m_live.node(node.path);
        look.showLive = m_live.hasData();
        look.selected = m_selection.contains(node.path);
        look.focused = hasFocus() && node.path == m_focus;
        look.pending = m_pending.contains(node.path);
        look.faulty = m_bridge.mockFault(node.title).any() && (node.kind == NodeKind::Backend || node.kind == NodeKind::Mock);
        look.dimmed = source && &node != source && !TopologyModel::refusal(source->kind, node.kind).isEmpty();
        paintNode(painter, node, look, devicePixelRatioF());
    }
}

void TopologyView::paintOverlay(QPainter& painter)
{
    painter.setRenderHint(QPainter::Antialiasing);
    const auto& theme = tokens();
    if (m_drag == Drag::Marquee) {
        QColor fill = theme.accent;
        fill.setAlphaF(0.12F);
        painter.setPen(QPen(theme.accent, 1));
        painter.setBrush(fill);
        painter.drawRect(QRectF(m_pressView, m_lastView).normalized());
    } else if (m_drag == Drag::Connect) {
        if (const auto* from = m_model.find(m_connectFrom)) {
            painter.setPen(QPen(theme.accent, 2, Qt::DashLine));
            painter.setBrush(Qt::NoBrush);
            painter.drawLine(toView(EdgePath::outPort(from->position)), m_lastView);
        }
    }
}

void TopologyView::paintLegend(QPainter& painter) const
{
    const auto& theme = tokens();
    struct Row {
        int shape;
        QString text;
    };
    QVector<Row> rows{{0, tr("success")}, {1, tr("5xx or time-out")}, {2, tr("refused by a policy")}};
    const QString scale = m_motion == Motion::Full
                              ? (m_traffic.requestsPerDot() == 1 ? tr("1 dot = 1 request") : tr("1 dot = %1 requests").arg(m_traffic.requestsPerDot())) +
                                    (m_frameInterval > 33 ? tr(" · 15 frames a second") : tr(" · speed not to scale"))
                              : tr("motion is off");
    QFont font = Theme::instance().font(Theme::TextRole::Small);
    font.setPixelSize(11);
    painter.setFont(font);
    const QFontMetricsF metrics(font);
    qreal wide = metrics.horizontalAdvance(scale) + 24;
    qreal row = 12;
    for (const auto& item : rows) {
        row += 22 + metrics.horizontalAdvance(item.text) + 10;
    }
    wide = std::max(wide, row + 4);
    const QRectF box(12, height() - 56, wide, 44);
    painter.setPen(QPen(theme.border, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box, 8, 8);
    qreal x = box.left() + 12;
    const qreal y = box.top() + 14;
    for (const auto& item : rows) {
        painter.setPen(Qt::NoPen);
        const QPointF at(x + 6, y);
        if (item.shape == 0) {
            painter.setBrush(theme.ok);
            painter.drawEllipse(at, 4.5, 4.5);
        } else if (item.shape == 1) {
            painter.setBrush(theme.error);
            painter.drawPolygon(QPolygonF{at + QPointF(0, -6), at + QPointF(6, 0), at + QPointF(0, 6), at + QPointF(-6, 0)});
        } else {
            painter.setBrush(theme.limited);
            painter.drawRect(QRectF(at - QPointF(4, 4), QSizeF(8, 8)));
        }
        painter.setPen(theme.text);
        const qreal text = metrics.horizontalAdvance(item.text);
        painter.drawText(QRectF(x + 16, box.top() + 4, text + 4, 20), Qt::AlignVCenter, item.text);
        x += 22 + text + 10;
    }
    painter.setPen(theme.muted);
    painter.drawText(QRectF(box.left() + 12, box.top() + 22, wide - 24, 18), Qt::AlignVCenter, scale);
}

void TopologyView::paintEmpty(QPainter& painter) const
{
    const auto& theme = tokens();
    painter.setPen(theme.text);
    painter.setFont(Theme::instance().font(Theme::TextRole::Panel));
    const QRectF area(rect());
    painter.drawText(area.adjusted(16, 0, -16, -16), Qt::AlignHCenter | Qt::AlignVCenter, tr("Nothing is drawn yet"));
    painter.setPen(theme.muted);
    painter.setFont(Theme::instance().font(Theme::TextRole::Body));
    painter.drawText(area.adjusted(16, 40, -16, 0), Qt::AlignHCenter | Qt::AlignVCenter | Qt::TextWordWrap,
                     tr("Drag a part from the library, press A, or start from a template (File menu)."));
}

}  // namespace signalbox::ui
