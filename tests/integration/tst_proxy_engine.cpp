#include <QtTest>

#include <map>
#include <set>

#include "core/policy/policy.h"
#include "tests/support/engine_under_test.h"

using namespace signalbox;
using namespace signalbox::test;
using plan::RoutePlan;
using route::RouteRule;
using stats::Counter;
using stats::Scope;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: s\r\n\r\n";

/// Refuses requests that carry X-Refuse, and marks every response.
class TestPolicy final : public policy::Policy {
public:
    explicit TestPolicy(std::string mark) : m_mark(std::move(mark)) {}
    policy::Verdict onRequest(policy::RequestContext& context, policy::Refusal& refusal) override
    {
        policy::note(context.trace, "test", stats::PolicyVerdict::Passed, "seen");
        if (!context.request.headers.find("X-Refuse")) {
            return policy::Verdict::Proceed;
        }
        refusal.status = 429;
        refusal.title = "Rate limit exceeded";
        refusal.detail = "try later";
        refusal.headers.add("Retry-After", "3");
        return policy::Verdict::Refuse;
    }
    void onResponse(policy::ResponseContext& context) override { context.response.headers.add("X-Mark", m_mark); }
    bool hasResponsePhase() const noexcept override { return true; }

private:
    std::string m_mark;
};

RouteRule rule(std::string name, RouteRule::PathKind kind, std::string path, std::vector<std::string> methods = {})
{
    RouteRule out;
    out.name = std::move(name);
    out.pathKind = kind;
    out.path = std::move(path);
    out.methods = std::move(methods);
    return out;
}

policy::PolicyChain chainOf(const HandMadePlan& made, stats::StatsHub& hub, const std::vector<std::string>& marks)
{
    (void)made;
    policy::PolicyChain chain;
    for (const std::string& mark : marks) {
        chain.links.push_back({std::make_shared<TestPolicy>(mark), "test", hub.slotFor(Scope::Policy, mark)});
    }
    chain.hasResponsePhase = true;
    return chain;
}

/// Closed-loop clients on threads of their own, until told to stop.
class Load {
public:
    Load(Endpoint to, int clients, bool keepAlive = true)
    {
        for (int i = 0; i < clients; ++i) {
            m_threads.emplace_back([this, to, keepAlive] {
                while (!m_stop) {
                    RawClient client(to);
                    do {
                        const RawClient::Answer answer =
                            client.request(keepAlive ? kGet : "GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n");
                        (answer.status == 200 && answer.complete ? answered : failed) += 1;
                        if (answer.has("Connection: close")) {
                            break;
                        }
                    } while (!m_stop);
                }
            });
        }
    }
    ~Load() { stop(); }
    void stop()
    {
        m_stop = true;
        for (std::thread& thread : m_threads) {
            thread.join();
        }
        m_threads.clear();
    }
    std::atomic<int> answered{0};
    std::atomic<int> failed{0};

private:
    std::atomic<bool> m_stop{false};
    std::vector<std::thread> m_threads;
};

}  // namespace

class tst_ProxyEngine final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void aGatewayAnswersByRoute_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("body");
        const auto row = [](const char* name, const char* request, int status, const char* line, const char* body) {
            QTest::newRow(name) << QByteArray(request) + " HTTP/1.1\r\nHost: site:8080\r\n"
                                << status << QByteArray(line) << QByteArray(body);
        };
        row("a pool", "GET /user/1", 200, "X-Signalbox-Route: users\r\n", "pool");
        row("no route", "GET /nothing", 404, "Content-Type: application/problem+json\r\n", "no route matches");
        row("another method", "DELETE /user", 405, "Allow: GET\r\n", "this path answers to GET");
        row("a redirect to a target", "GET /old?x=1", 308, "Location: /user\r\n", "");
        row("a redirect by parts", "GET /moved/here?x=1", 301, "Location: https://site/now/here?x=1\r\n", "");
        row("a fixed answer", "GET /hello", 200, "Content-Type: text/plain\r\n", "hi");
        row("a fixed answer to HEAD", "HEAD /hello", 200, "Content-Length: 2\r\n", "");
    }
    void aGatewayAnswersByRoute()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, body);
        ScriptedBackend backend(ScriptedBackend::answering("pool"));
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        std::vector<RoutePlan> routes(4);
        routes[0].pool = made.pool("users", {{"u1", backend.address()}});
        routes[1].action = RoutePlan::Action::Redirect;
        routes[1].redirect.to = "/user";
        routes[2].action = RoutePlan::Action::Redirect;
        routes[2].redirect.status = 301;
        routes[2].redirect.scheme = "https";
        routes[2].redirect.prefix = "/now";
        routes[3].action = RoutePlan::Action::Respond;
        routes[3].respond = {200, "hi", {{"Content-Type", "text/plain"}}};
        using K = RouteRule::PathKind;
        made.gateway("api",
                     {rule("users", K::Prefix, "/user", {"GET"}), rule("old", K::Exact, "/old"),
                      rule("moved", K::Prefix, "/moved"), rule("hello", K::Exact, "/hello")},
                     std::move(routes))
            .debugHeaders = true;
        test.publish(made);
        RawClient client(test.address());
        const RawClient::Answer answer = client.request(request.toStdString() + "\r\n", request.startsWith("HEAD"));
        QCOMPARE(answer.status, status);
        QVERIFY2(answer.has(line.toStdString()), answer.head.c_str());
        QVERIFY2(answer.body.find(body.toStdString()) != std::string::npos, answer.body.c_str());
        QVERIFY(!answer.has("Connection: close"));
        // The connection goes on after each of them.
        QCOMPARE(client.get("/hello").status, 200);
    }

    void policiesRefuseAndMarkInReverse()
    {
        ScriptedBackend backend(ScriptedBackend::answering("x"));
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        plan::ListenerPlan& listener = made.loadBalancer("api", made.pool("service", {{"b1", backend.address()}}));
        listener.routes[0].policies = chainOf(made, *test.engine->stats(), {"first", "second"});
        test.publish(made);
        RawClient client(test.address());
        RawClient::Answer answer = client.get("/");
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.has("X-Mark: second\r\nX-Mark: first\r\n"));
        answer = client.request("POST / HTTP/1.1\r\nHost: s\r\nX-Refuse: 1\r\nContent-Length: 3\r\n\r\nabc");
        QCOMPARE(answer.status, 429);
        QVERIFY(answer.has("Retry-After: 3\r\n"));
        QVERIFY(answer.has("X-Mark: first\r\n"));
        QVERIFY(!answer.has("X-Mark: second\r\n"));
        QVERIFY(answer.body.find(R"("policy":"test")") != std::string::npos);
        QCOMPARE(client.get("/").status, 200);
        QCOMPARE(test.value(Scope::Policy, "first", Counter::Rejected), std::uint64_t{1});
        QCOMPARE(test.value(Scope::Listener, "api", Counter::Status429), std::uint64_t{1});
    }

    void aSplitFollowsItsWeights()
    {
        ScriptedBackend a(ScriptedBackend::answering("a"));
        ScriptedBackend b(ScriptedBackend::answering("b"));
        ScriptedBackend c(ScriptedBackend::answering("c"));
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        std::vector<RoutePlan> routes(1);
        routes[0].action = RoutePlan::Action::Split;
        routes[0].split.members = {{made.pool("a", {{"b", a.address()}}), 3, {}},
                                   {made.pool("b", {{"b", b.address()}}), 1, {}},
                                   {made.pool("c", {{"b", c.address()}}), 0, {}}};
        routes[0].split.totalWeight = 4;
        made.gateway("api", {rule("all", RouteRule::PathKind::Any, "")}, std::move(routes));
        test.publish(made);
        RawClient client(test.address());
        std::map<std::string, int> got;
        for (int i = 0; i < 2000; ++i) {
            ++got[client.get("/").body];
        }
        // Binomial with n 2000, p 3/4: four standard deviations are 78.
        QVERIFY2(std::abs(got["a"] - 1500) < 78, qPrintable(QString::number(got["a"])));
        QCOMPARE(got["a"] + got["b"], 2000);
    }

    void threeThousandRequestsSpreadEvenly_data()
    {
        QTest::addColumn<int>("workers");
        QTest::newRow("1 worker") << 1;
        QTest::newRow("4 workers") << 4;
    }
    void threeThousandRequestsSpreadEvenly()
    {
        QFETCH(int, workers);
        ScriptedBackend a(ScriptedBackend::answering("a"));
        ScriptedBackend b(ScriptedBackend::answering("b"));
        ScriptedBackend c(ScriptedBackend::answering("c"));
        EngineUnderTest test(static_cast<unsigned>(workers));
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"a", a.address()}, {"b", b.address()}, {"c", c.address()}}));
        test.publish(made);
        std::atomic<int> wrong{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < 12; ++i) {
            clients.emplace_back([&] {
                RawClient client(test.address());
                for (int n = 0; n < 250; ++n) {
                    wrong += client.request(kGet).status == 200 ? 0 : 1;
                }
            });
        }
        for (std::thread& client : clients) {
            client.join();
        }
        QCOMPARE(wrong.load(), 0);
        for (const char* backend : {"service/a", "service/b", "service/c"}) {
            QCOMPARE(test.value(Scope::Backend, backend, Counter::Status2xx), std::uint64_t{1000});
        }
    }

    void statisticsAddUp()
    {
        std::atomic<int> silent{0};
        ScriptedBackend good(ScriptedBackend::answering("12345"));
        ScriptedBackend mute([&](BackendConnection& connection) {
            connection.readHead();
            ++silent;
            connection.waitForEnd();
        });
        EngineUnderTest test(2);
        HandMadePlan made = test.newPlan();
        std::vector<RoutePlan> routes(2);
        routes[0].pool = made.pool("good", {{"b", good.address()}});
        routes[1].pool = made.pool("mute", {{"b", mute.address()}});
        made.gateway(
            "api",
            {rule("good", RouteRule::PathKind::Prefix, "/good"), rule("mute", RouteRule::PathKind::Prefix, "/mute")},
            std::move(routes));
        test.publish(made);
        for (int i = 0; i < 10; ++i) {
            RawClient client(test.address());
            QCOMPARE(client.get("/good").status, 200);
            QCOMPARE(client.request("POST /good HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\n\r\nabc").status, 200);
            QCOMPARE(client.get("/none").status, 404);
            client.send("GET /mute HTTP/1.1\r\nHost: s\r\n\r\n");
            QVERIFY(eventually([&] { return silent == i + 1; }));
            const linger hard{1, 0};
            ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        const auto listener = [&](Counter counter) { return test.value(Scope::Listener, "api", counter); };
        QVERIFY(eventually([&] { return listener(Counter::ClientAborts) == 10; }));
        QCOMPARE(listener(Counter::Requests), std::uint64_t{40});
        QCOMPARE(listener(Counter::Status2xx), std::uint64_t{20});
        QCOMPARE(listener(Counter::Status4xx), std::uint64_t{10});
        QCOMPARE(listener(Counter::BytesIn), std::uint64_t{30});
        QCOMPARE(listener(Counter::ConnectionsOpened), std::uint64_t{10});
        QCOMPARE(test.value(Scope::Route, "good", Counter::Requests), std::uint64_t{20});
        QCOMPARE(test.value(Scope::Route, "good", Counter::BytesOut), std::uint64_t{100});
        QCOMPARE(test.value(Scope::Pool, "mute", Counter::ClientAborts), std::uint64_t{10});
        QCOMPARE(test.value(Scope::Backend, "good/b", Counter::Status2xx), std::uint64_t{20});
        const stats::StatsSnapshot snapshot = test.engine->stats()->snapshot();
        for (const stats::SlotSnapshot& slot : snapshot.slots) {
            QCOMPARE(slot.active, std::int64_t{0});
        }
        QCOMPARE(snapshot.find(Scope::Route, "good")->latency.count(), std::uint64_t{20});
        QCOMPARE(snapshot.status.at(200), std::uint64_t{20});
    }

    void everyRequestIsTracedInFull()
    {
        ScriptedBackend backend(ScriptedBackend::answering("x"));
        EngineUnderTest test(2, proxy::TraceMode::All);
        HandMadePlan made = test.newPlan();
        std::vector<RoutePlan> routes(1);
        routes[0].pool = made.pool("service", {{"b1", backend.address()}});
        routes[0].policies = chainOf(made, *test.engine->stats(), {"mark"});
        made.gateway("api", {rule("all", RouteRule::PathKind::Prefix, "/all")}, std::move(routes));
        test.publish(made);
        RawClient client(test.address());
        for (int i = 0; i < 300; ++i) {
            (void)client.get(i % 3 == 2 ? "/none" : "/all/1");
        }
        std::vector<stats::DecisionTrace> traces;
        QVERIFY(eventually([&] {
            test.engine->takeTraces(traces);
            return traces.size() == 300;
        }));
        std::set<std::uint64_t> ids;
        for (const stats::DecisionTrace& trace : traces) {
            ids.insert(trace.id);
            QVERIFY(trace.complete);
            QCOMPARE(trace.planEpoch, std::uint64_t{1});
            QCOMPARE(trace.listener.view(), std::string_view("api"));
            QCOMPARE(trace.client.view(), std::string_view("127.0.0.1"));
            QVERIFY(trace.totalNs > 0 && trace.wallNs > 0);
            if (trace.status == 200) {
                QCOMPARE(trace.route.view(), std::string_view("all"));
                QCOMPARE(trace.backend.view(), std::string_view("b1"));
                QCOMPARE(trace.policies.size(), std::size_t{1});
                QCOMPARE(trace.candidates.size(), std::size_t{1});
                QCOMPARE(trace.tries.size(), std::size_t{1});
                QVERIFY(trace.parsedNs > 0 && trace.parsedNs <= trace.routedNs && trace.routedNs <= trace.policiesNs);
                QVERIFY(trace.policiesNs <= trace.pickedNs && trace.pickedNs <= trace.firstByteNs &&
                        trace.firstByteNs <= trace.totalNs);
            } else {
                QCOMPARE(trace.outcome, stats::Outcome::NoRoute);
            }
        }
        QCOMPARE(ids.size(), std::size_t{300});
        QCOMPARE(test.engine->stats()->snapshot().droppedTraces, std::uint64_t{0});
        test.engine->setTraceMode(proxy::TraceMode::Off);
        (void)client.get("/all/1");
        traces.clear();
        QCOMPARE(test.engine->takeTraces(traces), std::size_t{0});
    }

    void plansAreSwappedUnderLoad()
    {
        ScriptedBackend a(ScriptedBackend::answering("a"));
        ScriptedBackend b(ScriptedBackend::answering("b"));
        EngineUnderTest test(4);
        const auto publishTo = [&](const ScriptedBackend& to) {
            HandMadePlan made = test.newPlan();
            made.loadBalancer("lb", made.pool("service", {{to.address() == a.address() ? "a" : "b", to.address()}}));
            test.publish(made);
        };
        publishTo(a);
        const Endpoint address = test.address();
        Load keptOpen(address, 6);
        Load shortLived(address, 2, false);
        for (int i = 0; i < 100; ++i) {
            publishTo(i % 2 == 0 ? b : a);
            const int before = keptOpen.answered;
            QVERIFY(eventually([&] { return keptOpen.answered > before + 5; }));
        }
        keptOpen.stop();
        shortLived.stop();
        QCOMPARE(keptOpen.failed.load(), 0);
        QCOMPARE(shortLived.failed.load(), 0);
        QCOMPARE(test.address(), address);
        QVERIFY(test.value(Scope::Backend, "service/b", Counter::Status2xx) > 0);
    }

    void theNextRequestMeetsTheNewPlan()
    {
        ScriptedBackend a(ScriptedBackend::answering("a"));
        ScriptedBackend b(ScriptedBackend::answering("b"));
        EngineUnderTest test;
        HandMadePlan first = test.newPlan();
        first.loadBalancer("lb", first.pool("service", {{"b1", a.address()}}));
        test.publish(first);
        RawClient client(test.address());
        QCOMPARE(client.get("/").body, std::string("a"));
        HandMadePlan second = test.newPlan();
        second.loadBalancer("lb", second.pool("service", {{"b1", b.address()}}));
        test.publish(second);
        QCOMPARE(client.get("/").body, std::string("b"));
        QCOMPARE(test.engine->plan()->epoch, std::uint64_t{2});
    }

    void aRemovedListenerFinishesWhatItHas()
    {
        std::atomic<bool> go{false};
        ScriptedBackend slow([&](BackendConnection& connection) {
            connection.readHead();
            (void)eventually([&] { return go.load(); });
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
            connection.waitForEnd();
        });
        EngineUnderTest test;
        HandMadePlan first = test.newPlan();
        auto pool = first.pool("service", {{"b1", slow.address()}});
        first.loadBalancer("stays", pool);
        first.loadBalancer("goes", pool);
        test.publish(first);
        const Endpoint gone = test.address("goes");
        RawClient busy(gone);
        busy.send(kGet);
        RawClient idle(gone);
        QVERIFY(eventually([&] { return slow.connections() == 1; }));
        HandMadePlan second = test.newPlan();
        second.loadBalancer("stays", second.pool("service", {{"b1", slow.address()}}));
        test.publish(second);
        QVERIFY(idle.waitForEnd());
        go = true;
        QCOMPARE(busy.read().body, std::string("done"));
        QVERIFY(busy.waitForEnd());
        QVERIFY(eventually([&] { return !RawClient(gone).connected(); }));
    }

    void aTakenAddressIsRefusedByName()
    {
        ScriptedBackend backend(ScriptedBackend::answering("x"));
        EngineUnderTest test;
        HandMadePlan first = test.newPlan();
        first.loadBalancer("lb", first.pool("service", {{"b1", backend.address()}}));
        test.publish(first);
        HandMadePlan second = test.newPlan();
        auto pool = second.pool("service", {{"b1", backend.address()}});
        second.loadBalancer("lb", pool);
        second.loadBalancer("other", pool).bind = backend.address();
        const auto result = test.engine->publish(second.plan);
        QVERIFY(!result);
        QVERIFY2(result.error().detail.find("listener 'other'") != std::string::npos, result.error().detail.c_str());
        QVERIFY2(result.error().detail.find(backend.address().text()) != std::string::npos,
                 result.error().detail.c_str());
        RawClient client(test.address());
        QCOMPARE(client.get("/").status, 200);
        QCOMPARE(test.engine->plan()->epoch, std::uint64_t{1});
    }

    void connectionsAboveTheLimitAreRefused()
    {
        ScriptedBackend backend(ScriptedBackend::answering("x"));
        EngineUnderTest test(2);
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", backend.address()}})).limits.connections = 2;
        test.publish(made);
        auto first = std::make_unique<RawClient>(test.address());
        RawClient second(test.address());
        QCOMPARE(first->get("/").status, 200);
        QCOMPARE(second.get("/").status, 200);
        {
            RawClient third(test.address());
            const RawClient::Answer answer = third.read();
            QCOMPARE(answer.status, 503);
            QVERIFY(answer.complete);
            QVERIFY(answer.body.ends_with("the listener's connection limit is reached\"}"));
        }
        first->close();
        QVERIFY(eventually([&] { return RawClient(test.address()).get("/").status == 200; }));
    }

    void drainingAnswersWhatHasBegun()
    {
        ScriptedBackend backend([](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
            }
        });
        EngineUnderTest test(2);
        HandMadePlan made = test.newPlan();
        auto pool = made.pool("service", {{"b1", backend.address()}});
        made.loadBalancer("lb", pool);
        test.publish(made);
        RawClient idle(test.address());
        QCOMPARE(idle.get("/").status, 200);
        std::atomic<int> cut{0};
        std::atomic<int> closed{0};
        std::vector<std::thread> clients;
        std::atomic<int> begun{0};
        for (int i = 0; i < 8; ++i) {
            clients.emplace_back([&] {
                RawClient client(test.address());
                for (;;) {
                    client.send(kGet);
                    ++begun;
                    const RawClient::Answer answer = client.read();
                    if (answer.status == 0) {
                        ++cut;
                        return;
                    }
                    if (answer.has("Connection: close")) {
                        closed += client.waitForEnd() ? 1 : 0;
                        return;
                    }
                }
            });
        }
        QVERIFY(eventually([&] { return begun >= 16; }));
        const bool complete = test.engine->drain(std::chrono::seconds(10));
        for (std::thread& client : clients) {
            client.join();
        }
        QVERIFY(complete);
        QVERIFY(idle.waitForEnd());
        // A client whose request crossed the closing of an idle connection sees it end without an answer; it never was
        // begun.
        QCOMPARE(cut + closed, 8);
        QVERIFY2(closed >= 6, qPrintable(QString::number(closed)));
        QCOMPARE(pool->state->state(0).active(), 0U);
        QVERIFY(!RawClient(test.address()).connected());
    }

    void drainingGivesUpAtItsLimit()
    {
        std::atomic<int> seen{0};
        ScriptedBackend mute([&](BackendConnection& connection) {
            connection.readHead();
            ++seen;
            connection.waitForEnd();
        });
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", mute.address()}}));
        test.publish(made);
        RawClient client(test.address());
        client.send(kGet);
        QVERIFY(eventually([&] { return seen == 1; }));
        QVERIFY(!test.engine->drain(std::chrono::milliseconds(50)));
        QVERIFY(client.waitForEnd());
    }

    void anEngineMayEndWithRequestsUnderWay()
    {
        std::atomic<int> seen{0};
        ScriptedBackend mute([&](BackendConnection& connection) {
            connection.readHead();
            ++seen;
            connection.waitForEnd();
        });
        auto test = std::make_unique<EngineUnderTest>(2U);
        HandMadePlan made = test->newPlan();
        auto pool = made.pool("service", {{"b1", mute.address()}});
        made.loadBalancer("lb", pool);
        test->publish(made);
        RawClient client(test->address());
        client.send(kGet);
        QVERIFY(eventually([&] { return seen == 1; }));
        QCOMPARE(pool->state->state(0).active(), 1U);
        test.reset();
        QCOMPARE(pool->state->state(0).active(), 0U);
        QVERIFY(client.waitForEnd());
    }
};

QTEST_GUILESS_MAIN(tst_ProxyEngine)
#include "tst_proxy_engine.moc"
