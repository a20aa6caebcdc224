#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace signalbox::traffic {

/// A date and time of day as nanoseconds since 1970 UTC, or nothing where there is no such day or time. Years
/// 1970 to 2200, so that no difference of two times overflows; a leap second counts as the second before.
[[nodiscard]] inline std::optional<std::int64_t> civilTime(int year, unsigned month, unsigned day, int hour, int minute,
                                                           int second, std::int64_t zoneSeconds) noexcept
{
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!date.ok() || year < 1970 || year > 2200 || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t total = days * 86400 + hour * 3600 + minute * 60 + (second == 60 ? 59 : second) - zoneSeconds;
    return total * 1'000'000'000;
}

/// Exactly `digits` decimal digits at `at`.
[[nodiscard]] inline std::optional<int> fixedDigits(std::string_view text, std::size_t at, std::size_t digits) noexcept
{
    if (at > text.size() || text.size() - at < digits) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(at, digits)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

/// `+hhmm`, `+hh:mm` or `Z` as seconds east of UTC.
[[nodiscard]] inline std::optional<std::int64_t> zoneSeconds(std::string_view text) noexcept
{
    if (text == "Z" || text == "z") {
        return 0;
    }
    const auto hours = fixedDigits(text, 1, 2);
    const auto minutes = fixedDigits(text, text.size() == 6 && text[3] == ':' ? 4 : 3, 2);
    if ((text.size() != 5 && text.size() != 6) || !hours || !minutes || (text[0] != '+' && text[0] != '-') ||
        (text.size() == 6 && text[3] != ':') || *minutes > 59) {
        return std::nullopt;
    }
    const std::int64_t seconds = *hours * 3600 + *minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
}

/// The whole text as a number without sign.
[[nodiscard]] inline std::optional<std::uint64_t> wholeNumber(std::string_view text) noexcept
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace signalbox::traffic
