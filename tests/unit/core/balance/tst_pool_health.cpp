#include <QTest>

#include <algorithm>

#include "tests/support/health_bench.h"

using namespace signalbox;
using namespace signalbox::balance;
using namespace std::chrono_literals;
using test::HealthBench;

namespace {

HealthParams passive(PassiveParams params = {})
{
    HealthParams out;
    out.passive = params;
    return out;
}

HealthParams active(ActiveCheckParams params = {})
{
    HealthParams out;
    out.active = params;
    return out;
}

using Lines = std::vector<std::string>;

}  // namespace

/// The state machines of a pool's health over simulated time.
class TestPoolHealth : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void checksInARowDecide_data()
    {
        QTest::addColumn<QString>("checks");  // + passed, - failed
        QTest::addColumn<QString>("states");  // u up, d down, after each
        QTest::newRow("unknown counts as well until `fall` failures") << "---"
                                                                      << "uud";
        QTest::newRow("a passed check starts the count over") << "--+--+---"
                                                              << "uuuuuuuud";
        QTest::newRow("back after `rise`") << "---++"
                                           << "uuddu";
        QTest::newRow("a failed check starts the way back over") << "---+-+-++"
                                                                 << "uuddddddu";
        QTest::newRow("well all the time") << "+++++"
                                           << "uuuuu";
        QTest::newRow("up and down again") << "---++---"
                                           << "uudduuud";
    }
    void checksInARowDecide()
    {
        QFETCH(QString, checks);
        QFETCH(QString, states);
        HealthBench bench(2, active());
        QString got;
        for (const QChar check : checks) {
            bench.after(2s);
            bench.check(0, check == u'+');
            got += bench.isOut(0) ? u'd' : u'u';
        }
        QCOMPARE(got, states);
        QVERIFY(!bench.isOut(1));
    }

    void changesByChecksNameTheirCause()
    {
        HealthBench bench(2, active());
        for (const bool passed : {false, false, false, true, true}) {
            bench.check(0, passed);
        }
        QVERIFY(bench.listener.lines ==
                (Lines{"0 down: connect refused (3 of 3 checks)", "0 up: status 200 (2 of 2 checks)"}));
        const BackendView view = bench.view(0);
        QCOMPARE(view.checks, std::uint64_t{5});
        QCOMPARE(view.checksFailed, std::uint64_t{3});
        QVERIFY(view.lastCheckPassed && view.lastCheck == "status 200" && view.lastCheckAt == bench.now);
        QCOMPARE(view.history.size(), std::size_t{2});
        QVERIFY(view.since == bench.now && view.condition == BackendCondition::Up);
    }

    void intervalsKeepToTheirJitter()
    {
        ActiveCheckParams params;
        params.interval = 2s;
        params.jitter = 0.1;
        Rng rng(5);
        Duration sum{};
        Duration least = 1h;
        Duration most{};
        for (int i = 0; i < 10000; ++i) {
            const Duration delay = nextCheckDelay(params, rng);
            sum += delay;
            least = std::min(least, delay);
            most = std::max(most, delay);
            const Duration first = firstCheckDelay(params, rng);
            QVERIFY(first >= 0s && first < 2s);
        }
        QVERIFY(least >= 1800ms && least < 1810ms && most <= 2200ms && most > 2190ms);
        QVERIFY(std::abs((sum / 10000 - 2s).count()) < 10'000'000);
    }

    void failuresInARowEject()
    {
        HealthBench bench(4, passive());
        bench.outcomes(0, false, 4);
        bench.outcome(0, true);
        bench.outcomes(0, false, 4);
        QVERIFY(!bench.isOut(0));
        bench.outcome(0, false);
        QVERIFY(bench.isOut(0));
        QVERIFY(bench.listener.lines == (Lines{"0 ejected: 5 failed requests in a row, for 10s"}));
        // Failures of requests that were under way do not prolong it.
        bench.outcomes(0, false, 20);
        bench.after(9999ms);
        QVERIFY(bench.isOut(0));
        bench.after(1ms);
        QVERIFY(!bench.isOut(0));
        bench.after(150ms);
        bench.tick();
        QCOMPARE(bench.listener.lines.back(), std::string("0 back: its ejection is over"));
        QCOMPARE((bench.view(0).since - TimePoint{1'000'000'000}).count(), Duration(10s).count());
    }

    void eachEjectionLastsLonger()
    {
        HealthBench bench(2, passive());
        for (const Duration expected : {10s, 20s, 30s, 40s}) {
            bench.outcomes(0, false, 5);
            QCOMPARE((bench.view(0).ejectedUntil - bench.now).count(), expected.count());
            bench.after(expected);
        }
        QCOMPARE(bench.view(0).ejections, std::uint64_t{4});
        // 20 s of service take two off.
        bench.after(20s);
        bench.outcomes(0, false, 5);
        QCOMPARE((bench.view(0).ejectedUntil - bench.now).count(), Duration(30s).count());
    }

    void anEjectionHasABound()
    {
        HealthBench bench(2, passive());
        Duration longest{};
        for (int i = 0; i < 60; ++i) {
            bench.outcomes(0, false, 5);
            const Duration out = bench.view(0).ejectedUntil - bench.now;
            longest = std::max(longest, out);
            bench.after(out);
        }
        QCOMPARE(longest.count(), Duration(5min).count());
    }

    void notTooManyAreOut_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<double>("share");
        QTest::addColumn<int>("out");
        QTest::newRow("one is never ejected") << 1 << 1.0 << 0;
        QTest::newRow("of two, one") << 2 << 0.5 << 1;
        QTest::newRow("at least one, however small the share") << 3 << 0.01 << 1;
        QTest::newRow("half of ten") << 10 << 0.5 << 5;
        QTest::newRow("half of five, rounded down") << 5 << 0.5 << 2;
        QTest::newRow("30% of ten are three") << 10 << 0.3 << 3;
        QTest::newRow("all but the last one, even where all may be") << 4 << 1.0 << 3;
    }
    void notTooManyAreOut()
    {
        QFETCH(int, size);
        QFETCH(double, share);
        QFETCH(int, out);
        HealthBench bench(static_cast<std::size_t>(size), passive({.maxEjected = share}));
        for (int at = 0; at < size; ++at) {
            bench.outcomes(static_cast<std::size_t>(at), false, 50);
        }
        QCOMPARE(bench.ejected(), static_cast<std::size_t>(out));
    }

    void theLastUsableOneStays()
    {
        HealthBench bench(3, passive({.maxEjected = 1}));
        bench.pool->state(0).draining = true;
        bench.pool->state(1).healthy = false;
        bench.outcomes(2, false, 100);
        QVERIFY(!bench.isOut(2));
        bench.pool->state(1).healthy = true;
        bench.outcome(2, false);
        QVERIFY(bench.isOut(2));
    }

    void anErrorShareEjects()
    {
        HealthBench bench(3, passive({.failures = 0, .errorShare = 0.3, .window = 10s, .minRequests = 20}));
        for (int i = 0; i < 19; ++i) {
            bench.outcome(0, i % 3 != 0);
        }
        QVERIFY(!bench.isOut(0));  // 7 of 19, but too few
        bench.after(30s);
        for (int i = 0; i < 40; ++i) {
            bench.outcome(0, i % 5 != 0);
            bench.after(20ms);
        }
        QVERIFY(!bench.isOut(0));  // 20 %
        for (int i = 0; i < 6; ++i) {
            bench.outcome(0, false);
        }
        QVERIFY(bench.isOut(0));
        QCOMPARE(bench.listener.lines.size(), std::size_t{1});
        QVERIFY(bench.listener.lines[0].find("requests failed within 10s, for 10s") != std::string::npos);
    }

    void anOutlierBySuccessRateIsEjected_data()
    {
        QTest::addColumn<int>("hosts");
        QTest::addColumn<int>("requests");
        QTest::addColumn<int>("failedOfBad");
        QTest::addColumn<bool>("out");
        QTest::newRow("far below the others") << 6 << 100 << 40 << true;
        QTest::newRow("too few backends to compare") << 4 << 100 << 40 << false;
        QTest::newRow("too few requests") << 6 << 99 << 40 << false;
        QTest::newRow("as the others") << 6 << 100 << 2 << false;
    }
    void anOutlierBySuccessRateIsEjected()
    {
        QFETCH(int, hosts);
        QFETCH(int, requests);
        QFETCH(int, failedOfBad);
        QFETCH(bool, out);
        PassiveParams params;
        params.failures = 0;
        params.successRate.emplace();
        HealthBench bench(static_cast<std::size_t>(hosts), passive(params));
        bench.tick();
        for (int i = 0; i < requests; ++i) {
            for (int at = 0; at < hosts; ++at) {
                bench.outcome(static_cast<std::size_t>(at), i >= (at == 1 ? failedOfBad : 2));
            }
        }
        bench.after(9s);
        bench.tick();
        QCOMPARE(bench.ejected(), std::size_t{0});
        bench.after(1s);
        bench.tick();
        QCOMPARE(bench.isOut(1), out);
        QCOMPARE(bench.ejected(), std::size_t(out ? 1 : 0));
        if (out) {
            QVERIFY(
                bench.listener.lines[0].starts_with("1 ejected: success rate 60.0% within 10s, the pool's limit is"));
        }
    }

    void slowStartGrowsInAStraightLine()
    {
        HealthBench bench(2, active(), {.slowStart = 10s});
        QCOMPARE(bench.view(0).share, 100u);
        for (const bool passed : {false, false, false, true, true}) {
            bench.check(0, passed);
        }
        for (const auto& [after, share] : std::vector<std::pair<Duration, std::uint32_t>>{
                 {0s, 10}, {2s, 28}, {3s, 55}, {4s, 91}, {999ms, 99}, {1ms, 100}, {1h, 100}}) {
            bench.after(after);
            QCOMPARE(bench.view(0).share, share);
            QCOMPARE(bench.view(0).condition, share < 100 ? BackendCondition::Starting : BackendCondition::Up);
            QCOMPARE(bench.view(1).share, 100u);
        }
    }

    void slowStartFollowsEachWayBack()
    {
        HealthBench bench(2, passive(), {.slowStart = 10s});
        bench.outcomes(0, false, 5);
        bench.after(15s);
        QCOMPARE(bench.view(0).share, 55u);  // an ejection that ended 5 s ago, noted or not
        bench.health->setDraining(1, true, bench.now, bench.listener);
        bench.after(1h);
        QCOMPARE(bench.view(1).condition, BackendCondition::Draining);
        bench.health->setDraining(1, false, bench.now, bench.listener);
        QVERIFY(!bench.health->setDraining(1, false, bench.now, bench.listener));
        QCOMPARE(bench.view(1).share, 10u);
        QCOMPARE(bench.view(0).share, 100u);
    }

    void aNewBackendOfARunningPoolStartsSlowly()
    {
        HealthBench bench(2, {}, {.slowStart = 10s});
        std::vector<BackendSpec> specs(3);
        auto pool = std::make_shared<PoolState>(
            specs,
            std::vector{bench.pool->sharedState(0), bench.pool->sharedState(1), std::make_shared<BackendState>()},
            PoolTraits{.slowStart = 10s});
        PoolHealth next({}, pool, bench.health.get());
        QCOMPARE(next.view(2, bench.now).share, 100u);  // not live yet
        bench.after(5s);
        next.adopt(bench.now);
        QCOMPARE(next.view(0, bench.now).share, 100u);
        QCOMPARE(next.view(2, bench.now).share, 10u);
        bench.after(5s);
        next.adopt(bench.now);  // published again: nothing starts over
        QCOMPARE(next.view(2, bench.now).share, 55u);
    }

    void aReloadKeepsWhatIsKnown()
    {
        HealthParams params = active();
        params.passive.emplace();
        params.breaker.emplace();
        HealthBench bench(3, params);
        for (int i = 0; i < 3; ++i) {
            bench.check(0, false);
        }
        bench.outcomes(1, false, 5);
        bench.health->setDraining(2, true, bench.now, bench.listener);
        PoolHealth same(params, bench.pool, bench.health.get());
        same.adopt(bench.now);
        QCOMPARE(same.view(0, bench.now).condition, BackendCondition::Down);
        QCOMPARE(same.view(1, bench.now).condition, BackendCondition::Ejected);
        QCOMPARE(same.view(2, bench.now).condition, BackendCondition::Draining);
        QCOMPARE(same.view(0, bench.now).history.size(), std::size_t{1});
        QVERIFY(same.breaker() == bench.health->breaker());
        // Without checks nobody would bring it back.
        PoolHealth none({}, bench.pool, &same);
        none.adopt(bench.now);
        QCOMPARE(none.view(0, bench.now).condition, BackendCondition::Up);
        QCOMPARE(none.view(1, bench.now).condition, BackendCondition::Up);
        QCOMPARE(none.view(2, bench.now).condition, BackendCondition::Draining);
    }

    void panicIsStated()
    {
        HealthBench bench(4, active({.fall = 1}), {.panic = 0.5});
        for (const std::size_t at : {0, 1, 2}) {
            bench.check(at, false);
        }
        QCOMPARE(bench.listener.lines.back(),
                 std::string("pool panic: 1 of 4 backends are healthy, fewer than 50%: all are used"));
        QVERIFY(bench.health->view(bench.now).panic);
        bench.check(0, true);
        bench.check(0, true);
        QCOMPARE(bench.listener.lines.back(), std::string("pool panic-over: 2 of 4 backends are healthy"));
        QVERIFY(!bench.health->view(bench.now).panic);
    }

    void historyIsBounded()
    {
        HealthBench bench(2, active({.rise = 1, .fall = 1}));
        for (int i = 0; i < 200; ++i) {
            bench.after(1s);
            bench.check(0, i % 2 == 1);
        }
        const BackendView view = bench.view(0);
        QCOMPARE(view.history.size(), HealthHistory::kMost);
        QVERIFY(view.history.back().at == bench.now && view.history.back().change == HealthChange::Up);
        QVERIFY(std::ranges::is_sorted(view.history, {}, &HealthEvent::at));
    }

    /// Whatever happens: never more out than allowed, never the last one, always back in time.
    void holdsItsPromisesOverRandomOutcomes_data()
    {
        QTest::addColumn<int>("seed");
        for (int seed = 1; seed <= 40; ++seed) {
            QTest::addRow("seed %d", seed) << seed;
        }
    }
    void holdsItsPromisesOverRandomOutcomes()
    {
        QFETCH(int, seed);
        Rng rng(static_cast<std::uint64_t>(seed));
        const std::size_t size = 1 + rng.below(12);
        PassiveParams params;
        params.failures = static_cast<std::uint32_t>(rng.below(4));
        params.eject = std::chrono::milliseconds(100 + rng.below(5000));
        params.maxEjected = rng.unit();
        params.errorShare = rng.below(2) == 0 ? 0 : 0.2;
        params.window = 2s;
        if (rng.below(2) == 0) {
            params.successRate = PassiveParams::SuccessRate{.interval = 500ms, .minHosts = 3, .minRequests = 20};
        }
        HealthParams both = passive(params);
        both.active = ActiveCheckParams{.rise = 2, .fall = 2};
        HealthBench bench(size, both, {.slowStart = 1s});
        const std::size_t most = mostEjected(params, size);
        std::vector<double> failing(size);
        std::vector<TimePoint> outSince(size);
        for (int step = 0; step < 20000; ++step) {
            const std::size_t at = rng.below(size);
            if (step % 500 == 0) {
                std::ranges::generate(failing, [&] { return rng.below(3) == 0 ? rng.unit() : 0.01; });
            }
            bench.after(std::chrono::milliseconds(rng.below(10)));
            bench.outcome(at, rng.unit() >= failing[at]);
            if (rng.below(50) == 0) {
                bench.check(at, rng.unit() >= failing[at]);
            }
            if (rng.below(20) == 0) {
                bench.tick();
            }
            QVERIFY(bench.ejected() <= most);
            QVERIFY(size == 1 || bench.ejected() < size);
            for (std::size_t one = 0; one < size; ++one) {
                const bool out = bench.pool->state(one).ejected(bench.now);
                outSince[one] = !out ? TimePoint{} : outSince[one].ns == 0 ? bench.now : outSince[one];
                QVERIFY(!out || bench.now - outSince[one] <= kLongestEjection);
            }
        }
        // Left alone, everyone that was ejected comes back.
        bench.after(kLongestEjection);
        QCOMPARE(bench.ejected(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestPoolHealth)
#include "tst_pool_health.moc"
