#include "core/stats/worker_stats.h"

#include <new>

namespace signalbox::stats {

void SlotStats::recordLatency(Duration value) noexcept
{
    WorkerHistogram* histogram = m_latency.load(std::memory_order_relaxed);
    if (histogram == nullptr) {
        histogram = new (std::nothrow) WorkerHistogram;
        if (histogram == nullptr) {
            return;
        }
        m_latency.store(histogram, std::memory_order_release);
    }
    histogram->record(value);
}

SlotStats::~SlotStats()
{
    delete m_latency.load(std::memory_order_relaxed);
}

struct WorkerStats::Page {
    std::array<SlotStats, kSlotsPerPage> slots;
};

WorkerStats::WorkerStats() = default;

WorkerStats::~WorkerStats()
{
    for (auto& pages : m_pages) {
        for (auto& page : pages) {
            delete page.load(std::memory_order_relaxed);
        }
    }
}

SlotStats& WorkerStats::slot(Scope scope, SlotId id)
{
    if (id >= kMaxSlots) {
        return m_unnamed;
    }
    auto& cell = m_pages[static_cast<std::size_t>(scope)][id / kSlotsPerPage];
    Page* page = cell.load(std::memory_order_relaxed);
    if (page == nullptr) {
        page = new Page;
        cell.store(page, std::memory_order_release);
    }
    return page->slots[id % kSlotsPerPage];
}

const SlotStats* WorkerStats::find(Scope scope, SlotId id) const noexcept
{
    if (id >= kMaxSlots) {
        return nullptr;
    }
    const Page* const page =
        m_pages[static_cast<std::size_t>(scope)][id / kSlotsPerPage].load(std::memory_order_acquire);
    return page == nullptr ? nullptr : &page->slots[id % kSlotsPerPage];
}

void WorkerStats::countStatus(int status) noexcept
{
    const bool known = status >= 100 && status < static_cast<int>(m_status.size());
    auto& cell = m_status[known ? static_cast<std::size_t>(status) : 0];
    cell.store(cell.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

std::uint64_t WorkerStats::statusCount(int status) const noexcept
{
    const bool inside = status >= 0 && status < static_cast<int>(m_status.size());
    return inside ? m_status[static_cast<std::size_t>(status)].load(std::memory_order_relaxed) : 0;
}

const SlotSnapshot* StatsSnapshot::find(Scope scope, std::string_view name) const noexcept
{
    // A hub's snapshot is sorted; one put together elsewhere need not be, hence the second look.
    std::size_t low = 0;
    std::size_t high = slots.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        const SlotSnapshot& slot = slots[middle];
        if (slot.scope == scope && slot.name == name) {
            return &slot;
        }
        const bool before = slot.scope != scope ? slot.scope < scope : slot.name < name;
        (before ? low : high) = before ? middle + 1 : middle;
    }
    for (const SlotSnapshot& slot : slots) {
        if (slot.scope == scope && slot.name == name) {
            return &slot;
        }
    }
    return nullptr;
}

SlotId StatsHub::slotFor(Scope scope, std::string_view name)
{
    const std::lock_guard lock(m_mutex);
    auto& ids = m_ids[static_cast<std::size_t>(scope)];
    if (const auto it = ids.find(name); it != ids.end()) {
        return it->second;
    }
    auto& names = m_names[static_cast<std::size_t>(scope)];
    if (names.size() >= WorkerStats::kMaxSlots) {
        return kNoSlot;
    }
    const auto id = static_cast<SlotId>(names.size());
    names.emplace_back(name);
    ids.emplace(std::string(name), id);
    return id;
}

WorkerStats& StatsHub::addWorker()
{
    const std::lock_guard lock(m_mutex);
    m_workers.push_back(std::make_unique<WorkerStats>());
    return *m_workers.back();
}

namespace {

void addSlot(const SlotStats& from, SlotSnapshot& to)
{
    for (std::size_t at = 0; at < kCounters; ++at) {
        to.counters[at] += from.value(static_cast<Counter>(at));
    }
    to.active += from.active();
    if (const WorkerHistogram* const latency = from.latency(); latency != nullptr) {
        latency->addTo(to.latency);
    }
}

}  // namespace

StatsSnapshot StatsHub::snapshot() const
{
    const std::lock_guard lock(m_mutex);
    StatsSnapshot out;
    out.at = SystemClock::instance().now();
    out.wallNs = wallClockNs();
    for (std::size_t scope = 0; scope < kScopes; ++scope) {
        for (const auto& [name, id] : m_ids[scope]) {
            SlotSnapshot& slot = out.slots.emplace_back();
            slot.scope = static_cast<Scope>(scope);
            slot.name = name;
            for (const auto& worker : m_workers) {
                if (const SlotStats* const part = worker->find(slot.scope, id); part != nullptr) {
                    addSlot(*part, slot);
                }
            }
        }
    }
    for (const auto& worker : m_workers) {
        for (int code = 0; code < 600; ++code) {
            if (const std::uint64_t count = worker->statusCount(code); count > 0) {
                out.status[code] += count;
            }
        }
        out.droppedTraces += worker->droppedTraces();
    }
    return out;
}

}  // namespace signalbox::stats
