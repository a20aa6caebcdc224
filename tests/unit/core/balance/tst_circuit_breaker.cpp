#include <QTest>

#include "core/balance/circuit_breaker.h"
#include "core/base/rng.h"

using namespace signalbox;
using namespace signalbox::balance;
using namespace std::chrono_literals;
using State = CircuitBreaker::State;

namespace {

struct Bench {
    explicit Bench(BreakerParams params = {}) : breaker(params) {}

    CircuitBreaker::Admission admit() { return breaker.admit(now, event); }
    void outcomes(bool success, int count, std::uint32_t ticket = 0)
    {
        for (int i = 0; i < count; ++i) {
            breaker.onOutcome(success, ticket, now, event);
        }
    }
    void trip() { outcomes(false, 20); }
    [[nodiscard]] State state() const { return breaker.view(now).state; }
    std::string take()
    {
        const std::string out = event ? std::string(name(event->change)) + ": " + event->cause : std::string();
        event.reset();
        return out;
    }

    CircuitBreaker breaker;
    TimePoint now{5'000'000'000};
    std::optional<HealthEvent> event;
};

}  // namespace

class TestCircuitBreaker : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opensAtItsShare_data()
    {
        QTest::addColumn<int>("good");
        QTest::addColumn<int>("bad");
        QTest::addColumn<bool>("opens");
        QTest::newRow("half of twenty") << 10 << 10 << true;
        QTest::newRow("a little less") << 11 << 10 << false;
        QTest::newRow("too few requests") << 0 << 19 << false;
        QTest::newRow("all of just enough") << 0 << 20 << true;
        QTest::newRow("nothing failed") << 100 << 0 << false;
    }
    void opensAtItsShare()
    {
        QFETCH(int, good);
        QFETCH(int, bad);
        QFETCH(bool, opens);
        Bench bench;
        bench.outcomes(true, good);
        bench.outcomes(false, bad);
        QCOMPARE(bench.state(), opens ? State::Open : State::Closed);
        QCOMPARE(bench.admit().allowed, !opens);
    }

    void forgetsWhatIsOlderThanItsWindow()
    {
        Bench bench;
        bench.outcomes(false, 19);
        bench.now = bench.now + 11s;
        bench.outcomes(false, 19);
        QCOMPARE(bench.state(), State::Closed);
        bench.outcomes(false, 1);
        QCOMPARE(bench.state(), State::Open);
        QCOMPARE(bench.take(), std::string("breaker-open: 20 of 20 requests failed within 10s (limit 50%)"));
    }

    void refusesWhileOpenAndSaysHowLong()
    {
        Bench bench;
        bench.trip();
        bench.now = bench.now + 4s;
        const auto refused = bench.admit();
        QVERIFY(!refused.allowed);
        QCOMPARE(refused.retryAfter.count(), Duration(6s).count());
        // What was under way when it opened changes nothing.
        bench.outcomes(true, 100);
        QCOMPARE(bench.state(), State::Open);
    }

    void letsOnlySomeTryAtATime()
    {
        Bench bench;
        bench.trip();
        bench.now = bench.now + 10s;
        bench.take();
        const auto first = bench.admit();
        QVERIFY(first.allowed && first.ticket != 0);
        QCOMPARE(bench.take(), std::string("breaker-half-open: up to 3 trial requests at a time"));
        QVERIFY(bench.admit().allowed && bench.admit().allowed);
        QVERIFY(!bench.admit().allowed);
        QCOMPARE(bench.breaker.view(bench.now).trialsRunning, 3u);
        // One that ends without an outcome (its client left) makes room for another.
        bench.breaker.leave(first.ticket);
        QVERIFY(bench.admit().allowed);
        QVERIFY(!bench.admit().allowed);
    }

    void closesAfterItsTrials()
    {
        Bench bench;
        bench.trip();
        bench.now = bench.now + 10s;
        for (int i = 0; i < 3; ++i) {
            const auto trial = bench.admit();
            QVERIFY(trial.allowed);
            QCOMPARE(bench.state(), State::HalfOpen);
            bench.outcomes(true, 1, trial.ticket);
            bench.breaker.leave(trial.ticket);
        }
        QCOMPARE(bench.state(), State::Closed);
        QCOMPARE(bench.take(), std::string("breaker-closed: 3 trial requests were answered"));
        // It begins with an empty window.
        bench.outcomes(false, 19);
        QCOMPARE(bench.state(), State::Closed);
    }

    void oneFailedTrialOpensItAgain()
    {
        Bench bench;
        bench.trip();
        bench.now = bench.now + 10s;
        const auto good = bench.admit();
        const auto bad = bench.admit();
        bench.outcomes(true, 1, good.ticket);
        bench.outcomes(false, 1, bad.ticket);
        QCOMPARE(bench.state(), State::Open);
        QCOMPARE(bench.take(), std::string("breaker-open: a trial request failed"));
        QCOMPARE(bench.admit().retryAfter.count(), Duration(10s).count());
    }

    void aLateTrialOfAnEarlierRoundIsIgnored()
    {
        Bench bench;
        bench.trip();
        bench.now = bench.now + 10s;
        const auto late = bench.admit();
        bench.outcomes(false, 1, bench.admit().ticket);
        bench.now = bench.now + 10s;
        const auto now = bench.admit();
        QVERIFY(now.allowed && now.ticket != late.ticket);
        bench.outcomes(false, 1, late.ticket);
        bench.outcomes(false, 1, 0);
        bench.breaker.leave(late.ticket);
        QCOMPARE(bench.state(), State::HalfOpen);
        QCOMPARE(bench.breaker.view(bench.now).trialsRunning, 1u);
    }

    /// Random traffic: never more trials than allowed, refusals always say when to come back, and once the backends
    /// are well it closes.
    void neverLetsTooManyTry_data()
    {
        QTest::addColumn<int>("seed");
        for (int seed = 1; seed <= 20; ++seed) {
            QTest::addRow("seed %d", seed) << seed;
        }
    }
    void neverLetsTooManyTry()
    {
        QFETCH(int, seed);
        Rng rng(static_cast<std::uint64_t>(seed));
        const BreakerParams params{.failures = 0.1 + 0.8 * rng.unit(),
                                   .minRequests = 5,
                                   .window = 1s,
                                   .open = 300ms,
                                   .trials = 1 + static_cast<std::uint32_t>(rng.below(4))};
        Bench bench(params);
        std::vector<std::uint32_t> running;
        for (int step = 0; step < 20000; ++step) {
            const bool sick = step / 1000 % 2 == 0 && step < 18000;
            bench.now = bench.now + std::chrono::milliseconds(rng.below(5));
            if (running.size() < 8 && rng.below(2) == 0) {
                const auto admission = bench.admit();
                if (admission.allowed) {
                    running.push_back(admission.ticket);
                } else {
                    QVERIFY(admission.retryAfter > 0s && admission.retryAfter <= 1s);
                }
            } else if (!running.empty()) {
                const std::size_t at = rng.below(running.size());
                const std::uint32_t ticket = running[at];
                running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
                if (rng.below(10) != 0) {
                    bench.outcomes(!sick || rng.below(5) == 0, 1, ticket);
                }
                bench.breaker.leave(ticket);
            }
            QVERIFY(bench.breaker.view(bench.now).trialsRunning <= params.trials);
        }
        QCOMPARE(bench.state(), State::Closed);
    }
};

QTEST_GUILESS_MAIN(TestCircuitBreaker)
#include "tst_circuit_breaker.moc"
