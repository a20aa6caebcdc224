#pragma once

#include <QHash>
#include <QString>
#include <QVector>
#include <memory>

#include "core/stats/time_series.h"
#include "ui/canvas/topology_model.h"

namespace signalbox::ui {

/// Requests a second by what became of them, over the last second or so.
struct FlowRates {
    double ok = 0;
    double failed = 0;    ///< 5xx, time-outs, resets
    double limited = 0;   ///< 429
    double rejected = 0;  ///< refused by a policy with another status
    [[nodiscard]] double total() const noexcept { return ok + failed + limited + rejected; }
    /// What goes on past this node.
    [[nodiscard]] double passed() const noexcept { return ok + failed; }
};

enum class NodeState { Idle, Ok, Warning, Failing };

struct NodeLive {
    FlowRates flow;
    double p99Ms = -1;     ///< below 0: too few requests
    qint64 active = 0;
    double utilisation = 0;  ///< active by limit, or by the busiest sibling where there is no limit; 0 to 1
    NodeState state = NodeState::Idle;
    QVector<float> spark;  ///< requests a second over the last 30 s, oldest first
};

struct EdgeLive {
    FlowRates flow;  ///< what travels along it
    double p99Ms = -1;
};

/// The numbers that the canvas and its table twin show, computed from the engine's snapshots for the nodes and edges of a
/// model. GUI thread.
class LiveValues {
public:
    void update(const TopologyModel& model, const stats::SnapshotHistory& fine, const stats::SnapshotHistory& coarse);
    void clear();
    [[nodiscard]] NodeLive node(const QString& path) const { return m_nodes.value(path); }
    [[nodiscard]] EdgeLive edge(const QString& from, const QString& to) const { return m_edges.value(from + QChar(u'\n') + to); }
    [[nodiscard]] bool hasData() const noexcept { return m_hasData; }

    /// The statistics slot behind a node; false for nodes without one (traffic, loose mocks).
    static bool slotOf(const TopologyModel& model, const QString& path, stats::Scope* scope, std::string* name);

private:
    [[nodiscard]] NodeLive measure(stats::Scope scope, const std::string& name, const stats::SnapshotHistory& fine,
                                   const stats::SnapshotHistory& coarse) const;
    void measureEdges(const TopologyModel& model);

    QHash<QString, NodeLive> m_nodes;
    QHash<QString, EdgeLive> m_edges;
    bool m_hasData = false;
};

}  // namespace signalbox::ui
