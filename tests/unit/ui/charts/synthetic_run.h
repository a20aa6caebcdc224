#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/catalog/builtin_catalog.h"
#include "core/site/site.h"
#include "core/stats/time_series.h"

namespace signalbox::test {

/// A run that was never run: counters of a real StatsHub, written as a worker writes them, at times that the test sets.
class SyntheticRun {
public:
    explicit SyntheticRun(std::vector<std::string> backends) : m_backends(std::move(backends)), m_worker(m_hub.addWorker())
    {
        m_listener = m_hub.slotFor(stats::Scope::Listener, "lb");
        for (const auto& name : m_backends) {
            m_slots.push_back(m_hub.slotFor(stats::Scope::Backend, name));
        }
        keep();
    }

    /// One second with so many answers from each backend, of which every 20th fails, and so many 429.
    void second(int perBackend, Duration latency, int limited = 0)
    {
        for (std::size_t at = 0; at < m_slots.size(); ++at) {
            for (int i = 0; i < perBackend; ++i) {
                const bool failed = i % 20 == 19;
                const Duration took = latency * (1 + i % 5) / 3 + std::chrono::microseconds(137 * static_cast<int>(at));
                record(m_worker.slot(stats::Scope::Backend, m_slots[at]), failed, took);
                record(m_worker.slot(stats::Scope::Listener, m_listener), failed, took);
            }
        }
        for (int i = 0; i < limited; ++i) {
            auto& slot = m_worker.slot(stats::Scope::Listener, m_listener);
            slot.add(stats::Counter::Requests);
            slot.add(stats::Counter::Status429);
        }
        m_at = m_at + std::chrono::seconds(1);
        keep();
    }

    [[nodiscard]] const stats::SnapshotHistory& coarse() const { return m_coarse; }
    [[nodiscard]] const stats::SnapshotHistory& fine() const { return m_fine; }
    [[nodiscard]] TimePoint now() const { return m_at; }
    /// The history of another engine.
    void restart()
    {
        m_coarse.clear();
        m_fine.clear();
        m_at = m_at + std::chrono::seconds(5);
        keep();
    }

    static site::Site site(const char* yaml) { return site::readSite(yaml, "test.yaml", catalog::builtinCatalog()).site; }

private:
    static void record(stats::SlotStats& slot, bool failed, Duration took)
    {
        slot.add(stats::Counter::Requests);
        slot.add(failed ? stats::Counter::Status5xx : stats::Counter::Status2xx);
        slot.recordLatency(took);
    }
    void keep()
    {
        auto snapshot = std::make_shared<stats::StatsSnapshot>(m_hub.snapshot());
        snapshot->at = m_at;
        m_coarse.offer(snapshot);
        m_fine.offer(snapshot);
    }

    std::vector<std::string> m_backends;
    stats::StatsHub m_hub;
    stats::WorkerStats& m_worker;
    stats::SlotId m_listener = 0;
    std::vector<stats::SlotId> m_slots;
    TimePoint m_at{1'000'000'000};
    stats::SnapshotHistory m_coarse{900, std::chrono::milliseconds(950)};
    stats::SnapshotHistory m_fine{600, std::chrono::milliseconds(95)};
};

}  // namespace signalbox::test
