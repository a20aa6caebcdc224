#pragma once

#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/message.h"
#include "core/route/route_table.h"

namespace signalbox::test {

inline std::vector<std::string> splitText(std::string_view text, std::string_view separator)
{
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        if (end != 0) {
            out.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
    }
    return out;
}

/// `NAME=VALUE` equal, `NAME~RE`, `NAME!=VALUE` not, `NAME!` absent, `NAME` present.
inline route::ValueMatch valueMatchOf(std::string_view text)
{
    using Kind = route::ValueMatch::Kind;
    const std::size_t at = text.find_first_of("=~!");
    route::ValueMatch out{std::string(text.substr(0, at)), Kind::Present, {}};
    if (at == std::string_view::npos) {
        return out;
    }
    const bool isNot = text.substr(at).starts_with("!=");
    out.kind = text[at] == '=' ? Kind::Equal : text[at] == '~' ? Kind::Regex : isNot ? Kind::Not : Kind::Absent;
    out.value = std::string(text.substr(at + (isNot ? 2 : 1)));
    return out;
}

/// One rule: its name, then words `host:a,*.b`, `prefix:/a`, `exact:/a`, `regex:RE`, `method:GET,HEAD`, `header:...`,
/// `query:...` (see valueMatchOf). `_` in a value stands for a blank.
inline route::RouteRule ruleOf(std::string_view text)
{
    using Kind = route::RouteRule::PathKind;
    route::RouteRule out;
    for (std::string word : splitText(text, " ")) {
        for (char& c : word) {
            c = c == '_' ? ' ' : c;
        }
        const std::size_t colon = word.find(':');
        const std::string key = colon == std::string::npos ? "" : word.substr(0, colon);
        const std::string value = colon == std::string::npos ? word : word.substr(colon + 1);
        if (key == "host") {
            out.hosts = splitText(value, ",");
        } else if (key == "method") {
            out.methods = splitText(value, ",");
        } else if (key == "header") {
            out.headers.push_back(valueMatchOf(value));
        } else if (key == "query") {
            out.queries.push_back(valueMatchOf(value));
        } else if (key == "prefix" || key == "exact" || key == "regex") {
            out.pathKind = key == "prefix" ? Kind::Prefix : key == "exact" ? Kind::Exact : Kind::Regex;
            out.path = value;
        } else {
            out.name = value;
        }
    }
    return out;
}

/// Rules separated by ` ; `.
inline std::vector<route::RouteRule> rulesOf(std::string_view text)
{
    std::vector<route::RouteRule> out;
    for (const std::string& rule : splitText(text, " ; ")) {
        out.push_back(ruleOf(rule));
    }
    return out;
}

/// A request head with the bytes it looks at. `METHOD HOST TARGET`, then headers ` | Name: value`; host `-` is none.
/// The path is taken as it stands: normalising is the parser's part.
class TextRequest {
public:
    explicit TextRequest(std::string_view text) : m_parts(splitText(text, " | "))
    {
        m_words = splitText(m_parts.front(), " ");
        m_head.methodText = m_words.at(0);
        m_head.method = http::parseMethod(m_words.at(0));
        m_head.host = m_words.at(1) == "-" ? std::string_view() : std::string_view(m_words.at(1));
        m_head.target = m_words.at(2);
        const std::string_view target = m_head.target;
        const std::size_t mark = target.find('?');
        m_head.path = target.substr(0, mark);
        m_head.hasQuery = mark != std::string_view::npos;
        m_head.query = m_head.hasQuery ? target.substr(mark + 1) : std::string_view();
        for (std::size_t at = 1; at < m_parts.size(); ++at) {
            const std::string_view part = m_parts[at];
            const std::size_t colon = part.find(": ");
            m_head.headers.add(part.substr(0, colon), part.substr(colon + 2));
        }
    }
    TextRequest(const TextRequest&) = delete;
    TextRequest& operator=(const TextRequest&) = delete;
    [[nodiscard]] const http::RequestHead& head() const { return m_head; }

private:
    std::vector<std::string> m_parts;
    std::vector<std::string> m_words;
    http::RequestHead m_head;
};

}  // namespace signalbox::test
