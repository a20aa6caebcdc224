#include "core/traffic/formats/request_line.h"

#include "core/http/char_class.h"

namespace signalbox::traffic {

namespace {

constexpr std::size_t kLongestTarget = 64 * 1024;

bool mustEscape(char c) noexcept
{
    constexpr std::string_view kNever = "\"<>\\^`{|}#";
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f || kNever.find(c) != std::string_view::npos;
}

bool isEscape(std::string_view text, std::size_t at) noexcept
{
    return at + 2 < text.size() && http::hexValue(text[at + 1]) >= 0 && http::hexValue(text[at + 2]) >= 0;
}

std::string_view withoutOrigin(std::string_view target) noexcept
{
    const std::size_t scheme = target.find("://");
    if (target.starts_with('/') || scheme == std::string_view::npos || scheme > 8) {
        return target;
    }
    const std::size_t path = target.find_first_of("/?", scheme + 3);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

std::string encodeTarget(std::string_view text)
{
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (mustEscape(c) || (c == '%' && !isEscape(text, at))) {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::string sendableTarget(std::string_view recorded, std::string_view method)
{
    if (recorded == "*") {
        return method == "OPTIONS" ? "*" : "";
    }
    std::string_view target = withoutOrigin(recorded);
    target = target.substr(0, target.find('#'));
    if (method == "CONNECT" || target.empty() || (target.front() != '/' && target.front() != '?')) {
        return {};
    }
    return encodeTarget(target.front() == '?' ? "/" + std::string(target) : std::string(target));
}

Result<void> takeRequest(std::string_view method, std::string_view target, TraceEntry& entry)
{
    if (!http::isToken(method) || method.size() > 32) {
        return brokenLine("the method is not a word of letters: '" + std::string(method.substr(0, 40)) + "'");
    }
    if (target.size() > kLongestTarget) {
        return brokenLine("the path is longer than 64 KiB");
    }
    entry.method = method;
    entry.path = sendableTarget(target, method);
    if (entry.path.empty()) {
        return brokenLine("the request names no path: '" + std::string(target.substr(0, 80)) + "'");
    }
    return {};
}

}  // namespace signalbox::traffic
