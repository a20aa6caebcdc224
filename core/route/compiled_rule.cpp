#include "core/route/compiled_rule.h"

#include <algorithm>
#include <re2/re2.h>
#include <tuple>

#include "core/http/path.h"
#include "core/route/query_params.h"

namespace signalbox::route {

namespace {

tl::unexpected<Error> invalid(const RouteRule& rule, std::string_view what)
{
    return fail({ErrorCode::InvalidConfig, ErrorOrigin::Us, false, "route '" + rule.name + "': " + std::string(what)});
}

Result<std::unique_ptr<re2::RE2>> compileRegex(const RouteRule& rule, std::string_view what, const std::string& pattern)
{
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto regex = std::make_unique<re2::RE2>(pattern, options);
    if (!regex->ok()) {
        return invalid(rule, std::string(what) + " '" + pattern + "' is not a regular expression: " + regex->error());
    }
    return regex;
}

Result<std::vector<CompiledMatch>> compileMatches(const RouteRule& rule, std::string_view what,
                                                  const std::vector<ValueMatch>& matches)
{
    std::vector<CompiledMatch> out;
    for (const ValueMatch& match : matches) {
        CompiledMatch compiled{match, nullptr};
        if (match.kind == ValueMatch::Kind::Regex) {
            auto regex = compileRegex(rule, std::string(what) + " " + match.name, match.value);
            if (!regex) {
                return fail(regex.error());
            }
            compiled.regex = std::move(*regex);
        }
        out.push_back(std::move(compiled));
    }
    return out;
}

/// An exact or prefix path in the spelling of requests.
Result<std::string> compilePath(const RouteRule& rule)
{
    if (rule.pathKind == RouteRule::PathKind::Prefix && rule.path.empty()) {
        return std::string();
    }
    Arena arena;
    const http::PathResult normal = http::normalisePath(rule.path, arena);
    if (normal.fault != http::PathFault::None) {
        return invalid(rule, "path '" + rule.path + "': " + std::string(http::describe(normal.fault)));
    }
    std::string path(normal.hiddenSegments ? http::matchingPath(normal.path, arena) : normal.path);
    while (rule.pathKind == RouteRule::PathKind::Prefix && path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

std::vector<CompiledRule::Host> compileHosts(const std::vector<std::string>& hosts)
{
    std::vector<CompiledRule::Host> out;
    Arena arena;
    for (const std::string& host : hosts) {
        if (host == "*") {
            return {};
        }
        const bool wildcard = host.starts_with("*.");
        out.push_back({std::string(normaliseHost(std::string_view(host).substr(wildcard ? 2 : 0), arena)), wildcard});
    }
    return out;
}

bool regexMatches(const re2::RE2& regex, std::string_view text)
{
    return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), regex);
}

}  // namespace

std::string_view normaliseHost(std::string_view host, Arena& arena)
{
    if (host.starts_with('[')) {
        host = host.substr(0, host.find(']') + 1);
    } else if (const std::size_t colon = host.find(':'); colon != std::string_view::npos && colon == host.rfind(':')) {
        host = host.substr(0, colon);
    }
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    const auto isUpper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (std::ranges::none_of(host, isUpper)) {
        return host;
    }
    char* const out = arena.allocate(host.size());
    std::ranges::transform(host, out, [&](char c) { return isUpper(c) ? static_cast<char>(c | 0x20) : c; });
    return {out, host.size()};
}

bool isBelowDomain(std::string_view host, std::string_view suffix) noexcept
{
    return host.size() > suffix.size() + 1 && host.ends_with(suffix) && host[host.size() - suffix.size() - 1] == '.';
}

bool isBelowPath(std::string_view path, std::string_view prefix) noexcept
{
    return prefix.empty() || (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'));
}

bool CompiledMatch::holdsForHeader(const http::RequestHead& request, Arena& arena) const
{
    switch (match.kind) {
        case ValueMatch::Kind::Present: return request.headers.find(match.name).has_value();
        case ValueMatch::Kind::Absent: return !request.headers.find(match.name).has_value();
        case ValueMatch::Kind::Equal:
            return request.headers.combined(match.name, arena) == std::string_view(match.value);
        case ValueMatch::Kind::Not: return request.headers.combined(match.name, arena) != std::string_view(match.value);
        case ValueMatch::Kind::Regex: {
            const auto value = request.headers.combined(match.name, arena);
            return value.has_value() && regexMatches(*regex, *value);
        }
    }
    return false;
}

bool CompiledMatch::holdsForQuery(const http::RequestHead& request, Arena& arena) const
{
    const auto value = findParameter(request.query, match.name);
    switch (match.kind) {
        case ValueMatch::Kind::Present: return value.has_value();
        case ValueMatch::Kind::Absent: return !value.has_value();
        case ValueMatch::Kind::Equal: return value.has_value() && decodesTo(*value, match.value);
        case ValueMatch::Kind::Not: return !value.has_value() || !decodesTo(*value, match.value);
        case ValueMatch::Kind::Regex: return value.has_value() && regexMatches(*regex, decode(*value, arena));
    }
    return false;
}

CompiledRule::CompiledRule() = default;
CompiledRule::~CompiledRule() = default;
CompiledRule::CompiledRule(CompiledRule&&) noexcept = default;
CompiledRule& CompiledRule::operator=(CompiledRule&&) noexcept = default;

Result<CompiledRule> CompiledRule::compile(const RouteRule& rule, std::uint32_t index)
{
    CompiledRule out;
    out.index = index;
    out.name = rule.name;
    out.pathKind = rule.pathKind;
    out.methods = rule.methods;
    out.hosts = compileHosts(rule.hosts);
    for (const std::string& method : rule.methods) {
        const http::Method known = http::parseMethod(method);
        if (known == http::Method::Other) {
            out.otherMethods.push_back(method);
        } else {
            out.knownMethods |= 1u << static_cast<unsigned>(known);
        }
    }
    if (rule.pathKind == RouteRule::PathKind::Regex) {
        auto regex = compileRegex(rule, "path", rule.path);
        if (!regex) {
            return fail(regex.error());
        }
        out.pathRegex = std::move(*regex);
        out.path = rule.path;
    } else if (rule.pathKind != RouteRule::PathKind::Any) {
        auto path = compilePath(rule);
        if (!path) {
            return fail(path.error());
        }
        out.path = std::move(*path);
    }
    auto headers = compileMatches(rule, "header", rule.headers);
    auto queries = headers ? compileMatches(rule, "query parameter", rule.queries) : std::move(headers);
    if (!queries) {
        return fail(queries.error());
    }
    out.headers = std::move(*headers);
    out.queries = std::move(*queries);
    return out;
}

bool CompiledRule::hostMatches(std::string_view normalisedHost) const noexcept
{
    return hosts.empty() || std::ranges::any_of(hosts, [&](const Host& host) {
               return host.wildcard ? isBelowDomain(normalisedHost, host.text) : normalisedHost == host.text;
           });
}

bool CompiledRule::pathMatches(std::string_view requestPath) const
{
    switch (pathKind) {
        case RouteRule::PathKind::Any: return true;
        case RouteRule::PathKind::Prefix: return isBelowPath(requestPath, path);
        case RouteRule::PathKind::Exact: return requestPath == path;
        case RouteRule::PathKind::Regex: return regexMatches(*pathRegex, requestPath);
    }
    return false;
}

bool CompiledRule::methodMatches(const http::RequestHead& request) const noexcept
{
    if (methods.empty()) {
        return true;
    }
    if (request.method != http::Method::Other) {
        return ((knownMethods >> static_cast<unsigned>(request.method)) & 1) != 0;
    }
    return std::ranges::any_of(otherMethods, [&](const std::string& method) { return request.methodText == method; });
}

const CompiledMatch* CompiledRule::failingHeader(const http::RequestHead& request, Arena& arena) const
{
    for (const CompiledMatch& header : headers) {
        if (!header.holdsForHeader(request, arena)) {
            return &header;
        }
    }
    return nullptr;
}

const CompiledMatch* CompiledRule::failingQuery(const http::RequestHead& request, Arena& arena) const
{
    for (const CompiledMatch& query : queries) {
        if (!query.holdsForQuery(request, arena)) {
            return &query;
        }
    }
    return nullptr;
}

bool precedes(const CompiledRule& a, const CompiledRule& b) noexcept
{
    const auto rank = [](const CompiledRule& rule) {
        return std::tuple(rule.methods.empty() ? 1 : 0, -static_cast<std::int64_t>(rule.headers.size()),
                          -static_cast<std::int64_t>(rule.queries.size()), rule.index);
    };
    return rank(a) < rank(b);
}

}  // namespace signalbox::route
