#include <QtTest>

#include <cmath>
#include <queue>
#include <vector>

#include "core/balance/adaptive_limit.h"
#include "core/base/rng.h"

using namespace signalbox;
using namespace std::chrono_literals;
using balance::AdaptiveLimit;
using balance::AdaptiveParams;

namespace {

/// A server of `capacity` workers in simulated time, to which more comes than it can serve: as many requests as the limit
/// lets in are always under way.
class Simulation {
public:
    explicit Simulation(const AdaptiveParams& params, std::uint64_t seed = 1) : limit(params), m_rng(seed) {}

    std::size_t capacity = 32;
    Duration service = 10ms;
    bool exponential = false;
    std::size_t demand = 100'000;  ///< requests that there are at a time
    AdaptiveLimit limit;

    void run(Duration howLong)
    {
        const TimePoint until = m_now + howLong;
        refill();
        while (!m_serving.empty() && m_serving.top().ns <= until.ns) {
            m_now = {m_serving.top().ns};
            const TimePoint begun = m_serving.top().begun;
            m_serving.pop();
            --m_underWay;
            limit.onSample(m_now - begun, m_now);
            limit.release();
            if (!m_waiting.empty()) {
                serve(m_waiting.front());
                m_waiting.pop();
            }
            refill();
        }
        m_now = until;
    }
    /// The mean of the limit over some seconds, by which probes come and go.
    double meanLimit(Duration howLong = 4s)
    {
        double sum = 0;
        for (int i = 0; i < 40; ++i) {
            run(howLong / 40);
            sum += limit.limit();
        }
        return sum / 40;
    }

private:
    struct Serving {
        std::int64_t ns;
        TimePoint begun;
        bool operator>(const Serving& other) const { return ns > other.ns; }
    };

    void refill()
    {
        while (m_underWay < demand && limit.tryAcquire()) {
            ++m_underWay;
            if (m_serving.size() < capacity) {
                serve(m_now);
            } else {
                m_waiting.push(m_now);
            }
        }
    }
    void serve(TimePoint begun)
    {
        const double factor = exponential ? -std::log(1 - m_rng.unit()) : 0.9 + 0.2 * m_rng.unit();
        m_serving.push({m_now.ns + static_cast<std::int64_t>(factor * static_cast<double>(service.count())), begun});
    }

    Rng m_rng;
    TimePoint m_now{1'000'000'000};
    std::size_t m_underWay = 0;
    std::priority_queue<Serving, std::vector<Serving>, std::greater<>> m_serving;
    std::queue<TimePoint> m_waiting;
};

AdaptiveParams quick()
{
    AdaptiveParams out;
    out.window = 100ms;
    out.probe = 5s;
    return out;
}

}  // namespace

class tst_AdaptiveLimit final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void itConvergesToTheCapacityOfTheServer_data()
    {
        QTest::addColumn<int>("capacity");
        QTest::addColumn<int>("initial");
        QTest::addColumn<bool>("exponential");
        QTest::newRow("below the initial limit") << 8 << 20 << false;
        QTest::newRow("far below it") << 8 << 200 << false;
        QTest::newRow("above it") << 64 << 20 << false;
        QTest::newRow("far above it") << 300 << 4 << false;
        QTest::newRow("with exponential service times") << 32 << 20 << true;
        QTest::newRow("exponential and above it") << 128 << 10 << true;
    }
    void itConvergesToTheCapacityOfTheServer()
    {
        QFETCH(int, capacity);
        QFETCH(int, initial);
        QFETCH(bool, exponential);
        AdaptiveParams params = quick();
        params.initial = static_cast<std::uint32_t>(initial);
        Simulation simulation(params);
        simulation.capacity = static_cast<std::size_t>(capacity);
        simulation.exponential = exponential;
        simulation.run(40s);
        const double limit = simulation.meanLimit();
        const QByteArray shown = QByteArray::number(limit);
        // All workers are busy, and few requests wait: the tolerance of 25 % and the square root that is always tried.
        QVERIFY2(limit >= 0.9 * capacity, shown.constData());
        QVERIFY2(limit <= 1.6 * capacity + 4, shown.constData());
    }

    void itFallsWhenLatencyDoublesAndRecovers()
    {
        AdaptiveParams params = quick();
        params.probe = 60s;
        Simulation simulation(params);
        simulation.run(50s);
        const double before = simulation.meanLimit();
        simulation.service = 20ms;
        simulation.run(3s);
        const double slow = simulation.meanLimit();
        QVERIFY2(slow < before / 2, (QByteArray::number(before) + " -> " + QByteArray::number(slow)).constData());
        simulation.service = 10ms;
        simulation.run(5s);
        const double after = simulation.meanLimit();
        QVERIFY2(after > 0.85 * before, (QByteArray::number(before) + " -> " + QByteArray::number(after)).constData());
    }

    void itTakesALatencyThatStaysForTheNewOne()
    {
        Simulation simulation(quick());
        simulation.run(20s);
        const double before = simulation.meanLimit();
        simulation.service = 20ms;
        simulation.run(30s);
        const double after = simulation.meanLimit();
        QVERIFY2(after > 0.85 * before, (QByteArray::number(before) + " -> " + QByteArray::number(after)).constData());
        QVERIFY(simulation.limit.view().unloaded > 15ms && simulation.limit.view().unloaded < 30ms);
    }

    void itFollowsACapacityThatShrinks()
    {
        Simulation simulation(quick());
        simulation.run(20s);
        simulation.capacity = 8;
        simulation.run(40s);
        const double limit = simulation.meanLimit();
        QVERIFY2(limit >= 7 && limit <= 20, QByteArray::number(limit).constData());
    }

    void itStaysWithinItsBounds_data()
    {
        QTest::addColumn<int>("capacity");
        QTest::addColumn<int>("bound");
        QTest::newRow("the highest") << 500 << 40;
        QTest::newRow("the lowest") << 1 << 12;
    }
    void itStaysWithinItsBounds()
    {
        QFETCH(int, capacity);
        QFETCH(int, bound);
        AdaptiveParams params = quick();
        params.min = 12;
        params.max = 40;
        Simulation simulation(params);
        simulation.capacity = static_cast<std::size_t>(capacity);
        bool reached = false;
        for (int i = 0; i < 600; ++i) {
            simulation.run(50ms);
            const auto limit = simulation.limit.limit();
            QVERIFY(limit >= 12 && limit <= 40);
            QVERIFY(simulation.limit.inFlight() <= 40);
            reached = reached || limit == static_cast<std::uint32_t>(bound);
        }
        QVERIFY(reached);
    }

    void aLimitThatIsNotUsedDoesNotGrow()
    {
        Simulation simulation(quick());
        simulation.demand = 5;
        simulation.run(30s);
        QVERIFY(simulation.limit.limit() <= 20);
        simulation.demand = 1000;
        simulation.run(20s);
        QVERIFY(simulation.limit.limit() >= 25);
    }

    void nothingIsLearntFromTooFewAnswers()
    {
        AdaptiveParams params = quick();
        params.minSamples = 1000;
        Simulation simulation(params);
        simulation.capacity = 1;
        simulation.run(5s);
        QCOMPARE(simulation.limit.limit(), 20U);
        QVERIFY(simulation.limit.view().unloaded == Duration::zero());
    }

    void thePlaceIsCountedExactly()
    {
        AdaptiveParams params;
        params.initial = 4;
        AdaptiveLimit limit(params);
        for (int i = 0; i < 4; ++i) {
            QVERIFY(limit.tryAcquire());
        }
        QVERIFY(!limit.tryAcquire());
        QCOMPARE(limit.inFlight(), 4U);
        limit.release();
        QVERIFY(limit.tryAcquire());
        QVERIFY(!limit.tryAcquire());
    }
};

QTEST_GUILESS_MAIN(tst_AdaptiveLimit)
#include "tst_adaptive_limit.moc"
