#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/base/arena.h"
#include "core/http/head_scan.h"
#include "core/http/message.h"

namespace signalbox::http {

struct ParseResult {
    HeadScan::State state = HeadScan::State::NeedMore;
    std::size_t used = 0;  ///< after Complete: bytes of the head, where the body or the next message begins
    HeadError error;       ///< after Refused; the connection must be closed after the answer
};

/// Parses HTTP/1.1 request heads: the first line by rules of its own, as soon as it is there, the header lines with
/// llhttp in strict mode; and refuses what llhttp still lets through but RFC 9110 and RFC 9112 forbid. One per
/// worker, used by that worker's thread alone: what a connection needs while its head is split over pieces is a
/// HeadScan (16 bytes) and the bytes themselves. No allocation once the header list is warm.
///
/// Decisions where the RFCs leave room: Content-Length given twice or as a list is refused even if equal, and so is a
/// Content_Length or Transfer_Encoding with underscores; any method of up to 32 token characters is taken (letter
/// case counts), a longer one is 501; any transfer coding besides one `chunked` is 501, a malformed one 400;
/// Transfer-Encoding in HTTP/1.0 is 400; HTTP/1.2 to 1.9 are read as HTTP/1.1; an empty Host is 400; an expectation
/// other than 100-continue is 417; 16 times our own name in Via is 508; a body is reported as None when its length is
/// 0 (the header line stays, without leading zeros); one empty line before a request is skipped. The target: origin
/// form; absolute form with http or https, whose authority then replaces Host (RFC 9112 section 3.2.2); `*` for
/// OPTIONS alone (then path is "*"); host:port for CONNECT alone (then path is empty and host is the target). Not
/// allowed in it: fragments, user information, blanks, control and non-ASCII bytes, \ " < > in the path, %00.
class RequestParser {
public:
    RequestParser();
    ~RequestParser();
    RequestParser(RequestParser&&) noexcept;
    RequestParser& operator=(RequestParser&&) noexcept;

    /// `bytes` is everything received from the first byte of this head on, possibly with more behind it; `scan` belongs
    /// to the connection and goes on where it stopped. Fills `out` when Complete: its views point into `bytes`, and
    /// into `arena` where the path had to be changed. Call `scan.reset()` before the next head.
    [[nodiscard]] ParseResult parse(std::string_view bytes, HeadScan& scan, const HeadLimits& limits, Arena& arena,
                                    RequestHead& out);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// What a response's framing depends on (RFC 9112 section 6.3).
struct ResponseExpectation {
    Method method = Method::Get;  ///< of the request
    bool upgradeAsked = false;    ///< 101 is refused otherwise
};

/// The same for responses of a backend; every refusal is a 502. Both Content-Length and Transfer-Encoding, codings
/// other than one `chunked`, a bad length and a 101 nobody asked for are refused. A 1xx with a body is refused too.
/// No body after HEAD, 1xx, 204, 304. A status line without the blank after the status is accepted, because real
/// servers send it and nothing hides in it. A connection whose 204 announced a body, or whose 304 a transfer coding,
/// is not used again: what follows is not certain.
class ResponseParser {
public:
    ResponseParser();
    ~ResponseParser();
    ResponseParser(ResponseParser&&) noexcept;
    ResponseParser& operator=(ResponseParser&&) noexcept;

    [[nodiscard]] ParseResult parse(std::string_view bytes, HeadScan& scan, const HeadLimits& limits,
                                    const ResponseExpectation& expected, ResponseHead& out);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// After the caller moved the bytes of a parsed head from `from` (of `size` bytes) to `to`: lets the views follow.
void rebase(RequestHead& head, const char* from, std::size_t size, const char* to) noexcept;
void rebase(ResponseHead& head, const char* from, std::size_t size, const char* to) noexcept;

}  // namespace signalbox::http
