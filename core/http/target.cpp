#include "core/http/target.h"

#include "core/http/char_class.h"
#include "core/http/path.h"

namespace signalbox::http {

namespace {

constexpr std::string_view kBadTarget = "Bad request target";

bool isValidPort(std::string_view port) noexcept
{
    unsigned number = 0;
    for (const char c : port) {
        if (c < '0' || c > '9' || number > 65535) {
            return false;
        }
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number <= 65535;
}

/// "[" IPv6 or IPvFuture "]" in its characters; whether the address exists is no question of safety.
bool isIpLiteral(std::string_view text) noexcept
{
    if (text.size() < 4 || text.front() != '[' || text.back() != ']') {
        return false;
    }
    bool colon = false;
    for (const char c : text.substr(1, text.size() - 2)) {
        if (c == ':') {
            colon = true;
        } else if (!isClass(c, kHexDigit) && c != '.') {
            return false;
        }
    }
    return colon;
}

bool isRegisteredName(std::string_view text) noexcept
{
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%') {
            if (at + 2 >= text.size() || hexValue(text[at + 1]) < 0 || hexValue(text[at + 2]) < 0) {
                return false;
            }
        } else if (!isClass(text[at], kHostChar)) {
            return false;
        }
    }
    return !text.empty();
}

bool startsWithIgnoreCase(std::string_view text, std::string_view prefix) noexcept
{
    return text.size() >= prefix.size() && equalsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

HeadError readOriginForm(std::string_view target, RequestHead& head, Arena& arena)
{
    const std::size_t mark = target.find('?');
    head.hasQuery = mark != std::string_view::npos;
    head.query = head.hasQuery ? target.substr(mark + 1) : std::string_view{};
    const PathResult result = normalisePath(target.substr(0, mark), arena);
    if (result.fault != PathFault::None) {
        return {400, kBadTarget, describe(result.fault)};
    }
    head.path = result.path;
    head.hiddenSegments = result.hiddenSegments;
    return {};
}

HeadError readAbsoluteForm(RequestHead& head, Arena& arena)
{
    const std::string_view target = head.target;
    if (!startsWithIgnoreCase(target, "http://") && !startsWithIgnoreCase(target, "https://")) {
        return {400, kBadTarget,
                "The target is neither a path nor an absolute http or https address (RFC 9112 section 3.2)."};
    }
    const std::string_view rest = target.substr(target.find(':') + 3);
    const std::size_t end = rest.find_first_of("/?");
    const std::string_view authority = rest.substr(0, end);
    if (!isValidAuthority(authority)) {
        return {
            400, kBadTarget,
            "The target's authority is empty, holds user information or is not a valid host (RFC 9110 section 4.2)."};
    }
    head.host = authority;
    const std::string_view tail = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
    if (tail.empty() && head.method == Method::Options) {
        head.path = "*";
        return {};
    }
    if (tail.empty() || tail.front() == '?') {
        head.hasQuery = !tail.empty();
        head.query = tail.empty() ? tail : tail.substr(1);
        head.path = "/";
        return {};
    }
    return readOriginForm(tail, head, arena);
}

}  // namespace

bool isValidAuthority(std::string_view text) noexcept
{
    std::size_t hostEnd = text.find(':');
    if (text.starts_with('[')) {
        hostEnd = text.find(']');
        if (hostEnd == std::string_view::npos || !isIpLiteral(text.substr(0, hostEnd + 1))) {
            return false;
        }
        ++hostEnd;
    } else if (!isRegisteredName(text.substr(0, hostEnd))) {
        return false;
    }
    if (hostEnd >= text.size()) {
        return true;
    }
    return text[hostEnd] == ':' && isValidPort(text.substr(hostEnd + 1));
}

HeadError readTarget(RequestHead& head, Arena& arena)
{
    const std::string_view target = head.target;
    for (const char c : target) {
        if (c <= ' ' || c == 0x7F || c == '#') {  // char is signed: bytes outside ASCII are below the blank
            return c == '#'
                       ? HeadError{400, kBadTarget,
                                   "The target holds a fragment ('#'), which is never sent (RFC 9112 section 3.2)."}
                       : HeadError{
                             400, kBadTarget,
                             "The target holds a blank, a control byte or a byte outside ASCII (RFC 3986 section 2)."};
        }
    }
    if (head.method == Method::Connect) {
        const std::size_t colon = target.rfind(':');
        if (!isValidAuthority(target) || colon == std::string_view::npos || colon + 1 == target.size() ||
            target.back() == ']') {
            return {400, kBadTarget, "The target of CONNECT must be HOST:PORT (RFC 9112 section 3.2.3)."};
        }
        head.host = target;
        return {};
    }
    if (target.starts_with('/')) {
        return readOriginForm(target, head, arena);
    }
    if (target == "*") {
        if (head.method != Method::Options) {
            return {400, kBadTarget, "The target '*' is for OPTIONS alone (RFC 9112 section 3.2.4)."};
        }
        head.path = target;
        return {};
    }
    return readAbsoluteForm(head, arena);
}

}  // namespace signalbox::http
