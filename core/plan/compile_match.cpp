#include <algorithm>
#include <re2/re2.h>

#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

std::string patternFault(std::string_view pattern)
{
    RE2::Options options;
    options.set_log_errors(false);
    const RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), options);
    return compiled.ok() ? std::string{} : "not a regular expression: " + compiled.error();
}

namespace {

using route::RouteRule;
using route::ValueMatch;

std::string quote(std::string_view text)
{
    return "'" + std::string(text) + "'";
}

class MatchCompiler {
public:
    MatchCompiler(Draft& draft, const Value& match, ValuePath path)
        : m_draft(draft), m_match(match), m_path(std::move(path))
    {}

    void compile(RouteRule& out)
    {
        const Params params(site::matchSpec(), &m_match);
        out.hosts = params.texts("host");
        for (const auto& host : out.hosts) {
            checkHost(host);
        }
        path(out);
        out.methods = params.texts("method");
        for (const auto& method : out.methods) {
            checkMethod(method);
        }
        out.headers = values("headers");
        out.queries = values("query");
    }

private:
    void fault(std::string_view code, std::string message, std::string_view key)
    {
        const Value* at = m_match.find(key);
        m_draft.error(code, std::move(message), site::childPath(m_path, key), at ? at->place : m_match.place);
    }

    void checkHost(const std::string& host)
    {
        const std::string_view rest = std::string_view(host).substr(host.starts_with("*.") ? 2 : 0);
        if (rest.empty() || rest.find('*') != std::string_view::npos) {
            fault(site::codes::kBadMatch,
                  quote(host) + " is not a host: a star stands only at the front, as in *.example.com", "host");
        } else if (rest.find_first_of("/ ") != std::string_view::npos) {
            fault(site::codes::kBadMatch, quote(host) + " is not a host: write the name alone, as in shop.example.com",
                  "host");
        }
    }

    void checkMethod(const std::string& method)
    {
        std::string upper = method;
        std::ranges::transform(upper, upper.begin(),
                               [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
        constexpr std::string_view kToken = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
        if (upper.empty() || upper.find_first_not_of(kToken) != std::string::npos) {
            fault(site::codes::kBadMatch, quote(method) + " is not a method", "method");
        } else if (upper != method) {
            fault(site::codes::kBadMatch, "methods are written in capitals: did you mean " + quote(upper) + "?",
                  "method");
        }
    }

    void path(RouteRule& out)
    {
        static constexpr std::pair<std::string_view, RouteRule::PathKind> kKinds[] = {
            {"path", RouteRule::PathKind::Prefix},
            {"path_exact", RouteRule::PathKind::Exact},
            {"path_regex", RouteRule::PathKind::Regex},
        };
        for (const auto& [key, kind] : kKinds) {
            const Value* value = m_match.find(key);
            if (!value || !value->isScalar()) {
                continue;
            }
            if (out.pathKind != RouteRule::PathKind::Any) {
                fault(site::codes::kExclusiveKeys, "a match has one of path, path_exact and path_regex", key);
                continue;
            }
            out.pathKind = kind;
            out.path = value->text();
            if (kind == RouteRule::PathKind::Regex) {
                if (const std::string wrong = patternFault(out.path); !wrong.empty()) {
                    fault(site::codes::kBadPattern, quote(key) + ": " + wrong, key);
                }
            } else if (!out.path.starts_with('/')) {
                fault(site::codes::kBadMatch, quote(out.path) + " is not a path: it begins with '/'", key);
            } else if (out.path.find_first_of("?#") != std::string::npos) {
                fault(site::codes::kBadMatch, "a path has no '?' or '#': match the query with 'query'", key);
            }
        }
    }

    std::vector<ValueMatch> values(std::string_view key)
    {
        std::vector<ValueMatch> out;
        const Value* map = m_match.find(key);
        if (map && !map->isMap()) {
            fault(site::codes::kWrongKind, quote(key) + " must be a map of names and what they must be", key);
            return out;
        }
        for (std::size_t at = 0; map && at < map->members().size(); ++at) {
            const auto& [name, value] = map->members()[at];
            ValueMatch one;
            one.name = name;
            if (value.isScalar()) {
                one.value = value.text();
                out.push_back(std::move(one));
            } else if (form(value, one, site::childPath(site::childPath(m_path, key), name))) {
                out.push_back(std::move(one));
            }
        }
        return out;
    }

    /// `{regex: RE}`, `{present: true}` or `{not: VALUE}`.
    bool form(const Value& value, ValueMatch& out, const ValuePath& path)
    {
        const auto wrong = [&](std::string_view code, std::string message) {
            m_draft.error(code, std::move(message), path, value.place.line > 0 ? value.place : value.keyPlace);
            return false;
        };
        constexpr std::string_view kForms =
            "a value is a text, or one of {regex: RE}, {present: true} and {not: VALUE}";
        if (!value.isMap() || value.members().size() != 1 || !value.members().front().second.isScalar()) {
            return wrong(site::codes::kBadMatch, quote(out.name) + ": " + std::string(kForms));
        }
        const auto& [word, operand] = value.members().front();
        out.value = operand.text();
        if (word == "regex") {
            out.kind = ValueMatch::Kind::Regex;
            const std::string found = patternFault(out.value);
            return found.empty() || wrong(site::codes::kBadPattern, quote(out.name) + ": " + found);
        }
        if (word == "not") {
            out.kind = ValueMatch::Kind::Not;
            return true;
        }
        const auto present = word == "present" ? parseBoolean(operand.text()) : std::nullopt;
        if (!present) {
            return wrong(site::codes::kBadMatch, quote(out.name) + ": " + std::string(kForms));
        }
        out.kind = *present ? ValueMatch::Kind::Present : ValueMatch::Kind::Absent;
        out.value.clear();
        return true;
    }

    Draft& m_draft;
    const Value& m_match;
    ValuePath m_path;
};

}  // namespace

route::RouteRule compileMatch(Draft& draft, const Value& route, const ValuePath& path)
{
    RouteRule out;
    out.name = site::Site::nameOf(route);
    if (const Value* match = route.find("match"); match && match->isMap()) {
        MatchCompiler(draft, *match, site::childPath(path, "match")).compile(out);
    }
    return out;
}

}  // namespace signalbox::plan
