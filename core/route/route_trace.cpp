#include "core/route/route_trace.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/route/query_params.h"

namespace signalbox::route {

namespace {

using stats::RouteStep;
using stats::RouteVerdict;

constexpr std::size_t kMostSteps = 6;
constexpr std::size_t kMostScanned = 512;

/// Builds one sentence without the heap; what does not fit is cut where it is stored.
class Sentence {
public:
    Sentence& operator<<(std::string_view text)
    {
        const std::size_t size = std::min(text.size(), m_bytes.size() - m_size);
        std::copy_n(text.data(), size, m_bytes.data() + m_size);
        m_size += size;
        return *this;
    }
    Sentence& operator<<(std::size_t number)
    {
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
    }
    template <typename List, typename Write>
    Sentence& list(const List& items, Write&& write)
    {
        bool first = true;
        for (const auto& item : items) {
            *this << (first ? "" : ", ");
            write(item);
            first = false;
        }
        return *this;
    }
    [[nodiscard]] std::string_view view() const { return {m_bytes.data(), m_size}; }

private:
    std::array<char, 160> m_bytes;
    std::size_t m_size = 0;
};

std::string_view shownPrefix(const CompiledRule& rule)
{
    return rule.path.empty() ? std::string_view("/") : std::string_view(rule.path);
}

/// 2: exact, 1 + length: wildcard, 0: any; the host part of a rule's specificity for this request.
std::pair<int, std::size_t> hostRank(const CompiledRule& rule, std::string_view host)
{
    std::pair<int, std::size_t> best{0, 0};
    for (const auto& pattern : rule.hosts) {
        if (!pattern.wildcard && pattern.text == host) {
            return {2, 0};
        }
        if (pattern.wildcard && isBelowDomain(host, pattern.text)) {
            best = std::max(best, std::pair(1, pattern.text.size()));
        }
    }
    return best;
}

void describeWinner(const CompiledRule& rule, const http::RequestHead& request, std::string_view host, Sentence& out)
{
    static constexpr std::array<std::string_view, 3> kHosts = {"any host", "wildcard host", "exact host"};
    out << kHosts[static_cast<std::size_t>(hostRank(rule, host).first)];
    switch (rule.pathKind) {
        case RouteRule::PathKind::Any: out << ", any path"; break;
        case RouteRule::PathKind::Prefix: out << ", path below " << shownPrefix(rule); break;
        case RouteRule::PathKind::Exact: out << ", path is " << rule.path; break;
        case RouteRule::PathKind::Regex: out << ", path matches " << rule.path; break;
    }
    if (!rule.methods.empty()) {
        out << ", method " << request.methodText;
    }
    if (!rule.headers.empty()) {
        out << ", " << rule.headers.size() << (rule.headers.size() == 1 ? " header" : " headers");
    }
    if (!rule.queries.empty()) {
        out << ", " << rule.queries.size() << (rule.queries.size() == 1 ? " parameter" : " parameters");
    }
}

void describeLessSpecific(const CompiledRule& rule, const CompiledRule& winner, std::string_view host, Sentence& out)
{
    const auto mine = hostRank(rule, host);
    const auto theirs = hostRank(winner, host);
    if (mine != theirs) {
        out << (mine.first == 0              ? "names no host"
                : mine.first == theirs.first ? "its wildcard is shorter"
                                             : "its host is a wildcard");
    } else if (rule.pathKind != winner.pathKind) {
        static constexpr std::array<std::string_view, 4> kKinds = {"no path", "a prefix", "an exact path", "a regex"};
        out << kKinds[static_cast<std::size_t>(rule.pathKind)] << " is less specific than "
            << kKinds[static_cast<std::size_t>(winner.pathKind)];
    } else if (rule.pathKind == RouteRule::PathKind::Prefix && rule.path != winner.path) {
        out << "prefix " << shownPrefix(rule) << " is shorter than " << shownPrefix(winner);
    } else if (rule.methods.empty() != winner.methods.empty()) {
        out << "names no method";
    } else if (rule.headers.size() != winner.headers.size()) {
        out << "compares " << rule.headers.size() << " headers, the winner " << winner.headers.size();
    } else if (rule.queries.size() != winner.queries.size()) {
        out << "compares " << rule.queries.size() << " parameters, the winner " << winner.queries.size();
    } else {
        out << "matches as well, but comes later in the file";
    }
}

void describeFailing(const CompiledMatch& failing, std::string_view what, bool present, Sentence& out)
{
    out << what << " " << failing.match.name;
    switch (failing.match.kind) {
        case ValueMatch::Kind::Absent: out << " is present"; return;
        case ValueMatch::Kind::Not: out << " is '" << failing.match.value << "'"; return;
        case ValueMatch::Kind::Present: break;
        case ValueMatch::Kind::Equal:
            if (present) {
                out << " is not '" << failing.match.value << "'";
                return;
            }
            break;
        case ValueMatch::Kind::Regex:
            if (present) {
                out << " does not match " << failing.match.value;
                return;
            }
            break;
    }
    out << " is missing";
}

void describeHost(const CompiledRule& rule, std::string_view host, Sentence& out)
{
    out << (host.empty() ? "no host" : "host ") << host << (rule.hosts.size() > 1 ? " is none of " : " is not ");
    out.list(rule.hosts, [&](const auto& pattern) { out << (pattern.wildcard ? "*." : "") << pattern.text; });
}

void describePath(const CompiledRule& rule, std::string_view path, Sentence& out)
{
    // The rule's own side must stay readable when the request's path is long.
    constexpr std::size_t kShown = 28;
    out << "path " << path.substr(0, kShown) << (path.size() > kShown ? "\xE2\x80\xA6" : "");
    switch (rule.pathKind) {
        case RouteRule::PathKind::Prefix: out << " is not below " << shownPrefix(rule); break;
        case RouteRule::PathKind::Exact: out << " is not " << rule.path; break;
        case RouteRule::PathKind::Regex: out << " does not match " << rule.path; break;
        case RouteRule::PathKind::Any: break;
    }
}

struct Explainer {
    const http::RequestHead& request;
    std::string_view path;
    std::string_view host;
    const CompiledRule* winner;
    Arena& arena;
    stats::DecisionTrace& trace;
    std::array<std::uint32_t, kMostSteps> recorded{};

    [[nodiscard]] bool full() const { return trace.routes.size() == kMostSteps; }
    [[nodiscard]] bool has(const CompiledRule& rule) const
    {
        const auto end = recorded.begin() + static_cast<std::ptrdiff_t>(trace.routes.size());
        return std::find(recorded.begin(), end, rule.index) != end;
    }
    void add(const CompiledRule& rule, RouteVerdict verdict, const Sentence& why)
    {
        recorded[trace.routes.size()] = rule.index;
        RouteStep* const step = trace.routes.add();
        step->route.assign(rule.name);
        step->verdict = verdict;
        step->why.assign(why.view());
    }

    /// A rule whose host and path match.
    void addCandidate(const CompiledRule& rule)
    {
        Sentence why;
        if (!rule.methodMatches(request)) {
            why << "method " << request.methodText << (rule.methods.size() > 1 ? " is not one of " : " is not ");
            why.list(rule.methods, [&](const std::string& method) { why << method; });
            add(rule, RouteVerdict::MethodDiffers, why);
        } else if (const CompiledMatch* const header = rule.failingHeader(request, arena); header != nullptr) {
            describeFailing(*header, "header", request.headers.find(header->match.name).has_value(), why);
            add(rule, RouteVerdict::HeaderDiffers, why);
        } else if (const CompiledMatch* const query = rule.failingQuery(request, arena); query != nullptr) {
            describeFailing(*query, "parameter", findParameter(request.query, query->match.name).has_value(), why);
            add(rule, RouteVerdict::QueryDiffers, why);
        } else if (winner != nullptr) {
            describeLessSpecific(rule, *winner, host, why);
            add(rule, RouteVerdict::LessSpecific, why);
        }
    }

    /// Higher is nearer; the first is 2 where only the host differs, 1 where only the path does.
    [[nodiscard]] std::pair<int, std::size_t> nearness(const CompiledRule& rule, bool hostOk, bool pathOk) const
    {
        const auto end = std::ranges::mismatch(rule.path, path).in1;
        return {pathOk ? 2 : hostOk ? 1 : 0, static_cast<std::size_t>(end - rule.path.begin())};
    }

    void addOthers(const std::vector<CompiledRule>& rules)
    {
        struct Near {
            std::pair<int, std::size_t> nearness;
            const CompiledRule* rule;
            bool hostOk;
        };
        std::array<Near, kMostSteps> nearest{};
        const std::size_t room = kMostSteps - trace.routes.size();
        std::size_t count = 0;
        for (std::size_t at = 0; at < rules.size() && at < kMostScanned; ++at) {
            const bool hostOk = rules[at].hostMatches(host);
            const bool pathOk = rules[at].pathMatches(path);
            if (hostOk && pathOk) {
                continue;
            }
            const Near found{nearness(rules[at], hostOk, pathOk), &rules[at], hostOk};
            std::size_t place = count;
            while (place > 0 && nearest[place - 1].nearness < found.nearness) {
                --place;
            }
            if (place < room) {
                count = std::min(count + 1, room);
                std::move_backward(nearest.begin() + static_cast<std::ptrdiff_t>(place),
                                   nearest.begin() + static_cast<std::ptrdiff_t>(count - 1),
                                   nearest.begin() + static_cast<std::ptrdiff_t>(count));
                nearest[place] = found;
            }
        }
        for (std::size_t at = 0; at < count; ++at) {
            Sentence why;
            if (nearest[at].hostOk) {
                describePath(*nearest[at].rule, path, why);
            } else {
                describeHost(*nearest[at].rule, host, why);
            }
            add(*nearest[at].rule, nearest[at].hostOk ? RouteVerdict::PathDiffers : RouteVerdict::HostDiffers, why);
        }
    }
};

}  // namespace

void traceRoutes(const RouteIndex& index, const http::RequestHead& request, std::string_view normalisedHost,
                 std::string_view path, const CompiledRule* winner, Arena& arena, stats::DecisionTrace& trace)
{
    trace.routes.clear();
    Explainer explainer{request, path, normalisedHost, winner, arena, trace};
    if (winner != nullptr) {
        Sentence why;
        describeWinner(*winner, request, normalisedHost, why);
        explainer.add(*winner, RouteVerdict::Won, why);
    }
    index.visit(normalisedHost, path, [&](const CompiledRule& rule, std::uint32_t) {
        if (!explainer.has(rule)) {
            explainer.addCandidate(rule);
        }
        return explainer.full();
    });
    if (!explainer.full()) {
        explainer.addOthers(index.rules());
    }
}

}  // namespace signalbox::route
