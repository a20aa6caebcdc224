#include "ui/canvas/topology_view.h"

#include <QAccessible>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "ui/canvas/node_painter.h"
#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

constexpr qreal kMinZoom = 0.25;
constexpr qreal kMaxZoom = 3;
constexpr qreal kFitMargin = 36;
constexpr qreal kPortReach = 12;

}  // namespace

TopologyView::TopologyView(SiteDocument& document, EngineBridge& bridge, QWidget* parent)
    : QWidget(parent), m_document(document), m_bridge(bridge), m_edits(document)
{
    setObjectName(QStringLiteral("topologyView"));
    setAccessibleName(tr("Drawing of the site"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAcceptDrops(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMinimumSize(240, 160);
    connect(&m_document, &SiteDocument::changed, this, &TopologyView::rebuild);
    connect(&m_document, &SiteDocument::problemsChanged, this, &TopologyView::rebuild);
    connect(&m_document, &SiteDocument::fileChanged, this, [this] { m_fitted = true; fit(); });
    connect(&m_bridge, &EngineBridge::snapshotTaken, this, &TopologyView::onSnapshot);
    connect(&m_bridge, &EngineBridge::stateChanged, this, [this] {
        if (!m_bridge.isRunning()) {
            m_live.clear();
            m_traffic.clear();
        }
        updateAnimation();
        invalidate();
    });
    connect(&m_bridge, &EngineBridge::faultsChanged, this, &TopologyView::invalidate);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        m_traffic.invalidateSprites();
        invalidate();
    });
    m_frameTimer.setTimerType(Qt::PreciseTimer);
    connect(&m_frameTimer, &QTimer::timeout, this, &TopologyView::onFrame);
    m_fitted = true;
    rebuild();
}

void TopologyView::rebuild()
{
    m_model = TopologyModel::fromSite(m_document.site());
    for (const auto& problem : m_document.problems()) {
        const QString path = QString::fromStdString(problem.path);
        TopologyNode* nearest = nullptr;
        for (auto& node : m_model.nodes) {
            // The problem belongs to the innermost node around its place.
            const bool inside = path == node.path || path.startsWith(node.path + u'/');
            if (inside && (!nearest || node.path.size() > nearest->path.size())) {
                nearest = &node;
            }
        }
        if (nearest) {
            (problem.severity == site::Severity::Error ? nearest->errors : nearest->warnings) += 1;
        }
    }
    QStringList kept;
    for (const auto& path : std::as_const(m_selection)) {
        if (m_model.find(path)) {
            kept << path;
        }
    }
    if (kept != m_selection) {
        setSelection(kept);
    }
    if (!m_model.find(m_focus)) {
        m_focus.clear();
    }
    m_selectedEdge = -1;
    rebuildEdges();
    if (m_fitted) {
        fitRect(contentRect());
    }
    invalidate();
}

void TopologyView::rebuildEdges()
{
    m_edges.clear();
    QVector<TrafficLayer::Edge> moving;
    for (const auto& edge : m_model.edges) {
        const TopologyNode* from = m_model.find(edge.from);
        const TopologyNode* to = m_model.find(edge.to);
        if (!from || !to) {
            continue;
        }
        const EdgePath path(from->position, to->position);
        m_edges.push_back({edge.from, edge.to, edge.label, path});
        const bool refuses = to->kind == NodeKind::Gateway || to->kind == NodeKind::Route || to->kind == NodeKind::LoadBalancer;
        const bool hasRoutes = std::any_of(m_model.edges.begin(), m_model.edges.end(), [&](const TopologyEdge& other) {
            return other.from == edge.to && other.to.startsWith(edge.to + u"/routes/"_qs);
        });
        moving.push_back({edge.from, edge.to, path, refuses, refuses && !hasRoutes});
    }
    m_traffic.setEdges(std::move(moving));
    m_traffic.setRates(m_live);
}

void TopologyView::onSnapshot()
{
    if (m_paused) {
        return;
    }
    m_live.update(m_model, m_bridge.fineHistory(), m_bridge.history());
    m_traffic.setRates(m_live);
    // Labels need not change ten times a second to be read.
    static constexpr int kLabelsEvery = 3;
    static int count = 0;
    if (++count % kLabelsEvery == 0) {
        invalidate();
    }
}

void TopologyView::updateAnimation()
{
    const bool moving = m_bridge.isRunning() && m_motion == Motion::Full && !m_paused && isVisible();
    if (moving && !m_frameTimer.isActive()) {
        m_sinceFrame.start();
        m_frameTimer.start(m_frameInterval);
    } else if (!moving) {
        m_frameTimer.stop();
    }
}

void TopologyView::onFrame()
{
    const qreal seconds = std::min(0.2, static_cast<qreal>(m_sinceFrame.restart()) / 1000.0);
    const bool hadDots = m_traffic.dotCount() > 0;
    m_traffic.advance(seconds);
    if (hadDots || m_traffic.dotCount() > 0) {
        update();
    }
    // Over budget for a second: halve the frame rate rather than take time from the engine.
    m_slowFrames = m_frameMs > 20 ? m_slowFrames + 1 : 0;
    if (m_slowFrames > 30 && m_frameInterval == 33) {
        m_frameInterval = 66;
        m_frameTimer.start(m_frameInterval);
        invalidate();
    }
}

void TopologyView::setMotion(int motion)
{
    m_motion = static_cast<Motion>(motion);
    if (m_motion != Motion::Full) {
        m_traffic.clear();
    }
    updateAnimation();
    invalidate();
    Q_EMIT motionChanged(motion);
}

void TopologyView::setPaused(bool paused)
{
    m_paused = paused;
    updateAnimation();
}

void TopologyView::toggleLegend()
{
    m_legend = !m_legend;
    invalidate();
}

void TopologyView::setPending(const QStringList& paths)
{
    if (m_pending != paths) {
        m_pending = paths;
        invalidate();
    }
}

void TopologyView::invalidate()
{
    m_staticValid = false;
    update();
}

QRectF TopologyView::contentRect() const
{
    QRectF content;
    for (const auto& node : m_model.nodes) {
        content = content.united(nodeBounds(node));
        if (node.kind == NodeKind::Gateway || node.kind == NodeKind::Route) {
            content = content.united(nodeRect(node).adjusted(0, 0, 0, 44));
        }
    }
    return content;
}

void TopologyView::fitRect(const QRectF& content)
{
    if (content.isEmpty() || width() < 10 || height() < 10) {
        return;
    }
    const qreal wide = (width() - 2 * kFitMargin) / content.width();
    const qreal high = (height() - 2 * kFitMargin) / content.height();
    m_zoom = std::clamp(std::min({wide, high, 1.25}), kMinZoom, kMaxZoom);
    m_pan = QPointF(width(), height()) / 2 - content.center() * m_zoom;
}

void TopologyView::fit()
{
    m_fitted = true;
    fitRect(contentRect());
    invalidate();
}

void TopologyView::fitSelection()
{
    QRectF content;
    for (const auto& path : std::as_const(m_selection)) {
        if (const auto* node = m_model.find(path)) {
            content = content.united(nodeBounds(*node));
        }
    }
    if (content.isEmpty()) {
        fit();
        return;
    }
    m_fitted = false;
    fitRect(content);
    invalidate();
}

void TopologyView::zoomAt(const QPointF& view, qreal factor)
{
    const QPointF anchor = toCanvas(view);
    m_zoom = std::clamp(m_zoom * factor, kMinZoom, kMaxZoom);
    m_pan = view - anchor * m_zoom;
    m_fitted = false;
    invalidate();
}

void TopologyView::zoomReset()
{
    zoomAt(rect().center(), 1 / m_zoom);
}

void TopologyView::tidy()
{
    m_edits.tidy();
    fit();
}

void TopologyView::select(const QStringList& paths)
{
    if (paths != m_selection) {
        setSelection(paths);
    }
}

void TopologyView::setSelection(const QStringList& paths)
{
    m_selection = paths;
    m_selectedEdge = -1;
    if (!paths.isEmpty()) {
        m_focus = paths.back();
        QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
        setAccessibleDescription(describeNode(m_focus));
        QAccessible::updateAccessibility(&changed);
    }
    invalidate();
    Q_EMIT selectionChanged(m_selection);
}

QString TopologyView::describeNode(const QString& path) const
{
    const TopologyNode* node = m_model.find(path);
    if (!node) {
        return {};
    }
    QString text = titleOf(node->kind) + u' ' + node->title + QStringLiteral(", ") + node->subtitle;
    if (node->errors > 0) {
        text += tr(", %n error(s)", nullptr, node->errors);
    }
    if (m_live.hasData()) {
        const NodeLive live = m_live.node(path);
        text += QStringLiteral(", ") + rateText(live.flow.total());
        if (live.p99Ms >= 0) {
            text += tr(", p99 %1").arg(latencyText(live.p99Ms));
        }
    }
    return text;
}

void TopologyView::deleteSelection()
{
    if (m_selectedEdge >= 0) {
        QString why;
        const DrawnEdge edge = m_edges[m_selectedEdge];
        if (!m_edits.disconnect(edge.from, edge.to, &why)) {
            Q_EMIT refused(why);
        }
        return;
    }
    m_edits.remove(m_selection);
}

void TopologyView::duplicateSelection()
{
    const QStringList made = m_edits.duplicate(m_selection);
    if (!made.isEmpty()) {
        setSelection(made);
    }
}

void TopologyView::addNode(NodeKind kind)
{
    QPointF position = toCanvas(rect().center()) - QPointF(kNodeWidth, kNodeHeight) / 2;
    // Beside what it belongs to, where something is selected.
    if (const auto* selected = m_model.find(m_selection.value(0))) {
        position = selected->position + QPointF(264, 0);
    }
    addNodeAt(kind, position);
}

void TopologyView::addNodeAt(NodeKind kind, const QPointF& position)
{
    QPointF at(std::round(position.x() / kGrid) * kGrid, std::round(position.y() / kGrid) * kGrid);
    const auto taken = [&] {
        return std::any_of(m_model.nodes.begin(), m_model.nodes.end(), [&](const TopologyNode& node) {
            return nodeRect(node).adjusted(-8, -8, 8, 8).intersects(QRectF(at, QSizeF(kNodeWidth, kNodeHeight)));
        });
    };
    for (int tries = 0; tries < 100 && taken(); ++tries) {
        at.ry() += kGrid;
    }
    QString parent;
    if (const auto* selected = m_model.find(m_selection.value(0))) {
        const bool fits = (kind == NodeKind::Route && selected->kind == NodeKind::Gateway) ||
                          (kind == NodeKind::Backend && selected->kind == NodeKind::Pool);
        parent = fits ? selected->path : QString();
    }
    QString why;
    const QString path = m_edits.add(kind, at, parent, &why);
    if (path.isEmpty()) {
        Q_EMIT refused(why);
        return;
    }
    setSelection({path});
}

void TopologyView::connectFromSelection()
{
    if (m_selection.size() != 1) {
        Q_EMIT refused(tr("Select the one node to connect from first"));
        return;
    }
    m_connectFrom = m_selection.front();
    m_connectSticky = true;
    m_drag = Drag::Connect;
    Q_EMIT refused(tr("Click the node to connect to, or choose it with the arrow keys and Enter; Escape leaves"));
    invalidate();
}

void TopologyView::finishConnect(const QString& target)
{
    const QString from = m_connectFrom;
    cancelDrag();
    if (target.isEmpty() || target == from) {
        return;
    }
    QString why;
    if (!m_edits.connectNodes(from, target, &why)) {
        QToolTip::showText(mapToGlobal(m_lastView.toPoint()), why, this);
        Q_EMIT refused(why);
    }
}

void TopologyView::cancelDrag()
{
    m_drag = Drag::None;
    m_connectFrom.clear();
    m_connectSticky = false;
    m_dragStart.clear();
    unsetCursor();
    invalidate();
}

QString TopologyView::nodeAt(const QPointF& view) const
{
    const QPointF point = toCanvas(view);
    for (auto it = m_model.nodes.rbegin(); it != m_model.nodes.rend(); ++it) {
        if (nodeRect(*it).adjusted(-2, -2, 2, 2).contains(point)) {
            return it->path;
        }
    }
    return {};
}

bool TopologyView::onOutPort(const QPointF& view, QString* path) const
{
    const QPointF point = toCanvas(view);
    for (const auto& node : m_model.nodes) {
        const QPointF port = EdgePath::outPort(node.position);
        if (node.kind != NodeKind::Mock && std::hypot(port.x() - point.x(), port.y() - point.y()) < kPortReach) {
            *path = node.path;
            return true;
        }
    }
    return false;
}

int TopologyView::edgeAt(const QPointF& view) const
{
    const QPointF point = toCanvas(view);
    int best = -1;
    qreal nearest = 7 / m_zoom;
    for (int at = 0; at < m_edges.size(); ++at) {
        if (const qreal distance = m_edges[at].path.distanceTo(point); distance < nearest) {
            nearest = distance;
            best = at;
        }
    }
    return best;
}

}  // namespace signalbox::ui
