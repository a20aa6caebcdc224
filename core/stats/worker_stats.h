#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/stats/decision_trace.h"
#include "core/stats/histogram.h"

namespace signalbox::stats {

/// What counters are kept for. A name keeps its slot number for the life of a StatsHub, across plans.
enum class Scope : std::uint8_t { Listener, Route, Pool, Backend, Policy, Consumer };
inline constexpr std::size_t kScopes = 6;
using SlotId = std::uint32_t;
inline constexpr SlotId kNoSlot = ~SlotId{0};

enum class Counter : std::uint8_t {
    Requests,
    Status1xx,
    Status2xx,
    Status3xx,
    Status4xx,      ///< without 429
    Status429,
    Status5xx,
    Rejected,       ///< refused by a policy (any status)
    Timeouts,
    ConnectErrors,
    Resets,
    ClientAborts,
    Retries,
    BytesIn,
    BytesOut,
    ConnectionsOpened,
    ConnectionsReused,
    RetriesRefused,  ///< by the retry budget
    Queued,          ///< waited for a free backend
    QueueRefused,    ///< 503: the queue was full
    HealthTransitions,  ///< of a backend: up, down, ejected, back
    ChecksFailed,       ///< active checks
    Ejections,
    BreakerRefused,     ///< of a pool: answered by its open circuit breaker
    MirrorsSent,        ///< copies that went out; of a route, and of the pool they went to
    MirrorsFailed,      ///< of those: not answered
    MirrorsDropped,     ///< copies that did not go out, or not to their end
    Hedges,             ///< second attempts beside one that had not answered yet
    HedgesWon,          ///< of those: answered first
    HedgesRefused,      ///< by the retry budget
    LimitRefused,       ///< 503: over the pool's adaptive concurrency limit
    Count
};
inline constexpr std::size_t kCounters = static_cast<std::size_t>(Counter::Count);

/// Counters of one slot in one worker: one writer with relaxed stores, any reader. Histograms are made on first use.
class alignas(64) SlotStats {
public:
    void add(Counter counter, std::uint64_t n = 1) noexcept
    {
        auto& cell = m_counters[static_cast<std::size_t>(counter)];
        cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void addActive(std::int64_t n) noexcept
    {
        m_active.store(m_active.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void recordLatency(Duration value) noexcept;
    [[nodiscard]] std::uint64_t value(Counter counter) const noexcept
    {
        return m_counters[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::int64_t active() const noexcept { return m_active.load(std::memory_order_relaxed); }
    [[nodiscard]] const WorkerHistogram* latency() const noexcept { return m_latency.load(std::memory_order_acquire); }

    SlotStats() = default;
    ~SlotStats();
    SlotStats(const SlotStats&) = delete;
    SlotStats& operator=(const SlotStats&) = delete;

private:
    std::array<std::atomic<std::uint64_t>, kCounters> m_counters{};
    std::atomic<std::int64_t> m_active{0};
    std::atomic<WorkerHistogram*> m_latency{nullptr};
};

/// One worker's statistics. Only its worker writes; `slot` never moves memory that was handed out.
class WorkerStats {
public:
    WorkerStats();
    ~WorkerStats();
    /// The counters of a slot; worker's thread. Allocates on the first use of a slot (or of one near it) only.
    /// Ids that no hub gives out (kNoSlot) share one slot that is not reported.
    [[nodiscard]] SlotStats& slot(Scope scope, SlotId id);
    /// Any thread; nullptr where the worker has not used the slot or one near it yet.
    [[nodiscard]] const SlotStats* find(Scope scope, SlotId id) const noexcept;
    /// Codes outside of 100 to 599 count as 0.
    void countStatus(int status) noexcept;
    [[nodiscard]] std::uint64_t statusCount(int status) const noexcept;
    /// Requests whose trace was not kept because of sampling or a full ring.
    void addDroppedTrace() noexcept { m_dropped.store(m_dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t droppedTraces() const noexcept { return m_dropped.load(std::memory_order_relaxed); }

    static constexpr std::size_t kMaxSlots = 65536;  ///< per scope

private:
    static constexpr std::size_t kSlotsPerPage = 64;
    static constexpr std::size_t kPages = kMaxSlots / kSlotsPerPage;
    struct Page;
    std::array<std::array<std::atomic<Page*>, kPages>, kScopes> m_pages{};
    std::array<std::atomic<std::uint64_t>, 600> m_status{};
    std::atomic<std::uint64_t> m_dropped{0};
    SlotStats m_unnamed;
};

/// The merged state of one slot: cumulative since the engine started.
struct SlotSnapshot {
    Scope scope{};
    std::string name;  ///< "lb", "users", "service-a", "service-a/a1", "users/rate-limit"
    std::array<std::uint64_t, kCounters> counters{};
    std::int64_t active = 0;
    Histogram latency;
    [[nodiscard]] std::uint64_t value(Counter counter) const noexcept { return counters[static_cast<std::size_t>(counter)]; }
};

/// An immutable picture of all statistics at one moment.
struct StatsSnapshot {
    TimePoint at{};
    std::int64_t wallNs = 0;
    std::vector<SlotSnapshot> slots;      ///< a StatsHub sorts them by scope and name; every known name is there
    std::map<int, std::uint64_t> status;  ///< by code
    std::uint64_t droppedTraces = 0;

    [[nodiscard]] const SlotSnapshot* find(Scope scope, std::string_view name) const noexcept;
};

/// Knows the names of the slots and the workers, and merges. Owned by the engine; `slotFor` and `snapshot` from any
/// control thread (a mutex inside), never from a worker's per-request path.
class StatsHub {
public:
    /// The number of a name, given on first sight and kept. kNoSlot once a scope holds WorkerStats::kMaxSlots names.
    SlotId slotFor(Scope scope, std::string_view name);
    /// Registers a worker; it lives as long as the hub.
    WorkerStats& addWorker();
    [[nodiscard]] StatsSnapshot snapshot() const;

private:
    mutable std::mutex m_mutex;
    std::array<std::vector<std::string>, kScopes> m_names;
    std::array<std::map<std::string, SlotId, std::less<>>, kScopes> m_ids;
    std::vector<std::unique_ptr<WorkerStats>> m_workers;
};

}  // namespace signalbox::stats
