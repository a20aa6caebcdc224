#include "core/net/chunk_pool.h"

#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace signalbox::net {
namespace {

constexpr std::size_t kAlignment = 64;
static_assert(sizeof(Chunk) <= kAlignment);

Chunk* newChunk(std::uint32_t capacity, BufferPool& pool)
{
    const std::size_t size = (kAlignment + capacity + kAlignment - 1) / kAlignment * kAlignment;
    char* const memory = static_cast<char*>(std::aligned_alloc(kAlignment, size));
    if (!memory) {
        std::abort();  // the data plane has no way to go on without memory
    }
    Chunk* const chunk = new (memory) Chunk;
    chunk->bytes = memory + kAlignment;
    chunk->capacity = capacity;
    chunk->pool = &pool;
    return chunk;
}

// Makes the use of a returned chunk an error that the address sanitizer reports.
void markUnused([[maybe_unused]] const Chunk& chunk) noexcept
{
#if defined(__SANITIZE_ADDRESS__)
    ASAN_POISON_MEMORY_REGION(chunk.bytes, chunk.capacity);
#endif
}

void markUsed([[maybe_unused]] const Chunk& chunk) noexcept
{
#if defined(__SANITIZE_ADDRESS__)
    ASAN_UNPOISON_MEMORY_REGION(chunk.bytes, chunk.capacity);
#endif
}

void freeChunk(Chunk& chunk) noexcept
{
    markUsed(chunk);
    std::free(&chunk);
}

}  // namespace

ChunkPool::~ChunkPool()
{
    while (m_free) {
        Chunk& chunk = *m_free;
        m_free = chunk.next;
        freeChunk(chunk);
    }
}

Chunk& ChunkPool::take()
{
    Chunk* chunk = m_free;
    if (chunk) {
        m_free = chunk->next;
        --m_kept;
        markUsed(*chunk);
    } else {
        chunk = newChunk(m_chunkSize, *this);
    }
    chunk->references = 1;
    return *chunk;
}

void ChunkPool::release(Chunk& chunk) noexcept
{
    if (m_kept == m_keep) {
        freeChunk(chunk);
        return;
    }
    markUnused(chunk);
    chunk.next = m_free;
    m_free = &chunk;
    ++m_kept;
}

IoBuffer ComposeMemory::allocate(std::uint32_t size)
{
    Chunk* chunk = nullptr;
    if (size <= kSmall) {
        chunk = &m_small.take();
    } else if (size <= kLarge) {
        chunk = &m_large.take();
    } else {
        chunk = newChunk(size, *this);
        chunk->references = 1;
    }
    chunk->composed = true;
    return {chunk, chunk->bytes, 0};
}

void ComposeMemory::release(Chunk& chunk) noexcept
{
    freeChunk(chunk);
}

}  // namespace signalbox::net
