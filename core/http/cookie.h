#pragma once

#include <optional>
#include <string_view>

#include "core/http/message.h"

namespace signalbox::http {

/// The value of the first cookie of that name in all Cookie fields (RFC 6265 section 4.2), or nothing. Names are compared
/// with case; quotes around a value are part of it. Any thread.
[[nodiscard]] std::optional<std::string_view> cookieValue(const HeaderList& headers, std::string_view name) noexcept;

}  // namespace signalbox::http
