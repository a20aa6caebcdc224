#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace signalbox {

/// One writer publishes immutable snapshots; each worker owns a Reader and calls `current()`
/// between requests. A reader takes the lock only when the epoch has moved.
template <typename T>
class SnapshotSlot {
public:
    using Ptr = std::shared_ptr<const T>;

    std::uint64_t publish(Ptr next)
    {
        const std::lock_guard lock(m_mutex);
        m_value = std::move(next);
        return m_epoch.fetch_add(1, std::memory_order_release) + 1;
    }

    class Reader {
    public:
        explicit Reader(const SnapshotSlot& slot) : m_slot(slot) {}

        /// Valid until the next call on this reader; copy the pointer to pin it for a request.
        const Ptr& current()
        {
            if (m_slot.m_epoch.load(std::memory_order_acquire) != m_epoch) {
                const std::lock_guard lock(m_slot.m_mutex);
                m_value = m_slot.m_value;
                m_epoch = m_slot.m_epoch.load(std::memory_order_relaxed);
            }
            return m_value;
        }

    private:
        const SnapshotSlot& m_slot;
        Ptr m_value;
        std::uint64_t m_epoch = 0;
    };

private:
    mutable std::mutex m_mutex;
    Ptr m_value;
    std::atomic<std::uint64_t> m_epoch{0};
};

}  // namespace signalbox
