#pragma once

#include <cstddef>
#include <string_view>

namespace signalbox {

/// Length of the valid UTF-8 sequence at the front of `text`, 0 where there is none (RFC 3629: shortest form, no
/// surrogates). `text` is not empty.
[[nodiscard]] inline std::size_t utf8SequenceLength(std::string_view text) noexcept
{
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
    if (size == 0 || size > text.size()) {
        return 0;
    }
    for (std::size_t at = 1; at < size; ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) {
            return 0;
        }
    }
    const auto second = size > 1 ? static_cast<unsigned char>(text[1]) : 0;
    const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return bad ? 0 : size;
}

}  // namespace signalbox
