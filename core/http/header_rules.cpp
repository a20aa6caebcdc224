#include "core/http/header_rules.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "core/http/char_class.h"

namespace signalbox::http {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kVia = "1.1 signalbox";

/// Appends to a span and counts on past its end.
class Writer {
public:
    explicit Writer(std::span<char> out) noexcept : m_out(out) {}

    void add(std::string_view text) noexcept
    {
        if (m_needed + text.size() <= m_out.size() && !text.empty()) {
            std::memcpy(m_out.data() + m_needed, text.data(), text.size());
        }
        m_needed += text.size();
    }
    template <typename... Parts>
    void line(std::string_view name, Parts... values) noexcept
    {
        add(name);
        add(": ");
        (add(values), ...);
        add(kLineEnd);
    }
    [[nodiscard]] std::size_t needed() const noexcept { return m_needed; }

private:
    std::span<char> m_out;
    std::size_t m_needed = 0;
};

/// Whether exactly `between` lies in memory between the end of `a` and `b`: then both are copied as one.
bool follows(std::string_view a, std::string_view b, std::string_view between) noexcept
{
    const auto end = reinterpret_cast<std::uintptr_t>(a.data()) + a.size();
    return end + between.size() == reinterpret_cast<std::uintptr_t>(b.data()) &&
           std::memcmp(a.data() + a.size(), between.data(), between.size()) == 0;
}

/// Collects lines that lie next to each other in memory and writes them with one copy.
class Lines {
public:
    explicit Lines(Writer& writer) noexcept : m_writer(&writer) {}
    ~Lines() { flush(); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    void add(const HeaderField& field) noexcept
    {
        if (!follows(field.name, field.value, ": ")) {
            flush();
            m_writer->line(field.name, field.value);
            return;
        }
        const std::string_view whole(field.name.data(), field.name.size() + 2 + field.value.size());
        if (!m_run.empty() && follows(m_run, whole, kLineEnd)) {
            m_run = {m_run.data(), m_run.size() + kLineEnd.size() + whole.size()};
            return;
        }
        flush();
        m_run = whole;
    }
    void flush() noexcept
    {
        if (!m_run.empty()) {
            m_writer->add(m_run);
            m_writer->add(kLineEnd);
            m_run = {};
        }
    }

private:
    Writer* m_writer;
    std::string_view m_run;
};

/// Lines that no Connection option may remove: the message would change its meaning, or what we tell the backend would.
bool isProtected(std::string_view name) noexcept
{
    static constexpr std::string_view kNames[] = {"host",
                                                  "content-length",
                                                  "content-type",
                                                  "content-encoding",
                                                  "content-range",
                                                  "content-location",
                                                  "expect",
                                                  "authorization",
                                                  "transfer-encoding",
                                                  "cookie",
                                                  "set-cookie",
                                                  "cache-control",
                                                  "x-forwarded-for",
                                                  "x-forwarded-proto",
                                                  "x-forwarded-host",
                                                  "x-real-ip",
                                                  "forwarded",
                                                  "max-forwards",
                                                  "connection",
                                                  "te",
                                                  "upgrade",
                                                  "date",
                                                  "via"};
    return std::any_of(std::begin(kNames), std::end(kNames),
                       [&](std::string_view known) { return equalsHeaderName(known, name); });
}

bool isConnection(const HeaderField& field) noexcept
{
    return field.name.size() == 10 && equalsIgnoreCase(field.name, "connection");
}

bool isNamed(const HeaderList& headers, std::string_view name) noexcept
{
    bool found = false;
    for (const HeaderField& field : headers.fields()) {
        if (isConnection(field)) {
            forEachElement(field.value,
                           [&](std::string_view option) { found = found || equalsIgnoreCase(option, name); });
        }
    }
    return found && !isProtected(name);
}

/// A line of this name stays on its connection.
bool isHopByHop(std::string_view name) noexcept
{
    switch (name.size()) {
        case 2: return equalsIgnoreCase(name, "te");
        case 7: return equalsIgnoreCase(name, "upgrade");
        case 10: return equalsIgnoreCase(name, "connection") || equalsIgnoreCase(name, "keep-alive");
        case 14: return equalsIgnoreCase(name, "http2-settings");
        case 16: return equalsIgnoreCase(name, "proxy-connection");
        case 17: return equalsIgnoreCase(name, "transfer-encoding");
        case 18: return equalsIgnoreCase(name, "proxy-authenticate");
        case 19: return equalsIgnoreCase(name, "proxy-authorization");
        default: return false;
    }
}

/// One line holding all values that came and then ours.
void writeAppended(Writer& writer, const HeaderList& headers, std::string_view name, std::string_view ours) noexcept
{
    writer.add(name);
    writer.add(": ");
    for (const HeaderField& field : headers.fields()) {
        if (equalsIgnoreCase(field.name, name) && !field.value.empty()) {
            writer.add(field.value);
            writer.add(", ");
        }
    }
    writer.add(ours);
    writer.add(kLineEnd);
}

bool wantsTrailers(const HeaderList& headers) noexcept
{
    bool found = false;
    for (const HeaderField& field : headers.fields()) {
        if (equalsIgnoreCase(field.name, "te")) {
            forEachElement(field.value,
                           [&](std::string_view coding) { found = found || equalsIgnoreCase(coding, "trailers"); });
        }
    }
    return found;
}

void writeUpgrade(Writer& writer, const HeaderList& headers) noexcept
{
    for (const HeaderField& field : headers.fields()) {
        if (equalsIgnoreCase(field.name, "upgrade")) {
            writer.line("Upgrade", field.value);
        }
    }
    writer.line("Connection", "upgrade");
}

/// Lines of a request that are written by us instead of copied.
bool isRewritten(std::string_view name, const RequestForward& forward) noexcept
{
    switch (name.size()) {
        case 3: return forward.via && equalsIgnoreCase(name, "via");
        case 4: return equalsIgnoreCase(name, "host");
        case 6: return !forward.expectContinue && equalsIgnoreCase(name, "expect");
        case 15: return !forward.clientAddress.empty() && equalsHeaderName("x-forwarded-for", name);
        case 16: return !forward.clientAddress.empty() && equalsHeaderName("x-forwarded-host", name);
        case 17: return !forward.clientAddress.empty() && equalsHeaderName("x-forwarded-proto", name);
        default: return false;
    }
}

bool isLengthOrTrailer(std::string_view name, bool dropLength, bool dropTrailer) noexcept
{
    return (dropLength && name.size() == 14 && equalsIgnoreCase(name, "content-length")) ||
           (dropTrailer && name.size() == 7 && equalsIgnoreCase(name, "trailer"));
}

}  // namespace

void dropNamedLines(HeaderList& headers)
{
    auto& fields = headers.fields();
    for (auto at = fields.begin(); at != fields.end();) {
        at = !isConnection(*at) && isNamed(headers, at->name) ? fields.erase(at) : at + 1;
    }
}

std::size_t writeRequestHead(const RequestHead& head, const RequestForward& forward, std::span<char> out) noexcept
{
    Writer writer(out);
    const bool chunked = head.body == BodyKind::Chunked;
    writer.add(head.methodText);
    writer.add(" ");
    writer.add(head.path);
    if (head.hasQuery) {
        writer.add("?");
        writer.add(head.query);
    }
    writer.add(" HTTP/1.1\r\n");
    writer.line("Host", head.host.empty() ? forward.defaultHost : head.host);
    std::string_view clientHost = head.host;
    bool hadVia = false;
    bool hadFor = false;
    bool hadTe = false;
    {
        Lines lines(writer);
        for (const HeaderField& field : head.headers.fields()) {
            if (isRewritten(field.name, forward)) {
                clientHost = field.name.size() == 4 ? field.value : clientHost;
                hadVia = hadVia || field.name.size() == 3;
                hadFor = hadFor || field.name.size() == 15;
                continue;
            }
            hadTe = hadTe || field.name.size() == 2;
            if (!isHopByHop(field.name) && !isLengthOrTrailer(field.name, chunked, !chunked)) {
                lines.add(field);
            }
        }
    }
    if (!forward.clientAddress.empty()) {
        if (hadFor) {
            writeAppended(writer, head.headers, "X-Forwarded-For", forward.clientAddress);
        } else {
            writer.line("X-Forwarded-For", forward.clientAddress);
        }
        writer.add(forward.secure ? "X-Forwarded-Proto: https\r\n" : "X-Forwarded-Proto: http\r\n");
        if (!clientHost.empty()) {
            writer.line("X-Forwarded-Host", clientHost);
        }
    }
    if (forward.via) {
        if (hadVia) {
            writeAppended(writer, head.headers, "Via", kVia);
        } else {
            writer.add("Via: 1.1 signalbox\r\n");
        }
    }
    if (chunked) {
        writer.add("Transfer-Encoding: chunked\r\n");
    }
    const bool te = hadTe && wantsTrailers(head.headers);
    if (te) {
        writer.add("TE: trailers\r\n");
    }
    if (forward.upgrade) {
        writeUpgrade(writer, head.headers);
    } else if (te || !forward.keepAlive) {
        // TE must be named in Connection (RFC 9110 section 10.1.4).
        writer.line("Connection", te ? "TE" : "", te && !forward.keepAlive ? ", " : "",
                    forward.keepAlive ? "" : "close");
    }
    writer.add(kLineEnd);
    return writer.needed();
}

std::size_t writeResponseHead(const ResponseHead& head, const ResponseForward& forward, std::span<char> out) noexcept
{
    Writer writer(out);
    const bool noLength = forward.body != ResponseBody::AsParsed || head.status < 200 || head.status == 204;
    const bool chunked = forward.body == ResponseBody::Chunked;
    const char status[] = {static_cast<char>('0' + head.status / 100 % 10),
                           static_cast<char>('0' + head.status / 10 % 10), static_cast<char>('0' + head.status % 10),
                           ' '};
    writer.add("HTTP/1.1 ");
    writer.add({status, sizeof status});
    writer.add(head.reason.empty() ? reasonPhrase(head.status) : head.reason);
    writer.add(kLineEnd);
    bool hadDate = false;
    bool hadVia = false;
    {
        Lines lines(writer);
        for (const HeaderField& field : head.headers.fields()) {
            if (forward.via && field.name.size() == 3 && equalsIgnoreCase(field.name, "via")) {
                hadVia = true;
                continue;
            }
            hadDate = hadDate || (field.name.size() == 4 && equalsIgnoreCase(field.name, "date"));
            if (!isHopByHop(field.name) && !isLengthOrTrailer(field.name, noLength, !chunked)) {
                lines.add(field);
            }
        }
    }
    if (!hadDate && !forward.date.empty()) {
        writer.line("Date", forward.date);
    }
    if (hadVia) {
        writeAppended(writer, head.headers, "Via", kVia);
    } else if (forward.via) {
        writer.add("Via: 1.1 signalbox\r\n");
    }
    if (chunked) {
        writer.add("Transfer-Encoding: chunked\r\n");
    }
    if (forward.upgrade) {
        writeUpgrade(writer, head.headers);
    } else if (forward.close) {
        writer.add("Connection: close\r\n");
    } else if (forward.keepAliveLine) {
        writer.add("Connection: keep-alive\r\n");
    }
    writer.add(kLineEnd);
    return writer.needed();
}

}  // namespace signalbox::http
