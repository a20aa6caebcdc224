#include "core/http/body_reader.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/http/char_class.h"

namespace signalbox::http {

namespace {

constexpr std::uint16_t kMostSizeLine = 256;
constexpr std::uint64_t kExtensionAllowance = 16 * 1024;
constexpr std::size_t kMostTrailers = 8 * 1024;

bool isTextByte(char c) noexcept
{
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

/// Fields that would change how the message is framed, routed or let in must not come behind the body.
bool mayBeTrailer(std::string_view name) noexcept
{
    static constexpr std::string_view kForbidden[] = {"host",
                                                      "connection",
                                                      "keep-alive",
                                                      "proxy-connection",
                                                      "te",
                                                      "trailer",
                                                      "upgrade",
                                                      "http2-settings",
                                                      "expect",
                                                      "max-forwards",
                                                      "via",
                                                      "forwarded",
                                                      "x-forwarded-for",
                                                      "x-forwarded-host",
                                                      "x-forwarded-proto",
                                                      "authorization",
                                                      "proxy-authorization",
                                                      "proxy-authenticate",
                                                      "www-authenticate",
                                                      "cookie",
                                                      "set-cookie",
                                                      "content-encoding",
                                                      "content-type",
                                                      "content-range",
                                                      "range",
                                                      "if-match",
                                                      "if-none-match",
                                                      "if-modified-since",
                                                      "if-unmodified-since",
                                                      "if-range",
                                                      "cache-control",
                                                      "age",
                                                      "expires",
                                                      "vary",
                                                      "location"};
    return std::none_of(std::begin(kForbidden), std::end(kForbidden),
                        [&](std::string_view known) { return equalsHeaderName(known, name); });
}

}  // namespace

void BodyReader::start(BodyKind kind, std::uint64_t length) noexcept
{
    m_kind = kind;
    m_left = 0;
    m_lineBytes = 0;
    m_digits = 0;
    m_lineStart = 0;
    m_trailers.clear();
    m_budget = kExtensionAllowance;
    switch (kind) {
        case BodyKind::None: m_state = State::Done; break;
        case BodyKind::Length:
            m_left = length;
            m_state = length > 0 ? State::Data : State::Done;
            break;
        case BodyKind::Chunked: m_state = State::Size; break;
        case BodyKind::UntilClose: m_state = State::UntilClose; break;
    }
}

BodyReader::Step BodyReader::fail(std::string_view detail) noexcept
{
    m_state = State::Failed;
    Step step;
    step.error = {400, "Bad message body", detail};
    return step;
}

BodyReader::Step BodyReader::takeData(std::string_view bytes) noexcept
{
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(m_left, bytes.size()));
    m_left -= take;
    m_budget += take / 4;
    if (m_left == 0) {
        m_state = m_kind == BodyKind::Chunked ? State::DataCr : State::Done;
    }
    return {take, bytes.substr(0, take), m_state == State::Done, {}};
}

BodyReader::Step BodyReader::next(std::string_view bytes)
{
    std::size_t used = 0;
    while (used < bytes.size()) {
        if (m_state == State::Data) {
            Step step = takeData(bytes.substr(used));
            step.used += used;
            return step;
        }
        if (m_state == State::UntilClose) {
            return {bytes.size(), bytes, false, {}};
        }
        if (m_state == State::Done || m_state == State::Failed) {
            break;
        }
        if (m_state >= State::ExtName && m_state <= State::ExtAfterQuoted && m_budget-- == 0) {
            return fail("The chunk extensions take more bytes than this body could ask for (RFC 9112 section 7.1.1).");
        }
        const State before = m_state;
        if (!framingByte(bytes[used])) {
            return fail(
                before >= State::Trailer
                    ? "A trailer line is malformed, folded, too long or names a length (RFC 9112 section 7.1.2)."
                    : "A chunk size, its extension or a line end is malformed (RFC 9112 section 7.1).");
        }
        ++used;
    }
    Step step{used, {}, m_state == State::Done, {}};
    if (m_state == State::Failed) {
        return fail("The body was malformed before.");
    }
    return step;
}

bool BodyReader::sizeByte(char c) noexcept
{
    if (const int digit = hexValue(c); digit >= 0) {
        // 15 digits hold any size below 2^60; more is an attempt at overflow.
        if (m_digits == 15) {
            return false;
        }
        ++m_digits;
        m_left = m_left * 16 + static_cast<std::uint64_t>(digit);
        return true;
    }
    if (m_digits == 0 || (c != ';' && c != '\r')) {
        return false;
    }
    m_state = c == ';' ? State::ExtName : State::SizeLf;
    m_lineBytes = 1;
    return true;
}

/// chunk-ext = *( ";" chunk-ext-name [ "=" ( token / quoted-string ) ] ), without the optional blanks, without
/// backslashes and with nothing behind a token value: as strict llhttp has it, so that the two never disagree on where
/// a body ends.
bool BodyReader::extensionByte(char c) noexcept
{
    // m_digits is free here: it tells whether the present name or value has begun.
    const bool empty = m_digits == 0;
    const auto endsPart = [&] {
        if (empty || (c != ';' && c != '\r')) {
            return false;
        }
        m_digits = 0;
        m_state = c == ';' ? State::ExtName : State::SizeLf;
        return true;
    };
    switch (m_state) {
        case State::ExtName:
            if (isClass(c, kToken)) {
                m_digits = 1;
                return true;
            }
            if (c == '=' && !empty) {
                m_digits = 0;
                m_state = State::ExtValue;
                return true;
            }
            return endsPart();
        case State::ExtValue:
            m_state = c == '"' ? State::ExtQuoted : State::ExtToken;
            m_digits = 1;
            return c == '"' || isClass(c, kToken);
        case State::ExtToken: return isClass(c, kToken) || (c == '\r' && endsPart());
        case State::ExtQuoted:
            m_state = c == '"' ? State::ExtAfterQuoted : State::ExtQuoted;
            return isTextByte(c) && c != '\\';
        default: return endsPart();
    }
}

bool BodyReader::framingByte(char c)
{
    switch (m_state) {
        case State::Size: {
            if (!sizeByte(c)) {
                return false;
            }
            if (m_state == State::ExtName) {
                m_digits = 0;
            }
            return true;
        }
        case State::SizeLf:
            if (c != '\n') {
                return false;
            }
            m_digits = 0;
            m_state = m_left > 0 ? State::Data : State::Trailer;
            return true;
        case State::DataCr: m_state = State::DataLf; return c == '\r';
        case State::DataLf: m_state = State::Size; return c == '\n';
        case State::Trailer:
            if (c == '\r') {
                m_state = State::TrailerLf;
                return true;
            }
            if (!isTextByte(c) || m_trailers.size() >= kMostTrailers) {
                return false;
            }
            m_trailers.push_back(c);
            return true;
        case State::TrailerLf: m_state = State::Trailer; return c == '\n' && trailerLine();
        default: return ++m_lineBytes < kMostSizeLine && extensionByte(c);
    }
}

/// At the end of a line behind the last chunk; an empty one ends the body.
bool BodyReader::trailerLine()
{
    const std::string_view line = std::string_view(m_trailers).substr(m_lineStart);
    if (line.empty()) {
        m_state = State::Done;
        return true;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    // A length behind the body is an attempt to confuse whoever joins trailers and headers.
    if (colon == std::string_view::npos || !isToken(name) || equalsHeaderName("content-length", name) ||
        equalsHeaderName("transfer-encoding", name)) {
        return false;
    }
    if (mayBeTrailer(name)) {
        m_trailers += "\r\n";
        m_lineStart = static_cast<std::uint32_t>(m_trailers.size());
    } else {
        m_trailers.resize(m_lineStart);
    }
    return true;
}

bool BodyReader::finishAtClose() noexcept
{
    if (m_state == State::UntilClose) {
        m_state = State::Done;
    }
    return m_state == State::Done;
}

std::size_t writeChunkHead(char* out, std::uint64_t size) noexcept
{
    constexpr char kHex[] = "0123456789abcdef";
    char digits[16];
    std::size_t count = 0;
    do {
        digits[count++] = kHex[size & 15];
        size >>= 4;
    } while (size > 0);
    std::reverse_copy(digits, digits + count, out);
    std::memcpy(out + count, kChunkTail.data(), kChunkTail.size());
    return count + kChunkTail.size();
}

}  // namespace signalbox::http
