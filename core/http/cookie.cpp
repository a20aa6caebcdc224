#include "core/http/cookie.h"

#include "core/http/char_class.h"

namespace signalbox::http {
namespace {

std::optional<std::string_view> findIn(std::string_view pairs, std::string_view name) noexcept
{
    while (!pairs.empty()) {
        const std::size_t end = pairs.find(';');
        const std::string_view pair = trimBlanks(pairs.substr(0, end));
        if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) {
            return pair.substr(name.size() + 1);
        }
        pairs.remove_prefix(end == std::string_view::npos ? pairs.size() : end + 1);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string_view> cookieValue(const HeaderList& headers, std::string_view name) noexcept
{
    for (const HeaderField& field : headers.fields()) {
        if (equalsIgnoreCase(field.name, "cookie")) {
            if (const auto found = findIn(field.value, name)) {
                return found;
            }
        }
    }
    return std::nullopt;
}

}  // namespace signalbox::http
