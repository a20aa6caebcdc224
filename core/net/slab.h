#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace signalbox::net {

/// Objects of one type out of blocks, the last one returned handed out first (it is still in the cache). Blocks are
/// kept until the slab ends, which must be after every object was destroyed. One thread.
template <typename T, std::size_t kPerBlock = 64>
class Slab {
public:
    Slab() = default;
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;

    template <typename... Arguments>
    [[nodiscard]] T* create(Arguments&&... arguments)
    {
        if (!m_free) {
            grow();
        }
        Slot* const slot = m_free;
        m_free = slot->next;
        return new (slot->bytes) T(std::forward<Arguments>(arguments)...);
    }

    void destroy(T* object) noexcept
    {
        object->~T();
        Slot* const slot = reinterpret_cast<Slot*>(object);
        slot->next = m_free;
        m_free = slot;
    }

private:
    union Slot {
        Slot* next;
        alignas(T) std::byte bytes[sizeof(T)];
    };

    void grow()
    {
        m_blocks.push_back(std::make_unique<Slot[]>(kPerBlock));
        for (std::size_t i = kPerBlock; i-- > 0;) {
            Slot& slot = m_blocks.back()[i];
            slot.next = m_free;
            m_free = &slot;
        }
    }

    std::vector<std::unique_ptr<Slot[]>> m_blocks;
    Slot* m_free = nullptr;
};

}  // namespace signalbox::net
