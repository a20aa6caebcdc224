#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/stats/worker_stats.h"

namespace signalbox::stats {

/// What happened to one slot within one interval.
struct IntervalStats {
    double seconds = 0;
    std::array<std::uint64_t, kCounters> counters{};
    std::int64_t active = 0;
    Histogram latency;
    [[nodiscard]] double perSecond(Counter counter) const noexcept
    {
        return seconds > 0 ? static_cast<double>(counters[static_cast<std::size_t>(counter)]) / seconds : 0;
    }
};

/// Turns successive snapshots into intervals. The difference of two snapshots; slots new in `later` count from zero.
/// Answers an empty interval for a slot that `later` does not have.
[[nodiscard]] IntervalStats between(const StatsSnapshot& earlier, const StatsSnapshot& later, Scope scope, std::string_view name);

/// A bounded history of snapshots at a fixed pace (the window keeps 15 minutes of 1-s steps and 1 minute of 100-ms steps).
/// One thread.
class SnapshotHistory {
public:
    SnapshotHistory(std::size_t capacity, Duration step) : m_capacity(capacity), m_step(step) {}
    /// Keeps `snapshot` if at least `step` passed since the last kept one.
    bool offer(std::shared_ptr<const StatsSnapshot> snapshot);
    [[nodiscard]] std::size_t size() const noexcept { return m_snapshots.size(); }
    [[nodiscard]] const std::shared_ptr<const StatsSnapshot>& at(std::size_t index) const { return m_snapshots[index]; }
    [[nodiscard]] const std::shared_ptr<const StatsSnapshot>& latest() const { return m_snapshots.back(); }
    void clear() { m_snapshots.clear(); }

private:
    std::size_t m_capacity;
    Duration m_step;
    std::deque<std::shared_ptr<const StatsSnapshot>> m_snapshots;
};

}  // namespace signalbox::stats
