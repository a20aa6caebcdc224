#include <algorithm>
#include <charconv>

#include "core/http/char_class.h"
#include "core/http/framing.h"
#include "core/http/h1_parser.h"
#include "core/http/header_lines.h"
#include "core/http/header_rules.h"
#include "core/http/target.h"

namespace signalbox::http {

namespace {

constexpr std::string_view kBad = "Bad request";
constexpr std::size_t kMostMethod = 32;
constexpr std::uint16_t kMostOwnHops = 16;

HeadError badVersion(std::string_view version) noexcept
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
        !digit(version[7])) {
        return {400, kBad, "The request line does not end in an HTTP version such as HTTP/1.1 (RFC 9112 section 2.3)."};
    }
    if (version[5] != '1') {
        return {505, "HTTP version not supported", "Only HTTP/1 is understood here (RFC 9110 section 15.6.6)."};
    }
    return {};
}

/// method SP request-target SP HTTP-version, with exactly one blank each (RFC 9112 section 3).
HeadError readRequestLine(std::string_view line, RequestHead& out) noexcept
{
    const std::size_t first = line.find(' ');
    const std::string_view method = line.substr(0, first);
    if (!isToken(method)) {
        return {400, kBad, "The request line does not begin with a method (RFC 9112 section 3.1)."};
    }
    if (method.size() > kMostMethod) {
        return {501, "Method not implemented", "The method is longer than any that exists (RFC 9112 section 3)."};
    }
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || last == first) {
        return {400, kBad, "The request line is not METHOD TARGET VERSION (RFC 9112 section 3)."};
    }
    if (const HeadError error = badVersion(line.substr(last + 1))) {
        return error;
    }
    const std::string_view target = line.substr(first + 1, last - first - 1);
    if (target.empty() || target.find(' ') != std::string_view::npos || target.find('\t') != std::string_view::npos) {
        return {400, kBad,
                "The request line holds more blanks than the two between its three parts (RFC 9112 section 3)."};
    }
    out.methodText = method;
    out.method = parseMethod(method);
    out.target = target;
    out.versionMinor = line.back() == '0' ? 0 : 1;
    return {};
}

HeadError readHost(const Framing& framing, RequestHead& out)
{
    if (framing.hostLines > 1) {
        return {400, "Bad Host", "Host is given more than once (RFC 9112 section 3.2)."};
    }
    if (framing.hostLines == 0) {
        if (out.versionMinor == 1) {
            return {400, "Bad Host", "Host is missing; HTTP/1.1 requires it (RFC 9112 section 3.2)."};
        }
        if (!out.host.empty()) {
            out.headers.add("Host", out.host);
        }
        return {};
    }
    if (!isValidAuthority(framing.host)) {
        return {400, "Bad Host", "Host is empty or not a valid host and port (RFC 9110 section 7.2)."};
    }
    if (out.host.empty()) {
        out.host = framing.host;
    } else if (out.method != Method::Connect) {
        out.headers.set("Host", out.host);
    }
    return {};
}

/// RFC 9110 section 7.6.2: OPTIONS that may take no further hop is answered here, otherwise the count goes down.
void countForwards(std::string_view value, RequestHead& out, Arena& arena)
{
    unsigned left = 0;
    const char* const end = value.data() + value.size();
    const auto [at, fault] = std::from_chars(value.data(), end, left);
    if (value.empty() || at != end || fault != std::errc()) {
        return;  // no number: not ours to judge
    }
    out.lastHop = left == 0;
    if (left > 0) {
        char digits[12];
        const auto written = std::to_chars(digits, digits + sizeof digits, left - 1).ptr;
        out.headers.set("Max-Forwards", arena.copy({digits, static_cast<std::size_t>(written - digits)}));
    }
}

HeadError finishRequest(RequestHead& out, Arena& arena)
{
    Framing framing;
    framing.read(out.headers);
    if (const HeadError error = framing.fault(out.versionMinor, true)) {
        return error;
    }
    if (const HeadError error = readHost(framing, out)) {
        return error;
    }
    if (out.versionMinor == 1 && framing.expectsOther) {
        return {417, "Expectation failed", "The only expectation known is 100-continue (RFC 9110 section 10.1.1)."};
    }
    if (framing.ownHops >= kMostOwnHops) {
        return {508, "Loop detected",
                "Via shows that this request came through here 16 times (RFC 9110 section 7.6.3)."};
    }
    if (framing.namesLines) {
        dropNamedLines(out.headers);
    }
    if (framing.lengthLines > 0) {
        trimLengthZeros(out.headers);
    }
    if (out.method == Method::Options && !framing.maxForwards.empty()) {
        countForwards(framing.maxForwards, out, arena);
    }
    out.expectContinue = out.versionMinor == 1 && framing.expectsContinue;
    out.contentLength = framing.contentLength;
    out.body = framing.chunked ? BodyKind::Chunked : framing.contentLength > 0 ? BodyKind::Length : BodyKind::None;
    out.keepAlive = !framing.close && (out.versionMinor == 1 || framing.keepAlive);
    out.upgrade = framing.hasUpgrade && framing.upgradeOption && out.versionMinor == 1;
    return {};
}

ParseResult refused(HeadError error) noexcept
{
    return {HeadScan::State::Refused, 0, error};
}

}  // namespace

struct RequestParser::Impl {
    HeaderLines lines{HeaderLines::Of::Request};
};

RequestParser::RequestParser() : m_impl(std::make_unique<Impl>()) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

ParseResult RequestParser::parse(std::string_view bytes, HeadScan& scan, const HeadLimits& limits, Arena& arena,
                                 RequestHead& out)
{
    HeadError error;
    // A bad first line is answered at once: a client that speaks something else would wait for ever.
    const bool lineIsNew =
        scan.lines() == 0 && scan.scanFirstLine(bytes, limits) == HeadScan::State::NeedMore && scan.lines() > 0;
    if (lineIsNew) {
        out.clear();
        error = readRequestLine(firstLine(bytes.substr(scan.begin())), out);
        if (error) {
            return refused(error);
        }
    }
    const HeadScan::State state = scan.scan(bytes, limits);
    if (state != HeadScan::State::Complete) {
        out.clear();
        return {state, 0, scan.error()};
    }
    const std::string_view head = bytes.substr(scan.begin(), scan.end() - scan.begin());
    const std::string_view line = firstLine(head);
    if (!lineIsNew) {
        out.clear();
        (void)readRequestLine(line, out);  // found right when it came
    }
    error = m_impl->lines.read(head.substr(line.size() + 2), out.versionMinor, out.headers);
    if (!error) {
        error = readTarget(out, arena);
    }
    if (!error) {
        error = finishRequest(out, arena);
    }
    return error ? refused(error) : ParseResult{state, scan.end(), {}};
}

}  // namespace signalbox::http
