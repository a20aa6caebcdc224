#include "core/route/query_params.h"

namespace signalbox::route {

namespace {

int hexDigit(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Takes one decoded character off the front of a text that is not empty.
char takeDecoded(std::string_view& rest) noexcept
{
    const char first = rest.front();
    if (first == '%' && rest.size() >= 3) {
        const int high = hexDigit(rest[1]);
        const int low = hexDigit(rest[2]);
        if (high >= 0 && low >= 0) {
            rest.remove_prefix(3);
            return static_cast<char>(high * 16 + low);
        }
    }
    rest.remove_prefix(1);
    return first == '+' ? ' ' : first;
}

}  // namespace

bool decodesTo(std::string_view encoded, std::string_view text) noexcept
{
    for (const char wanted : text) {
        if (encoded.empty() || takeDecoded(encoded) != wanted) {
            return false;
        }
    }
    return encoded.empty();
}

std::optional<std::string_view> findParameter(std::string_view query, std::string_view name) noexcept
{
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
        const std::size_t equals = pair.find('=');
        if (!pair.empty() && decodesTo(pair.substr(0, equals), name)) {
            return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        }
    }
    return std::nullopt;
}

std::string_view decode(std::string_view encoded, Arena& arena)
{
    if (encoded.find_first_of("%+") == std::string_view::npos) {
        return encoded;
    }
    char* const out = arena.allocate(encoded.size());
    std::size_t size = 0;
    while (!encoded.empty()) {
        out[size++] = takeDecoded(encoded);
    }
    return {out, size};
}

}  // namespace signalbox::route
