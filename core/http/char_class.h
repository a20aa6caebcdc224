#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace signalbox::http {

/// Character classes of RFC 9110 and RFC 3986 as one table look-up.
enum CharClass : std::uint8_t {
    kToken = 1,       ///< tchar: what methods and header names are made of
    kUnreserved = 2,  ///< RFC 3986 unreserved: never needs a percent escape
    kPathPlain = 4,   ///< may stand in a path as it is and needs no look by the normaliser
    kHostChar = 8,    ///< reg-name without ',' (unreserved, sub-delims; '%' is checked apart)
    kHexDigit = 16
};

constexpr std::array<std::uint8_t, 256> makeCharClasses()
{
    std::array<std::uint8_t, 256> table{};
    const auto mark = [&](std::string_view chars, int bits) {
        for (const char c : chars) {
            auto& entry = table[static_cast<unsigned char>(c)];
            entry = static_cast<std::uint8_t>(entry | bits);
        }
    };
    constexpr std::string_view kAlnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    mark(kAlnum, kToken | kUnreserved | kPathPlain | kHostChar);
    mark("0123456789abcdefABCDEF", kHexDigit);
    mark("!#$%&'*+-.^_`|~", kToken);
    mark("-._~", kUnreserved | kHostChar);
    mark("-_~!$&'()*+,=:@^`{|}", kPathPlain);
    mark("!$&'()*+;=", kHostChar);
    return table;
}

inline constexpr auto kCharClasses = makeCharClasses();

[[nodiscard]] constexpr bool isClass(char c, int bits) noexcept
{
    return (kCharClasses[static_cast<unsigned char>(c)] & bits) != 0;
}

[[nodiscard]] constexpr bool allClass(std::string_view text, int bits) noexcept
{
    for (const char c : text) {
        if (!isClass(c, bits)) {
            return false;
        }
    }
    return true;
}

/// A non-empty token (RFC 9110 section 5.6.2).
[[nodiscard]] constexpr bool isToken(std::string_view text) noexcept
{
    return !text.empty() && allClass(text, kToken);
}

[[nodiscard]] constexpr int hexValue(char c) noexcept
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/// Without the blanks and tabs around it.
[[nodiscard]] constexpr std::string_view trimBlanks(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

/// Calls `visit(element)` for each non-empty element of a comma list, blanks trimmed (RFC 9110 section 5.6.1).
template <typename Visit>
constexpr void forEachElement(std::string_view list, Visit&& visit)
{
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view element = trimBlanks(list.substr(0, comma));
        if (!element.empty()) {
            visit(element);
        }
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

}  // namespace signalbox::http
