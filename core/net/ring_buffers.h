#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/net/io_buffer.h"

struct io_uring;
struct io_uring_buf_ring;

namespace signalbox::net {

/// The receive buffers that the kernel fills (a provided-buffer ring). A buffer leaves the ring with a completion and
/// comes back when its last holder drops it. When holders keep so many that the ring runs low, more buffers are made,
/// up to a limit; what is more than the ring holds waits on a list. Owned by a UringReactor, its thread only.
class RingBuffers final : public BufferPool {
public:
    /// `group` is the number under which submissions name this ring; `count` is rounded up to a power of two.
    RingBuffers(std::uint16_t group, std::uint32_t count, std::uint32_t size);
    ~RingBuffers() override;
    RingBuffers(const RingBuffers&) = delete;
    RingBuffers& operator=(const RingBuffers&) = delete;

    /// Registers with the kernel and fills the ring; 0 or an errno.
    [[nodiscard]] int attach(::io_uring& ring);

    /// Takes the ring from the kernel; buffers that are returned later are only kept.
    void detach() noexcept;

    /// The buffer that a completion names: `size` received bytes, one reference.
    [[nodiscard]] IoBuffer received(std::uint16_t id, std::uint32_t size) noexcept;
    void release(Chunk& chunk) noexcept override;

    /// Once a batch: makes buffers when the ring runs low. False when there are none and no more may be made.
    bool replenish();
    [[nodiscard]] std::uint16_t group() const noexcept { return m_group; }
    [[nodiscard]] std::uint32_t bufferSize() const noexcept { return m_size; }
    /// Holders keep more buffers than the ring has.
    [[nodiscard]] bool scarce() const noexcept { return held() > m_entries; }

private:
    struct Block {
        char* memory = nullptr;
        std::unique_ptr<Chunk[]> chunks;
    };

    static constexpr std::uint32_t kMaxBuffers = 32768;  // ids have 16 bits
    static constexpr std::uint32_t kMaxBytes = 512U * 1024 * 1024;

    [[nodiscard]] std::uint32_t total() const noexcept
    {
        return static_cast<std::uint32_t>(m_blocks.size()) << m_blockShift;
    }
    [[nodiscard]] std::uint32_t held() const noexcept { return total() - m_inRing - m_spares; }
    void addToRing(Chunk& chunk) noexcept;
    void addBlock();

    ::io_uring* m_ring = nullptr;
    ::io_uring_buf_ring* m_shared = nullptr;
    const std::uint16_t m_group;
    const std::uint32_t m_entries;
    const std::uint32_t m_size;
    const std::uint32_t m_blockShift;  // buffers of a block, as a power of two
    std::uint32_t m_inRing = 0;
    std::uint32_t m_spares = 0;
    Chunk* m_spare = nullptr;
    std::vector<Block> m_blocks;
};

}  // namespace signalbox::net
