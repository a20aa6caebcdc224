#pragma once

#include <span>
#include <string_view>

#include "core/http/message.h"

namespace signalbox::http {

/// Our name in Via.
inline constexpr std::string_view kViaName = "signalbox";

/// Removes the lines that Connection names, except those a peer must not be able to take away: framing (Host,
/// Content-*, Transfer-Encoding, Expect), proof of identity (Authorization, Cookie, Set-Cookie), what proxies tell
/// (X-Forwarded-*, Forwarded, X-Real-IP, Via, Max-Forwards), Date and Cache-Control. The parsers call it, so that
/// routes, policies and the other side all see the same lines, and a policy's own lines cannot be named away.
void dropNamedLines(HeaderList& headers);

/// What a head sent on needs besides the head itself. Hop-by-hop lines are never sent on, in either direction:
/// Connection, Keep-Alive, Proxy-Connection, TE (except `trailers`), Transfer-Encoding (written anew where the body is
/// chunked), Upgrade (except in an upgrade), HTTP2-Settings, Proxy-Authenticate and Proxy-Authorization; the lines that
/// Connection names went when the head was parsed. Trailer goes on while the body stays chunked. X-Forwarded-For, -Host
/// and -Proto are written anew, and their look-alikes with `_` dropped.
struct RequestForward {
    std::string_view clientAddress;  ///< appended to X-Forwarded-For; empty: no X-Forwarded lines (a mock, a generator)
    std::string_view defaultHost =
        "localhost";              ///< written as Host where an HTTP/1.0 client sent none: give the listener's address
    bool secure = false;          ///< X-Forwarded-Proto https, else http; what a client sent is replaced
    bool upgrade = false;         ///< sends Upgrade and `Connection: upgrade` on
    bool via = true;              ///< appends `1.1 signalbox`
    bool keepAlive = true;        ///< false adds `Connection: close`
    bool expectContinue = false;  ///< lets Expect through; otherwise it is dropped (we answered it)
};

enum class ResponseBody : std::uint8_t {
    AsParsed,   ///< Content-Length as it came, or none
    Chunked,    ///< Content-Length dropped, `Transfer-Encoding: chunked` written
    UntilClose  ///< neither; needs close
};

struct ResponseForward {
    ResponseBody body = ResponseBody::AsParsed;
    bool close = false;          ///< adds `Connection: close`
    bool keepAliveLine = false;  ///< adds `Connection: keep-alive`: for an HTTP/1.0 client that asked for it
    bool upgrade = false;        ///< 101: sends Upgrade and `Connection: upgrade` on
    bool via = true;
    std::string_view date;  ///< written where the response has no Date; empty: none
};

/// Writes `METHOD path?query HTTP/1.1`, Host (of head.host), the header lines that go on, and what RequestForward adds,
/// up to and with the empty line. Returns the bytes needed; where that is more than `out` holds, the content of `out`
/// is unspecified: call again with more room. Lines that stand next to each other in the received bytes are copied
/// together. X-Forwarded-For becomes one line: all that came, then the client. X-Forwarded-Host is the client's Host,
/// also where a policy replaced head.host.
[[nodiscard]] std::size_t writeRequestHead(const RequestHead& head, const RequestForward& forward,
                                           std::span<char> out) noexcept;

/// The same for a response: `HTTP/1.1 STATUS REASON` (the registered phrase where there is none). Content-Length is
/// dropped from 1xx and 204 (RFC 9110 section 8.6).
[[nodiscard]] std::size_t writeResponseHead(const ResponseHead& head, const ResponseForward& forward,
                                            std::span<char> out) noexcept;

}  // namespace signalbox::http
