#pragma once

#include <string>
#include <string_view>

#include "core/base/value.h"

namespace signalbox::site {

/// Appends one segment to a path. In a segment '/' is written ~1 and '~' is written ~0, as in JSON pointers (RFC 6901).
void appendSegment(ValuePath& path, std::string_view segment);

/// The path of `segment` below `parent`.
[[nodiscard]] ValuePath childPath(const ValuePath& parent, std::string_view segment);

/// Takes the first segment off a path and unescapes it.
[[nodiscard]] std::string takeSegment(std::string_view& path);

/// How an element of a list is named in a path: its `name`, or its index where it has none.
[[nodiscard]] std::string elementSegment(const Value& element, std::size_t index);

}  // namespace signalbox::site
