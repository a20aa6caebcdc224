// How the time of a match depends on the number of routes, all of them asked for in turn.
#include <benchmark/benchmark.h>
#include <memory>

#include "tests/support/route_text.h"

using namespace signalbox;

namespace {

enum Kind { kPrefixes, kHosts, kRegexes };

std::string ruleText(Kind kind, std::int64_t at)
{
    const std::string number = std::to_string(at);
    switch (kind) {
        case kPrefixes: return "r" + number + " prefix:/service-" + number + "/api method:GET,HEAD";
        case kHosts: return "r" + number + " host:tenant-" + number + ".example.com prefix:/api method:GET,HEAD";
        case kRegexes: return "r" + number + " regex:/service-" + number + "/[a-z]+/[0-9]+";
    }
    return {};
}

std::string requestText(Kind kind, std::int64_t at)
{
    const std::string number = std::to_string(at);
    return kind == kHosts
               ? "GET tenant-" + number + ".example.com:8080 /api/users/12345?x=1"
               : "GET www.example.com /service-" + number + (kind == kRegexes ? "/users/12345" : "/api/users/12345");
}

void matchInTurn(benchmark::State& state)
{
    const auto kind = static_cast<Kind>(state.range(0));
    std::vector<route::RouteRule> rules;
    std::vector<std::unique_ptr<test::TextRequest>> requests;
    for (std::int64_t at = 0; at < state.range(1); ++at) {
        rules.push_back(test::ruleOf(ruleText(kind, at)));
        requests.push_back(std::make_unique<test::TextRequest>(requestText(kind, at)));
    }
    const auto table = route::RouteTable::build(rules);
    Arena arena;
    std::size_t at = 0;
    for (auto _ : state) {
        arena.reset();
        const auto match = table->match(requests[at]->head(), arena, nullptr);
        if (match.kind != route::RouteMatch::Kind::Found || match.route != at) {
            state.SkipWithError("the wrong route");
            break;
        }
        at = at + 1 == requests.size() ? 0 : at + 1;
    }
}

void matchTraced(benchmark::State& state)
{
    std::vector<route::RouteRule> rules;
    for (std::int64_t at = 0; at < state.range(0); ++at) {
        rules.push_back(test::ruleOf(ruleText(kPrefixes, at)));
    }
    const auto table = route::RouteTable::build(rules);
    const test::TextRequest request(requestText(kPrefixes, 0));
    Arena arena;
    auto trace = std::make_unique<stats::DecisionTrace>();
    for (auto _ : state) {
        arena.reset();
        benchmark::DoNotOptimize(table->match(request.head(), arena, trace.get()).route);
    }
}

}  // namespace

BENCHMARK(matchInTurn)
    ->ArgNames({"kind", "routes"})
    ->ArgsProduct({{kPrefixes, kHosts}, {10, 100, 1000, 10000}})
    ->ArgsProduct({{kRegexes}, {10, 100}});
BENCHMARK(matchTraced)->ArgName("routes")->Arg(10)->Arg(100)->Arg(10000);
BENCHMARK_MAIN();
