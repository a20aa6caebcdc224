#include <QtTest>

#include <set>
#include <thread>

#include "core/catalog/builtin_catalog.h"
#include "core/plan/compiler.h"
#include "core/site/site.h"
#include "tests/support/checked_backend.h"
#include "tests/support/engine_under_test.h"

using namespace signalbox;
using namespace signalbox::test;
using balance::BackendCondition;
using balance::HealthChange;
using stats::Counter;
using stats::Scope;
using namespace std::chrono_literals;

namespace {

/// An engine that serves what the compiler makes of a site's pools; a listener with the pool's name sends to each.
struct SiteUnderTest {
    EngineUnderTest test;

    explicit SiteUnderTest(unsigned workers = 1, proxy::TraceMode traces = proxy::TraceMode::Sampled)
        : test(workers, traces)
    {}

    void publish(const std::string& pools, const std::vector<std::string>& listeners = {"web"})
    {
        std::string text = "signalbox: 1\nlisteners:\n";
        for (const std::string& name : listeners) {
            text += "  - {name: " + name + ", bind: 127.0.0.1:0, protocol: http, role: load-balancer, pool: " + name +
                    "}\n";
        }
        const site::ReadResult read = site::readSite(text + "pools:\n" + pools, "s.yaml", catalog::builtinCatalog());
        const auto compiled =
            plan::compile({read.site, catalog::builtinCatalog(), test.engine->stats(), test.engine->plan(), {}});
        if (!compiled.plan) {
            qFatal("%s", site::format(compiled.problems, "s.yaml").c_str());
        }
        if (auto result = test.engine->publish(compiled.plan); !result) {
            qFatal("%s", result.error().detail.c_str());
        }
    }
    [[nodiscard]] proxy::BackendStatus backend(std::string_view id) const
    {
        for (const proxy::BackendStatus& status : test.engine->backends()) {
            if (status.id == id) {
                return status;
            }
        }
        qFatal("no such backend");
    }
    [[nodiscard]] balance::BackendView view(std::string_view id) const { return backend(id).health; }
    [[nodiscard]] bool becomes(std::string_view id, BackendCondition condition) const
    {
        return eventually([&] { return view(id).condition == condition; });
    }
    [[nodiscard]] bool hasChecks(std::string_view id, std::uint64_t atLeast) const
    {
        return eventually([&] { return view(id).checks >= atLeast; });
    }
};

std::string poolOf(const std::string& name, const std::string& extra,
                   const std::vector<std::pair<std::string, std::string>>& backends)
{
    std::string text = "  - name: " + name + "\n" + extra + "    backends:\n";
    for (const auto& [backend, address] : backends) {
        text += "      - {name: " + backend + ", address: \"" + address + "\"}\n";
    }
    return text;
}

const std::string kChecks = "    health: {active: {interval: 30ms, timeout: 500ms}}\n";

QString joinedHistory(const balance::BackendView& view)
{
    QString out;
    for (const balance::HealthEvent& event : view.history) {
        out += QString::fromStdString(std::string(name(event.change)) + ": " + event.cause + "\n");
    }
    return out;
}

}  // namespace

class tst_ProxyHealth final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void aDeadBackendIsOutAfterFallAndBackAfterRise()
    {
        CheckedBackend a("a");
        CheckedBackend b("b");
        SiteUnderTest site(2);
        site.publish(poolOf("web", kChecks, {{"a", a.address()}, {"b", b.address()}}));
        QVERIFY(site.hasChecks("web/a", 2) && site.hasChecks("web/b", 2));
        const std::uint64_t before = site.view("web/a").checksFailed;
        const TimePoint died = SystemClock::instance().now();
        a.stop();
        QVERIFY(site.becomes("web/a", BackendCondition::Down));
        const balance::BackendView down = site.view("web/a");
        QCOMPARE(QString::fromStdString(down.cause), QStringLiteral("connect refused (3 of 3 checks)"));
        QVERIFY(down.checksFailed >= before + 3);
        QVERIFY(down.since - died >= 2 * 27ms);  // two whole intervals at the least
        RawClient client(site.test.address());
        for (int i = 0; i < 20; ++i) {
            QCOMPARE(client.get("/").body, std::string("b"));
        }
        QCOMPARE(site.test.value(Scope::Backend, "web/a", Counter::ConnectErrors), std::uint64_t{0});
        QVERIFY(site.test.value(Scope::Backend, "web/a", Counter::ChecksFailed) >= 3);
        a.start();
        QVERIFY(site.becomes("web/a", BackendCondition::Up));
        QCOMPARE(joinedHistory(site.view("web/a")),
                 QStringLiteral("down: connect refused (3 of 3 checks)\nup: status 200 (2 of 2 checks)\n"));
        QCOMPARE(site.test.value(Scope::Backend, "web/a", Counter::HealthTransitions), std::uint64_t{2});
        const int served = a.requests;
        for (int i = 0; i < 10; ++i) {
            client.get("/");
        }
        QCOMPARE(a.requests - served, 5);
        QVERIFY(joinedHistory(site.view("web/b")).isEmpty());
    }

    void failedChecksSayWhatWasSeen_data()
    {
        QTest::addColumn<int>("answer");
        QTest::addColumn<QByteArray>("check");
        QTest::addColumn<QString>("cause");
        QTest::newRow("a wrong status") << 503 << QByteArray() << QStringLiteral("status 503 (3 of 3 checks)");
        QTest::newRow("not among the expected")
            << 301 << QByteArray("expect: \"200,204,400-599\", ") << QStringLiteral("status 301 (3 of 3 checks)");
        QTest::newRow("no answer in time")
            << 0 << QByteArray("fall: 2, ") << QStringLiteral("no answer within 50ms (2 of 2 checks)");
        QTest::newRow("closed without an answer")
            << -1 << QByteArray() << QStringLiteral("the connection was closed without an answer (3 of 3 checks)");
        QTest::newRow("not HTTP") << -2 << QByteArray() << QStringLiteral("an answer that is not HTTP");
        QTest::newRow("HEAD as well") << 500 << QByteArray("method: HEAD, path: \"/health?x=1\", host: h.internal, ")
                                      << QStringLiteral("status 500 (3 of 3 checks)");
    }
    void failedChecksSayWhatWasSeen()
    {
        QFETCH(int, answer);
        QFETCH(QByteArray, check);
        QFETCH(QString, cause);
        CheckedBackend a("a");
        CheckedBackend b("b");
        SiteUnderTest site;
        // Only the silent one is to run into the time-out, however slow the machine.
        const std::string timeout = answer == 0 ? "50ms" : "10s";
        site.publish(poolOf(
            "web", "    health: {active: {" + check.toStdString() + "interval: 30ms, timeout: " + timeout + "}}\n",
            {{"a", a.address()}, {"b", b.address()}}));
        if (answer != 0) {
            QVERIFY(site.hasChecks("web/a", 4));
            QCOMPARE(site.view("web/a").condition, BackendCondition::Up);
        }
        a.checkStatus = answer;
        QVERIFY(site.becomes("web/a", BackendCondition::Down));
        const QString got = QString::fromStdString(site.view("web/a").cause);
        QVERIFY2(got.startsWith(cause), qPrintable(got));
    }

    void expectedStatusesPass()
    {
        CheckedBackend a("a");
        a.checkStatus = 503;
        SiteUnderTest site;
        site.publish(
            poolOf("web", "    health: {active: {interval: 20ms, expect: [200, 500-503]}}\n", {{"a", a.address()}}));
        QVERIFY(site.hasChecks("web/a", 6));
        QCOMPARE(site.view("web/a").checksFailed, std::uint64_t{0});
        QCOMPARE(site.view("web/a").lastCheck, std::string("status 503"));
    }

    void aTcpCheckIsContentWithAConnection()
    {
        CheckedBackend a("a");
        a.checkStatus = 500;
        SiteUnderTest site;
        site.publish(poolOf("web", "    health: {active: {type: tcp, interval: 20ms}}\n", {{"a", a.address()}}));
        QVERIFY(site.hasChecks("web/a", 6));
        QCOMPARE(site.view("web/a").checksFailed, std::uint64_t{0});
        QCOMPARE(a.checks.load(), 0);
        a.stop();
        QVERIFY(site.becomes("web/a", BackendCondition::Down));
        RawClient client(site.test.address());
        const auto answer = client.get("/");
        QCOMPARE(answer.status, 503);
        QVERIFY(answer.body.find("a is unhealthy") != std::string::npos);
    }

    void checksMayGoToAnotherPort()
    {
        CheckedBackend serving("serving");
        CheckedBackend checked("checked");
        serving.checkStatus = 500;
        SiteUnderTest site;
        const std::string port = checked.address().substr(checked.address().rfind(':') + 1);
        site.publish(
            poolOf("web", "    health: {active: {interval: 20ms, port: " + port + "}}\n", {{"a", serving.address()}}));
        QVERIFY(site.hasChecks("web/a", 5));
        QVERIFY(checked.checks >= 5 && serving.checks == 0);
        QCOMPARE(site.view("web/a").checksFailed, std::uint64_t{0});
    }

    void failingRequestsEject()
    {
        CheckedBackend a("a");
        CheckedBackend b("b");
        SiteUnderTest site(2);
        site.publish(poolOf("web", "    health: {passive: {failures: 5, eject: 400ms}}\n",
                            {{"a", a.address()}, {"b", b.address()}}));
        a.status = 500;
        RawClient client(site.test.address());
        int failed = 0;
        for (int i = 0; i < 30; ++i) {
            failed += client.get("/").status == 500 ? 1 : 0;
        }
        // A slow machine may see the ejection end under way; it is out again after five more.
        QVERIFY(failed >= 5 && failed <= 10);
        QVERIFY(site.test.value(Scope::Backend, "web/a", Counter::Ejections) >= 1);
        QVERIFY(
            joinedHistory(site.view("web/a")).startsWith(QStringLiteral("ejected: 5 failed requests in a row, for ")));
        a.status = 200;
        QVERIFY(site.becomes("web/a", BackendCondition::Up));
        QVERIFY(eventually([&] { return site.view("web/a").history.back().change == HealthChange::Back; }));
        const int served = a.requests;
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(client.get("/").status, 200);
        }
        QVERIFY(a.requests > served);
    }

    void panicUsesAllAndSaysSo()
    {
        CheckedBackend a("a");
        CheckedBackend b("b");
        SiteUnderTest site(1, proxy::TraceMode::All);
        site.publish(poolOf("web", "    health: {panic: 60%, active: {interval: 20ms, timeout: 5s}}\n",
                            {{"a", a.address()}, {"b", b.address()}}));
        a.checkStatus = 500;
        QVERIFY(site.becomes("web/a", BackendCondition::Down));
        QVERIFY(site.test.engine->pools().front().health.panic);
        RawClient client(site.test.address());
        std::set<std::string> bodies;
        for (int i = 0; i < 4; ++i) {
            bodies.insert(client.get("/").body);
        }
        QCOMPARE(bodies.size(), std::size_t{2});
        std::vector<stats::DecisionTrace> traces;
        QVERIFY(eventually([&] { return site.test.engine->takeTraces(traces) > 0; }));
        QVERIFY(traces.front().panic);
        a.checkStatus = 200;
        QVERIFY(site.becomes("web/a", BackendCondition::Up));
        QVERIFY(!site.test.engine->pools().front().health.panic);
        const auto history = site.test.engine->pools().front().health.history;
        QVERIFY(history.size() == 2 && history[0].change == HealthChange::PanicOn &&
                history[1].change == HealthChange::PanicOff);
    }

    void theCircuitBreakerOpensAndCloses()
    {
        using State = balance::CircuitBreaker::State;
        CheckedBackend a("a");
        SiteUnderTest site;
        site.publish(poolOf(
            "web", "    circuit_breaker: {failures: 50%, min_requests: 4, window: 10s, open: 500ms, trials: 2}\n",
            {{"a", a.address()}}));
        const auto state = [&] { return site.test.engine->pools().front().health.breaker->state; };
        RawClient client(site.test.address());
        a.status = 500;
        for (int i = 0; i < 4; ++i) {
            QCOMPARE(client.get("/").status, 500);
        }
        QCOMPARE(state(), State::Open);
        const auto refused = client.get("/");
        QCOMPARE(refused.status, 503);
        QVERIFY(refused.has("Retry-After: 1"));
        QVERIFY(refused.body.find("\"policy\":\"circuit-breaker\"") != std::string::npos);
        QVERIFY(refused.body.find("\"pool\":\"web\"") != std::string::npos);
        QVERIFY(refused.body.find("the circuit breaker of pool 'web' is open") != std::string::npos);
        QCOMPARE(a.requests.load(), 4);
        QCOMPARE(site.test.value(Scope::Pool, "web", Counter::BreakerRefused), std::uint64_t{1});
        // The first trial fails: open again.
        QVERIFY(eventually([&] { return client.get("/").status == 500; }));
        QCOMPARE(state(), State::Open);
        a.status = 200;
        QVERIFY(eventually([&] { return client.get("/").status == 200; }));
        QCOMPARE(state(), State::HalfOpen);
        QCOMPARE(client.get("/").status, 200);
        QCOMPARE(state(), State::Closed);
        QCOMPARE(a.requests.load(), 7);
        QString changes;
        const auto pools = site.test.engine->pools();
        for (const auto& event : pools.front().health.history) {
            changes += QString::fromStdString(std::string(name(event.change))) + u' ';
        }
        QCOMPARE(changes,
                 QStringLiteral("breaker-open breaker-half-open breaker-open breaker-half-open breaker-closed "));
    }

    void drainingUnderTrafficLosesNothing()
    {
        CheckedBackend a("a");
        CheckedBackend b("b");
        SiteUnderTest site(2);
        site.publish(poolOf("web", "", {{"a", a.address()}, {"b", b.address()}}));
        std::atomic<bool> stop{false};
        std::atomic<int> failed{0};
        std::atomic<int> answered{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&] {
                RawClient client(site.test.address());
                while (!stop) {
                    const auto answer = client.get("/");
                    (answer.status == 200 ? answered : failed)++;
                }
            });
        }
        QVERIFY(eventually([&] { return a.requests > 50; }));
        QVERIFY(site.test.engine->setDraining("web", "a", true).has_value());
        // Its connections go once they are idle, and no new ones come.
        QVERIFY(eventually([&] { return a.open == 0; }));
        const int served = a.requests;
        const int before = answered;
        QVERIFY(eventually([&] { return answered > before + 200; }));
        QCOMPARE(a.requests.load(), served);
        QCOMPARE(site.view("web/a").condition, BackendCondition::Draining);
        QVERIFY(site.test.engine->setDraining("", "a", false).has_value());
        QVERIFY(eventually([&] { return a.requests > served + 50; }));
        stop = true;
        for (std::thread& client : clients) {
            client.join();
        }
        QCOMPARE(failed.load(), 0);
        QCOMPARE(joinedHistory(site.view("web/a")),
                 QStringLiteral("draining: asked for by an operator\nenabled: asked for by an operator\n"));
    }

    void drainingNamesWhatItDoesNotFind()
    {
        CheckedBackend a("a");
        SiteUnderTest site;
        site.publish(
            poolOf("web", "", {{"a", a.address()}, {"b", a.address()}}) + poolOf("api", "", {{"a", a.address()}}),
            {"web", "api"});
        const auto detail = [&](std::string_view pool, std::string_view name) {
            const auto result = site.test.engine->setDraining(pool, name, true);
            return result ? QString() : QString::fromStdString(result.error().detail);
        };
        QCOMPARE(detail("", "zz"), QStringLiteral("there is no backend 'zz'"));
        QCOMPARE(detail("api", "b"), QStringLiteral("there is no backend 'b' in pool 'api'"));
        QCOMPARE(detail("", "a"), QStringLiteral("several pools have a backend 'a': web/a, api/a"));
        QCOMPARE(detail("", "api/a"), QString());
        QCOMPARE(detail("web", "b"), QString());
        QVERIFY(site.backend("api/a").health.draining && site.backend("web/b").health.draining);
        QVERIFY(!site.backend("web/a").health.draining);
    }

    void idleConnectionsOfADownBackendAreClosed()
    {
        CheckedBackend a("a");
        CheckedBackend b("b");
        SiteUnderTest site;
        site.publish(poolOf("web", kChecks, {{"a", a.address()}, {"b", b.address()}}));
        RawClient client(site.test.address());
        client.get("/");
        client.get("/");
        QVERIFY(a.open == 1 && b.open == 1);
        a.checkStatus = 500;
        QVERIFY(site.becomes("web/a", BackendCondition::Down));
        QVERIFY(eventually([&] { return a.open == 0; }));
        QCOMPARE(b.open.load(), 1);
    }

    void aReloadKeepsStatesAndChecks()
    {
        CheckedBackend a("a");
        CheckedBackend b("b");
        CheckedBackend c("c");
        SiteUnderTest site;
        const std::string slow = kChecks + "    slow_start: 1h\n";
        site.publish(poolOf("web", slow, {{"a", a.address()}, {"b", b.address()}}));
        a.checkStatus = 500;
        QVERIFY(site.becomes("web/a", BackendCondition::Down));
        QVERIFY(site.test.engine->setDraining("", "b", true).has_value());
        const std::uint64_t checks = site.view("web/a").checks;
        // A third backend joins: the others keep what is known of them, and it starts slowly.
        site.publish(poolOf("web", slow, {{"a", a.address()}, {"b", b.address()}, {"c", c.address()}}));
        QCOMPARE(site.view("web/a").condition, BackendCondition::Down);
        QCOMPARE(site.view("web/b").condition, BackendCondition::Draining);
        QCOMPARE(site.view("web/c").condition, BackendCondition::Starting);
        QVERIFY(site.view("web/a").checks >= checks);
        QVERIFY(site.hasChecks("web/a", checks + 3) && site.hasChecks("web/c", 3));
        QCOMPARE(site.view("web/a").history.size(), std::size_t{1});
        // Without checks nobody could bring it back, so it counts as well.
        site.publish(poolOf("web", "", {{"a", a.address()}, {"b", b.address()}, {"c", c.address()}}));
        QCOMPARE(site.view("web/a").condition, BackendCondition::Up);
        QCOMPARE(site.view("web/b").condition, BackendCondition::Draining);
    }

    void checksEndWithTheirPoolAndWithTheEngine()
    {
        CheckedBackend clock("clock");
        CheckedBackend a("a");
        CheckedBackend b("b");
        // Another engine's checks tell the time.
        SiteUnderTest other;
        other.publish(poolOf("web", "    health: {active: {interval: 10ms}}\n", {{"clock", clock.address()}}));
        const auto wait = [&] {
            const int from = clock.checks;
            return eventually([&] { return clock.checks >= from + 15; });
        };
        SiteUnderTest site;
        const std::string checks = "    health: {active: {interval: 10ms}}\n";
        const std::string kept = poolOf("web", checks, {{"a", a.address()}});
        site.publish(kept + poolOf("gone", checks, {{"b", b.address()}}), {"web", "gone"});
        QVERIFY(eventually([&] { return a.checks > 2 && b.checks > 2; }));
        site.publish(kept);
        QVERIFY(wait());
        const int last = b.checks;
        const int running = a.checks;
        QVERIFY(wait());
        QCOMPARE(b.checks.load(), last);
        QVERIFY(a.checks > running);
        QVERIFY(site.test.engine->drain(5s));
        QVERIFY(wait());
        const int drained = a.checks;
        QVERIFY(wait());
        QCOMPARE(a.checks.load(), drained);
    }
};

QTEST_GUILESS_MAIN(tst_ProxyHealth)
#include "tst_proxy_health.moc"
