#pragma once

#include <QHash>
#include <QPointF>
#include <QString>
#include <QStringList>
#include <vector>

#include "core/site/site.h"

namespace signalbox::ui {

enum class NodeKind { Traffic, LoadBalancer, Gateway, Route, Pool, Backend, Mock, Consumer };

/// One box of the drawing, as derived from the site. `path` is its identity ("pools/shop/backends/a1").
struct TopologyNode {
    QString path;
    NodeKind kind = NodeKind::Pool;
    QString title;          ///< name
    QString subtitle;       ///< "round-robin · 3 backends", "127.0.0.1:9001"
    QStringList chips;      ///< policies, short: "api-key", "50/s"
    QPointF position;       ///< top left; from `canvas:` or laid out
    bool placed = false;    ///< position came from the file
    int errors = 0;
    int warnings = 0;
};

struct TopologyEdge {
    QString from, to;       ///< node paths
    QString label;          ///< "90 %" of a split, else empty
};

/// The graph that the canvas draws and the table twin lists: a plain value derived from the Site, free of graphics items.
/// A backend whose address is mock:NAME is drawn as one node together with its mock.
struct TopologyModel {
    std::vector<TopologyNode> nodes;
    std::vector<TopologyEdge> edges;

    [[nodiscard]] static TopologyModel fromSite(const site::Site& site);
    [[nodiscard]] const TopologyNode* find(const QString& path) const;
    /// Why `from` cannot be connected to `to`, or an empty text when it can ("A backend cannot send to a gateway").
    [[nodiscard]] static QString refusal(NodeKind from, NodeKind to);
};

/// Layered left-to-right layout (longest path for columns, barycentre passes for rows) on the 24-px grid; nodes already
/// placed keep their place unless `all`.
void layOut(TopologyModel& model, bool all);

inline constexpr qreal kNodeWidth = 176;
inline constexpr qreal kNodeHeight = 68;
inline constexpr qreal kGrid = 24;

}  // namespace signalbox::ui
