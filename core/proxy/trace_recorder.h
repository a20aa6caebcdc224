#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/clock.h"
#include "core/base/spsc_ring.h"
#include "core/proxy/engine.h"
#include "core/stats/decision_trace.h"
#include "core/stats/worker_stats.h"

namespace signalbox::proxy {

/// What control threads want to be traced. Read by the workers with relaxed loads.
struct TraceSettings {
    std::atomic<TraceMode> mode{TraceMode::Sampled};
    std::atomic<std::uint32_t> perSecond{200};
};

/// Decides which requests of one worker are traced and hands their records to the reader's ring. Its worker's thread
/// only, except `pop`, which belongs to the one reader. Sampling is one comparison a request: the next record is due
/// one gap after the last, so records spread over the second.
class TraceRecorder {
public:
    TraceRecorder(std::uint32_t worker, const TraceSettings& settings, stats::WorkerStats& stats);

    /// A record to fill while the request is served, or null if this one is not selected.
    [[nodiscard]] stats::DecisionTrace* begin(TimePoint now);
    /// A record for the summary of a request that was refused or failed without having been selected, or null: the
    /// share for those is used up.
    [[nodiscard]] stats::DecisionTrace* beginSummary(TimePoint now);
    /// Publishes a record of `begin` or `beginSummary` and takes it back.
    void finish(stats::DecisionTrace& record);
    void countUntraced() noexcept { m_stats.addDroppedTrace(); }

    bool pop(stats::DecisionTrace& out) noexcept { return m_ring.pop(out); }

private:
    static constexpr std::size_t kRingSize = 1024;

    [[nodiscard]] stats::DecisionTrace& take();
    [[nodiscard]] bool due(TimePoint now, TimePoint& next, std::uint32_t perSecond) const noexcept;

    const std::uint32_t m_worker;
    const TraceSettings& m_settings;
    stats::WorkerStats& m_stats;
    SpscRing<stats::DecisionTrace> m_ring{kRingSize};
    std::vector<std::unique_ptr<stats::DecisionTrace>> m_records;
    std::vector<stats::DecisionTrace*> m_free;
    TimePoint m_next{};
    TimePoint m_nextSummary{};
    std::uint64_t m_sequence = 0;
};

}  // namespace signalbox::proxy
