#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace signalbox {

/// A bounded queue between exactly one writer and one reader thread, without locks.
/// Invariants: m_tail <= m_head <= m_tail + capacity; the writer alone moves m_head, the reader alone m_tail.
/// A release store of an index publishes the slots before it; the other side's acquire load sees them.
template <typename T>
class SpscRing {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    /// `capacity` is rounded up to a power of two.
    explicit SpscRing(std::size_t capacity)
    {
        std::size_t size = 1;
        while (size < capacity) {
            size *= 2;
        }
        m_mask = size - 1;
        m_slots = std::make_unique<T[]>(size);
    }

    /// Writer: the slot to fill, or nullptr when full. `commit` publishes it.
    [[nodiscard]] T* prepare() noexcept
    {
        const std::size_t head = m_head.load(std::memory_order_relaxed);
        if (head - m_tail.load(std::memory_order_acquire) > m_mask) {
            return nullptr;
        }
        return &m_slots[head & m_mask];
    }

    void commit() noexcept { m_head.store(m_head.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

    /// Reader: copies the oldest element out; false when empty.
    bool pop(T& out) noexcept
    {
        const std::size_t tail = m_tail.load(std::memory_order_relaxed);
        if (tail == m_head.load(std::memory_order_acquire)) {
            return false;
        }
        out = m_slots[tail & m_mask];
        m_tail.store(tail + 1, std::memory_order_release);
        return true;
    }

private:
    std::unique_ptr<T[]> m_slots;
    std::size_t m_mask = 0;
    alignas(64) std::atomic<std::size_t> m_head{0};
    alignas(64) std::atomic<std::size_t> m_tail{0};
};

}  // namespace signalbox
