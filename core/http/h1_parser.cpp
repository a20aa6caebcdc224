#include "core/http/h1_parser.h"

#include <algorithm>
#include <charconv>
#include <llhttp.h>

#include "core/http/char_class.h"
#include "core/http/framing.h"
#include "core/http/header_rules.h"
#include "core/http/target.h"

namespace signalbox::http {

namespace {

constexpr std::string_view kBad = "Bad request";
constexpr std::size_t kMostMethod = 32;
constexpr std::uint16_t kMostOwnHops = 16;

/// llhttp hands each name and value over as one span, because it is always given the whole head at once; a span that is
/// delivered in parts all the same is joined.
struct Sink {
    HeaderList* headers = nullptr;
    bool inValue = true;
};

Sink& sinkOf(llhttp_t* parser)
{
    return *static_cast<Sink*>(parser->data);
}

int onName(llhttp_t* parser, const char* at, std::size_t size)
{
    Sink& sink = sinkOf(parser);
    if (sink.inValue) {
        sink.headers->add({at, size}, {at + size, 0});
        sink.inValue = false;
    } else {
        auto& name = sink.headers->fields().back().name;
        name = {name.data(), name.size() + size};
    }
    return 0;
}

int onValue(llhttp_t* parser, const char* at, std::size_t size)
{
    Sink& sink = sinkOf(parser);
    auto& value = sink.headers->fields().back().value;
    value = sink.inValue ? std::string_view(value.data(), static_cast<std::size_t>(at + size - value.data()))
                         : std::string_view(at, size);
    sink.inValue = true;
    return 0;
}

int onHeadersComplete(llhttp_t*)
{
    return HPE_PAUSED;
}

llhttp_settings_t makeSettings()
{
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_header_field = onName;
    settings.on_header_value = onValue;
    settings.on_headers_complete = onHeadersComplete;
    return settings;
}

/// Reads header lines. The first line is read by our own rules, so llhttp is shown a plain one once and every head goes
/// on from the state behind it.
struct Llhttp {
    llhttp_settings_t settings = makeSettings();
    llhttp_t behindFirstLine{};
    llhttp_t parser{};
    Sink sink;

    Llhttp(llhttp_type_t type, std::string_view firstLine)
    {
        llhttp_init(&behindFirstLine, type, &settings);
        behindFirstLine.data = &sink;
        llhttp_execute(&behindFirstLine, firstLine.data(), firstLine.size());
    }

    /// `lines`: from behind the first line to the end of the head.
    llhttp_errno_t run(std::string_view lines, HeaderList& headers) noexcept
    {
        parser = behindFirstLine;
        sink = {&headers, true};
        const llhttp_errno_t outcome = llhttp_execute(&parser, lines.data(), lines.size());
        for (HeaderField& field : headers.fields()) {
            field.value = trimBlanks(field.value);
        }
        return outcome;
    }
};

HeadError fromLlhttp(llhttp_errno_t code) noexcept
{
    switch (code) {
        case HPE_UNEXPECTED_SPACE:
        case HPE_INVALID_HEADER_TOKEN:
            return {400, kBad,
                    "A header line is not NAME: VALUE with a valid name and no blank before the colon (RFC 9112 "
                    "section 5.1)."};
        case HPE_UNEXPECTED_CONTENT_LENGTH:
            return {400, "Bad message length",
                    "Content-Length is given twice or beside Transfer-Encoding (RFC 9112 section 6.1)."};
        case HPE_INVALID_CONTENT_LENGTH:
            return {400, "Bad message length", "Content-Length is not one whole number (RFC 9110 section 8.6)."};
        case HPE_INVALID_TRANSFER_ENCODING:
            return {
                400, "Bad message length",
                "Transfer-Encoding does not end in chunked, so the body has no certain end (RFC 9112 section 6.3)."};
        default: return {400, kBad, "The head is not valid HTTP/1.1 (RFC 9112)."};
    }
}

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

HeadError checkNames(const HeaderList& headers) noexcept
{
    for (const HeaderField& field : headers.fields()) {
        if (field.name.empty()) {
            return {400, kBad, "A header line has no name (RFC 9112 section 5)."};
        }
    }
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

/// What a backend that reads a leading zero as octal would count differently.
void trimLengthZeros(HeaderList& headers) noexcept
{
    for (HeaderField& field : headers.fields()) {
        if (field.value.size() > 1 && field.value.front() == '0' && equalsIgnoreCase(field.name, "content-length")) {
            field.value.remove_prefix(std::min(field.value.find_first_not_of('0'), field.value.size() - 1));
        }
    }
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

std::string_view firstLine(std::string_view head) noexcept
{
    return head.substr(0, head.find('\r'));
}

ParseResult refused(HeadError error) noexcept
{
    return {HeadScan::State::Refused, 0, error};
}

}  // namespace

struct RequestParser::Impl : Llhttp {
    Impl() : Llhttp(HTTP_REQUEST, "GET / HTTP/1.1\r\n") {}
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
    const llhttp_errno_t outcome = m_impl->run(head.substr(line.size() + 2), out.headers);
    if (outcome != HPE_PAUSED) {
        // Our own sentence about the length is the more precise one.
        Framing framing;
        framing.read(out.headers);
        error = outcome == HPE_INVALID_HEADER_TOKEN ? HeadError{} : framing.fault(out.versionMinor, true);
        return refused(error ? error : fromLlhttp(outcome));
    }
    error = checkNames(out.headers);
    if (!error) {
        error = readTarget(out, arena);
    }
    if (!error) {
        error = finishRequest(out, arena);
    }
    return error ? refused(error) : ParseResult{state, scan.end(), {}};
}

namespace {

HeadError badResponse(std::string_view detail) noexcept
{
    return {502, "Bad answer from the backend", detail};
}

std::string_view describeForBackend(const HeadError& error) noexcept
{
    switch (error.status) {
        case 414: return "The status line is longer than 8 KiB.";
        case 431: return "The head is longer than 64 KiB or has more than 100 lines.";
        default: return error.detail;
    }
}

HeadError readStatusLine(std::string_view line, ResponseHead& out) noexcept
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (line.size() < 12 || !line.starts_with("HTTP/1.") || (line[7] != '0' && line[7] != '1') || line[8] != ' ') {
        return badResponse(
            "The backend's answer does not begin with HTTP/1.0 or HTTP/1.1 and a status (RFC 9112 section 4).");
    }
    if (!digit(line[9]) || !digit(line[10]) || !digit(line[11]) || (line.size() > 12 && line[12] != ' ') ||
        line[9] == '0' || line[9] > '5') {
        return badResponse("The backend's status is not a number from 100 to 599 (RFC 9110 section 15).");
    }
    out.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    out.versionMinor = line[7] - '0';
    out.reason = line.size() > 13 ? line.substr(13) : std::string_view{};
    return {};
}

HeadError finishResponse(const ResponseExpectation& expected, ResponseHead& out) noexcept
{
    Framing framing;
    framing.read(out.headers);
    if (HeadError error = framing.fault(out.versionMinor, false)) {
        error.title = "Bad answer from the backend";
        return error;
    }
    const bool switching = out.status == 101;
    if (switching && (!expected.upgradeAsked || !framing.hasUpgrade || !framing.upgradeOption)) {
        return badResponse(
            "The backend switches protocols (101) although nobody asked, or names no protocol (RFC 9110 section "
            "15.2.2).");
    }
    out.upgrade = switching;
    out.keepAlive = !framing.close && (out.versionMinor == 1 || framing.keepAlive);
    out.contentLength = framing.contentLength;
    if (framing.namesLines) {
        dropNamedLines(out.headers);
    }
    if (framing.lengthLines > 0) {
        trimLengthZeros(out.headers);
    }
    const bool announcesBody = framing.chunked || framing.contentLength > 0;
    if (out.status < 200 && announcesBody) {
        return badResponse(
            "The backend's interim answer (1xx) announces a body, which it cannot have (RFC 9112 section 6.3).");
    }
    const bool statusHasNone = out.status < 200 || out.status == 204 || out.status == 304;
    if (statusHasNone || expected.method == Method::Head) {
        // A 204 with a length, or a chunked 204 or 304, may be followed by a body after all.
        const bool doubtful = out.status == 204 ? announcesBody : out.status == 304 && framing.chunked;
        out.keepAlive = out.keepAlive && !doubtful;
        return {};
    }
    if (framing.chunked) {
        out.body = BodyKind::Chunked;
    } else if (framing.lengthLines > 0) {
        out.body = framing.contentLength > 0 ? BodyKind::Length : BodyKind::None;
    } else {
        out.body = BodyKind::UntilClose;
        out.keepAlive = false;
    }
    return {};
}

}  // namespace

struct ResponseParser::Impl : Llhttp {
    Impl() : Llhttp(HTTP_RESPONSE, "HTTP/1.1 200 OK\r\n") {}
};

ResponseParser::ResponseParser() : m_impl(std::make_unique<Impl>()) {}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;

ParseResult ResponseParser::parse(std::string_view bytes, HeadScan& scan, const HeadLimits& limits,
                                  const ResponseExpectation& expected, ResponseHead& out)
{
    const bool lineIsNew =
        scan.lines() == 0 && scan.scanFirstLine(bytes, limits) == HeadScan::State::NeedMore && scan.lines() > 0;
    if (scan.begin() != 0) {
        return refused(badResponse("The backend's answer begins with an empty line (RFC 9112 section 4)."));
    }
    HeadError error;
    if (lineIsNew) {
        out.clear();
        error = readStatusLine(firstLine(bytes), out);
        if (error) {
            return refused(error);
        }
    }
    const HeadScan::State state = scan.scan(bytes, limits);
    if (state == HeadScan::State::Refused) {
        return refused(badResponse(describeForBackend(scan.error())));
    }
    if (state == HeadScan::State::NeedMore) {
        out.clear();
        return {};
    }
    const std::string_view head = bytes.substr(0, scan.end());
    const std::string_view line = firstLine(head);
    if (!lineIsNew) {
        out.clear();
        (void)readStatusLine(line, out);
    }
    const llhttp_errno_t outcome = m_impl->run(head.substr(line.size() + 2), out.headers);
    if (outcome != HPE_PAUSED) {
        Framing framing;
        framing.read(out.headers);
        error = framing.fault(out.versionMinor, false);
        return refused(badResponse(error ? error.detail : fromLlhttp(outcome).detail));
    }
    error = checkNames(out.headers);
    if (!error) {
        error = finishResponse(expected, out);
    }
    if (error) {
        return refused({502, "Bad answer from the backend", error.detail});
    }
    return {state, scan.end(), {}};
}

namespace {

struct Mover {
    const char* from;
    std::size_t size;
    const char* to;

    void operator()(std::string_view& view) const noexcept
    {
        // One past the end belongs to the area as well: an empty value may stand there.
        const std::uintptr_t offset =
            reinterpret_cast<std::uintptr_t>(view.data()) - reinterpret_cast<std::uintptr_t>(from);
        if (view.data() != nullptr && offset <= size) {
            view = {to + offset, view.size()};
        }
    }
    void operator()(HeaderList& headers) const noexcept
    {
        for (HeaderField& field : headers.fields()) {
            (*this)(field.name);
            (*this)(field.value);
        }
    }
};

}  // namespace

void rebase(RequestHead& head, const char* from, std::size_t size, const char* to) noexcept
{
    const Mover move{from, size, to};
    for (std::string_view* view : {&head.methodText, &head.target, &head.path, &head.query, &head.host}) {
        move(*view);
    }
    move(head.headers);
}

void rebase(ResponseHead& head, const char* from, std::size_t size, const char* to) noexcept
{
    const Mover move{from, size, to};
    move(head.reason);
    move(head.headers);
}

}  // namespace signalbox::http
