#include "core/http/problem.h"

namespace signalbox::http {

namespace {

bool isContinuation(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Length of the valid UTF-8 sequence at the front, 0 where there is none (RFC 3629: shortest form, no surrogates).
std::size_t sequenceLength(std::string_view text) noexcept
{
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
    if (size == 0 || size > text.size()) {
        return 0;
    }
    for (std::size_t at = 1; at < size; ++at) {
        if (!isContinuation(text[at])) {
            return 0;
        }
    }
    const auto second = size > 1 ? static_cast<unsigned char>(text[1]) : 0;
    const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return bad ? 0 : size;
}

void appendEscaped(std::string& out, char c)
{
    constexpr char kHex[] = "0123456789abcdef";
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default:
            out += "\\u00";
            out += kHex[static_cast<unsigned char>(c) >> 4];
            out += kHex[static_cast<unsigned char>(c) & 15];
    }
}

void appendMember(std::string& out, std::string_view name, std::string_view value, bool isJson = false)
{
    out += ',';
    appendJsonString(out, name);
    out += ':';
    if (isJson) {
        out += value;
    } else {
        appendJsonString(out, value);
    }
}

}  // namespace

void appendJsonString(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text[0]);
        std::size_t size = 1;
        if (first < 0x20 || first == 0x7F || first == '"' || first == '\\') {
            appendEscaped(out, text[0]);
        } else if (size = sequenceLength(text); size == 0) {
            out += "\xEF\xBF\xBD";
            size = 1;
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(size);
    }
    out += '"';
}

void appendProblem(std::string& out, const Problem& problem)
{
    out += R"({"type":"about:blank","title":)";
    appendJsonString(out, problem.title);
    char digits[16];
    std::size_t count = 0;
    for (int status = problem.status; status > 0 && count < sizeof digits; status /= 10) {
        digits[count++] = static_cast<char>('0' + status % 10);
    }
    out += ",\"status\":";
    out.append(std::string_view(count == 0 ? "0" : ""));
    while (count > 0) {
        out += digits[--count];
    }
    appendMember(out, "detail", problem.detail);
    if (!problem.policy.empty()) {
        appendMember(out, "policy", problem.policy);
    }
    if (!problem.route.empty()) {
        appendMember(out, "route", problem.route);
    }
    for (const ProblemMember& member : problem.members) {
        appendMember(out, member.name, member.value, member.isJson);
    }
    out += "}\n";
}

}  // namespace signalbox::http
