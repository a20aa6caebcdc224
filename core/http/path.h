#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/arena.h"

namespace signalbox::http {

enum class PathFault : std::uint8_t {
    None,
    NotAbsolute,
    BadEscape,
    NulEscape,
    AboveRoot,
    BadCharacter,
    OverlongEscape,
    HiddenDots
};

struct PathResult {
    std::string_view path;  ///< a view of the input where that was normal already, else in the arena
    PathFault fault = PathFault::None;
    bool hiddenSegments = false;  ///< holds `;`, `%2F` or `%5C`: see matchingPath
};

/// One spelling for every path, used for matching and sent on to the backend, so that no rule can be dodged by another
/// spelling:
/// - `%41` and `%7e` become `A` and `~` (unreserved characters need no escape); other escapes stay, in upper case:
/// `%2f` -> `%2F`;
/// - `.` and `..` segments are resolved, also when written `%2e`; `..` above the root is refused;
/// - several slashes become one: `//a///b` -> `/a/b`;
/// - `%2F` and `%5C` stay encoded, and `;` with what follows it stays in its segment: what they mean is the backend's
/// affair. Since some backends read them as separators and parameters, matching does too (see matchingPath), and a `.`
/// or `..` that only shows when they are read so (`..%2F`, `..;`) is refused;
/// - refused: an escape that is not two hex digits, `%00`, an overlong UTF-8 form (`%C0%AF`), and the characters
/// \ " < > # ? and blanks or bytes outside ASCII. A path that is normal already is not copied. Sources: RFC 3986
/// section 6.2.2, RFC 9110 section 4.2.3.
[[nodiscard]] PathResult normalisePath(std::string_view path, Arena& arena);

/// How routes read a normalised path that holds `;`, `%2F` or `%5C`, so that no backend can see a protected path where
/// the route table saw another: parameters (`;x=1` up to the end of the segment) play no part, an encoded slash or
/// backslash ends a segment. `/admin;x/a%2Fb` is matched as `/admin/a/b`.
[[nodiscard]] std::string_view matchingPath(std::string_view path, Arena& arena);

/// How many bytes of `path` the first `matched` bytes of its matchingPath stand for, parameters included; 0 where they
/// do not end in front of a slash or at the end, since then nothing can be cut off there.
[[nodiscard]] std::size_t matchedBytes(std::string_view path, std::size_t matched) noexcept;

/// The sentence for a fault; static.
[[nodiscard]] std::string_view describe(PathFault fault) noexcept;

}  // namespace signalbox::http
