#include "core/http/framing.h"

#include <algorithm>

#include "core/http/char_class.h"
#include "core/http/header_rules.h"

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
        ++framing.connectionOptions;
        framing.close = framing.close || equalsIgnoreCase(option, "close");
        framing.keepAlive = framing.keepAlive || equalsIgnoreCase(option, "keep-alive");
        framing.upgradeOption = framing.upgradeOption || equalsIgnoreCase(option, "upgrade");
        framing.namesLines =
            framing.namesLines || !(equalsIgnoreCase(option, "close") || equalsIgnoreCase(option, "keep-alive") ||
                                    equalsIgnoreCase(option, "upgrade"));
    });
}

void readVia(Framing& framing, std::string_view value) noexcept
{
    forEachElement(value, [&](std::string_view hop) {
        const std::size_t blank = hop.find(' ');
        if (blank != std::string_view::npos && hop.substr(blank + 1) == kViaName) {
            ++framing.ownHops;
        }
    });
}

}  // namespace

void Framing::read(const HeaderList& headers) noexcept
{
    for (const HeaderField& field : headers.fields()) {
        // The length alone rules out nearly every line.
        switch (field.name.size()) {
            case 3:
                if (equalsIgnoreCase(field.name, "via")) {
                    readVia(*this, field.value);
                }
                break;
            case 4:
                if (equalsIgnoreCase(field.name, "host")) {
                    ++hostLines;
                    host = field.value;
                }
                break;
            case 6:
                if (equalsIgnoreCase(field.name, "expect")) {
                    const bool known = equalsIgnoreCase(field.value, "100-continue");
                    expectsContinue = expectsContinue || known;
                    expectsOther = expectsOther || !known;
                }
                break;
            case 7: hasUpgrade = hasUpgrade || equalsIgnoreCase(field.name, "upgrade"); break;
            case 10:
                if (equalsIgnoreCase(field.name, "connection")) {
                    readConnection(*this, field.value);
                }
                break;
            case 12:
                if (equalsIgnoreCase(field.name, "max-forwards")) {
                    maxForwards = field.value;
                }
                break;
            case 14:
                if (equalsIgnoreCase(field.name, "content-length")) {
                    ++lengthLines;
                    badLength = !readLength(field.value, contentLength) || badLength;
                } else {
                    lookAlike = lookAlike || equalsHeaderName("content-length", field.name);
                }
                break;
            case 17:
                if (equalsIgnoreCase(field.name, "transfer-encoding")) {
                    readCoding(*this, field.value);
                } else {
                    lookAlike = lookAlike || equalsHeaderName("transfer-encoding", field.name);
                }
                break;
            default: break;
        }
    }
}

void trimLengthZeros(HeaderList& headers) noexcept
{
    for (HeaderField& field : headers.fields()) {
        if (field.value.size() > 1 && field.value.front() == '0' && equalsIgnoreCase(field.name, "content-length")) {
            field.value.remove_prefix(std::min(field.value.find_first_not_of('0'), field.value.size() - 1));
        }
    }
}

HeadError Framing::fault(int versionMinor, bool isRequest) const noexcept
{
    constexpr std::string_view kTitle = "Bad message length";
    constexpr std::uint16_t kMostOptions = 64;
    const int status = isRequest ? 400 : 502;
    if (connectionOptions > kMostOptions) {
        return {status, "Bad Connection", "Connection names more than 64 options, which no honest peer needs."};
    }
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
    if (lookAlike && isRequest) {
        return {status, kTitle,
                "A header imitates Content-Length or Transfer-Encoding with an underscore, which some servers take for "
                "the real one."};
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
