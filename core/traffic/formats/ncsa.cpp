#include <algorithm>
#include <array>

#include "core/http/char_class.h"
#include "core/traffic/formats/request_line.h"
#include "core/traffic/formats/text_time.h"
#include "core/traffic/trace_reader.h"

namespace signalbox::traffic {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// "01/Jul/1995:04:00:01 +0000"; the zone may be missing (then UTC).
std::optional<std::int64_t> logTime(std::string_view text)
{
    if (text.size() < 20 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' || text[17] != ':') {
        return std::nullopt;
    }
    const auto month = std::ranges::find(kMonths, text.substr(3, 3)) - kMonths.begin();
    const auto day = fixedDigits(text, 0, 2);
    const auto year = fixedDigits(text, 7, 4);
    const auto hour = fixedDigits(text, 12, 2);
    const auto minute = fixedDigits(text, 15, 2);
    const auto second = fixedDigits(text, 18, 2);
    const std::string_view zoneText = text.size() == 20 ? " Z" : text.substr(20);
    const auto zone = zoneSeconds(zoneText.substr(1));
    if (zoneText.front() != ' ' || month == 12 || !day || !year || !hour || !minute || !second || !zone) {
        return std::nullopt;
    }
    return civilTime(*year, static_cast<unsigned>(month) + 1, static_cast<unsigned>(*day), *hour, *minute, *second,
                     zone.value_or(0));
}

/// `after` is what follows a quote. It closes the request only where a status and a size follow, so that quotes which a
/// server did not escape stay part of the request.
bool statusFollows(std::string_view after)
{
    if (!after.starts_with(' ')) {
        return false;
    }
    const std::string_view status = after.substr(1, after.find(' ', 1) - 1);
    return status == "-" || (status.size() == 3 && wholeNumber(status));
}

/// Where the quote is that closes the field which begins at `from`, or npos.
std::size_t closingQuote(std::string_view line, std::size_t from, bool ofRequest)
{
    for (std::size_t at = from; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '"' && (!ofRequest || statusFollows(line.substr(at + 1)))) {
            return at;
        }
    }
    return std::string_view::npos;
}

/// Undoes what Apache (\" \\ \n \t \xhh) and nginx (\xhh) write for bytes they do not want in a log.
std::string unescape(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        const char c = text[++at];
        if (c == 'x' && at + 2 < text.size() && http::hexValue(text[at + 1]) >= 0 &&
            http::hexValue(text[at + 2]) >= 0) {
            out += static_cast<char>(http::hexValue(text[at + 1]) * 16 + http::hexValue(text[at + 2]));
            at += 2;
        } else {
            out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
    }
    return out;
}

Result<void> readRequest(std::string_view field, TraceEntry& entry)
{
    const std::string request = unescape(field);
    std::string_view text = http::trimBlanks(request);
    if (text.empty() || text == "-") {
        return brokenLine("no request was recorded");
    }
    const std::size_t first = text.find(' ');
    if (first == std::string_view::npos) {
        return brokenLine("the request has no path: '" + std::string(text.substr(0, 80)) + "'");
    }
    const std::size_t last = text.rfind(' ');
    // HTTP/0.9 has no version; a blank inside the path belongs to it.
    const bool versioned = last != first && text.substr(last + 1).starts_with("HTTP/");
    const auto target = http::trimBlanks(text.substr(first, versioned ? last - first : std::string_view::npos));
    return takeRequest(text.substr(0, first), target, entry);
}

Result<std::string_view> readAnswer(std::string_view rest, TraceEntry& entry)
{
    const std::size_t blank = rest.find(' ', 1);
    const std::string_view status = rest.substr(1, blank - 1);
    entry.status = status == "-" ? 0 : static_cast<int>(wholeNumber(status).value_or(0));
    if (blank == std::string_view::npos) {
        return std::string_view{};
    }
    const std::size_t end = rest.find(' ', blank + 1);
    const std::string_view size = rest.substr(blank + 1, end == std::string_view::npos ? end : end - blank - 1);
    const auto bytes = wholeNumber(size);
    if (!bytes && size != "-" && !size.empty()) {
        return brokenLine("the size is not a number: '" + std::string(size.substr(0, 40)) + "'");
    }
    entry.bytes = bytes.value_or(0);
    return end == std::string_view::npos ? std::string_view{} : rest.substr(end);
}

/// Referer and agent of the combined format, and whatever quoted fields a server adds: only whether they are whole.
Result<void> checkQuoted(std::string_view rest)
{
    for (std::size_t at = rest.find('"'); at != std::string_view::npos; at = rest.find('"', at)) {
        const std::size_t end = closingQuote(rest, at + 1, false);
        if (end == std::string_view::npos) {
            return brokenLine("the line is cut: a quoted field after the size does not end");
        }
        at = end + 1;
    }
    return {};
}

Result<TraceEntry> parseLine(std::string_view line)
{
    TraceEntry entry;
    const std::size_t client = line.find(' ');
    const std::size_t open = line.find(" [");
    const std::size_t close = open == std::string_view::npos ? open : line.find(']', open);
    if (client == 0 || client == std::string_view::npos) {
        return brokenLine("there is no client address at the start");
    }
    if (close == std::string_view::npos) {
        return brokenLine("there is no time in square brackets");
    }
    entry.client = line.substr(0, client);
    const std::string_view time = line.substr(open + 2, close - open - 2);
    const auto at = logTime(time);
    if (!at) {
        return brokenLine("the time is not like 01/Jul/1995:04:00:01 +0000: '" + std::string(time.substr(0, 40)) + "'");
    }
    entry.timeNs = *at;
    if (line.substr(close + 1, 2) != " \"") {
        return brokenLine("there is no request in quotes after the time");
    }
    const std::size_t request = close + 3;
    const std::size_t end = closingQuote(line, request, true);
    if (end == std::string_view::npos) {
        return brokenLine("the line is cut: no status follows the request");
    }
    if (auto taken = readRequest(line.substr(request, end - request), entry); !taken) {
        return fail(std::move(taken.error()));
    }
    auto rest = readAnswer(line.substr(end + 1), entry);
    if (!rest) {
        return fail(std::move(rest.error()));
    }
    if (auto whole = checkQuoted(*rest); !whole) {
        return fail(whole.error());
    }
    return entry;
}

bool recognise(std::string_view head)
{
    for (int line = 0; line < 5 && !head.empty(); ++line) {
        const std::size_t end = head.find('\n');
        const std::string_view text = head.substr(0, end);
        const std::size_t open = text.find(" [");
        if (open != std::string_view::npos && logTime(text.substr(open + 2, text.find(']', open) - open - 2))) {
            return true;
        }
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
    }
    return false;
}

}  // namespace

TraceFormatDescriptor ncsaFormat()
{
    return {.id = "ncsa", .title = "NCSA log (common or combined)", .recognise = recognise, .parseLine = parseLine};
}

}  // namespace signalbox::traffic
