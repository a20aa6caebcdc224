#pragma once

#include <cstddef>
#include <cstdint>

#include "core/net/io_buffer.h"

namespace signalbox::net {

/// Chunks of one size from the heap. Returned ones are kept on a LIFO list, so that the next taker gets the one that is
/// still in the cache; beyond `keep` they go back to the heap. Owned by a reactor, its thread only.
class ChunkPool final : public BufferPool {
public:
    ChunkPool(std::uint32_t chunkSize, std::size_t keep) noexcept : m_chunkSize(chunkSize), m_keep(keep) {}
    ~ChunkPool() override;
    ChunkPool(const ChunkPool&) = delete;
    ChunkPool& operator=(const ChunkPool&) = delete;

    /// A chunk with one reference counted for the caller.
    [[nodiscard]] Chunk& take();
    void release(Chunk& chunk) noexcept override;

    [[nodiscard]] std::uint32_t chunkSize() const noexcept { return m_chunkSize; }

private:
    const std::uint32_t m_chunkSize;
    const std::size_t m_keep;
    std::size_t m_kept = 0;
    Chunk* m_free = nullptr;
};

/// The memory in which a reactor's users compose what they send: two pooled sizes, larger ones straight from the heap.
/// Owned by a reactor, its thread only.
class ComposeMemory final : public BufferPool {
public:
    static constexpr std::uint32_t kSmall = 2 * 1024;
    static constexpr std::uint32_t kLarge = 16 * 1024;

    /// At least `size` bytes of capacity, size() == 0.
    [[nodiscard]] IoBuffer allocate(std::uint32_t size);
    /// Takes back the chunks that are larger than kLarge.
    void release(Chunk& chunk) noexcept override;

private:
    ChunkPool m_small{kSmall, 1024};
    ChunkPool m_large{kLarge, 256};
};

}  // namespace signalbox::net
