#include "core/http/framing.h"
#include "core/http/h1_parser.h"
#include "core/http/header_lines.h"
#include "core/http/header_rules.h"

namespace signalbox::http {

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

ParseResult refused(HeadError error) noexcept
{
    return {HeadScan::State::Refused, 0, error};
}

}  // namespace

struct ResponseParser::Impl {
    HeaderLines lines{HeaderLines::Of::Response};
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
    error = m_impl->lines.read(head.substr(line.size() + 2), out.versionMinor, out.headers);
    if (!error) {
        error = finishResponse(expected, out);
    }
    if (error) {
        return refused({502, "Bad answer from the backend", error.detail});
    }
    return {state, scan.end(), {}};
}

}  // namespace signalbox::http
