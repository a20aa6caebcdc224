#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox {

enum class ErrorCode : std::uint8_t {
    None,
    InvalidConfig,
    InvalidArgument,
    NotFound,
    AddressInUse,
    PermissionDenied,
    ConnectRefused,
    ConnectTimeout,
    Reset,
    Closed,
    Timeout,
    ProtocolError,
    TooLarge,
    Exhausted,
    Cancelled,
    Unsupported,
    System
};

/// Which side of the proxy is to blame. Decides the status code and the counter.
enum class ErrorOrigin : std::uint8_t { Client, Backend, Us };

/// An error knows what happened, who is to blame and whether trying again may help.
struct Error {
    ErrorCode code = ErrorCode::None;
    ErrorOrigin origin = ErrorOrigin::Us;
    bool retryable = false;
    std::string detail;  ///< one sentence for a person, without a trailing full stop
};

/// The fixed word for a code, as used in counters and JSON ("connect-refused").
[[nodiscard]] std::string_view name(ErrorCode code) noexcept;

/// Maps errno of a socket call to an Error whose detail is `what` plus the system's text.
[[nodiscard]] Error errorFromErrno(int errnoValue, ErrorOrigin origin, std::string_view what);

}  // namespace signalbox
