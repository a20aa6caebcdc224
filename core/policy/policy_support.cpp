#include "core/policy/policy_support.h"

#include <algorithm>
#include <array>

#include "core/http/char_class.h"

namespace signalbox::policy {

std::optional<std::string> checkHeaderName(std::string_view name)
{
    static constexpr std::array<std::string_view, 9> kManaged = {
        "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer",
        "keep-alive", "expect",         "proxy-connection"};
    const std::string quoted = "'" + std::string(name) + "'";
    if (!http::isToken(name)) {
        return quoted + " is not a header name: letters, digits and !#$%&'*+-.^_`|~";
    }
    if (http::equalsIgnoreCase(name, "host")) {
        return "'Host' is changed with 'rewrite: {host: ...}'";
    }
    if (std::any_of(kManaged.begin(), kManaged.end(),
                    [&](auto known) { return http::equalsIgnoreCase(known, name); })) {
        return quoted + " belongs to the connection or to the length of the body and cannot be used here";
    }
    return std::nullopt;
}

std::optional<std::string> checkHeaderValue(std::string_view value)
{
    const bool bad = std::any_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
    return bad ? std::optional<std::string>("a header value must not hold control characters or line ends")
               : std::nullopt;
}

std::string_view format(Arena& arena, const char* pattern, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, pattern);
    const int size = std::vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return arena.copy({text, std::min(static_cast<std::size_t>(std::max(size, 0)), sizeof text - 1)});
}

Verdict refuse(RequestContext& context, Refusal& refusal, std::string_view policy, int status, std::string_view title,
               std::string_view detail, std::string_view why)
{
    refusal.status = status;
    refusal.title = title;
    refusal.detail = detail;
    note(context.trace, policy, stats::PolicyVerdict::Refused, why, status);
    return Verdict::Refuse;
}

}  // namespace signalbox::policy
