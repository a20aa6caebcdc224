#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/base/result.h"
#include "core/http/message.h"
#include "core/route/route_table.h"

namespace re2 {
class RE2;
}

namespace signalbox::route {

/// A Host as rules and requests are compared by: lower case, without port and trailing dot. Copies only to lower.
[[nodiscard]] std::string_view normaliseHost(std::string_view host, Arena& arena);

/// Whether `host` lies below `suffix` ("example.com"), at least one label deeper.
[[nodiscard]] bool isBelowDomain(std::string_view host, std::string_view suffix) noexcept;
/// Whether `path` is `prefix` or lies below it in whole segments; `prefix` has no slash at its end.
[[nodiscard]] bool isBelowPath(std::string_view path, std::string_view prefix) noexcept;

/// One header or query comparison with its expression ready.
struct CompiledMatch {
    ValueMatch match;
    std::unique_ptr<re2::RE2> regex;

    [[nodiscard]] bool holdsForHeader(const http::RequestHead& request, Arena& arena) const;
    [[nodiscard]] bool holdsForQuery(const http::RequestHead& request, Arena& arena) const;
};

/// One rule, normalised and with its expressions ready. Immutable after `compile`; any thread.
struct CompiledRule {
    struct Host {
        std::string text;  ///< of a wildcard, what follows "*."
        bool wildcard = false;
    };

    std::uint32_t index = 0;         ///< in the rules as given
    std::uint32_t knownMethods = 0;  ///< bit per http::Method
    RouteRule::PathKind pathKind = RouteRule::PathKind::Any;
    std::vector<std::string> otherMethods;
    std::vector<CompiledMatch> headers;
    std::vector<CompiledMatch> queries;
    std::string path;  ///< normalised; a Prefix has no slash at its end, so that `/` is empty
    std::unique_ptr<re2::RE2> pathRegex;
    std::vector<Host> hosts;  ///< empty: any
    std::vector<std::string> methods;
    std::string name;

    CompiledRule();
    ~CompiledRule();
    CompiledRule(CompiledRule&&) noexcept;
    CompiledRule& operator=(CompiledRule&&) noexcept;
    [[nodiscard]] static Result<CompiledRule> compile(const RouteRule& rule, std::uint32_t index);

    [[nodiscard]] bool hostMatches(std::string_view normalisedHost) const noexcept;
    [[nodiscard]] bool pathMatches(std::string_view requestPath) const;
    [[nodiscard]] bool methodMatches(const http::RequestHead& request) const noexcept;
    /// The first comparison that fails, or nullptr.
    [[nodiscard]] const CompiledMatch* failingHeader(const http::RequestHead& request, Arena& arena) const;
    [[nodiscard]] const CompiledMatch* failingQuery(const http::RequestHead& request, Arena& arena) const;
    /// Headers and query; neither host, path nor method.
    [[nodiscard]] bool valuesMatch(const http::RequestHead& request, Arena& arena) const
    {
        return failingHeader(request, arena) == nullptr && failingQuery(request, arena) == nullptr;
    }
};

/// Whether `a` comes before `b` where host and path are equally specific: method, headers, queries, order in the file.
[[nodiscard]] bool precedes(const CompiledRule& a, const CompiledRule& b) noexcept;

}  // namespace signalbox::route
