#include <QTest>

#include "core/plan/compiler.h"
#include "core/plan/plan.h"
#include "core/policy/policy.h"
#include "core/site/site.h"

using namespace signalbox;
using namespace signalbox::plan;
using namespace std::chrono_literals;

namespace {

const site::Catalog& testCatalog()
{
    static const site::Catalog kCatalog{[] {
        site::Catalog::Family balancers{"balancer", {}, {}};
        for (const auto& descriptor : balance::builtinBalancers().all()) {
            balancers.members.push_back(&descriptor.params);
        }
        return std::vector<site::Catalog::Family>{balancers};
    }()};
    return kCatalog;
}

/// A site with one pool whose lines begin at line 5.
std::string siteOf(const std::string& keys, int backends = 2, const std::string& more = {})
{
    std::string out =
        "signalbox: 1\nlisteners:\n  - {name: lb, bind: 127.0.0.1:1, protocol: http, role: load-balancer, pool: p}\n"
        "pools:\n  - name: p\n" +
        keys + "    backends:\n";
    for (int i = 0; i < backends; ++i) {
        out += "      - {name: b" + std::to_string(i) + ", address: 127.0.0.1:" + std::to_string(9000 + i) + "}\n";
    }
    return out + more;
}

CompileOutput compileText(const std::string& text, std::shared_ptr<const Plan> previous = nullptr)
{
    const site::ReadResult read = site::readSite(text, "s.yaml", testCatalog());
    return compile({read.site, testCatalog(), previous ? previous->stats : nullptr, previous, {}});
}

}  // namespace

class TestCompileHealth : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void defaultsAreThoseOfTheGrammar()
    {
        const auto none = compileText(siteOf({})).plan;
        QVERIFY(none->pools[0]->health->params() == balance::HealthParams{});
        QCOMPARE(none->pools[0]->state->traits().panic, 0.0);
        const auto all = compileText(siteOf("    health: {active: {}, passive: {}}\n    circuit_breaker: {}\n")).plan;
        balance::HealthParams expected;
        expected.active.emplace();
        expected.passive.emplace();
        expected.breaker.emplace();
        QVERIFY(all->pools[0]->health->params() == expected);
    }

    void everyKeyIsRead()
    {
        const auto plan =
            compileText(
                siteOf("    slow_start: 7s\n"
                       "    circuit_breaker: {failures: 25%, min_requests: 7, window: 3s, open: 4s, trials: 5}\n"
                       "    health:\n"
                       "      panic: 50%\n"
                       "      active: {type: tcp, path: \"/h?x=1\", host: h.example, method: HEAD, port: 81,\n"
                       "               interval: 3s, jitter: 25%, timeout: 2s, rise: 4, fall: 5,\n"
                       "               expect: [\"200, 204\", 300-399]}\n"
                       "      passive: {failures: 6, eject: 8s, max_ejected: 75%, error_share: 12.5%, window: 9s,\n"
                       "                min_requests: 11, success_rate: {factor: 2, interval: 12s, min_hosts: 2, "
                       "min_requests: 13}}\n"))
                .plan;
        const balance::HealthParams& params = plan->pools[0]->health->params();
        balance::ActiveCheckParams active;
        active.type = balance::ActiveCheckParams::Type::Tcp;
        active.path = "/h?x=1";
        active.host = "h.example";
        active.method = "HEAD";
        active.port = 81;
        active.interval = 3s;
        active.jitter = 0.25;
        active.timeout = 2s;
        active.rise = 4;
        active.fall = 5;
        active.expect = {{200, 200}, {204, 204}, {300, 399}};
        QCOMPARE(QString::fromStdString(params.active->path + " " + params.active->host + " " + params.active->method),
                 QStringLiteral("/h?x=1 h.example HEAD"));
        QCOMPARE(params.active->expect.size(), std::size_t{3});
        QCOMPARE(params.active->jitter, 0.25);
        QVERIFY(params.active == active);
        const balance::PassiveParams passive{
            6, 8s, 0.75, 0.125, 9s, 11, balance::PassiveParams::SuccessRate{2, 12s, 2, 13}};
        QVERIFY(params.passive == passive);
        QVERIFY(params.breaker == (balance::BreakerParams{0.25, 7, 3s, 4s, 5}));
        QCOMPARE(plan->pools[0]->state->traits().panic, 0.5);
        QVERIFY(plan->pools[0]->state->traits().slowStart == 7s);
    }

    void problems_data()
    {
        QTest::addColumn<QByteArray>("keys");
        QTest::addColumn<int>("backends");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const char* keys, int backends, const char* expected) {
            QTest::newRow(name) << QByteArray(keys) << backends << QString::fromUtf8(expected);
        };
        row("nothing to say", "    health: {active: {}, passive: {}, panic: 50%}\n    slow_start: 10s\n", 2, "");
        row("a status that is none", "    health: {active: {expect: \"200,2xx\"}}\n", 2,
            "s.yaml:6:31: error: 'expect': '2xx' is not a status or a range of them (like 200,204,300-399)\n");
        row("a range that runs backwards", "    health: {active: {expect: 399-200}}\n", 2,
            "s.yaml:6:31: error: 'expect': '399-200' is not a status or a range of them (like 200,204,300-399)\n");
        row("no pause between checks", "    health: {active: {interval: 0s, timeout: 1ms}}\n", 2,
            "s.yaml:6:33: error: 'interval': must be at least 1ms\n");
        row("a path that smuggles a line", "    health: {active: {path: \"/a b\"}}\n", 2,
            "s.yaml:6:29: error: 'path': '/a b' is not a path: it begins with / and has no blanks\n");
        row("a breaker that is always open", "    circuit_breaker: {failures: 0%}\n", 2,
            "s.yaml:6:33: error: 'failures': must be more than 0%\n");
        row("a time-out above the interval", "    health: {active: {interval: 1s, timeout: 5s}}\n", 2,
            "s.yaml:6:46: warning: checks of pool 'p' may take longer than their interval: silent backends are asked "
            "less "
            "often\n");
        row("a path for tcp", "    health: {active: {type: tcp, path: /x}}\n", 2,
            "s.yaml:6:40: warning: a tcp check of pool 'p' only connects: path and expect are not looked at\n");
        row("passive checks of one backend", "    health: {passive: {}}\n", 1,
            "s.yaml:6:23: warning: pool 'p' has one backend, which is never ejected\n");
        row("passive checks that do nothing", "    health: {passive: {failures: 0}}\n", 2,
            "s.yaml:6:34: warning: the passive checks of pool 'p' never eject a backend\n");
        row("too few to compare", "    health: {passive: {success_rate: {}}}\n", 4,
            "s.yaml:6:38: warning: pool 'p' has fewer backends than its success rate needs to compare them (5)\n");
        row("panic without checks", "    health: {panic: 50%}\n", 2,
            "s.yaml:6:21: warning: pool 'p' has no checks, so that it never panics\n");
        row("an adaptive limit whose bounds are the wrong way round", "    adaptive_concurrency: {min: 9, max: 5}\n", 2,
            "s.yaml:6:41: error: 'max': the highest limit is below the lowest\n");
        row("an adaptive limit without a window", "    adaptive_concurrency: {window: 0s}\n", 2,
            "s.yaml:6:36: error: 'window': must be at least 1ms\n");
        row("one backend that starts slowly", "    slow_start: 10s\n", 1,
            "s.yaml:6:17: warning: pool 'p' has one backend: a slow start gives it all requests at once\n");
    }
    void problems()
    {
        QFETCH(QByteArray, keys);
        QFETCH(int, backends);
        QFETCH(QString, expected);
        const auto out = compileText(siteOf(keys.toStdString(), backends));
        QCOMPARE(QString::fromStdString(site::format(out.problems, "s.yaml")), expected);
        QCOMPARE(out.plan == nullptr, expected.contains(QStringLiteral("error:")));
    }

    void aReloadKeepsWhatStayed()
    {
        const std::string checks = "    health: {active: {}}\n    circuit_breaker: {}\n";
        const auto first = compileText(siteOf(checks)).plan;
        const auto same = compileText(siteOf(checks), first).plan;
        QVERIFY(same->pools[0] == first->pools[0]);
        const auto more = compileText(siteOf(checks, 3), first).plan;
        QVERIFY(more->pools[0] != first->pools[0]);
        QVERIFY(more->pools[0]->state->sharedState(1) == first->pools[0]->state->sharedState(1));
        QVERIFY(more->pools[0]->health->breaker() == first->pools[0]->health->breaker());
        // What an operator said holds for the name, also at another address.
        first->pools[0]->state->state(0).draining = true;
        std::string moved = siteOf(checks);
        moved.replace(moved.find("9000"), 4, "9999");
        const auto away = compileText(moved, first).plan;
        QVERIFY(away->pools[0]->state->sharedState(0) != first->pools[0]->state->sharedState(0));
        QVERIFY(away->pools[0]->state->state(0).draining && !away->pools[0]->state->state(1).draining);
        const auto other =
            compileText(siteOf("    health: {active: {fall: 7}}\n    circuit_breaker: {trials: 1}\n"), first).plan;
        QVERIFY(other->pools[0] != first->pools[0]);
        QVERIFY(other->pools[0]->balancer == first->pools[0]->balancer);
        QVERIFY(other->pools[0]->health->breaker() != first->pools[0]->health->breaker());
    }

    void anAdaptiveLimitGoesOnWhileItsParametersStay()
    {
        QVERIFY(!compileText(siteOf({})).plan->pools[0]->limit);
        const auto first = compileText(siteOf("    adaptive_concurrency: {}\n")).plan;
        QVERIFY(first->pools[0]->limit->params() == balance::AdaptiveParams{});
        const auto more = compileText(siteOf("    adaptive_concurrency: {}\n", 3), first).plan;
        QVERIFY(more->pools[0] != first->pools[0]);
        QVERIFY(more->pools[0]->limit == first->pools[0]->limit);
        const auto other = compileText(
            siteOf("    adaptive_concurrency: {min: 2, max: 7, initial: 5, tolerance: 50%, window: 1s, min_samples: 3,\n"
                   "                           probe: 9s}\n"),
            more).plan;
        QVERIFY(other->pools[0]->limit != more->pools[0]->limit);
        QVERIFY(other->pools[0]->limit->params() == (balance::AdaptiveParams{2, 7, 5, 1s, 3, 0.5, 9s}));
    }

    void prioritiesAreTiersWithoutGaps()
    {
        const auto plan = compileText(siteOf({}, 1,
                                             "      - {name: far, address: 127.0.0.1:1, priority: 900}\n"
                                             "      - {name: last, address: 127.0.0.1:2, backup: true}\n"
                                             "      - {name: near, address: 127.0.0.1:3, priority: 5}\n"))
                              .plan;
        const balance::PoolState& state = *plan->pools[0]->state;
        QCOMPARE(state.tiers(), 4u);
        QVERIFY(state.tier(0) == 0 && state.tier(3) == 1 && state.tier(1) == 2 && state.tier(2) == 3);
    }
};

QTEST_GUILESS_MAIN(TestCompileHealth)
#include "tst_compile_health.moc"
