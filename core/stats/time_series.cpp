#include "core/stats/time_series.h"

namespace signalbox::stats {

IntervalStats between(const StatsSnapshot& earlier, const StatsSnapshot& later, Scope scope, std::string_view name)
{
    IntervalStats out;
    const SlotSnapshot* const now = later.find(scope, name);
    if (now == nullptr) {
        return out;
    }
    out.seconds = std::chrono::duration<double>(later.at - earlier.at).count();
    out.active = now->active;
    const SlotSnapshot* const before = earlier.find(scope, name);
    if (before == nullptr) {
        out.counters = now->counters;
        out.latency = now->latency;
        return out;
    }
    for (std::size_t at = 0; at < kCounters; ++at) {
        // A counter that fell belongs to an engine that was started anew: it counts from zero.
        const bool fell = now->counters[at] < before->counters[at];
        out.counters[at] = fell ? now->counters[at] : now->counters[at] - before->counters[at];
    }
    out.latency = now->latency.count() < before->latency.count() ? now->latency : now->latency.since(before->latency);
    return out;
}

bool SnapshotHistory::offer(std::shared_ptr<const StatsSnapshot> snapshot)
{
    if (snapshot == nullptr || m_capacity == 0) {
        return false;
    }
    if (!m_snapshots.empty() && snapshot->at - m_snapshots.back()->at < m_step) {
        return false;
    }
    if (m_snapshots.size() == m_capacity) {
        m_snapshots.pop_front();
    }
    m_snapshots.push_back(std::move(snapshot));
    return true;
}

}  // namespace signalbox::stats
