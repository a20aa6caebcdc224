#include "core/http/problem.h"

#include "core/base/utf8.h"

namespace signalbox::http {

namespace {

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
        } else if (size = utf8SequenceLength(text); size == 0) {
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
