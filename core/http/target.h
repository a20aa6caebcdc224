#pragma once

#include <string_view>

#include "core/base/arena.h"
#include "core/http/head_scan.h"
#include "core/http/message.h"

namespace signalbox::http {

/// True for uri-host [":" port] (RFC 3986 section 3.2.2) with a non-empty host, a port up to 65535 and no user
/// information. Stricter in one point: no ',' in a name, because some servers read it as a list.
[[nodiscard]] bool isValidAuthority(std::string_view text) noexcept;

/// Splits and checks `head.target` by the rules of its four forms (RFC 9112 section 3.2); fills path, query, hasQuery,
/// and for the absolute and authority forms host. Needs head.method. No error: an empty HeadError.
[[nodiscard]] HeadError readTarget(RequestHead& head, Arena& arena);

}  // namespace signalbox::http
