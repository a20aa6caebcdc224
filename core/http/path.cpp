#include "core/http/path.h"

#include "core/http/char_class.h"

namespace signalbox::http {

namespace {

/// True where nothing needs a change or a closer look: the common case.
bool isNormal(std::string_view path) noexcept
{
    char before = 0;
    for (const char c : path) {
        if (isClass(c, kPathPlain)) {
            before = c;
            continue;
        }
        // A dot matters only at the start of a segment.
        if (c == '/' ? before == '/' : c != '.' || before == '/') {
            return false;
        }
        before = c;
    }
    return true;
}

/// Whether `lead` and the escape at the front of `rest` begin a UTF-8 form longer than its character needs: a way to
/// write a slash or a dot that a careless decoder falls for.
bool isOverlong(char lead, std::string_view rest) noexcept
{
    const auto first = static_cast<unsigned char>(lead);
    if (first != 0xC0 && first != 0xC1 && first != 0xE0 && first != 0xF0) {
        return false;
    }
    const int high = rest.size() >= 3 && rest[0] == '%' ? hexValue(rest[1]) : -1;
    const int low = high >= 0 ? hexValue(rest[2]) : -1;
    if (low < 0) {
        return false;
    }
    const int second = high * 16 + low;
    return second >= 0x80 && second < (first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0xC0);
}

/// `%2F` or `%5C` at the front of a normalised text.
bool isEncodedSlash(std::string_view text) noexcept
{
    return text.starts_with("%2F") || text.starts_with("%5C");
}

/// Where the present segment ends for a backend that reads encoded slashes: at a slash of either kind.
std::size_t endOfSegment(std::string_view path, std::size_t at) noexcept
{
    while (at < path.size() && path[at] != '/' && !isEncodedSlash(path.substr(at))) {
        ++at;
    }
    return at;
}

/// What a segment hides, were encoded slashes separators and were parameters cut off.
struct Hidden {
    bool any = false;
    bool dots = false;

    explicit Hidden(std::string_view segment) noexcept
    {
        for (std::size_t at = 0; at < segment.size();) {
            const std::size_t end = endOfSegment(segment, at);
            const std::string_view part = segment.substr(at, end - at);
            const std::size_t mark = part.find(';');
            const std::string_view name = part.substr(0, mark);
            any = any || mark != std::string_view::npos || end < segment.size();
            dots = dots || name == "." || name == "..";
            at = end < segment.size() ? end + 3 : end;
        }
        dots = dots && any;
    }
};

/// Writes one character or escape of `path` at `at`, moves `at` past it.
PathFault copyOne(std::string_view path, std::size_t& at, char*& out) noexcept
{
    constexpr char kHex[] = "0123456789ABCDEF";
    const char c = path[at];
    if (c != '%') {
        if (!isClass(c, kPathPlain) && c != '.' && c != ';') {
            return PathFault::BadCharacter;
        }
        *out++ = c;
        ++at;
        return PathFault::None;
    }
    const int high = at + 2 < path.size() ? hexValue(path[at + 1]) : -1;
    const int low = at + 2 < path.size() ? hexValue(path[at + 2]) : -1;
    if (high < 0 || low < 0) {
        return PathFault::BadEscape;
    }
    at += 3;
    const char decoded = static_cast<char>(high * 16 + low);
    if (decoded == 0) {
        return PathFault::NulEscape;
    }
    if (isOverlong(decoded, path.substr(at))) {
        return PathFault::OverlongEscape;
    }
    if (isClass(decoded, kUnreserved)) {
        *out++ = decoded;
    } else {
        *out++ = '%';
        *out++ = kHex[high];
        *out++ = kHex[low];
    }
    return PathFault::None;
}

}  // namespace

PathResult normalisePath(std::string_view path, Arena& arena)
{
    if (path.empty() || path.front() != '/') {
        return {{}, PathFault::NotAbsolute};
    }
    if (isNormal(path)) {
        return {path};
    }
    bool hidden = false;
    // Nothing grows, so the input's size is enough. `out` always stands behind a slash when a segment begins.
    char* const base = arena.allocate(path.size());
    char* out = base;
    *out++ = '/';
    std::size_t at = 1;
    while (at < path.size()) {
        if (path[at] == '/') {
            ++at;
            continue;
        }
        char* const segment = out;
        while (at < path.size() && path[at] != '/') {
            if (const PathFault fault = copyOne(path, at, out); fault != PathFault::None) {
                return {{}, fault};
            }
        }
        const std::string_view written(segment, static_cast<std::size_t>(out - segment));
        const Hidden inside(written);
        if (inside.dots) {
            return {{}, PathFault::HiddenDots};
        }
        hidden = hidden || inside.any;
        if (written == ".") {
            out = segment;
        } else if (written == "..") {
            if (segment == base + 1) {
                return {{}, PathFault::AboveRoot};
            }
            out = segment - 1;
            while (out[-1] != '/') {
                --out;
            }
        } else if (at < path.size()) {
            *out++ = '/';
        }
    }
    return {{base, static_cast<std::size_t>(out - base)}, PathFault::None, hidden};
}

namespace {

/// Walks over `path` as matchingPath reads it: `visit(character, bytes of path behind it)`; false stops.
template <typename Visit>
void walkSegments(std::string_view path, Visit&& visit)
{
    bool behindSlash = false;
    for (std::size_t at = 0; at < path.size();) {
        if (path[at] == ';') {
            at = endOfSegment(path, at);
            continue;
        }
        const bool encoded = path[at] == '%' && isEncodedSlash(path.substr(at));
        const bool slash = encoded || path[at] == '/';
        const char c = slash ? '/' : path[at];
        at += encoded ? 3 : 1;
        if (!(slash && behindSlash) && !visit(c, at)) {
            return;
        }
        behindSlash = slash;
    }
}

}  // namespace

std::string_view matchingPath(std::string_view path, Arena& arena)
{
    char* const base = arena.allocate(path.size());
    char* out = base;
    walkSegments(path, [&](char c, std::size_t) {
        *out++ = c;
        return true;
    });
    return {base, static_cast<std::size_t>(out - base)};
}

std::size_t matchedBytes(std::string_view path, std::size_t matched) noexcept
{
    std::size_t end = 0;
    std::size_t count = 0;
    walkSegments(path, [&](char, std::size_t behind) {
        if (count == matched) {
            return false;
        }
        end = behind;
        return ++count < matched;
    });
    if (matched == 0 || count < matched) {
        return 0;
    }
    if (end < path.size() && path[end] == ';') {
        end = endOfSegment(path, end);
    }
    return end == path.size() || path[end] == '/' ? end : 0;
}

std::string_view describe(PathFault fault) noexcept
{
    switch (fault) {
        case PathFault::None: return {};
        case PathFault::NotAbsolute: return "The path does not begin with a slash (RFC 9112 section 3.2.1).";
        case PathFault::BadEscape:
            return "The path holds a % that two hexadecimal digits do not follow (RFC 3986 section 2.1).";
        case PathFault::NulEscape: return "The path holds %00, which no backend can tell from the end of a text.";
        case PathFault::AboveRoot: return "The path climbs above the root with '..' (RFC 3986 section 5.2.4).";
        case PathFault::BadCharacter:
            return "The path holds a character that must be percent-encoded (RFC 3986 section 3.3).";
        case PathFault::OverlongEscape:
            return "The path holds an overlong UTF-8 form, which hides another character (RFC 3629 section 3).";
        case PathFault::HiddenDots:
            return "The path hides a '.' or '..' segment beside an encoded slash or a ';', which some backends would "
                   "resolve (RFC 3986 section 7.3).";
    }
    return {};
}

}  // namespace signalbox::http
