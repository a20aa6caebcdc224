#pragma once

#include <optional>
#include <string_view>

#include "core/base/arena.h"

namespace signalbox::route {

// Reads the query of a URL as forms write it: pairs split at &, name and value at the first =, %XX escapes and + for a
// blank. A broken escape stands for itself. A parameter without = has an empty value.

/// The value, still encoded, of the first parameter whose decoded name is `name`.
[[nodiscard]] std::optional<std::string_view> findParameter(std::string_view query, std::string_view name) noexcept;

/// Whether `encoded` decodes to `text`, without decoding into memory.
[[nodiscard]] bool decodesTo(std::string_view encoded, std::string_view text) noexcept;

/// The decoded text; a view of the input where there is nothing to decode.
[[nodiscard]] std::string_view decode(std::string_view encoded, Arena& arena);

}  // namespace signalbox::route
