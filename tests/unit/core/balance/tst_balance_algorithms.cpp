#include <QTest>

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <thread>

#include "core/balance/smooth_rotation.h"
#include "tests/support/pools.h"

using namespace signalbox;
using namespace signalbox::balance;

namespace {

struct Fixture {
    Fixture(const char* id, PoolState given)
        : pool(std::move(given)), balancer(test::balancerOf(*builtinBalancers().find(id), pool))
    {}
    std::size_t pick(std::string_view client = {}, std::uint64_t tried = 0, stats::DecisionTrace* trace = nullptr)
    {
        return balancer->pick({.pool = pool, .clientAddress = client, .tried = tried, .trace = trace}, rng).value();
    }
    /// The names in turn.
    std::string picks(int count)
    {
        std::string out;
        for (int at = 0; at < count; ++at) {
            out += pool.spec(pick()).name;
        }
        return out;
    }

    PoolState pool;
    std::unique_ptr<Balancer> balancer;
    Rng rng{11};
};

std::vector<BackendSpec> specsOf(const QList<int>& weights)
{
    std::vector<BackendSpec> out;
    for (const int weight : weights) {
        out.push_back({.name = {}, .weight = static_cast<std::uint32_t>(weight)});
    }
    return out;
}

}  // namespace

class TestBalanceAlgorithms : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void roundRobinTakesTurns_data()
    {
        QTest::addColumn<QList<int>>("weights");
        QTest::addColumn<QString>("turns");
        QTest::newRow("equal weights in order") << QList<int>{1, 1, 1} << "abcabc";
        QTest::newRow("equal weights above 1 are as 1") << QList<int>{7, 7, 7} << "abcabc";
        QTest::newRow("2 1 1") << QList<int>{2, 1, 1} << "abacabac";
        QTest::newRow("5 1 1 spreads") << QList<int>{5, 1, 1} << "aaabaacaaabaac";
        QTest::newRow("4 2 is 2 1") << QList<int>{4, 2} << "aabaab";
        QTest::newRow("weight 0 has no turn") << QList<int>{1, 0, 1} << "acac";
        QTest::newRow("one") << QList<int>{3} << "aaa";
    }
    void roundRobinTakesTurns()
    {
        QFETCH(QList<int>, weights);
        QFETCH(QString, turns);
        Fixture fixture("round-robin", test::poolOf(specsOf(weights)));
        QCOMPARE(QString::fromStdString(fixture.picks(static_cast<int>(turns.size()))), turns);
    }

    /// Over a period the counts are exact, and on the way no backend of n is ever 1 + n / 2 picks away from its due.
    void rotationIsExactAndSmooth_data()
    {
        QTest::addColumn<QList<int>>("weights");
        QTest::newRow("3 equal") << QList<int>{1, 1, 1};
        QTest::newRow("2 1 1") << QList<int>{2, 1, 1};
        QTest::newRow("997 3: longer than some tables") << QList<int>{997, 3};
        QTest::newRow("99991 and 7: no table") << QList<int>{99991, 7};
        QTest::newRow("4001 97 5 3 1: no table") << QList<int>{4001, 97, 5, 3, 1};
        QTest::newRow("1 to 12") << QList<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    }
    void rotationIsExactAndSmooth()
    {
        QFETCH(QList<int>, weights);
        const PoolState pool = test::poolOf(specsOf(weights));
        SmoothRotation rotation(pool);
        std::vector<std::uint32_t> members(pool.size());
        std::iota(members.begin(), members.end(), 0u);
        const int period = std::accumulate(weights.begin(), weights.end(), 0);
        std::vector<int> counts(pool.size());
        double worst = 0;
        for (int pick = 1; pick <= period; ++pick) {
            ++counts[rotation.next(pool, members, TimePoint{})];
            for (std::size_t at = 0; at < counts.size(); ++at) {
                const double due = static_cast<double>(pick) * weights[static_cast<qsizetype>(at)] / period;
                worst = std::max(worst, std::abs(counts[at] - due));
            }
        }
        for (std::size_t at = 0; at < counts.size(); ++at) {
            QCOMPARE(counts[at], weights[static_cast<qsizetype>(at)]);
        }
        QVERIFY2(worst < 1 + static_cast<double>(counts.size()) / 2, QByteArray::number(worst).constData());
    }

    void largestWeightsDoNotOverflow()
    {
        const std::uint32_t most = ~std::uint32_t{0};
        Fixture fixture("round-robin", test::poolOf({most, most - 1, 1}));
        const std::string turns = fixture.picks(1000);
        QVERIFY(std::abs(std::ranges::count(turns, 'a') - 500) <= 1);
        QVERIFY(std::ranges::count(turns, 'c') <= 1);
    }

    void aPlanWithOtherWeightsIsFollowed()
    {
        Fixture fixture("round-robin", test::poolOf({2, 1, 1}));
        QCOMPARE(fixture.picks(4), std::string("abac"));
        fixture.pool = test::poolOf({1, 3});
        const std::string turns = fixture.picks(400);
        QCOMPARE(std::ranges::count(turns, 'a'), std::ptrdiff_t{100});
    }

    void roundRobinWithoutOneAlternatesTheOthers()
    {
        Fixture fixture("round-robin", test::poolOf({1, 1, 1}));
        fixture.pool.state(1).healthy = false;
        QCOMPARE(fixture.picks(6), std::string("acacac"));
        Fixture weighted("round-robin", test::poolOf({2, 5, 1}));
        weighted.pool.state(1).healthy = false;
        const std::string turns = weighted.picks(300);
        QCOMPARE(std::ranges::count(turns, 'a'), std::ptrdiff_t{200});
        QCOMPARE(std::ranges::count(turns, 'c'), std::ptrdiff_t{100});
    }

    void retriesDoNotDisturbTheTurns()
    {
        Fixture fixture("round-robin", test::poolOf({1, 1, 1}));
        std::string first;
        std::string retried;
        for (int request = 0; request < 30; ++request) {
            const std::size_t at = fixture.pick();
            first += fixture.pool.spec(at).name;
            if (at == 1) {
                retried += fixture.pool.spec(fixture.pick({}, 0b010)).name;
            }
        }
        QCOMPARE(first, std::string("abcabcabcabcabcabcabcabcabcabc"));
        QCOMPARE(retried, std::string("acacacacac"));
    }

    void roundRobinIsExactOverThreads_data()
    {
        QTest::addColumn<QList<int>>("weights");
        QTest::newRow("1 1 1") << QList<int>{1, 1, 1};
        QTest::newRow("2 1 1") << QList<int>{2, 1, 1};
        QTest::newRow("997 3") << QList<int>{997, 3};
    }
    void roundRobinIsExactOverThreads()
    {
        QFETCH(QList<int>, weights);
        const int period = std::accumulate(weights.begin(), weights.end(), 0);
        const int total = period * (12000 / period / 4 * 4 == 0 ? 4 : 12000 / period / 4 * 4);
        Fixture fixture("round-robin", test::poolOf(specsOf(weights)));
        std::array<std::atomic<int>, 3> counts{};
        std::vector<std::thread> threads;
        for (int worker = 0; worker < 4; ++worker) {
            threads.emplace_back([&] {
                Rng rng(1);
                for (int at = 0; at < total / 4; ++at) {
                    ++counts[fixture.balancer->pick({.pool = fixture.pool}, rng).value()];
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (qsizetype at = 0; at < weights.size(); ++at) {
            QCOMPARE(counts[static_cast<std::size_t>(at)].load(), weights[at] * (total / period));
        }
    }

    void leastConnectionsTakesTheLeastLoaded()
    {
        Fixture fixture("least-connections", test::poolOf({1, 1, 4}));
        fixture.pool.state(0).addActive(0, 2);
        fixture.pool.state(1).addActive(1, 1);
        fixture.pool.state(2).addActive(2, 3);  // 3 of weight 4 is less than 1 of weight 1
        QCOMPARE(fixture.pick(), std::size_t{2});
        fixture.pool.state(2).addActive(0, 2);
        QCOMPARE(fixture.pick(), std::size_t{1});
        auto trace = std::make_unique<stats::DecisionTrace>();
        fixture.pick({}, 0, trace.get());
        QCOMPARE((trace->candidates.begin() + 2)->score, 1.25);
    }

    void idleEqualBackendsTakeTurns()
    {
        Fixture fixture("least-connections", test::poolOf({1, 1, 1}));
        QCOMPARE(fixture.picks(6), std::string("abcabc"));
        fixture.pool.state(0).addActive(0, 1);
        QCOMPARE(fixture.picks(4), std::string("bcbc"));
    }

    void twoChoicesDrawsWithoutReplacement()
    {
        constexpr int kPicks = 120000;
        Fixture fixture("two-choices", test::poolOf({1, 1, 1, 1}));
        std::map<std::pair<std::uint32_t, std::uint32_t>, int> pairs;
        auto trace = std::make_unique<stats::DecisionTrace>();
        for (int at = 0; at < kPicks; ++at) {
            fixture.pick({}, 0, trace.get());
            QCOMPARE(trace->draws.size(), std::size_t{2});
            ++pairs[{*trace->draws.begin(), *(trace->draws.begin() + 1)}];
        }
        // All 12 ordered pairs of different backends, 10,000 each; the standard deviation is 96.
        QCOMPARE(pairs.size(), std::size_t{12});
        for (const auto& [pair, count] : pairs) {
            QVERIFY(pair.first != pair.second);
            QVERIFY2(std::abs(count - kPicks / 12) < 450, QByteArray::number(count).constData());
        }
    }

    void twoChoicesDrawsByWeight()
    {
        constexpr int kPicks = 100000;
        Fixture fixture("two-choices", test::poolOf({6, 3, 1}));
        std::map<std::pair<std::uint32_t, std::uint32_t>, int> pairs;
        auto trace = std::make_unique<stats::DecisionTrace>();
        for (int at = 0; at < kPicks; ++at) {
            fixture.pick({}, 0, trace.get());
            ++pairs[{*trace->draws.begin(), *(trace->draws.begin() + 1)}];
        }
        const double weights[] = {0.6, 0.3, 0.1};
        for (std::uint32_t a = 0; a < 3; ++a) {
            for (std::uint32_t b = 0; b < 3; ++b) {
                const double expected = a == b ? 0 : weights[a] * weights[b] / (1 - weights[a]);
                QVERIFY(std::abs(pairs[{a, b}] / double(kPicks) - expected) < 0.008);
            }
        }
    }

    void twoChoicesTakesTheLessLoaded()
    {
        Fixture fixture("two-choices", test::poolOf({1, 1, 1}));
        fixture.pool.state(0).addActive(0, 5);
        fixture.pool.state(1).addActive(0, 2);
        auto trace = std::make_unique<stats::DecisionTrace>();
        std::array<int, 3> counts{};
        for (int at = 0; at < 3000; ++at) {
            const std::size_t picked = fixture.pick({}, 0, trace.get());
            ++counts[picked];
            for (const std::uint32_t draw : trace->draws) {
                QVERIFY(fixture.pool.state(draw).active() >= fixture.pool.state(picked).active());
            }
        }
        QCOMPARE(counts[0], 0);  // whoever it is drawn with is less loaded
        QVERIFY(counts[1] > 900 && counts[1] < 1100);
    }

    void twoBackendsAreBothLookedAt()
    {
        Fixture fixture("two-choices", test::poolOf({1, 1}));
        fixture.pool.state(1).addActive(0, 1);
        QCOMPARE(fixture.picks(200), std::string(200, 'a'));
    }

    void addressesStayWhereTheyAre()
    {
        Fixture fixture("ip-hash", test::poolOf({1, 1, 1, 1}));
        std::vector<std::size_t> before;
        for (std::uint32_t client = 0; client < 4000; ++client) {
            before.push_back(fixture.pick(test::clientOf(client)));
            QCOMPARE(fixture.pick(test::clientOf(client)), before.back());
        }
        fixture.pool.state(2).healthy = false;
        std::array<int, 4> moved{};
        for (std::uint32_t client = 0; client < 4000; ++client) {
            const std::size_t now = fixture.pick(test::clientOf(client));
            QVERIFY(before[client] == 2 ? now != 2 : now == before[client]);
            moved[now] += before[client] == 2 ? 1 : 0;
        }
        for (const std::size_t at : {0, 1, 3}) {
            QVERIFY2(moved[at] > 250, "the moved clients are spread over all that stay");
        }
        fixture.pool.state(2).healthy = true;
        for (std::uint32_t client = 0; client < 4000; ++client) {
            QCOMPARE(fixture.pick(test::clientOf(client)), before[client]);
        }
    }

    void addressesFollowNamesNotPlaces()
    {
        Fixture one("ip-hash", test::poolOf(std::vector<BackendSpec>{{.name = "x"}, {.name = "y"}, {.name = "z"}}));
        Fixture other("ip-hash", test::poolOf(std::vector<BackendSpec>{{.name = "z"}, {.name = "x"}, {.name = "y"}}));
        for (std::uint32_t client = 0; client < 500; ++client) {
            const std::string address = test::clientOf(client);
            QCOMPARE(one.pool.spec(one.pick(address)).name, other.pool.spec(other.pick(address)).name);
        }
    }
};

QTEST_GUILESS_MAIN(TestBalanceAlgorithms)
#include "tst_balance_algorithms.moc"
