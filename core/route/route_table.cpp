#include "core/route/route_table.h"

#include <algorithm>
#include <array>

#include "core/http/path.h"
#include "core/route/compiled_rule.h"
#include "core/route/route_index.h"
#include "core/route/route_trace.h"

namespace signalbox::route {

struct RouteTable::Impl {
    RouteIndex index;
};

namespace {

/// In the order of http::Method.
constexpr std::array<std::string_view, 9> kMethods = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                      "CONNECT", "OPTIONS", "TRACE", "PATCH"};

/// The value of Allow: the well-known methods in the order of http::Method, then the others in the order of the file.
class AllowList {
public:
    explicit AllowList(Arena& arena) : m_arena(arena) {}

    void add(const CompiledRule& rule)
    {
        m_known |= rule.knownMethods;
        for (const std::string& method : rule.otherMethods) {
            addOther(method);
        }
        m_any = true;
    }
    [[nodiscard]] bool any() const noexcept { return m_any; }
    [[nodiscard]] std::string_view text()
    {
        std::string_view out;
        for (std::size_t at = 0; at < kMethods.size(); ++at) {
            if (((m_known >> at) & 1) != 0) {
                out = out.empty() ? kMethods[at] : m_arena.concat(out, ", ", kMethods[at]);
            }
        }
        if (m_others.empty() || out.empty()) {
            return out.empty() ? m_others : out;
        }
        return m_arena.concat(out, ", ", m_others);
    }

private:
    void addOther(std::string_view method)
    {
        for (std::string_view rest = m_others; !rest.empty();) {
            const std::string_view item = rest.substr(0, rest.find(','));
            if (item == method) {
                return;
            }
            rest.remove_prefix(std::min(rest.size(), item.size() + 2));
        }
        m_others = m_others.empty() ? method : m_arena.concat(m_others, ", ", method);
    }

    Arena& m_arena;
    std::uint32_t m_known = 0;
    std::string_view m_others;
    bool m_any = false;
};

}  // namespace

RouteTable::RouteTable() : m_impl(std::make_unique<const Impl>()) {}
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

Result<RouteTable> RouteTable::build(const std::vector<RouteRule>& rules)
{
    std::vector<CompiledRule> compiled;
    compiled.reserve(rules.size());
    for (const RouteRule& rule : rules) {
        auto one = CompiledRule::compile(rule, static_cast<std::uint32_t>(compiled.size()));
        if (!one) {
            return fail(one.error());
        }
        compiled.push_back(std::move(*one));
    }
    auto impl = std::make_unique<Impl>();
    impl->index.build(std::move(compiled));
    RouteTable out;
    out.m_impl = std::move(impl);
    return out;
}

RouteMatch RouteTable::match(const http::RequestHead& request, Arena& arena, stats::DecisionTrace* trace) const
{
    const RouteIndex& index = m_impl->index;
    const std::string_view host = normaliseHost(request.host, arena);
    const std::string_view path = request.hiddenSegments ? http::matchingPath(request.path, arena) : request.path;
    RouteMatch out;
    const CompiledRule* winner = nullptr;
    index.visit(host, path, [&](const CompiledRule& rule, std::uint32_t matchedPrefix) {
        if (!rule.methodMatches(request) || !rule.valuesMatch(request, arena)) {
            return false;
        }
        winner = &rule;
        out.kind = RouteMatch::Kind::Found;
        out.route = rule.index;
        out.matchedPrefix = request.hiddenSegments
                                ? static_cast<std::uint32_t>(http::matchedBytes(request.path, matchedPrefix))
                                : matchedPrefix;
        return true;
    });
    if (winner == nullptr) {
        AllowList allow(arena);
        index.visit(host, path, [&](const CompiledRule& rule, std::uint32_t) {
            if (rule.valuesMatch(request, arena)) {
                allow.add(rule);
            }
            return false;
        });
        if (allow.any()) {
            out.kind = RouteMatch::Kind::MethodNotAllowed;
            out.allow = allow.text();
        }
    }
    if (trace != nullptr) {
        traceRoutes(index, request, host, path, winner, arena, *trace);
    }
    return out;
}

}  // namespace signalbox::route
