#include <QDragEnterEvent>
#include <QDropEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMimeData>
#include <QMouseEvent>
#include <QToolTip>
#include <QUuid>
#include <QWheelEvent>

#include <cmath>

#include "ui/canvas/library_panel.h"
#include "ui/canvas/node_painter.h"
#include "ui/canvas/topology_view.h"
#include "ui/theme/theme.h"

namespace signalbox::ui {

void TopologyView::mousePressEvent(QMouseEvent* event)
{
    setFocus(Qt::MouseFocusReason);
    const QPointF view = event->position();
    m_pressView = m_lastView = view;
    if (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && m_spaceHeld)) {
        m_drag = Drag::Pan;
        setCursor(Qt::ClosedHandCursor);
        return;
    }
    if (event->button() != Qt::LeftButton) {
        return;
    }
    if (m_drag == Drag::Connect && m_connectSticky) {
        finishConnect(nodeAt(view));
        return;
    }
    QString port;
    if (onOutPort(view, &port)) {
        m_connectFrom = port;
        m_drag = Drag::Connect;
        invalidate();
        return;
    }
    const QString node = nodeAt(view);
    const bool more = event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier);
    if (node.isEmpty()) {
        m_selectedEdge = edgeAt(view);
        if (m_selectedEdge >= 0) {
            const int edge = m_selectedEdge;
            setSelection({});
            m_selectedEdge = edge;
            invalidate();
            return;
        }
        if (!more) {
            setSelection({});
        }
        m_drag = Drag::Marquee;
        return;
    }
    if (more) {
        QStringList selection = m_selection;
        if (!selection.removeOne(node)) {
            selection << node;
        }
        setSelection(selection);
    } else if (!m_selection.contains(node)) {
        setSelection({node});
    }
    m_drag = Drag::Nodes;
    m_dragStart.clear();
    for (const auto& path : std::as_const(m_selection)) {
        if (const auto* found = m_model.find(path)) {
            m_dragStart.insert(path, found->position);
        }
    }
    m_dragKey = QUuid::createUuid().toString();
}

void TopologyView::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF view = event->position();
    switch (m_drag) {
        case Drag::Pan:
            m_pan += view - m_lastView;
            m_fitted = false;
            invalidate();
            break;
        case Drag::Nodes: dragNodes(view); break;
        case Drag::Marquee:
        case Drag::Connect: update(); break;
        case Drag::None: {
            QString port;
            const bool overPort = onOutPort(view, &port);
            setCursor(overPort ? Qt::CrossCursor : nodeAt(view).isEmpty() ? Qt::ArrowCursor : Qt::PointingHandCursor);
            break;
        }
    }
    m_lastView = view;
}

void TopologyView::dragNodes(const QPointF& view)
{
    const QPointF moved = (view - m_pressView) / m_zoom;
    if (std::hypot(moved.x(), moved.y()) * m_zoom < 4) {
        return;
    }
    m_fitted = false;
    QHash<QString, QPointF> positions;
    for (auto it = m_dragStart.cbegin(); it != m_dragStart.cend(); ++it) {
        const QPointF at = it.value() + moved;
        positions.insert(it.key(), {std::round(at.x() / kGrid) * kGrid, std::round(at.y() / kGrid) * kGrid});
    }
    bool changed = false;
    for (auto it = positions.cbegin(); it != positions.cend(); ++it) {
        const auto* node = m_model.find(it.key());
        changed = changed || (node && node->position != it.value());
    }
    if (changed) {
        m_edits.move(positions, m_dragKey);
    }
}

void TopologyView::mouseReleaseEvent(QMouseEvent* event)
{
    const QPointF view = event->position();
    m_lastView = view;
    if (m_drag == Drag::Connect && !m_connectSticky) {
        finishConnect(nodeAt(view));
        return;
    }
    if (m_drag == Drag::Marquee) {
        const QRectF area(toCanvas(m_pressView), toCanvas(view));
        QStringList inside = event->modifiers() & Qt::ShiftModifier ? m_selection : QStringList();
        for (const auto& node : m_model.nodes) {
            if (area.normalized().intersects(nodeRect(node)) && !inside.contains(node.path) &&
                std::hypot(area.width(), area.height()) * m_zoom > 4) {
                inside << node.path;
            }
        }
        m_drag = Drag::None;
        if (inside != m_selection) {
            setSelection(inside);
        }
        update();
        return;
    }
    if (m_drag != Drag::Connect) {
        m_drag = Drag::None;
        unsetCursor();
    }
}

void TopologyView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) {
        return;
    }
    const QString node = nodeAt(event->position());
    m_drag = Drag::None;
    if (node.isEmpty()) {
        Q_EMIT insertRequested(toCanvas(event->position()), event->globalPosition().toPoint());
    } else {
        Q_EMIT activated(node);
    }
}

void TopologyView::wheelEvent(QWheelEvent* event)
{
    const qreal steps = event->angleDelta().y() / 120.0;
    if (event->modifiers() & Qt::ShiftModifier) {
        m_pan += QPointF(steps * 60, 0);
        m_fitted = false;
        invalidate();
    } else {
        zoomAt(event->position(), std::pow(1.15, steps));
    }
    event->accept();
}

bool TopologyView::handleConnectKey(QKeyEvent* event)
{
    if (m_drag != Drag::Connect) {
        return false;
    }
    if (event->key() == Qt::Key_Escape) {
        cancelDrag();
        return true;
    }
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        finishConnect(m_focus);
        return true;
    }
    return false;
}

void TopologyView::keyPressEvent(QKeyEvent* event)
{
    if (handleConnectKey(event)) {
        return;
    }
    switch (event->key()) {
        case Qt::Key_Left:
        case Qt::Key_Right:
        case Qt::Key_Up:
        case Qt::Key_Down: focusNeighbour(event->key()); return;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (!m_focus.isEmpty()) {
                Q_EMIT activated(m_focus);
            }
            return;
        case Qt::Key_Escape: setSelection({}); return;
        case Qt::Key_Space:
            if (!event->isAutoRepeat()) {
                m_spaceHeld = true;
                setCursor(Qt::OpenHandCursor);
            }
            return;
        default: QWidget::keyPressEvent(event);
    }
}

void TopologyView::keyReleaseEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
        m_spaceHeld = false;
        unsetCursor();
        return;
    }
    QWidget::keyReleaseEvent(event);
}

void TopologyView::focusNeighbour(int key)
{
    if (m_model.nodes.empty()) {
        return;
    }
    const TopologyNode* from = m_model.find(m_focus);
    if (!from) {
        m_focus = m_model.nodes.front().path;
        if (m_drag != Drag::Connect) {
            setSelection({m_focus});
        }
        return;
    }
    const QPointF direction = key == Qt::Key_Left ? QPointF(-1, 0) : key == Qt::Key_Right ? QPointF(1, 0)
                              : key == Qt::Key_Up ? QPointF(0, -1)
                                                  : QPointF(0, 1);
    const auto connected = [&](const TopologyNode& node) {
        return std::any_of(m_edges.cbegin(), m_edges.cend(), [&](const DrawnEdge& edge) {
            return (edge.from == m_focus && edge.to == node.path) || (edge.to == m_focus && edge.from == node.path);
        });
    };
    const TopologyNode* best = nullptr;
    qreal bestCost = 1e18;
    for (const auto& node : m_model.nodes) {
        const QPointF away = node.position - from->position;
        const qreal along = QPointF::dotProduct(away, direction);
        const qreal across = std::abs(away.x() * direction.y()) + std::abs(away.y() * direction.x());
        if (&node == from || along <= 1 || across > along * 4) {
            continue;
        }
        // The nearest connected node first; others only where there is none that way.
        const qreal cost = along + 2 * across + (connected(node) ? 0 : 2000);
        if (cost < bestCost) {
            bestCost = cost;
            best = &node;
        }
    }
    if (!best) {
        return;
    }
    m_focus = best->path;
    if (m_drag == Drag::Connect) {
        m_lastView = toView(EdgePath::inPort(best->position));
        invalidate();
    } else {
        setSelection({m_focus});
    }
}

void TopologyView::contextMenuEvent(QContextMenuEvent* event)
{
    const QString node = nodeAt(event->pos());
    QMenu menu(this);
    if (!node.isEmpty()) {
        if (!m_selection.contains(node)) {
            setSelection({node});
        }
        menu.addAction(icon(QStringLiteral("link")), tr("Connect to…"), this, &TopologyView::connectFromSelection);
        menu.addAction(icon(QStringLiteral("copy")), tr("Duplicate"), this, &TopologyView::duplicateSelection);
        menu.addAction(icon(QStringLiteral("trash")), tr("Delete"), this, &TopologyView::deleteSelection);
    } else {
        const QPointF at = toCanvas(event->pos());
        for (const auto kind : LibraryPanel::kinds()) {
            menu.addAction(icon(iconOf(kind)), tr("Add %1").arg(titleOf(kind).toLower()), this,
                           [this, kind, at] { addNodeAt(kind, at); });
        }
        menu.addSeparator();
        menu.addAction(icon(QStringLiteral("tidy")), tr("Tidy layout"), this, &TopologyView::tidy);
        menu.addAction(icon(QStringLiteral("fit")), tr("Fit all"), this, &TopologyView::fit);
    }
    menu.exec(event->globalPos());
}

void TopologyView::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasFormat(LibraryPanel::mimeType())) {
        event->acceptProposedAction();
    }
}

void TopologyView::dragMoveEvent(QDragMoveEvent* event)
{
    event->acceptProposedAction();
}

void TopologyView::dropEvent(QDropEvent* event)
{
    const auto kind = LibraryPanel::kindOf(event->mimeData());
    if (!kind) {
        return;
    }
    event->acceptProposedAction();
    const QPointF at = toCanvas(event->position());
    const QString under = nodeAt(event->position());
    if (!under.isEmpty()) {
        // Dropped on an owner: it belongs there.
        setSelection({under});
    }
    addNodeAt(*kind, at - QPointF(kNodeWidth, kNodeHeight) / 2);
    setFocus();
}

bool TopologyView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString node = nodeAt(help->pos());
        if (node.isEmpty()) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), describeNode(node), this);
        }
        return true;
    }
    return QWidget::event(event);
}

void TopologyView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (m_fitted) {
        fitRect(contentRect());
    }
    invalidate();
}

void TopologyView::focusInEvent(QFocusEvent* event)
{
    const bool byKeyboard = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    if (m_focus.isEmpty() && byKeyboard && !m_model.nodes.empty()) {
        m_focus = m_selection.isEmpty() ? m_model.nodes.front().path : m_selection.front();
    }
    QWidget::focusInEvent(event);
    invalidate();
}

void TopologyView::focusOutEvent(QFocusEvent* event)
{
    m_spaceHeld = false;
    QWidget::focusOutEvent(event);
    invalidate();
}

void TopologyView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        invalidate();
    }
}

}  // namespace signalbox::ui
