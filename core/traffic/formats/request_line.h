#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/traffic/trace_reader.h"

namespace signalbox::traffic {

[[nodiscard]] inline auto brokenLine(std::string sentence)
{
    return fail({.code = ErrorCode::InvalidArgument, .origin = ErrorOrigin::Client, .detail = std::move(sentence)});
}

/// Percent-encodes what may not stand in a request target (blanks, control and non-ASCII bytes, " < > \ ^ ` { | } # and
/// a stray %), nothing else.
[[nodiscard]] std::string encodeTarget(std::string_view text);

/// A recorded target as one that can be sent in a request line: the scheme and host of an absolute one are dropped, a
/// fragment too, the rest is encoded as above. Empty: it cannot be sent (CONNECT's host:port, or no path at all).
[[nodiscard]] std::string sendableTarget(std::string_view recorded, std::string_view method);

/// Checks method and target and stores them in `entry`.
[[nodiscard]] Result<void> takeRequest(std::string_view method, std::string_view target, TraceEntry& entry);

}  // namespace signalbox::traffic
