#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QPixmap>
#include <QTimer>
#include <QWidget>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"
#include "ui/canvas/canvas_edits.h"
#include "ui/canvas/edge_path.h"
#include "ui/canvas/live_values.h"
#include "ui/canvas/traffic_layer.h"

namespace signalbox::ui {

/// The drawing of the site: nodes, edges, live labels and moving traffic; everything on it can be edited by mouse and by
/// keyboard. Nodes and edges are rendered once into a pixmap and redrawn only when the model, the numbers or the view change;
/// dots are drawn over it on each frame. All edits go through CanvasEdits, so the site stays the only model. GUI thread.
class TopologyView : public QWidget {
    Q_OBJECT

public:
    TopologyView(SiteDocument& document, EngineBridge& bridge, QWidget* parent = nullptr);

    [[nodiscard]] const TopologyModel& model() const noexcept { return m_model; }
    [[nodiscard]] QStringList selection() const { return m_selection; }
    [[nodiscard]] qreal zoom() const noexcept { return m_zoom; }
    [[nodiscard]] QPointF toView(const QPointF& canvas) const { return canvas * m_zoom + m_pan; }
    [[nodiscard]] QPointF toCanvas(const QPointF& view) const { return (view - m_pan) / m_zoom; }
    [[nodiscard]] const TrafficLayer& traffic() const noexcept { return m_traffic; }
    /// Milliseconds that the last frames took to paint, averaged.
    [[nodiscard]] double frameMs() const noexcept { return m_frameMs; }
    /// Nodes whose edits are not applied yet: drawn dashed.
    void setPending(const QStringList& paths);

public Q_SLOTS:
    void select(const QStringList& paths);
    void fit();
    void fitSelection();
    void tidy();
    void zoomIn() { zoomAt(rect().center(), 1.2); }
    void zoomOut() { zoomAt(rect().center(), 1 / 1.2); }
    void zoomReset();
    void deleteSelection();
    void duplicateSelection();
    /// Adds a node in the middle of what is seen, or at `position`; a route or backend goes into the selected owner.
    void addNode(NodeKind kind);
    void addNodeAt(NodeKind kind, const QPointF& position);
    /// The next node that is clicked, or chosen with arrows and Enter, becomes the target.
    void connectFromSelection();
    void setMotion(int motion);
    void toggleLegend();
    void setPaused(bool paused);

Q_SIGNALS:
    void selectionChanged(const QStringList& paths);
    /// Enter or a double click: show the form.
    void activated(const QString& path);
    /// Why something could not be done, for the status bar.
    void refused(const QString& why);
    /// A double click on empty canvas: choose what to add there.
    void insertRequested(const QPointF& canvasPosition, const QPoint& globalPosition);
    void motionChanged(int motion);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    enum class Drag { None, Pan, Nodes, Marquee, Connect };
    struct DrawnEdge {
        QString from, to, label;
        EdgePath path;
    };

    void rebuild();
    void rebuildEdges();
    void onSnapshot();
    void onFrame();
    void updateAnimation();
    void invalidate();
    void renderStatic();
    void renderPlates();
    /// What is refused at this very node.
    [[nodiscard]] FlowRates refusedAt(const TopologyNode& node) const;
    void paintGrid(QPainter& painter) const;
    void paintEdges(QPainter& painter) const;
    void paintLabels(QPainter& painter) const;
    void paintTrays(QPainter& painter) const;
    void paintNodes(QPainter& painter) const;
    void paintOverlay(QPainter& painter);
    void paintLegend(QPainter& painter) const;
    void paintEmpty(QPainter& painter) const;
    [[nodiscard]] QString edgeText(const DrawnEdge& edge) const;
    [[nodiscard]] QRectF contentRect() const;
    void fitRect(const QRectF& content);
    void zoomAt(const QPointF& view, qreal factor);
    [[nodiscard]] QString nodeAt(const QPointF& view) const;
    [[nodiscard]] bool onOutPort(const QPointF& view, QString* path) const;
    [[nodiscard]] int edgeAt(const QPointF& view) const;
    void setSelection(const QStringList& paths);
    void finishConnect(const QString& target);
    void cancelDrag();
    void dragNodes(const QPointF& view);
    bool handleConnectKey(QKeyEvent* event);
    void focusNeighbour(int key);
    [[nodiscard]] QString describeNode(const QString& path) const;

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    CanvasEdits m_edits;
    TopologyModel m_model;
    QVector<DrawnEdge> m_edges;
    LiveValues m_live;
    TrafficLayer m_traffic;
    QStringList m_selection;
    int m_selectedEdge = -1;
    QStringList m_pending;
    QString m_focus;        ///< the keyboard's node
    QString m_hover;

    qreal m_zoom = 1;
    QPointF m_pan{24, 24};
    bool m_fitted = false;  ///< the view follows the content until the user pans or zooms
    QPixmap m_static;   ///< under the dots
    QPixmap m_plates;   ///< over the dots: what must stay readable
    bool m_staticValid = false;

    Drag m_drag = Drag::None;
    QPointF m_pressView;
    QPointF m_lastView;
    QHash<QString, QPointF> m_dragStart;
    QString m_dragKey;
    QString m_connectFrom;
    bool m_connectSticky = false;  ///< started by key or action: waits for a click
    bool m_spaceHeld = false;

    Motion m_motion = Motion::Full;
    bool m_paused = false;
    bool m_legend = true;
    QTimer m_frameTimer;
    QElapsedTimer m_sinceFrame;
    double m_frameMs = 0;
    int m_slowFrames = 0;
    int m_frameInterval = 33;
};

}  // namespace signalbox::ui
