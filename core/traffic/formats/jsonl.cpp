#include <cmath>
#include <nlohmann/json.hpp>

#include "core/traffic/formats/request_line.h"
#include "core/traffic/formats/text_time.h"
#include "core/traffic/trace_reader.h"

namespace signalbox::traffic {
namespace {

using Json = nlohmann::json;

/// "2015-05-17T10:05:03.250Z", also with a blank for the T, an offset, or no zone at all (then UTC).
std::optional<std::int64_t> isoTime(std::string_view text)
{
    if (text.size() < 19 || text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    const auto year = fixedDigits(text, 0, 4);
    const auto month = fixedDigits(text, 5, 2);
    const auto day = fixedDigits(text, 8, 2);
    const auto hour = fixedDigits(text, 11, 2);
    const auto minute = fixedDigits(text, 14, 2);
    const auto second = fixedDigits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) {
        return std::nullopt;
    }
    std::size_t at = 19;
    std::int64_t fraction = 0;
    if (at < text.size() && text[at] == '.') {
        std::int64_t unit = 100'000'000;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
            fraction += (text[at] - '0') * unit;
        }
    }
    const auto zone = at == text.size() ? std::optional<std::int64_t>(0) : zoneSeconds(text.substr(at));
    const auto whole = zone ? civilTime(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day), *hour,
                                        *minute, *second, *zone)
                            : std::nullopt;
    return whole ? std::optional(*whole + fraction) : std::nullopt;
}

/// Seconds or milliseconds since 1970, told apart by size: as seconds, 1e11 is the year 5138.
std::optional<std::int64_t> epochTime(double value)
{
    const double unit = std::abs(value) < 1e11 ? 1e9 : 1e6;
    if (!std::isfinite(value) || value < 0 || value * unit > 7.3e18) {
        return std::nullopt;
    }
    // Split first: nanoseconds since 1970 have more digits than a double.
    const double whole = std::floor(value);
    return static_cast<std::int64_t>(whole) * static_cast<std::int64_t>(unit) + std::llround((value - whole) * unit);
}

const Json* member(const Json& object, std::initializer_list<const char*> names)
{
    for (const char* name : names) {
        if (const auto it = object.find(name); it != object.end() && !it->is_null()) {
            return &*it;
        }
    }
    return nullptr;
}

std::string textOf(const Json* value)
{
    return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::int64_t> timeOf(const Json& object)
{
    const Json* const time = member(object, {"time", "timestamp", "ts", "@timestamp"});
    if (!time) {
        return std::nullopt;
    }
    if (time->is_number()) {
        return epochTime(time->get<double>());
    }
    return isoTime(textOf(time));
}

Result<TraceEntry> parseLine(std::string_view line)
{
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object()) {
        return brokenLine("the line is not one JSON object");
    }
    TraceEntry entry;
    const auto time = timeOf(object);
    if (!time) {
        return brokenLine("there is no \"time\" in ISO 8601 or as seconds or milliseconds since 1970");
    }
    entry.timeNs = *time;
    const Json* const target = member(object, {"path", "url", "uri"});
    const Json* const method = member(object, {"method"});
    if (auto taken = takeRequest(method ? textOf(method) : "GET", textOf(target), entry); !taken) {
        return fail(std::move(taken.error()));
    }
    entry.client = textOf(member(object, {"client", "remote_addr", "ip"}));
    if (entry.client.empty()) {
        entry.client.push_back('-');
    }
    if (const Json* status = member(object, {"status"}); status && status->is_number_unsigned()) {
        const auto code = status->get<std::uint64_t>();
        entry.status = code < 1000 ? static_cast<int>(code) : 0;
    }
    if (const Json* bytes = member(object, {"bytes", "size"}); bytes && bytes->is_number_unsigned()) {
        entry.bytes = bytes->get<std::uint64_t>();
    }
    return entry;
}

bool recognise(std::string_view head)
{
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && head[first] == '{' && head.find('"', first) != std::string_view::npos;
}

}  // namespace

TraceFormatDescriptor jsonLinesFormat()
{
    return {.id = "jsonl", .title = "JSON lines", .recognise = recognise, .parseLine = parseLine};
}

}  // namespace signalbox::traffic
