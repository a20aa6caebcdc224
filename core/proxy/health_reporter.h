#pragma once

#include "core/balance/health_event.h"
#include "core/plan/plan.h"
#include "core/stats/worker_stats.h"

namespace signalbox::proxy {

/// Writes the health events of one pool to the log, and counts them where a worker's counters are handed in. A
/// short-lived value of the thread that causes the events.
class HealthReporter final : public balance::HealthListener {
public:
    explicit HealthReporter(const plan::PoolPlan& pool, stats::WorkerStats* stats = nullptr) noexcept
        : m_pool(pool), m_stats(stats)
    {}
    void onBackendEvent(std::size_t backend, const balance::HealthEvent& event) override;
    void onPoolEvent(const balance::HealthEvent& event) override;

private:
    const plan::PoolPlan& m_pool;
    stats::WorkerStats* m_stats;
};

}  // namespace signalbox::proxy
