#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace signalbox {

/// A number of bytes, written `512B 16KiB 1MiB` in a site.
struct ByteSize {
    std::uint64_t bytes = 0;
    friend constexpr auto operator<=>(ByteSize, ByteSize) = default;
};

/// Events per second, written `50/s 30/m 10/h`.
struct Rate {
    double perSecond = 0;
    friend constexpr auto operator<=>(Rate, Rate) = default;
};

// Every parser takes the whole text, surrounding blanks not allowed, and answers nothing when it does not match.
[[nodiscard]] std::optional<Duration> parseDuration(std::string_view text) noexcept;  ///< 250us 10ms 1.5s 1m 1h; "0" is 0
[[nodiscard]] std::optional<Rate> parseRate(std::string_view text) noexcept;
[[nodiscard]] std::optional<ByteSize> parseByteSize(std::string_view text) noexcept;  ///< a bare number is bytes
[[nodiscard]] std::optional<double> parseShare(std::string_view text) noexcept;       ///< `0.1%` or `0.001`, in [0, 1]
[[nodiscard]] std::optional<double> parseNumber(std::string_view text) noexcept;      ///< finite decimal
[[nodiscard]] std::optional<std::int64_t> parseInteger(std::string_view text) noexcept;
[[nodiscard]] std::optional<bool> parseBoolean(std::string_view text) noexcept;  ///< true false on off yes no

// The shortest text that parses back to the same value.
[[nodiscard]] std::string formatDuration(Duration value);
[[nodiscard]] std::string formatRate(Rate value);
[[nodiscard]] std::string formatByteSize(ByteSize value);
[[nodiscard]] std::string formatShare(double value);

}  // namespace signalbox
