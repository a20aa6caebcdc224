#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace signalbox {

/// A bump allocator for what lives as long as one request. `reset` keeps its blocks, so after warm-up a request
/// allocates nothing. Holds only trivially destructible things. One thread.
class Arena {
public:
    explicit Arena(std::size_t blockSize = 4096) : m_blockSize(blockSize) {}

    [[nodiscard]] char* allocate(std::size_t size)
    {
        while (m_at < m_blocks.size()) {
            Block& block = m_blocks[m_at];
            if (size <= block.size - m_used) {
                char* const out = block.bytes.get() + m_used;
                m_used += size;
                return out;
            }
            ++m_at;
            m_used = 0;
        }
        const std::size_t blockSize = size > m_blockSize ? size : m_blockSize;
        m_blocks.push_back({std::make_unique<char[]>(blockSize), blockSize});
        m_used = size;
        return m_blocks.back().bytes.get();
    }

    /// A copy that lives until `reset`.
    [[nodiscard]] std::string_view copy(std::string_view text)
    {
        if (text.empty()) {
            return {};
        }
        char* const out = allocate(text.size());
        std::memcpy(out, text.data(), text.size());
        return {out, text.size()};
    }

    /// The texts joined, as one copy.
    template <typename... Parts>
    [[nodiscard]] std::string_view concat(const Parts&... parts)
    {
        const std::string_view views[] = {std::string_view(parts)...};
        std::size_t size = 0;
        for (const auto view : views) {
            size += view.size();
        }
        char* const out = allocate(size);
        char* at = out;
        for (const auto view : views) {
            if (!view.empty()) {
                std::memcpy(at, view.data(), view.size());
                at += view.size();
            }
        }
        return {out, size};
    }

    void reset() noexcept
    {
        m_at = 0;
        m_used = 0;
    }

private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size;
    };

    std::size_t m_blockSize;
    std::vector<Block> m_blocks;
    std::size_t m_at = 0;
    std::size_t m_used = 0;
};

}  // namespace signalbox
