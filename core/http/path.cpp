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

/// Writes one character or escape of `path` at `at`, moves `at` past it.
PathFault copyOne(std::string_view path, std::size_t& at, char*& out) noexcept
{
    constexpr char kHex[] = "0123456789ABCDEF";
    const char c = path[at];
    if (c != '%') {
        if (!isClass(c, kPathPlain) && c != '.') {
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
        return {path, PathFault::None};
    }
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
    return {{base, static_cast<std::size_t>(out - base)}, PathFault::None};
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
    }
    return {};
}

}  // namespace signalbox::http
