#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/base/result.h"
#include "core/http/message.h"
#include "core/stats/decision_trace.h"

namespace signalbox::route {

/// How one header or query value is compared.
struct ValueMatch {
    enum class Kind : std::uint8_t { Equal, Regex, Present, Absent, Not };
    std::string name;
    Kind kind = Kind::Equal;
    std::string value;  ///< for Equal, Regex (RE2, the whole value must match) and Not (a missing value also counts as
                        ///< not equal)
};

/// One route's `match`, as the compiler hands it in.
struct RouteRule {
    enum class PathKind : std::uint8_t { Any, Prefix, Exact, Regex };
    std::string name;
    std::vector<std::string> hosts;  ///< exact or "*.example.com"; empty: any
    PathKind pathKind = PathKind::Any;
    std::string path;
    std::vector<std::string> methods;  ///< empty: any
    std::vector<ValueMatch> headers;
    std::vector<ValueMatch> queries;
};

struct RouteMatch {
    enum class Kind : std::uint8_t { Found, NotFound, MethodNotAllowed };
    Kind kind = Kind::NotFound;
    std::uint32_t route = 0;          ///< index into the rules as given, where Found
    std::uint32_t matchedPrefix = 0;  ///< bytes of the path that a Prefix or Exact rule covered; 0 for the prefix `/`
    std::string_view allow;           ///< "GET, HEAD" where MethodNotAllowed; lives in the arena of the call
};

/// Finds the most specific route for a request, as site-format.md "Matching a route" says: host (exact, longest
/// wildcard, none), then path (exact, longest prefix, regex), then method, number of header matches, number of query
/// matches, order. A rule whose method, headers or query do not match leaves the request to less specific ones, of any
/// path and host: when
/// `/a` wants a header that is missing, `/` may win. 405 only where no rule matches and some would with another method.
///
/// Paths with `;`, `%2F` or `%5C` are matched as http::matchingPath reads them, on both sides; `matchedPrefix` counts
/// bytes of the path as it is. Hosts ignore case, port and a trailing dot; `*` alone is any host. Paths of rules are
/// normalised like those of requests. Of a repeated query parameter the first counts; names and values are compared
/// percent-decoded, with + as blank. A match allocates nothing, save in the arena: for lists of repeated headers and
/// for encoded parameters.
///
/// Immutable after `build`; any thread. Flat cost in the number of routes: hosts and literal paths are looked up by
/// hash.
class RouteTable {
public:
    /// Errors: an invalid regular expression or path, with the rule's name.
    [[nodiscard]] static Result<RouteTable> build(const std::vector<RouteRule>& rules);
    RouteTable();
    ~RouteTable();
    RouteTable(RouteTable&&) noexcept;
    RouteTable& operator=(RouteTable&&) noexcept;

    /// `trace` may be null; then nothing is recorded. With it, the routes considered and why each lost are recorded,
    /// the winner first, then the nearest losers; of a table above 512 rules those that share host and path with the
    /// request and the nearest of the first 512. HEAD is not GET: a route that lists GET alone answers HEAD with 405.
    [[nodiscard]] RouteMatch match(const http::RequestHead& request, Arena& arena, stats::DecisionTrace* trace) const;

private:
    struct Impl;
    std::unique_ptr<const Impl> m_impl;
};

}  // namespace signalbox::route
