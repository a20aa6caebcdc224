#include "core/http/framing.h"

#include "core/http/char_class.h"

namespace signalbox::http {

namespace {

/// 1*DIGIT up to 2^63 - 1 (RFC 9110 section 8.6): more cannot be counted with.
bool readLength(std::string_view text, std::uint64_t& out) noexcept
{
    constexpr std::uint64_t kMost = (std::uint64_t{1} << 63) - 1;
    std::uint64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return false;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (number > (kMost - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    out = number;
    return !text.empty();
}

void readCoding(Framing& framing, std::string_view value) noexcept
{
    ++framing.codingLines;
    framing.chunked = equalsIgnoreCase(value, "chunked");
    bool lastIsChunked = false;
    bool earlierIsChunked = false;
    forEachElement(value, [&](std::string_view coding) {
        earlierIsChunked = earlierIsChunked || lastIsChunked;
        lastIsChunked = equalsIgnoreCase(coding, "chunked");
    });
    framing.chunkedLast = lastIsChunked && !earlierIsChunked;
}

void readConnection(Framing& framing, std::string_view value) noexcept
{
    forEachElement(value, [&](std::string_view option) {
        framing.close = framing.close || equalsIgnoreCase(option, "close");
        framing.keepAlive = framing.keepAlive || equalsIgnoreCase(option, "keep-alive");
        framing.upgradeOption = framing.upgradeOption || equalsIgnoreCase(option, "upgrade");
    });
}

}  // namespace

void Framing::read(const HeaderList& headers) noexcept
{
    for (const HeaderField& field : headers.fields()) {
        // The length alone rules out nearly every line.
        switch (field.name.size()) {
            case 4:
                if (equalsIgnoreCase(field.name, "host")) {
                    ++hostLines;
                    host = field.value;
                }
                break;
            case 6:
                if (equalsIgnoreCase(field.name, "expect")) {
                    expect = field.value;
                }
                break;
            case 7: hasUpgrade = hasUpgrade || equalsIgnoreCase(field.name, "upgrade"); break;
            case 10:
                if (equalsIgnoreCase(field.name, "connection")) {
                    readConnection(*this, field.value);
                }
                break;
            case 14:
                if (equalsIgnoreCase(field.name, "content-length")) {
                    ++lengthLines;
                    badLength = !readLength(field.value, contentLength) || badLength;
                }
                break;
            case 17:
                if (equalsIgnoreCase(field.name, "transfer-encoding")) {
                    readCoding(*this, field.value);
                }
                break;
            default: break;
        }
    }
}

HeadError Framing::fault(int versionMinor, bool isRequest) const noexcept
{
    constexpr std::string_view kTitle = "Bad message length";
    const int status = isRequest ? 400 : 502;
    if (lengthLines > 0 && codingLines > 0) {
        return {status, kTitle,
                "Both Content-Length and Transfer-Encoding are given; only one may be (RFC 9112 section 6.1)."};
    }
    if (lengthLines > 1) {
        return {status, kTitle, "Content-Length is given more than once (RFC 9110 section 8.6)."};
    }
    if (badLength) {
        return {status, kTitle, "Content-Length is not one whole number below 2^63 (RFC 9110 section 8.6)."};
    }
    if (codingLines == 0) {
        return {};
    }
    if (versionMinor == 0) {
        return {status, kTitle, "Transfer-Encoding does not exist in HTTP/1.0 (RFC 9112 section 6.1)."};
    }
    if (codingLines > 1) {
        return {status, kTitle, "Transfer-Encoding is given more than once (RFC 9112 section 6.1)."};
    }
    if (!chunked) {
        return chunkedLast && isRequest
                   ? HeadError{501, "Transfer coding not supported",
                               "The only transfer coding understood here is 'chunked' alone (RFC 9112 section 6.1)."}
                   : HeadError{status, kTitle,
                               "Transfer-Encoding is not exactly 'chunked', so the body has no certain end (RFC 9112 "
                               "section 6.3)."};
    }
    return {};
}

}  // namespace signalbox::http
