#include "core/base/error.h"

#include <cerrno>
#include <cstring>

namespace signalbox {

std::string_view name(ErrorCode code) noexcept
{
    switch (code) {
        case ErrorCode::None: return "none";
        case ErrorCode::InvalidConfig: return "invalid-config";
        case ErrorCode::InvalidArgument: return "invalid-argument";
        case ErrorCode::NotFound: return "not-found";
        case ErrorCode::AddressInUse: return "address-in-use";
        case ErrorCode::PermissionDenied: return "permission-denied";
        case ErrorCode::ConnectRefused: return "connect-refused";
        case ErrorCode::ConnectTimeout: return "connect-timeout";
        case ErrorCode::Reset: return "reset";
        case ErrorCode::Closed: return "closed";
        case ErrorCode::Timeout: return "timeout";
        case ErrorCode::ProtocolError: return "protocol";
        case ErrorCode::TooLarge: return "too-large";
        case ErrorCode::Exhausted: return "exhausted";
        case ErrorCode::Cancelled: return "cancelled";
        case ErrorCode::Unsupported: return "unsupported";
        case ErrorCode::System: return "system";
    }
    return "unknown";
}

namespace {

struct Mapped {
    ErrorCode code;
    bool retryable;
};

Mapped mapErrno(int value) noexcept
{
    switch (value) {
        case ECONNREFUSED:
        case ENOENT:
        case EHOSTUNREACH:
        case ENETUNREACH: return {ErrorCode::ConnectRefused, true};
        case ETIMEDOUT: return {ErrorCode::ConnectTimeout, true};
        case ECONNRESET:
        case EPIPE:
        case ECONNABORTED: return {ErrorCode::Reset, true};
        case EADDRINUSE: return {ErrorCode::AddressInUse, false};
        case EACCES:
        case EPERM: return {ErrorCode::PermissionDenied, false};
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EADDRNOTAVAIL: return {ErrorCode::Exhausted, true};
        case ECANCELED: return {ErrorCode::Cancelled, false};
        default: return {ErrorCode::System, false};
    }
}

}  // namespace

Error errorFromErrno(int errnoValue, ErrorOrigin origin, std::string_view what)
{
    const Mapped mapped = mapErrno(errnoValue);
    std::string detail(what);
    detail += ": ";
    char buffer[128];
    detail += strerror_r(errnoValue, buffer, sizeof buffer);
    return {mapped.code, origin, mapped.retryable, std::move(detail)};
}

}  // namespace signalbox
