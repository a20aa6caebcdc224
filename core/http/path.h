#pragma once

#include <optional>
#include <string_view>

#include "core/base/arena.h"

namespace signalbox::http {

enum class PathFault : std::uint8_t { None, NotAbsolute, BadEscape, NulEscape, AboveRoot, BadCharacter };

struct PathResult {
    std::string_view path;  ///< a view of the input where that was normal already, else in the arena
    PathFault fault = PathFault::None;
};

/// One spelling for every path, used for matching and sent on to the backend, so that no rule can be dodged by another
/// spelling:
/// - `%41` and `%7e` become `A` and `~` (unreserved characters need no escape); other escapes stay, in upper case:
/// `%2f` -> `%2F`;
/// - `.` and `..` segments are resolved, also when written `%2e`; `..` above the root is refused;
/// - several slashes become one: `//a///b` -> `/a/b`;
/// - `%2F` and `%5C` stay encoded: they are data inside a segment, never a separator;
/// - refused: an escape that is not two hex digits, `%00`, and the characters \ " < > # ? and blanks or bytes outside
/// ASCII. A path that is normal already is not copied. Sources: RFC 3986 section 6.2.2, RFC 9110 section 4.2.3.
[[nodiscard]] PathResult normalisePath(std::string_view path, Arena& arena);

/// The sentence for a fault; static.
[[nodiscard]] std::string_view describe(PathFault fault) noexcept;

}  // namespace signalbox::http
