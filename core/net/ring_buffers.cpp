#include "core/net/ring_buffers.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <liburing.h>
#include <sys/mman.h>

namespace signalbox::net {
namespace {

char* mapMemory(std::size_t size)
{
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        std::abort();  // the data plane has no way to go on without memory
    }
    return static_cast<char*>(memory);
}

}  // namespace

RingBuffers::RingBuffers(std::uint16_t group, std::uint32_t count, std::uint32_t size)
    : m_group(group),
      m_entries(std::bit_ceil(std::clamp<std::uint32_t>(count, 2, kMaxBuffers / 2))),
      m_size(std::max<std::uint32_t>(size, 512)),
      m_blockShift(static_cast<std::uint32_t>(std::countr_zero(std::min<std::uint32_t>(m_entries, 64))))
{}

RingBuffers::~RingBuffers()
{
    detach();
    for (const Block& block : m_blocks) {
        ::munmap(block.memory, static_cast<std::size_t>(m_size) << m_blockShift);
    }
}

int RingBuffers::attach(io_uring& ring)
{
    m_shared = reinterpret_cast<io_uring_buf_ring*>(mapMemory(m_entries * sizeof(io_uring_buf)));
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uint64_t>(m_shared);
    registration.ring_entries = m_entries;
    registration.bgid = m_group;
    if (const int result = io_uring_register_buf_ring(&ring, &registration, 0); result < 0) {
        ::munmap(m_shared, m_entries * sizeof(io_uring_buf));
        m_shared = nullptr;
        return -result;
    }
    m_ring = &ring;
    io_uring_buf_ring_init(m_shared);
    while (total() < m_entries) {
        addBlock();
    }
    return 0;
}

void RingBuffers::detach() noexcept
{
    if (m_shared) {
        io_uring_unregister_buf_ring(m_ring, m_group);
        ::munmap(m_shared, m_entries * sizeof(io_uring_buf));
        m_shared = nullptr;
    }
}

void RingBuffers::addBlock()
{
    const std::uint32_t count = 1U << m_blockShift;
    const std::uint32_t firstId = total();
    Block block{mapMemory(static_cast<std::size_t>(m_size) * count), std::make_unique<Chunk[]>(count)};
    for (std::uint32_t i = 0; i < count; ++i) {
        Chunk& chunk = block.chunks[i];
        chunk.bytes = block.memory + static_cast<std::size_t>(m_size) * i;
        chunk.capacity = m_size;
        chunk.pool = this;
        chunk.id = firstId + i;
        release(chunk);
    }
    m_blocks.push_back(std::move(block));
}

void RingBuffers::addToRing(Chunk& chunk) noexcept
{
    io_uring_buf_ring_add(m_shared, chunk.bytes, m_size, static_cast<unsigned short>(chunk.id),
                          io_uring_buf_ring_mask(m_entries), 0);
    io_uring_buf_ring_advance(m_shared, 1);
    ++m_inRing;
}

IoBuffer RingBuffers::received(std::uint16_t id, std::uint32_t size) noexcept
{
    Chunk& chunk = m_blocks[id >> m_blockShift].chunks[id & ((1U << m_blockShift) - 1)];
    chunk.references = 1;
    --m_inRing;
    return {&chunk, chunk.bytes, size};
}

void RingBuffers::release(Chunk& chunk) noexcept
{
    if (m_shared && m_inRing < m_entries) {
        addToRing(chunk);
        return;
    }
    // A burst is over when so many lie idle; the address stays, the memory goes back.
    if (m_spares >= 2 * m_entries) {
        ::madvise(chunk.bytes, m_size, MADV_DONTNEED);
    }
    chunk.next = m_spare;
    m_spare = &chunk;
    ++m_spares;
}

bool RingBuffers::replenish()
{
    if (m_inRing > m_entries / 4) {
        return true;
    }
    while (m_inRing <= m_entries / 2) {
        if (m_spare) {
            Chunk& chunk = *m_spare;
            m_spare = chunk.next;
            --m_spares;
            addToRing(chunk);
        } else if (total() + (1U << m_blockShift) <= std::min(kMaxBuffers, kMaxBytes / m_size)) {
            addBlock();
        } else {
            break;
        }
    }
    return m_inRing > 0;
}

}  // namespace signalbox::net
