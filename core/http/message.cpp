#include "core/http/message.h"

#include <algorithm>

namespace signalbox::http {

namespace {

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool named(const HeaderField& field, std::string_view name) noexcept
{
    return equalsIgnoreCase(field.name, name);
}

}  // namespace

Method parseMethod(std::string_view text) noexcept
{
    switch (text.size()) {
        case 3: return text == "GET" ? Method::Get : text == "PUT" ? Method::Put : Method::Other;
        case 4: return text == "POST" ? Method::Post : text == "HEAD" ? Method::Head : Method::Other;
        case 5: return text == "PATCH" ? Method::Patch : text == "TRACE" ? Method::Trace : Method::Other;
        case 6: return text == "DELETE" ? Method::Delete : Method::Other;
        case 7: return text == "OPTIONS" ? Method::Options : text == "CONNECT" ? Method::Connect : Method::Other;
        default: return Method::Other;
    }
}

bool isIdempotent(Method method) noexcept
{
    switch (method) {
        case Method::Get:
        case Method::Head:
        case Method::Put:
        case Method::Delete:
        case Method::Options:
        case Method::Trace: return true;
        default: return false;
    }
}

bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool equalsHeaderName(std::string_view known, std::string_view name) noexcept
{
    return known.size() == name.size() && std::equal(known.begin(), known.end(), name.begin(), [](char x, char y) {
               return lower(x) == (y == '_' ? '-' : lower(y));
           });
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const noexcept
{
    for (const HeaderField& field : m_fields) {
        if (named(field, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> HeaderList::combined(std::string_view name, Arena& arena) const
{
    constexpr std::string_view kComma = ", ";
    std::optional<std::string_view> only;
    std::size_t count = 0;
    std::size_t size = 0;
    for (const HeaderField& field : m_fields) {
        if (named(field, name)) {
            if (count++ == 0) {
                only = field.value;
            } else {
                size += kComma.size();
            }
            size += field.value.size();
        }
    }
    if (count < 2) {
        return only;
    }
    char* const out = arena.allocate(size);
    char* at = out;
    for (const HeaderField& field : m_fields) {
        if (named(field, name)) {
            at = std::copy(field.value.begin(), field.value.end(), at);
            if (--count > 0) {
                at = std::copy(kComma.begin(), kComma.end(), at);
            }
        }
    }
    return std::string_view(out, size);
}

void HeaderList::set(std::string_view name, std::string_view value)
{
    const auto first = std::find_if(m_fields.begin(), m_fields.end(), [&](const auto& f) { return named(f, name); });
    if (first == m_fields.end()) {
        add(name, value);
        return;
    }
    first->value = value;
    m_fields.erase(std::remove_if(first + 1, m_fields.end(), [&](const auto& f) { return named(f, name); }),
                   m_fields.end());
}

std::size_t HeaderList::remove(std::string_view name)
{
    return std::erase_if(m_fields, [&](const HeaderField& field) { return named(field, name); });
}

void RequestHead::clear() noexcept
{
    HeaderList kept = std::move(headers);
    kept.clear();
    *this = RequestHead{};
    headers = std::move(kept);
}

void ResponseHead::clear() noexcept
{
    HeaderList kept = std::move(headers);
    kept.clear();
    *this = ResponseHead{};
    headers = std::move(kept);
}

std::string_view reasonPhrase(int status) noexcept
{
    switch (status) {
        case 100: return "Continue";
        case 101: return "Switching Protocols";
        case 102: return "Processing";
        case 103: return "Early Hints";
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 203: return "Non-Authoritative Information";
        case 204: return "No Content";
        case 205: return "Reset Content";
        case 206: return "Partial Content";
        case 207: return "Multi-Status";
        case 208: return "Already Reported";
        case 226: return "IM Used";
        case 300: return "Multiple Choices";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 305: return "Use Proxy";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 402: return "Payment Required";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 407: return "Proxy Authentication Required";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 411: return "Length Required";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 416: return "Range Not Satisfiable";
        case 417: return "Expectation Failed";
        case 421: return "Misdirected Request";
        case 422: return "Unprocessable Content";
        case 423: return "Locked";
        case 424: return "Failed Dependency";
        case 425: return "Too Early";
        case 426: return "Upgrade Required";
        case 428: return "Precondition Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 451: return "Unavailable For Legal Reasons";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        case 506: return "Variant Also Negotiates";
        case 507: return "Insufficient Storage";
        case 508: return "Loop Detected";
        case 511: return "Network Authentication Required";
        default: return "Unknown";
    }
}

}  // namespace signalbox::http
