#pragma once

#include <string_view>
#include <vector>

#include "core/base/value.h"
#include "core/site/problems.h"

namespace signalbox::site {

inline constexpr std::size_t kMaxTextBytes = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxValues = 500'000;
/// Memory that aliases may add, so that a few lines cannot grow into gigabytes.
inline constexpr std::size_t kMaxAliasBytes = std::size_t{32} * 1024 * 1024;
/// A longer key could not be written back as a simple key (YAML allows 1024 characters including escapes).
inline constexpr std::size_t kMaxKeyBytes = 200;

/// Bytes of the text, begin and end: a quoted or block scalar, where '#' is no comment.
struct TextSpan {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct YamlText {
    Value root;
    std::vector<Problem> problems;
    std::vector<TextSpan> opaque;  ///< in the order of the text
    bool complete = false;         ///< false: the text broke off at an error, and the tree holds what came before
};

/// Parses one YAML document, without comments and without a grammar. Never throws. `text` has no byte order mark.
[[nodiscard]] YamlText parseYaml(std::string_view text);

/// Attaches the comments and empty lines of the text to the values they stand before or beside.
void attachComments(std::string_view text, const std::vector<TextSpan>& opaque, Value& root);

/// What makes a text unfit before any parsing: its size, bytes that are not UTF-8, control characters.
[[nodiscard]] std::vector<Problem> guardText(std::string_view text);

}  // namespace signalbox::site
