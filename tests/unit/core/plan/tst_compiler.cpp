#include <QTest>

#include "core/plan/compiler.h"
#include "tests/support/test_catalog.h"

using namespace signalbox;

namespace {

/// The real policies and balancers, and the test's own mocks and traffic, which the plan does not know.
const site::Catalog& planCatalog()
{
    static const site::Catalog kCatalog = [] {
        site::Catalog out = test::testCatalog();
        for (auto& family : out.families) {
            if (family.name == "policy") {
                family.members.clear();
                for (const auto& descriptor : policy::builtinPolicies().all()) {
                    family.members.push_back(&descriptor.params);
                }
            } else if (family.name == "balancer") {
                family.members.clear();
                for (const auto& descriptor : balance::builtinBalancers().all()) {
                    family.members.push_back(&descriptor.params);
                }
            }
        }
        return out;
    }();
    return kCatalog;
}

/// The site must outlive what is compiled from it only during the call.
plan::CompileOutput compiled(const std::string& text, std::shared_ptr<const plan::Plan> previous = nullptr,
                             plan::AddressBook addresses = {})
{
    const auto read = site::readSite("signalbox: 1\n" + text, "s.yaml", planCatalog());
    return plan::compile({read.site, planCatalog(), nullptr, std::move(previous), std::move(addresses)});
}

QByteArray shown(const plan::CompileOutput& output)
{
    return QByteArray::fromStdString(site::format(output.problems, "s.yaml"));
}

const char* const kPool =
    "pools:\n  - {name: p, backends: [{name: b1, address: 127.0.0.1:9001}, {name: b2, address: 127.0.0.1:9002}]}\n";

std::string balancerRoute(const std::string& route)
{
    return "listeners:\n  - {name: lb, bind: 127.0.0.1:1, routes: [" + route + "]}\n" + kPool;
}

std::string gateway(const std::string& routes, const std::string& more = {})
{
    return "listeners:\n  - name: api\n    bind: 127.0.0.1:1\n    role: api-gateway\n    routes:\n" + routes + kPool +
           more;
}

}  // namespace

class TestCompiler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void problems_data();
    void problems();
    void aLoadBalancerWithOnePoolNeedsNoMatching();
    void aGatewayIsCompiledWhole();
    void addressesAreResolved();
    void whatDidNotChangeIsSharedWithThePreviousPlan();
    void aChangedBackendKeepsTheStateOfTheOthers();
    void aBalancerGoesOnWhileItsBackendsStay();
    void aLimiterIsKeptWhileItsParametersStay();
    void anotherHubSharesNothingThatHoldsSlots();
    void routesOfOneNameInTwoListenersAreCountedApart();
    void problemsOfTheGrammarAreNotSaidTwice();
};

void TestCompiler::problems_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const std::string& text, const char* expected) {
        QTest::newRow(name) << QByteArray::fromStdString(text) << QByteArray(expected);
    };
    row("a load balancer does not authenticate", balancerRoute("{name: r, pool: p, policies: [{api-key: {}}]}"),
        "s.yaml:3:75: error: a load balancer does not authenticate: 'api-key' needs role api-gateway\n");
    row("a load balancer does not limit rates",
        balancerRoute("{name: r, pool: p, policies: [{rate-limit: {rate: 1/s}}]}"),
        "s.yaml:3:75: error: a load balancer does not limit rates: 'rate-limit' needs role api-gateway\n");
    row("a load balancer does not redirect",
        balancerRoute("{name: r, redirect: {to: /}, match: {path: /r}}, {name: d, pool: p}"),
        "s.yaml:3:54: error: a load balancer does not redirect: 'redirect' needs role api-gateway\n");
    row("a load balancer does not answer by itself",
        balancerRoute("{name: r, respond: {}, match: {path: /r}}, {name: d, pool: p}"),
        "s.yaml:3:54: error: a load balancer does not answer by itself: 'respond' needs role api-gateway\n");
    row("a load balancer does not split", balancerRoute("{name: r, split: [{pool: p}]}"),
        "s.yaml:3:54: error: a load balancer does not split traffic between pools: 'split' needs role api-gateway\n");
    row("a load balancer sees neither methods nor headers nor the query",
        balancerRoute("{name: r, pool: p, match: {path: /a, method: GET, headers: {a: b}, query: {c: d}}}"),
        "s.yaml:3:81: error: a load balancer does not look at methods: 'method' needs role api-gateway\n"
        "s.yaml:3:94: error: a load balancer does not look at headers: 'headers' needs role api-gateway\n"
        "s.yaml:3:111: error: a load balancer does not look at the query: 'query' needs role api-gateway\n");
    row("a load balancer matches host and path",
        balancerRoute("{name: r, pool: p, match: {host: a.example, path: /a}}"), "");
    row("policies on a load balancer itself",
        std::string("listeners:\n  - {name: lb, bind: 127.0.0.1:1, pool: p, policies: [{request-id: {}}]}\n") + kPool,
        "s.yaml:3:56: error: a load balancer does not number requests: 'request-id' needs role api-gateway\n");
    row("a gateway with a pool of its own",
        std::string("listeners:\n  - {name: g, bind: 127.0.0.1:1, role: api-gateway, pool: p}\n") + kPool,
        "s.yaml:3:53: error: an API gateway sends requests by its routes: 'pool' belongs to role load-balancer, here "
        "write a route without match\n");
    row("a load balancer without a pool", "listeners:\n  - {name: lb, bind: 127.0.0.1:1}\n",
        "s.yaml:3:5: error: listener 'lb' needs a 'pool' or 'routes'\n");
    row("a load balancer with both",
        std::string("listeners:\n  - {name: lb, bind: 127.0.0.1:1, pool: p, routes: [{name: r, pool: p}]}\n") + kPool,
        "s.yaml:3:35: error: a load balancer names one 'pool' or has 'routes', not both: a route without match takes "
        "the rest\n");
    row("a gateway without routes", "listeners:\n  - {name: g, bind: 127.0.0.1:1, role: api-gateway}\n",
        "s.yaml:3:5: warning: listener 'g' has no routes: every request is answered with 404\n");
    row("a route that leads nowhere", gateway("      - {name: r}\n      - {name: d, match: {path: /d}, pool: p}\n"),
        "s.yaml:7:9: error: route 'r' needs one of pool, split, redirect and respond\n");
    row("a route that leads to two places", gateway("      - {name: r, pool: p, respond: {}}\n"),
        "s.yaml:7:28: error: route 'r' has both 'pool' and 'respond': keep one\n");
    row("two kinds of path in one match", gateway("      - {name: r, pool: p, match: {path: /a, path_exact: /b}}\n"),
        "s.yaml:7:58: error: a match has one of path, path_exact and path_regex\n");
    row("a path without a slash", gateway("      - {name: r, pool: p, match: {path: a}}\n"),
        "s.yaml:7:42: error: 'a' is not a path: it begins with '/'\n");
    row("a query inside a path", gateway("      - {name: r, pool: p, match: {path: '/a?b'}}\n"),
        "s.yaml:7:42: error: a path has no '?' or '#': match the query with 'query'\n");
    row("a method in small letters", gateway("      - {name: r, pool: p, match: {method: get}}\n"),
        "s.yaml:7:44: error: methods are written in capitals: did you mean 'GET'?\n");
    row("a star inside a host", gateway("      - {name: r, pool: p, match: {host: 'a.*.example'}}\n"),
        "s.yaml:7:42: error: 'a.*.example' is not a host: a star stands only at the front, as in *.example.com\n");
    row("a pattern that is none", gateway("      - {name: r, pool: p, match: {path_regex: '('}}\n"),
        "s.yaml:7:48: error: 'path_regex': not a regular expression: missing ): (\n");
    row("a header pattern that is none", gateway("      - {name: r, pool: p, match: {headers: {A: {regex: '['}}}}\n"),
        "s.yaml:7:49: error: 'A': not a regular expression: missing ]: [\n");
    row("a header form that does not exist", gateway("      - {name: r, pool: p, match: {headers: {A: {is: x}}}}\n"),
        "s.yaml:7:49: error: 'A': a value is a text, or one of {regex: RE}, {present: true} and {not: VALUE}\n");
    row("a redirect with target and parts",
        gateway("      - {name: r, redirect: {to: /, host: a}}\n      - {name: d, match: {path: /d}, pool: p}\n"),
        "s.yaml:7:29: error: a redirect has 'to' or parts (scheme, host, port, path, prefix), not both\n");
    row("a redirect to nothing",
        gateway("      - {name: r, redirect: {status: 301}}\n      - {name: d, match: {path: /d}, pool: p}\n"),
        "s.yaml:7:29: error: a redirect needs 'to' or parts (scheme, host, port, path, prefix)\n");
    row("parameters of a policy that exclude each other",
        gateway("      - {name: r, pool: p, policies: [{acl: {}}]}\n"),
        "s.yaml:7:40: error: 'acl': acl needs at least one of 'groups', 'allow' and 'deny'\n");
    row("two listeners on one address",
        std::string(
            "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: p}\n  - {name: b, bind: 127.0.0.1:1, pool: p}\n") +
            kPool,
        "s.yaml:4:21: error: listener 'b' binds 127.0.0.1:1, which listener 'a' has already\n");
    row("a mock on a listener's address",
        std::string(
            "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: p}\nmocks:\n  - {name: m, bind: 127.0.0.1:1}\n") +
            kPool,
        "s.yaml:5:21: error: mock 'm' binds 127.0.0.1:1, which listener 'a' has already\n");
    row("port 0 may be asked for twice",
        std::string(
            "listeners:\n  - {name: a, bind: 127.0.0.1:0, pool: p}\n  - {name: b, bind: 127.0.0.1:0, pool: p}\n") +
            kPool,
        "");
    row("one key for two consumers", "consumers:\n  - {name: a, keys: [k]}\n  - {name: b, keys: [k]}\n",
        "s.yaml:4:21: error: consumer 'b' has a key that consumer 'a' has already\n");
    row("a password that is no hash", "consumers:\n  - {name: a, basic: {user: u, password_sha256: secret}}\n",
        "s.yaml:3:49: error: 'password_sha256' is 64 hexadecimal digits: printf %s PASSWORD | sha256sum\n");
    row("a scenario without arrivals", "traffic:\n  - {name: t, target: 'http://127.0.0.1:1', requests: [{path: /}]}\n",
        "s.yaml:3:5: error: scenario 't' needs 'arrivals' or 'closed'\n");
    row("a scenario that is open and closed",
        "traffic:\n  - {name: t, target: 'http://127.0.0.1:1', arrivals: {process: poisson, rate: 1/s}, closed: "
        "{users: 1}, requests: [{path: /}]}\n",
        "s.yaml:3:5: error: scenario 't' has both 'arrivals' and 'closed': keep one\n");
    row("a scenario without requests",
        "traffic:\n  - {name: t, target: 'http://127.0.0.1:1', closed: {users: 1}, requests: []}\n",
        "s.yaml:3:75: error: scenario 't' needs at least one request\n");

    row("a pool that nothing uses", kPool,
        "s.yaml:3:5: warning: pool 'p' is not used: no listener or route sends to it\n");
    row("a pool without backends", "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: p}\npools:\n  - {name: p}\n",
        "s.yaml:5:5: warning: pool 'p' has no backends: every request is answered with 503\n");
    row("a pool whose weights are all 0",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: p}\npools:\n  - {name: p, backends: [{name: x, address: "
        "127.0.0.1:2, weight: 0}]}\n",
        "s.yaml:5:15: warning: all weights of pool 'p' are 0: every request is answered with 503\n");
    row("a split whose weights are all 0", gateway("      - {name: r, split: [{pool: p, weight: 0}]}\n"),
        "s.yaml:7:26: warning: all weights of the split are 0: every request is answered with 503\n");
    row("a route behind one with the same match",
        gateway("      - {name: r, pool: p, match: {path: /a/}}\n      - {name: s, pool: p, match: {path: /a}}\n"),
        "s.yaml:8:9: warning: route 's' is never reached: route 'r' before it has the same match\n");
    row("a route whose methods others have taken",
        gateway("      - {name: r, pool: p, match: {method: [GET, POST]}}\n      - {name: s, pool: p, match: {method: "
                "[POST]}}\n      - {name: t, pool: p, match: {method: [POST, PUT]}}\n"),
        "s.yaml:8:9: warning: route 's' is never reached: route 'r' before it has the same match\n");
    row("a limit by consumer that nobody finds",
        gateway("      - {name: r, pool: p, policies: [{rate-limit: {rate: 1/s, key: consumer}}]}\n"),
        "s.yaml:7:69: warning: 'rate-limit' counts by consumer, but no policy before it finds one: put api-key or "
        "basic-auth first\n");
    row("a limit by consumer behind a key",
        gateway("      - {name: r, pool: p, policies: [{api-key: {}}, {rate-limit: {rate: 1/s, key: consumer}}]}\n",
                "consumers: [{name: c, keys: [k]}]\n"),
        "");
    row("a key that no consumer has", gateway("      - {name: r, pool: p, policies: [{api-key: {}}]}\n"),
        "s.yaml:7:40: warning: 'api-key' refuses everyone: no consumer has keys\n");
    row("a group that no consumer is in",
        gateway("      - {name: r, pool: p, policies: [{api-key: {}}, {acl: {groups: [gold, paying]}}]}\n",
                "consumers: [{name: c, keys: [k], groups: paying}]\n"),
        "s.yaml:7:70: warning: no consumer is in group 'gold'\n");
    row("a backend that is its own listener",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: p}\npools:\n  - {name: p, backends: [{name: x, address: "
        "127.0.0.1:1}]}\n",
        "s.yaml:5:45: warning: backend 'x' leads back to listener 'a': requests would go round in a circle\n");
    row("a circle over two listeners",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: pa}\n  - {name: b, bind: 127.0.0.1:0, pool: pb}\n"
        "pools:\n  - {name: pa, backends: [{name: x, address: 'listener:b'}]}\n  - {name: pb, backends: [{name: y, "
        "address: 127.0.0.1:1}]}\n",
        "s.yaml:6:46: warning: backend 'x' leads back to listener 'a': requests would go round in a circle\n"
        "s.yaml:7:46: warning: backend 'y' leads back to listener 'b': requests would go round in a circle\n");
    row("a chain of listeners is no circle",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: pa}\n  - {name: b, bind: 127.0.0.1:2, pool: pb}\n"
        "pools:\n  - {name: pa, backends: [{name: x, address: 'listener:b'}]}\n  - {name: pb, backends: [{name: y, "
        "address: 127.0.0.1:3}]}\n",
        "");
}

void TestCompiler::problems()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    const auto output = compiled(text.toStdString());
    QCOMPARE(shown(output), expected);
    QCOMPARE(output.plan != nullptr, !expected.contains("error:"));
}

void TestCompiler::aLoadBalancerWithOnePoolNeedsNoMatching()
{
    const auto output = compiled(std::string("listeners:\n  - {name: lb, bind: 127.0.0.1:1, pool: p}\n") + kPool);
    QCOMPARE(shown(output), QByteArray());
    const auto* listener = output.plan->listener("lb");
    QVERIFY(listener);
    QVERIFY(listener->onlyRoute.has_value());
    const auto& route = listener->routes.at(*listener->onlyRoute);
    QVERIFY(route.name.empty());
    QCOMPARE(route.pool.get(), output.plan->pool("p"));
    QCOMPARE(route.pool->backends.size(), std::size_t{2});
    QCOMPARE(route.pool->backends[1].id, std::string("p/b2"));
    QCOMPARE(route.pool->algorithm, std::string("round-robin"));
    QVERIFY(route.pool->balancer);
}

void TestCompiler::aGatewayIsCompiledWhole()
{
    const auto output = compiled(
        "listeners:\n"
        "  - name: api\n"
        "    bind: 127.0.0.1:8081\n"
        "    role: api-gateway\n"
        "    limits: {header_bytes: 16KiB, body_bytes: 1MiB, connections: 5}\n"
        "    timeouts: {header: 1s, idle: 2s, request: 3s}\n"
        "    debug_headers: true\n"
        "    policies: [{request-id: {}}]\n"
        "    routes:\n"
        "      - {name: users, match: {path: /user}, policies: [{api-key: {}}, {rate-limit: {rate: 50/s}}], pool: p}\n"
        "      - name: orders\n"
        "        match: {path: /order, headers: {X-Beta: \"1\"}}\n"
        "        split: [{pool: p, weight: 90}, {pool: q, weight: 10, policies: [{rewrite: {strip_prefix: /order}}]}]\n"
        "        timeouts: {request: 0s, try: 500ms}\n"
        "      - {name: old, match: {path_exact: /legacy}, redirect: {scheme: https, port: 8443, prefix: /new, status: "
        "301}}\n"
        "      - {name: hello, match: {path_exact: /hello}, respond: {status: 201, body: \"hi\\n\", headers: {A: b}}}\n"
        "pools:\n"
        "  - {name: p, timeouts: {connect: 250ms}, backends: [{name: b, address: 127.0.0.1:1, weight: 3, "
        "max_connections: 7, backup: true}]}\n"
        "  - {name: q, balance: least-connections, backends: [{name: b, address: 127.0.0.1:2}]}\n"
        "consumers: [{name: mobile, keys: [k1], groups: [paying]}]\n");
    QCOMPARE(shown(output), QByteArray());
    const auto& listener = *output.plan->listener("api");
    QCOMPARE(listener.role, plan::ListenerPlan::Role::ApiGateway);
    QCOMPARE(listener.bind.text(), std::string("127.0.0.1:8081"));
    QCOMPARE(listener.limits.headerBytes, std::uint64_t{16 * 1024});
    QCOMPARE(listener.limits.bodyBytes, std::uint64_t{1024 * 1024});
    QCOMPARE(listener.limits.connections, 5U);
    QVERIFY(listener.debugHeaders);
    QCOMPARE(listener.policies.links.size(), std::size_t{1});
    QVERIFY(!listener.onlyRoute);

    const auto& users = listener.routes[0];
    QCOMPARE(users.policies.links.size(), std::size_t{3});
    QCOMPARE(QByteArray(users.policies.links[0].id.data()), QByteArray("request-id"));
    QCOMPARE(users.policies.links[0].policy, listener.policies.links[0].policy);
    QVERIFY(users.timeouts.request == std::chrono::seconds(3));
    QVERIFY(users.pool->connectTimeout == std::chrono::milliseconds(250));

    const auto& orders = listener.routes[1];
    QCOMPARE(orders.action, plan::RoutePlan::Action::Split);
    QCOMPARE(orders.split.totalWeight, std::uint64_t{100});
    QCOMPARE(orders.split.members[0].policies.links.size(), std::size_t{1});
    QCOMPARE(orders.split.members[1].policies.links.size(), std::size_t{2});
    QVERIFY(orders.timeouts.request == Duration::zero());
    QVERIFY(orders.timeouts.tryOne == std::chrono::milliseconds(500));

    const auto& old = listener.routes[2];
    QCOMPARE(old.action, plan::RoutePlan::Action::Redirect);
    QCOMPARE(old.redirect.status, 301);
    QCOMPARE(*old.redirect.scheme, std::string("https"));
    QCOMPARE(*old.redirect.port, std::uint16_t{8443});
    QVERIFY(!old.redirect.path);

    const auto& hello = listener.routes[3];
    QCOMPARE(hello.action, plan::RoutePlan::Action::Respond);
    QCOMPARE(hello.respond.status, 201);
    QCOMPARE(hello.respond.body, std::string("hi\n"));
    QCOMPARE(hello.respond.headers.size(), std::size_t{1});

    const auto& spec = output.plan->pool("p")->state->spec(0);
    QCOMPARE(spec.weight, 3U);
    QCOMPARE(spec.maxConnections, 7U);
    QVERIFY(spec.backup);
    QVERIFY(output.plan->consumers.byKey("k1"));
    QVERIFY(!output.plan->consumers.byKey("k2"));

    // The table finds what the rules say.
    Arena arena;
    http::RequestHead head;
    head.methodText = "GET";
    head.path = "/order/7";
    head.headers.add("x-beta", "1");
    const auto match = listener.table.match(head, arena, nullptr);
    QCOMPARE(match.kind, route::RouteMatch::Kind::Found);
    QCOMPARE(listener.routes[match.route].name, std::string("orders"));
}

void TestCompiler::addressesAreResolved()
{
    const std::string text =
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: p}\n  - {name: b, bind: 0.0.0.0:2, pool: q}\n"
        "pools:\n"
        "  - {name: p, backends: [{name: fixed, address: 'mock:m1'}, {name: free, address: 'mock:m2'}, {name: lb, "
        "address: 'listener:b'}]}\n"
        "  - {name: q, backends: [{name: plain, address: '[::1]:7'}]}\n"
        "mocks:\n  - {name: m1, bind: 127.0.0.1:9001}\n  - {name: m2, bind: 127.0.0.1:0}\n";
    const auto first = compiled(text);
    QCOMPARE(shown(first), QByteArray());
    const auto& backends = first.plan->pool("p")->backends;
    QCOMPARE(backends[0].address.text(), std::string("127.0.0.1:9001"));
    QCOMPARE(backends[0].addressText, std::string("mock:m1"));
    QCOMPARE(backends[1].address.family(), Endpoint::Family::None);
    QCOMPARE(backends[2].address.text(), std::string("127.0.0.1:2"));
    QCOMPARE(first.plan->pool("q")->backends[0].address.text(), std::string("[::1]:7"));

    const auto second = compiled(text, first.plan, {{"mock:m2", *Endpoint::parse("127.0.0.1:40000")}});
    QCOMPARE(second.plan->pool("p")->backends[1].address.text(), std::string("127.0.0.1:40000"));
    QVERIFY(second.plan->pool("p") != first.plan->pool("p"));
    QCOMPARE(second.plan->pool("p")->state->sharedState(1), first.plan->pool("p")->state->sharedState(1));
    QCOMPARE(second.plan->pool("q"), first.plan->pool("q"));
}

void TestCompiler::whatDidNotChangeIsSharedWithThePreviousPlan()
{
    const std::string text = std::string("listeners:\n  - {name: lb, bind: 127.0.0.1:1, pool: p}\n") + kPool;
    const auto first = compiled(text);
    const auto second = compiled(text + "# a comment\n", first.plan);
    QVERIFY(second.plan != first.plan);
    QCOMPARE(second.plan->pool("p"), first.plan->pool("p"));
    QCOMPARE(second.plan->stats, first.plan->stats);
    QCOMPARE(second.plan->listener("lb")->slot, first.plan->listener("lb")->slot);
}

void TestCompiler::aChangedBackendKeepsTheStateOfTheOthers()
{
    const std::string head = "listeners:\n  - {name: lb, bind: 127.0.0.1:1, pool: p}\npools:\n";
    const auto first = compiled(
        head + "  - {name: p, backends: [{name: a, address: 127.0.0.1:2}, {name: b, address: 127.0.0.1:3}]}\n");
    first.plan->pool("p")->state->state(1).draining = true;
    const auto second = compiled(
        head +
            "  - {name: p, backends: [{name: b, address: 127.0.0.1:3, weight: 5}, {name: a, address: 127.0.0.1:4}]}\n",
        first.plan);
    const auto& before = *first.plan->pool("p");
    const auto& after = *second.plan->pool("p");
    QCOMPARE(after.state->sharedState(0), before.state->sharedState(1));
    QVERIFY(after.state->state(0).draining);
    QVERIFY(after.state->sharedState(1) != before.state->sharedState(0));
    QCOMPARE(after.backends[0].slot, before.backends[1].slot);
    QVERIFY(after.fingerprint != before.fingerprint);
}

void TestCompiler::aBalancerGoesOnWhileItsBackendsStay()
{
    const std::string head = "listeners:\n  - {name: lb, bind: 127.0.0.1:1, pool: p}\npools:\n";
    const auto pool = [&](const std::string& algorithm, const std::string& extra) {
        return head + "  - {name: p, balance: " + algorithm + ", backends: [{name: a, address: 127.0.0.1:2" + extra +
               "}]}\n";
    };
    const auto first = compiled(pool("round-robin", ""));
    const auto limited = compiled(pool("round-robin", ", max_connections: 9"), first.plan);
    QVERIFY(limited.plan->pool("p") != first.plan->pool("p"));
    QCOMPARE(limited.plan->pool("p")->balancer, first.plan->pool("p")->balancer);
    const auto heavier = compiled(pool("round-robin", ", weight: 2"), first.plan);
    QVERIFY(heavier.plan->pool("p")->balancer != first.plan->pool("p")->balancer);
    const auto other = compiled(pool("random", ""), first.plan);
    QVERIFY(other.plan->pool("p")->balancer != first.plan->pool("p")->balancer);
    QCOMPARE(other.plan->pool("p")->state->sharedState(0), first.plan->pool("p")->state->sharedState(0));
}

void TestCompiler::aLimiterIsKeptWhileItsParametersStay()
{
    const auto with = [](const std::string& policies) {
        return gateway("      - {name: r, pool: p, policies: [" + policies + "]}\n");
    };
    const auto limiter = [](const plan::CompileOutput& output) {
        return output.plan->listeners[0].routes[0].policies.links.back().policy;
    };
    const auto first = compiled(with("{rate-limit: {rate: 1/s}}"));
    QCOMPARE(shown(first), QByteArray());
    const auto same = compiled(with("{rate-limit: {rate: 1/s}}"), first.plan);
    QCOMPARE(limiter(same), limiter(first));
    const auto behindAnother = compiled(with("{request-id: {}}, {rate-limit: {rate: 1/s}}"), first.plan);
    QCOMPARE(limiter(behindAnother), limiter(first));
    const auto changed = compiled(with("{rate-limit: {rate: 2/s}}"), first.plan);
    QVERIFY(limiter(changed) != limiter(first));
}

void TestCompiler::anotherHubSharesNothingThatHoldsSlots()
{
    const auto read =
        site::readSite(std::string("signalbox: 1\nlisteners:\n  - {name: lb, bind: 127.0.0.1:1, pool: p}\n") + kPool,
                       "s.yaml", planCatalog());
    const auto first = plan::compile({read.site, planCatalog(), nullptr, nullptr, {}});
    const auto hub = std::make_shared<stats::StatsHub>();
    const auto second = plan::compile({read.site, planCatalog(), hub, first.plan, {}});
    QCOMPARE(second.plan->stats, hub);
    QVERIFY(second.plan->pool("p") != first.plan->pool("p"));
    QCOMPARE(second.plan->pool("p")->state->sharedState(0), first.plan->pool("p")->state->sharedState(0));
}

void TestCompiler::routesOfOneNameInTwoListenersAreCountedApart()
{
    const auto output =
        compiled(std::string("listeners:\n"
                             "  - {name: a, bind: 127.0.0.1:1, role: api-gateway, routes: [{name: r, pool: p}]}\n"
                             "  - {name: b, bind: 127.0.0.1:2, role: api-gateway, routes: [{name: r, pool: p}]}\n") +
                 kPool);
    QCOMPARE(shown(output), QByteArray());
    QVERIFY(output.plan->listener("a")->routes[0].slot != output.plan->listener("b")->routes[0].slot);
    QCOMPARE(output.plan->stats->slotFor(stats::Scope::Route, "b/r"), output.plan->listener("b")->routes[0].slot);
}

void TestCompiler::problemsOfTheGrammarAreNotSaidTwice()
{
    const auto output = compiled(
        "listeners:\n  - {name: lb, bind: 127.0.0.1:1, pol: p}\npools:\n  - {name: p, backends: [{name: a, address: "
        "127.0.0.1:2}]}\n");
    QCOMPARE(shown(output),
             QByteArray("s.yaml:3:35: error: unknown key 'pol': did you mean 'pool'?\n"
                        "s.yaml:5:5: warning: pool 'p' is not used: no listener or route sends to it\n"));
    QVERIFY(!output.plan);
}

QTEST_GUILESS_MAIN(TestCompiler)
#include "tst_compiler.moc"
