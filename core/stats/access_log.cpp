#include "core/stats/access_log.h"

#include <charconv>
#include <cstring>

#include "core/base/utf8.h"
#include "core/stats/access_log_file.h"

namespace signalbox::stats {
namespace {

// What each text may take at most once escaped. Together with the fixed parts they stay below kMostAccessLine.
constexpr std::size_t kMostTarget = 1024;
constexpr std::size_t kMostText = 256;
constexpr std::size_t kMostName = 64;
constexpr std::string_view kCut = "...";

constexpr char kHex[] = "0123456789abcdef";

struct Civil {
    int year;
    int month;  // 0 to 11
    int day;
};

/// Days since 1970-01-01 as a date (proleptic Gregorian), counting years from March so that leap days come last.
Civil civilFromDays(std::int64_t days) noexcept
{
    days += 719'468;
    const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const auto dayOfEra = static_cast<int>(days - era * 146'097);
    const int yearOfEra = (dayOfEra - dayOfEra / 1'460 + dayOfEra / 36'524 - dayOfEra / 146'096) / 365;
    const int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    const int shifted = (5 * dayOfYear + 2) / 153;
    const int month = shifted < 10 ? shifted + 2 : shifted - 10;
    const auto year = static_cast<int>(era * 400) + yearOfEra + (month < 2 ? 1 : 0);
    return {year, month, dayOfYear - (153 * shifted + 2) / 5 + 1};
}

/// Appends to the bounded line. The limits of the texts make it fit; what would not is cut rather than written past the
/// end.
class Line {
public:
    explicit Line(char* out) noexcept : m_out(out) {}

    void raw(std::string_view text) noexcept
    {
        const std::size_t size = std::min(text.size(), kMostAccessLine - 1 - m_size);
        if (size > 0) {
            std::memcpy(m_out + m_size, text.data(), size);
            m_size += size;
        }
    }
    void number(std::uint64_t value) noexcept
    {
        char digits[20];
        const auto end = std::to_chars(digits, digits + sizeof digits, value);
        raw({digits, static_cast<std::size_t>(end.ptr - digits)});
    }
    void padded(int value, int width) noexcept
    {
        char digits[8];
        for (int at = width - 1; at >= 0; --at, value /= 10) {
            digits[at] = static_cast<char>('0' + value % 10);
        }
        raw({digits, static_cast<std::size_t>(width)});
    }
    /// A text in which nothing can end a quoted part or a line; "-" for an empty one.
    void escaped(std::string_view text, std::size_t limit) noexcept
    {
        if (text.empty()) {
            raw("-");
        }
        bounded(text, limit, [](std::string_view rest, char* unit, std::size_t& used) -> std::size_t {
            const char c = rest[0];
            used = 1;
            if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
                unit[0] = c;
                return 1;
            }
            unit[0] = '\\';
            unit[1] = 'x';
            unit[2] = kHex[static_cast<unsigned char>(c) >> 4];
            unit[3] = kHex[static_cast<unsigned char>(c) & 15];
            return 4;
        });
    }
    void json(std::string_view text, std::size_t limit) noexcept
    {
        raw("\"");
        bounded(text, limit, jsonUnit);
        raw("\"");
    }
    [[nodiscard]] std::size_t end() noexcept
    {
        m_out[m_size++] = '\n';
        return m_size;
    }

private:
    static std::size_t jsonUnit(std::string_view rest, char* unit, std::size_t& used) noexcept
    {
        const auto c = static_cast<unsigned char>(rest[0]);
        used = 1;
        if (c == '"' || c == '\\') {
            unit[0] = '\\';
            unit[1] = rest[0];
            return 2;
        }
        if (c < 0x20 || c == 0x7F) {
            std::memcpy(unit, "\\u00", 4);
            unit[4] = kHex[c >> 4];
            unit[5] = kHex[c & 15];
            return 6;
        }
        const std::size_t size = utf8SequenceLength(rest);
        if (size == 0) {
            std::memcpy(unit, "\xEF\xBF\xBD", 3);
            return 3;
        }
        used = size;
        std::memcpy(unit, rest.data(), size);
        return size;
    }

    /// Writes unit by unit, so that a cut never splits an escape or a character.
    template <typename Unit>
    void bounded(std::string_view text, std::size_t limit, Unit unitOf) noexcept
    {
        std::size_t written = 0;
        while (!text.empty()) {
            char unit[8];
            std::size_t used = 0;
            const std::size_t size = unitOf(text, unit, used);
            if (written + size > limit) {
                raw(kCut);
                return;
            }
            raw({unit, size});
            written += size;
            text.remove_prefix(used);
        }
    }

    char* m_out;
    std::size_t m_size = 0;
};

void combined(Line& line, const AccessRecord& record) noexcept
{
    static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::int64_t seconds = record.wallNs / 1'000'000'000;
    const Civil date = civilFromDays(seconds / 86'400);
    const auto ofDay = static_cast<int>(seconds % 86'400);
    line.escaped(record.client, kMostName);
    line.raw(" - ");
    line.escaped(record.consumer, kMostName);
    line.raw(" [");
    line.padded(date.day, 2);
    line.raw("/");
    line.raw(kMonths.substr(static_cast<std::size_t>(date.month) * 3, 3));
    line.raw("/");
    line.padded(date.year, 4);
    for (const int part : {ofDay / 3600, ofDay / 60 % 60, ofDay % 60}) {
        line.raw(":");
        line.padded(part, 2);
    }
    line.raw(" +0000] \"");
    if (record.target.empty()) {
        line.raw("-");
    } else {
        line.escaped(record.method, kMostName);
        line.raw(" ");
        line.escaped(record.target, kMostTarget);
        line.raw(record.versionMinor == 0 ? " HTTP/1.0" : " HTTP/1.1");
    }
    line.raw("\" ");
    // 499 is what the field writes for a client that went away before it was answered.
    line.number(static_cast<std::uint64_t>(record.status == 0 ? 499 : record.status));
    line.raw(" ");
    line.number(record.bytesOut);
    line.raw(" \"");
    line.escaped(record.referer, kMostText);
    line.raw("\" \"");
    line.escaped(record.userAgent, kMostText);
    line.raw("\"");
}

void jsonTime(Line& line, std::int64_t wallNs) noexcept
{
    const std::int64_t seconds = wallNs / 1'000'000'000;
    const Civil date = civilFromDays(seconds / 86'400);
    const auto ofDay = static_cast<int>(seconds % 86'400);
    line.padded(date.year, 4);
    line.raw("-");
    line.padded(date.month + 1, 2);
    line.raw("-");
    line.padded(date.day, 2);
    line.raw("T");
    line.padded(ofDay / 3600, 2);
    line.raw(":");
    line.padded(ofDay / 60 % 60, 2);
    line.raw(":");
    line.padded(ofDay % 60, 2);
    line.raw(".");
    line.padded(static_cast<int>(wallNs % 1'000'000'000 / 1'000'000), 3);
    line.raw("Z");
}

void json(Line& line, const AccessRecord& record) noexcept
{
    const auto text = [&line](std::string_view key, std::string_view value, std::size_t limit) {
        if (!value.empty()) {
            line.raw(",\"");
            line.raw(key);
            line.raw("\":");
            line.json(value, limit);
        }
    };
    const auto number = [&line](std::string_view key, std::uint64_t value) {
        line.raw(",\"");
        line.raw(key);
        line.raw("\":");
        line.number(value);
    };
    line.raw("{\"time\":\"");
    jsonTime(line, record.wallNs);
    line.raw("\"");
    text("client", record.client, kMostName);
    text("method", record.method, kMostName);
    text("host", record.host, kMostText);
    text("path", record.path, kMostTarget);
    number("status", static_cast<std::uint64_t>(record.status));
    number("bytes_in", record.bytesIn);
    number("bytes_out", record.bytesOut);
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(record.took.count() / 1000, 0));
    number("duration_ms", micros / 1000);
    line.raw(".");
    line.padded(static_cast<int>(micros % 1000), 3);
    text("listener", record.listener, kMostName);
    text("route", record.route, kMostName);
    text("pool", record.pool, kMostName);
    text("backend", record.backend, kMostName);
    number("attempts", record.attempts);
    text("consumer", record.consumer, kMostName);
    text("outcome", name(record.outcome), kMostName);
    text("refused_by", record.refusedBy, kMostName);
    text("user_agent", record.userAgent, kMostText);
    text("referer", record.referer, kMostText);
    text("request_id", record.requestId, kMostName * 2);
    line.raw("}");
}

}  // namespace

std::size_t writeAccessLine(AccessLogFormat format, const AccessRecord& record, char* out) noexcept
{
    Line line(out);
    format == AccessLogFormat::Json ? json(line, record) : combined(line, record);
    return line.end();
}

AccessLog::AccessLog(const Params& params)
    : m_path(params.text("path")),
      m_format(params.text("format") == "json" ? AccessLogFormat::Json : AccessLogFormat::Combined),
      m_share(params.share("sample"))
{}

void AccessLog::write(std::uint32_t worker, const AccessRecord& record, Rng& rng) noexcept
{
    AccessLogFile* const file = m_file.load(std::memory_order_acquire);
    if (!file || (m_share < 1 && rng.unit() >= m_share)) {
        return;
    }
    if (AccessLogLine* const line = file->prepare(worker)) {
        line->size = static_cast<std::uint16_t>(writeAccessLine(m_format, record, line->text));
        file->commit(worker);
    }
}

}  // namespace signalbox::stats
