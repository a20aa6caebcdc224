#include "core/base/units.h"

#include <array>
#include <charconv>
#include <cmath>

namespace signalbox {

namespace {

/// Splits "12.5ms" into its number and unit; nothing when the number is malformed, negative or not finite.
struct Quantity {
    double number;
    std::string_view unit;
};

std::optional<Quantity> split(std::string_view text) noexcept
{
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || number < 0 || !std::isfinite(number)) {
        return std::nullopt;
    }
    return Quantity{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

struct Unit {
    std::string_view text;
    double factor;
};

constexpr std::array<Unit, 6> kDurations{{{"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}}};
constexpr std::array<Unit, 3> kRates{{{"/s", 1}, {"/m", 1.0 / 60}, {"/h", 1.0 / 3600}}};
constexpr std::array<Unit, 8> kSizes{{{"GiB", 1024.0 * 1024 * 1024},
                                      {"MiB", 1024.0 * 1024},
                                      {"KiB", 1024},
                                      {"GB", 1e9},
                                      {"MB", 1e6},
                                      {"KB", 1e3},
                                      {"kB", 1e3},
                                      {"B", 1}}};

template <std::size_t N>
std::optional<double> scaled(std::string_view text, const std::array<Unit, N>& units) noexcept
{
    const auto quantity = split(text);
    if (!quantity) {
        return std::nullopt;
    }
    for (const auto& unit : units) {
        if (unit.text == quantity->unit) {
            return quantity->number * unit.factor;
        }
    }
    return std::nullopt;
}

std::string shortest(double number)
{
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed);
    return error == std::errc{} ? std::string(buffer, end) : std::string("0");
}

}  // namespace

std::optional<Duration> parseDuration(std::string_view text) noexcept
{
    if (text == "0") {
        return Duration::zero();
    }
    const auto ns = scaled(text, kDurations);
    if (!ns || *ns > 9e18) {
        return std::nullopt;
    }
    return Duration(static_cast<std::int64_t>(std::llround(*ns)));
}

std::optional<Rate> parseRate(std::string_view text) noexcept
{
    const auto perSecond = scaled(text, kRates);
    return perSecond ? std::optional<Rate>(Rate{*perSecond}) : std::nullopt;
}

std::optional<ByteSize> parseByteSize(std::string_view text) noexcept
{
    auto bytes = scaled(text, kSizes);
    if (!bytes) {
        const auto quantity = split(text);
        if (!quantity || !quantity->unit.empty()) {
            return std::nullopt;
        }
        bytes = quantity->number;
    }
    if (*bytes > 9e18 || *bytes != std::floor(*bytes)) {
        return std::nullopt;
    }
    return ByteSize{static_cast<std::uint64_t>(*bytes)};
}

std::optional<double> parseShare(std::string_view text) noexcept
{
    const auto quantity = split(text);
    if (!quantity || (quantity->unit != "%" && !quantity->unit.empty())) {
        return std::nullopt;
    }
    const double share = quantity->unit.empty() ? quantity->number : quantity->number / 100;
    return share <= 1 ? std::optional<double>(share) : std::nullopt;
}

std::optional<double> parseNumber(std::string_view text) noexcept
{
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> parseInteger(std::string_view text) noexcept
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<bool> parseBoolean(std::string_view text) noexcept
{
    if (text == "true" || text == "on" || text == "yes") {
        return true;
    }
    if (text == "false" || text == "off" || text == "no") {
        return false;
    }
    return std::nullopt;
}

std::string formatDuration(Duration value)
{
    if (value == Duration::zero()) {
        return "0s";
    }
    const auto ns = static_cast<double>(value.count());
    for (const auto& unit : kDurations) {
        // Hours and minutes only where they are whole: "90s" reads better than "1.5m".
        const bool large = unit.factor >= 60e9;
        if (ns >= unit.factor && (!large || std::fmod(ns, unit.factor) == 0)) {
            const std::string text = shortest(ns / unit.factor) + std::string(unit.text);
            if (parseDuration(text) == value) {
                return text;
            }
        }
    }
    return shortest(ns) + "ns";
}

std::string formatRate(Rate value)
{
    for (const auto& unit : kRates) {
        const double number = value.perSecond / unit.factor;
        if (number == 0 || number >= 1 || &unit == &kRates.back()) {
            const double rounded = std::round(number * 1e6) / 1e6;
            return shortest(rounded) + std::string(unit.text);
        }
    }
    return {};
}

std::string formatByteSize(ByteSize value)
{
    const auto bytes = static_cast<double>(value.bytes);
    for (std::size_t at = 0; at < 3; ++at) {
        const double number = bytes / kSizes[at].factor;
        if (number >= 1 && number == std::floor(number)) {
            return shortest(number) + std::string(kSizes[at].text);
        }
    }
    return shortest(bytes) + "B";
}

std::string formatShare(double value)
{
    const double percent = std::round(value * 1e10) / 1e8;
    return shortest(percent) + "%";
}

}  // namespace signalbox
