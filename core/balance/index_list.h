#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace signalbox::balance {

/// Pool indices collected for one pick, in ascending order. Pools of up to 64 backends need no heap. One thread.
class IndexList {
public:
    void push(std::size_t index)
    {
        const auto value = static_cast<std::uint32_t>(index);
        if (m_count < kInline) {
            m_inline[m_count] = value;
        } else {
            if (m_more.empty()) {
                m_more.assign(m_inline.begin(), m_inline.end());
            }
            m_more.push_back(value);
        }
        ++m_count;
    }
    void clear() noexcept
    {
        m_count = 0;
        m_more.clear();
    }
    [[nodiscard]] std::size_t size() const noexcept { return m_count; }
    [[nodiscard]] std::span<const std::uint32_t> view() const noexcept
    {
        return m_more.empty() ? std::span(m_inline.data(), m_count) : std::span<const std::uint32_t>(m_more);
    }

private:
    static constexpr std::size_t kInline = 64;
    std::size_t m_count = 0;
    std::array<std::uint32_t, kInline> m_inline;
    std::vector<std::uint32_t> m_more;
};

}  // namespace signalbox::balance
