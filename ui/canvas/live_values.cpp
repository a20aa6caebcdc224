#include "ui/canvas/live_values.h"

#include <algorithm>

namespace signalbox::ui {

namespace {

using stats::Counter;

constexpr std::size_t kFineWindow = 10;  // of 100-ms snapshots: one second
constexpr std::size_t kSparkPoints = 30;
constexpr std::uint64_t kEnoughForP99 = 20;

FlowRates flowOf(const stats::IntervalStats& interval)
{
    FlowRates flow;
    flow.limited = interval.perSecond(Counter::Status429);
    flow.rejected = std::max(0.0, interval.perSecond(Counter::Rejected) - flow.limited);
    flow.failed = interval.perSecond(Counter::Status5xx);
    flow.ok = std::max(0.0, interval.perSecond(Counter::Requests) - flow.failed - flow.limited - flow.rejected);
    return flow;
}

NodeState stateOf(const FlowRates& flow)
{
    const double passed = flow.passed();
    if (passed <= 0) {
        return flow.total() > 0 ? NodeState::Ok : NodeState::Idle;
    }
    const double failing = flow.failed / passed;
    return failing > 0.2 ? NodeState::Failing : failing > 0.01 ? NodeState::Warning : NodeState::Ok;
}

QString section(const QString& path, int at)
{
    return path.section(u'/', at, at);
}

}  // namespace

bool LiveValues::slotOf(const TopologyModel& model, const QString& path, stats::Scope* scope, std::string* name)
{
    const TopologyNode* node = model.find(path);
    if (!node) {
        return false;
    }
    switch (node->kind) {
        case NodeKind::LoadBalancer:
        case NodeKind::Gateway:
            *scope = stats::Scope::Listener;
            *name = section(path, 1).toStdString();
            return true;
        case NodeKind::Route: {
            *scope = stats::Scope::Route;
            // The first listener with a route of that name has its plain name (see plan::compile).
            const auto first = std::find_if(model.nodes.begin(), model.nodes.end(), [&](const TopologyNode& other) {
                return other.kind == NodeKind::Route && other.title == node->title;
            });
            *name = (first->path == path ? node->title : section(path, 1) + QChar(u'/') + node->title).toStdString();
            return true;
        }
        case NodeKind::Pool:
            *scope = stats::Scope::Pool;
            *name = node->title.toStdString();
            return true;
        case NodeKind::Backend:
            *scope = stats::Scope::Backend;
            *name = (section(path, 1) + QChar(u'/') + node->title).toStdString();
            return true;
        case NodeKind::Traffic:
        case NodeKind::Mock:
        case NodeKind::Consumer: return false;
    }
    return false;
}

NodeLive LiveValues::measure(stats::Scope scope, const std::string& name, const stats::SnapshotHistory& fine,
                             const stats::SnapshotHistory& coarse) const
{
    NodeLive live;
    const std::size_t back = std::min(kFineWindow, fine.size() - 1);
    const auto interval = stats::between(*fine.at(fine.size() - 1 - back), *fine.latest(), scope, name);
    live.flow = flowOf(interval);
    live.active = interval.active;
    live.state = stateOf(live.flow);
    if (interval.latency.count() >= kEnoughForP99) {
        live.p99Ms = std::chrono::duration<double, std::milli>(interval.latency.quantile(0.99)).count();
    }
    const std::size_t points = std::min(kSparkPoints, coarse.size() > 0 ? coarse.size() - 1 : 0);
    for (std::size_t at = coarse.size() - points; points > 0 && at < coarse.size(); ++at) {
        const auto* before = coarse.at(at - 1)->find(scope, name);
        const auto* after = coarse.at(at)->find(scope, name);
        const double seconds = std::chrono::duration<double>(coarse.at(at)->at - coarse.at(at - 1)->at).count();
        const std::uint64_t from = before ? before->value(Counter::Requests) : 0;
        const std::uint64_t to = after ? after->value(Counter::Requests) : 0;
        live.spark.push_back(seconds > 0 && to >= from ? static_cast<float>(static_cast<double>(to - from) / seconds) : 0);
    }
    return live;
}

void LiveValues::clear()
{
    m_nodes.clear();
    m_edges.clear();
    m_hasData = false;
}

void LiveValues::update(const TopologyModel& model, const stats::SnapshotHistory& fine, const stats::SnapshotHistory& coarse)
{
    if (fine.size() < 2) {
        clear();
        return;
    }
    m_hasData = true;
    m_nodes.clear();
    qint64 busiest = 1;
    for (const auto& node : model.nodes) {
        stats::Scope scope{};
        std::string name;
        if (slotOf(model, node.path, &scope, &name)) {
            const NodeLive live = measure(scope, name, fine, coarse);
            busiest = std::max(busiest, live.active);
            m_nodes.insert(node.path, live);
        }
    }
    for (auto& live : m_nodes) {
        live.utilisation = static_cast<double>(live.active) / static_cast<double>(busiest);
    }
    measureEdges(model);
}

void LiveValues::measureEdges(const TopologyModel& model)
{
    m_edges.clear();
    QHash<QString, double> routedTo;  // what a pool receives in all, to share it out among its routes
    for (const auto& edge : model.edges) {
        if (const TopologyNode* to = model.find(edge.to); to && to->kind == NodeKind::Pool) {
            routedTo[edge.to] += m_nodes.value(edge.from).flow.passed();
        }
    }
    for (const auto& edge : model.edges) {
        const TopologyNode* to = model.find(edge.to);
        const TopologyNode* from = model.find(edge.from);
        if (!to || !from) {
            continue;
        }
        EdgeLive live;
        if (to->kind == NodeKind::Pool) {
            // A pool's requests are counted once; each source's part is what passed there.
            const NodeLive pool = m_nodes.value(edge.to);
            const double all = routedTo.value(edge.to);
            const double part = all > 0 ? m_nodes.value(edge.from).flow.passed() / all : 0;
            live.flow.ok = pool.flow.ok * part;
            live.flow.failed = pool.flow.failed * part;
            live.p99Ms = pool.p99Ms;
        } else if (from->kind == NodeKind::Backend) {
            const NodeLive backend = m_nodes.value(edge.from);
            live.flow = backend.flow;
            live.p99Ms = backend.p99Ms;
        } else {
            const NodeLive target = m_nodes.value(edge.to);
            live.flow = target.flow;
            live.p99Ms = target.p99Ms;
        }
        m_edges.insert(edge.from + QChar(u'\n') + edge.to, live);
    }
}

}  // namespace signalbox::ui
