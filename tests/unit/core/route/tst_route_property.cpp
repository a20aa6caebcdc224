#include <QTest>

#include <map>
#include <memory>
#include <regex.h>
#include <set>
#include <tuple>

#include "core/base/rng.h"
#include "tests/support/route_text.h"

using namespace signalbox;
using route::RouteMatch;
using route::RouteRule;
using route::RouteTable;
using route::ValueMatch;

namespace {

// The reference: every rule is tried, by the words of the contract and with other means than the table's.

struct Asked {
    std::string method;
    std::string host;
    std::string path;
    std::map<std::string, std::string> headers;
    std::map<std::string, std::string> query;

    [[nodiscard]] std::string text() const
    {
        std::string out = method + " " + host + " " + path;
        char mark = '?';
        for (const auto& [name, value] : query) {
            out += mark + name + "=" + value;
            mark = '&';
        }
        for (const auto& [name, value] : headers) {
            out += " | " + name + ": " + value;
        }
        return out;
    }
};

struct Fit {
    bool host = false;
    bool path = false;
    bool method = false;
    bool headers = true;
    bool queries = true;
    std::tuple<int, std::size_t, int, std::size_t, int, std::size_t, std::size_t, int> rank;
    [[nodiscard]] bool all() const { return host && path && method && headers && queries; }
};

/// POSIX expressions: another engine than the table's, and the patterns below mean the same in both.
struct FreeRegex {
    void operator()(regex_t* regex) const
    {
        regfree(regex);
        delete regex;
    }
};

bool regexMatches(const std::string& text, const std::string& pattern)
{
    static std::map<std::string, std::unique_ptr<regex_t, FreeRegex>> compiled;
    const auto [it, isNew] = compiled.try_emplace(pattern);
    if (isNew) {
        auto* regex = new regex_t{};
        if (regcomp(regex, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
            qFatal("'%s' is not an expression", pattern.c_str());
        }
        it->second.reset(regex);
    }
    return regexec(it->second.get(), text.c_str(), 0, nullptr, 0) == 0;
}

bool valueHolds(const ValueMatch& match, const std::map<std::string, std::string>& values)
{
    const auto it = values.find(match.name);
    const bool there = it != values.end();
    switch (match.kind) {
        case ValueMatch::Kind::Equal: return there && it->second == match.value;
        case ValueMatch::Kind::Regex: return there && regexMatches(it->second, match.value);
        case ValueMatch::Kind::Present: return there;
        case ValueMatch::Kind::Absent: return !there;
        case ValueMatch::Kind::Not: return !there || it->second != match.value;
    }
    return false;
}

Fit fitOf(const RouteRule& rule, const Asked& asked, int index)
{
    Fit fit;
    std::pair<int, std::size_t> host{0, 0};
    fit.host = rule.hosts.empty();
    for (const std::string& pattern : rule.hosts) {
        if (pattern == asked.host) {
            fit.host = true;
            host = {2, 0};
        } else if (pattern.starts_with("*.") && asked.host.ends_with(pattern.substr(1)) &&
                   asked.host.size() > pattern.size() - 1) {
            fit.host = true;
            host = std::max(host, std::pair(1, pattern.size()));
        }
    }
    std::pair<int, std::size_t> path{0, 0};
    switch (rule.pathKind) {
        case RouteRule::PathKind::Any: fit.path = true; break;
        case RouteRule::PathKind::Exact:
            fit.path = rule.path == asked.path;
            path = {3, 0};
            break;
        case RouteRule::PathKind::Prefix: {
            const std::string below = rule.path.ends_with('/') ? rule.path : rule.path + "/";
            fit.path = (asked.path + "/").starts_with(below);
            path = {2, below.size()};
            break;
        }
        case RouteRule::PathKind::Regex:
            fit.path = regexMatches(asked.path, rule.path);
            path = {1, 0};
            break;
    }
    fit.method = rule.methods.empty() || std::ranges::find(rule.methods, asked.method) != rule.methods.end();
    for (const ValueMatch& match : rule.headers) {
        fit.headers = fit.headers && valueHolds(match, asked.headers);
    }
    for (const ValueMatch& match : rule.queries) {
        fit.queries = fit.queries && valueHolds(match, asked.query);
    }
    fit.rank = {host.first,          host.second,         path.first, path.second, rule.methods.empty() ? 0 : 1,
                rule.headers.size(), rule.queries.size(), -index};
    return fit;
}

struct Answer {
    int winner = -1;
    std::set<std::string> allow;
};

Answer reference(const std::vector<RouteRule>& rules, const Asked& asked)
{
    Answer out;
    for (int at = 0; at < static_cast<int>(rules.size()); ++at) {
        const Fit fit = fitOf(rules[static_cast<std::size_t>(at)], asked, at);
        if (fit.all() &&
            (out.winner < 0 || fit.rank > fitOf(rules[static_cast<std::size_t>(out.winner)], asked, out.winner).rank)) {
            out.winner = at;
        }
        if (fit.host && fit.path && fit.headers && fit.queries && !fit.method) {
            out.allow.insert(rules[static_cast<std::size_t>(at)].methods.begin(),
                             rules[static_cast<std::size_t>(at)].methods.end());
        }
    }
    return out;
}

class Generator {
public:
    explicit Generator(std::uint64_t seed) : m_rng(seed) {}

    RouteRule rule(int index)
    {
        static const std::vector<std::string> regexes = {"/a.*", "/a/[ab]", "/[a-c]+", "/(a|b)/.*", "/c/?"};
        RouteRule out;
        out.name = "r" + std::to_string(index);
        while (m_rng.below(2) == 0) {
            out.hosts.push_back(one({"x.com", "a.x.com", "b.a.x.com", "*.x.com", "*.a.x.com", "*.com", "y.org"}));
        }
        out.pathKind = static_cast<RouteRule::PathKind>(m_rng.below(4));
        if (out.pathKind == RouteRule::PathKind::Regex) {
            out.path = one(regexes);
        } else if (out.pathKind != RouteRule::PathKind::Any) {
            out.path = path();
        }
        while (m_rng.below(3) == 0) {
            out.methods.push_back(one({"GET", "HEAD", "POST", "PURGE"}));
        }
        matches(out.headers);
        matches(out.queries);
        return out;
    }

    Asked request()
    {
        Asked out;
        out.method = one({"GET", "HEAD", "POST", "PURGE", "DELETE"});
        out.host = one({"x.com", "a.x.com", "b.a.x.com", "c.b.a.x.com", "y.org", "z.y.org", "com", "ax.com"});
        out.path = path();
        values(out.headers);
        values(out.query);
        return out;
    }

    std::uint64_t below(std::uint64_t bound) { return m_rng.below(bound); }

private:
    std::string one(const std::vector<std::string>& from) { return from[m_rng.below(from.size())]; }
    std::string path()
    {
        std::string out = "/";
        while (m_rng.below(3) != 0) {
            out += one({"a", "b", "c", "ab"});
            out += m_rng.below(4) == 0 ? "" : "/";
        }
        return out;
    }
    void matches(std::vector<ValueMatch>& out)
    {
        while (m_rng.below(4) == 0) {
            ValueMatch match{one({"p", "q"}), static_cast<ValueMatch::Kind>(m_rng.below(5)), one({"1", "2"})};
            if (match.kind == ValueMatch::Kind::Regex) {
                match.value = one({"[12]", "1.*", "x"});
            }
            out.push_back(match);
        }
    }
    void values(std::map<std::string, std::string>& out)
    {
        for (const char* name : {"p", "q"}) {
            if (m_rng.below(2) == 0) {
                out[name] = one({"1", "2", "12"});
            }
        }
    }
    Rng m_rng;
};

std::set<std::string> methodsOf(std::string_view allow)
{
    const auto list = test::splitText(allow, ", ");
    return {list.begin(), list.end()};
}

/// What the trace says about a rule must be true of it.
bool stepHolds(const stats::RouteStep& step, const Fit& fit)
{
    switch (step.verdict) {
        case stats::RouteVerdict::Won:
        case stats::RouteVerdict::LessSpecific: return fit.all();
        case stats::RouteVerdict::HostDiffers: return !fit.host;
        case stats::RouteVerdict::PathDiffers: return fit.host && !fit.path;
        case stats::RouteVerdict::MethodDiffers: return fit.host && fit.path && !fit.method;
        case stats::RouteVerdict::HeaderDiffers: return fit.host && fit.path && fit.method && !fit.headers;
        case stats::RouteVerdict::QueryDiffers:
            return fit.host && fit.path && fit.method && fit.headers && !fit.queries;
    }
    return false;
}

}  // namespace

class TestRouteProperty : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithTheReference()
    {
        constexpr int kTables = 3000;
        constexpr int kRequests = 20;
        std::map<RouteMatch::Kind, int> seen;
        Arena arena;
        for (int seed = 1; seed <= kTables; ++seed) {
            Generator generator(static_cast<std::uint64_t>(seed));
            std::vector<RouteRule> rules;
            const std::uint64_t count = 1 + generator.below(14);
            for (std::uint64_t at = 0; at < count; ++at) {
                rules.push_back(generator.rule(static_cast<int>(at)));
            }
            const auto table = RouteTable::build(rules);
            QVERIFY2(table.has_value(), table.has_value() ? "" : table.error().detail.c_str());
            for (int round = 0; round < kRequests; ++round) {
                const Asked asked = generator.request();
                const test::TextRequest request(asked.text());
                stats::DecisionTrace trace;
                arena.reset();
                const RouteMatch match = table->match(request.head(), arena, &trace);
                const Answer expected = reference(rules, asked);
                const QByteArray where =
                    "table " + QByteArray::number(seed) + ": " + QByteArray::fromStdString(asked.text());
                ++seen[match.kind];
                if (expected.winner >= 0) {
                    QVERIFY2(match.kind == RouteMatch::Kind::Found && static_cast<int>(match.route) == expected.winner,
                             where.constData());
                } else if (!expected.allow.empty()) {
                    QVERIFY2(
                        match.kind == RouteMatch::Kind::MethodNotAllowed && methodsOf(match.allow) == expected.allow,
                        where.constData());
                } else {
                    QVERIFY2(match.kind == RouteMatch::Kind::NotFound, where.constData());
                }
                QCOMPARE(trace.routes.size(), std::min<std::size_t>(6, rules.size()));
                for (const stats::RouteStep& step : trace.routes) {
                    const int index = std::stoi(std::string(step.route.view().substr(1)));
                    QVERIFY2(stepHolds(step, fitOf(rules[static_cast<std::size_t>(index)], asked, index)),
                             where.constData());
                    QVERIFY(!step.why.view().empty());
                }
            }
        }
        // The generator must reach every outcome often, or the test proves little.
        for (const auto kind :
             {RouteMatch::Kind::Found, RouteMatch::Kind::NotFound, RouteMatch::Kind::MethodNotAllowed}) {
            QVERIFY(seen[kind] > 1000);
        }
    }
};

QTEST_GUILESS_MAIN(TestRouteProperty)
#include "tst_route_property.moc"
