#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace signalbox::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" is always 29 bytes.
inline constexpr std::size_t kDateSize = 29;

/// The IMF-fixdate (RFC 9110 section 5.6.7) of a count of seconds since 1970, years 0 to 9999. `out` holds kDateSize
/// bytes.
void writeDate(std::int64_t secondsSince1970, char* out) noexcept;

/// The text of the present second, written anew only when the second changes. One per worker.
class CachedDate {
public:
    /// `wallNs`: see wallClockNs().
    [[nodiscard]] std::string_view at(std::int64_t wallNs) noexcept
    {
        const std::int64_t second = wallNs / 1'000'000'000;
        if (second != m_second) {
            m_second = second;
            writeDate(second, m_text.data());
        }
        return {m_text.data(), m_text.size()};
    }

private:
    std::int64_t m_second = -1;
    std::array<char, kDateSize> m_text{};
};

}  // namespace signalbox::http
