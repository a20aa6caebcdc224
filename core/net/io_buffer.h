#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace signalbox::net {

class BufferPool;

/// Header of one piece of pooled memory. Its bytes follow elsewhere: in a slab, or in the ring that the kernel fills.
struct Chunk {
    char* bytes = nullptr;
    std::uint32_t capacity = 0;
    std::uint32_t references = 0;
    BufferPool* pool = nullptr;  ///< where it goes when the last reference is dropped
    std::uint32_t id = 0;        ///< the pool's own number for it
    bool composed = false;       ///< from `allocate`: its one holder may write up to the capacity
    Chunk* next = nullptr;       ///< the pool's free list
};

/// Takes chunks back. One per kind of memory and reactor; its reactor's thread only.
class BufferPool {
public:
    virtual ~BufferPool() = default;
    virtual void release(Chunk& chunk) noexcept = 0;
};

/// A counted view of bytes in a Chunk: what is received and what is sent. Move-only; `share` makes a second view
/// of the same memory without copying. Counted without atomics: it never leaves its reactor's thread.
class IoBuffer {
public:
    IoBuffer() = default;
    /// Adopts one reference that the caller has already counted.
    IoBuffer(Chunk* chunk, char* data, std::uint32_t size) noexcept : m_chunk(chunk), m_data(data), m_size(size) {}
    /// Bytes that live for the whole program, such as a literal; nothing is counted.
    static IoBuffer fromStatic(std::string_view text) noexcept
    {
        return {nullptr, const_cast<char*>(text.data()), static_cast<std::uint32_t>(text.size())};
    }
    IoBuffer(IoBuffer&& other) noexcept
        : m_chunk(std::exchange(other.m_chunk, nullptr)),
          m_data(std::exchange(other.m_data, nullptr)),
          m_size(std::exchange(other.m_size, 0))
    {}
    IoBuffer& operator=(IoBuffer&& other) noexcept
    {
        if (this != &other) {
            drop();
            m_chunk = std::exchange(other.m_chunk, nullptr);
            m_data = std::exchange(other.m_data, nullptr);
            m_size = std::exchange(other.m_size, 0);
        }
        return *this;
    }
    IoBuffer(const IoBuffer&) = delete;
    IoBuffer& operator=(const IoBuffer&) = delete;
    ~IoBuffer() { drop(); }

    [[nodiscard]] char* data() const noexcept { return m_data; }
    [[nodiscard]] std::uint32_t size() const noexcept { return m_size; }
    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }
    [[nodiscard]] std::string_view view() const noexcept { return {m_data, m_size}; }
    /// Bytes that may be written from data() on: what `allocate` gave; for received buffers the received size.
    [[nodiscard]] std::uint32_t capacity() const noexcept
    {
        return m_chunk && m_chunk->composed ? m_chunk->capacity - static_cast<std::uint32_t>(m_data - m_chunk->bytes) : m_size;
    }
    [[nodiscard]] Chunk* chunk() const noexcept { return m_chunk; }

    /// A second view of bytes [offset, offset + size) of this one.
    [[nodiscard]] IoBuffer share(std::uint32_t offset, std::uint32_t size) const noexcept
    {
        if (m_chunk) {
            ++m_chunk->references;
        }
        return {m_chunk, m_data + offset, size};
    }
    void removePrefix(std::uint32_t count) noexcept
    {
        m_data += count;
        m_size -= count;
    }
    /// Shortens, or after writing into an allocated buffer sets, the number of valid bytes.
    void resize(std::uint32_t size) noexcept { m_size = size; }
    void reset() noexcept
    {
        drop();
        m_chunk = nullptr;
        m_data = nullptr;
        m_size = 0;
    }

private:
    void drop() noexcept
    {
        if (m_chunk && --m_chunk->references == 0) {
            m_chunk->pool->release(*m_chunk);
        }
    }

    Chunk* m_chunk = nullptr;
    char* m_data = nullptr;
    std::uint32_t m_size = 0;
};

}  // namespace signalbox::net
