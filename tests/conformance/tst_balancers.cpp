#include <QTest>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <deque>
#include <thread>

#include "tests/support/pools.h"

using namespace signalbox;
using namespace signalbox::balance;

namespace {

/// Picks for client after client, so that algorithms with a key spread as well.
struct Driver {
    const PoolState& pool;
    Balancer& balancer;
    Rng rng{7};
    std::uint32_t client = 0;
    std::uint64_t tried = 0;
    stats::DecisionTrace* trace = nullptr;
    TimePoint now{};

    std::optional<std::size_t> pick()
    {
        const std::string address = test::clientOf(client++);
        const PickContext context{.pool = pool,
                                  .clientAddress = address,
                                  .keyHash = mix64(client),
                                  .tried = tried,
                                  .trace = trace,
                                  .now = now};
        return balancer.pick(context, rng);
    }
    std::vector<std::size_t> counts(std::size_t picks)
    {
        std::vector<std::size_t> out(pool.size());
        for (std::size_t at = 0; at < picks; ++at) {
            ++out.at(pick().value());
        }
        return out;
    }
};

/// The driver of one of several workers: random numbers and clients of its own.
Driver driverOf(const PoolState& pool, Balancer& balancer, std::size_t worker, std::size_t picks)
{
    return Driver{pool, balancer, Rng(worker), static_cast<std::uint32_t>(worker * picks)};
}

/// Picks a backend, answers at once, and says which it was: place 2, which never serves here, if there was none.
std::size_t serveOne(Driver& driver, const PoolState& pool, Balancer& balancer, std::size_t worker, std::size_t at)
{
    const std::size_t picked = driver.pick().value_or(2);
    pool.state(picked).addActive(worker, 1);
    balancer.onOutcome(picked, true, std::chrono::milliseconds(1), TimePoint{static_cast<std::int64_t>(at)});
    pool.state(picked).addActive(worker, -1);
    return picked;
}

bool isNear(std::size_t count, double share, std::size_t picks, double tolerance)
{
    return std::abs(static_cast<double>(count) / static_cast<double>(picks) - share) <= tolerance;
}

}  // namespace

/// Every balancer of the build keeps the same promises.
class TestBalancers : public QObject {
    Q_OBJECT

private:
    static void addAll()
    {
        QTest::addColumn<QString>("id");
        for (const BalancerDescriptor& descriptor : builtinBalancers().all()) {
            QTest::newRow(std::string(descriptor.id).c_str()) << QString::fromStdString(std::string(descriptor.id));
        }
    }
    static const BalancerDescriptor& descriptor()
    {
        QFETCH(QString, id);
        return *builtinBalancers().find(id.toStdString());
    }

private Q_SLOTS:
    void describesItself_data() { addAll(); }
    void describesItself()
    {
        QCOMPARE(descriptor().params.id, descriptor().id);
        QVERIFY(!descriptor().params.title.empty());
        QVERIFY(descriptor().params.help.size() > 40);
        for (const ParamSpec& param : descriptor().params.params) {
            QVERIFY(!param.title.empty() && !param.help.empty());
        }
    }

    void picksNothingFromNothing_data() { addAll(); }
    void picksNothingFromNothing()
    {
        const PoolState none = test::poolOf(std::vector<BackendSpec>{});
        const PoolState some = test::poolOf({1, 0, 1});
        some.state(0).healthy = false;
        some.state(2).draining = true;
        for (const PoolState* pool : {&none, &some}) {
            const auto balancer = test::balancerOf(descriptor(), *pool);
            Driver driver{*pool, *balancer};
            for (int round = 0; round < 100; ++round) {
                QVERIFY(!driver.pick().has_value());
            }
        }
    }

    void picksTheOnlyUsableOne_data() { addAll(); }
    void picksTheOnlyUsableOne()
    {
        const PoolState pool = test::poolOf(
            {{.weight = 1}, {.weight = 0}, {.weight = 3}, {.weight = 1, .maxConnections = 2}, {.weight = 1}});
        pool.state(0).healthy = false;
        pool.state(2).draining = true;
        pool.state(3).addActive(0, 1);
        pool.state(3).addActive(5, 1);
        const auto balancer = test::balancerOf(descriptor(), pool);
        Driver driver{pool, *balancer};
        QCOMPARE(driver.counts(1000)[4], std::size_t{1000});
        pool.state(3).addActive(5, -1);
        pool.state(4).healthy = false;
        QCOMPARE(driver.counts(1000)[3], std::size_t{1000});
    }

    void leavesOutTriedOnes_data() { addAll(); }
    void leavesOutTriedOnes()
    {
        const PoolState pool = test::poolOf({1, 1, 1, 1});
        const auto balancer = test::balancerOf(descriptor(), pool);
        Driver driver{pool, *balancer};
        driver.tried = 0b0101;
        const auto counts = driver.counts(1000);
        QVERIFY(counts[0] == 0 && counts[2] == 0 && counts[1] > 300 && counts[3] > 300);
        driver.tried = 0b1111;
        QVERIFY(!driver.pick().has_value());
    }

    void usesBackupsOnlyWhenNeeded_data() { addAll(); }
    void usesBackupsOnlyWhenNeeded()
    {
        const PoolState pool =
            test::poolOf({{.weight = 1}, {.weight = 1, .backup = true}, {.weight = 1}, {.weight = 1, .backup = true}});
        const auto balancer = test::balancerOf(descriptor(), pool);
        Driver driver{pool, *balancer};
        auto counts = driver.counts(1000);
        QVERIFY(counts[1] == 0 && counts[3] == 0);
        pool.state(0).healthy = false;
        QCOMPARE(driver.counts(1000)[2], std::size_t{1000});
        pool.state(2).healthy = false;
        counts = driver.counts(1000);
        QVERIFY(counts[0] == 0 && counts[2] == 0 && counts[1] > 300 && counts[3] > 300);
        pool.state(0).healthy = true;
        QCOMPARE(driver.counts(1000)[0], std::size_t{1000});
    }

    void reachesEveryBackend_data() { addAll(); }
    void reachesEveryBackend()
    {
        for (const std::size_t size :
             {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{64}, std::size_t{65}, std::size_t{300}}) {
            const PoolState pool = test::poolOf(std::vector<BackendSpec>(size));
            const auto balancer = test::balancerOf(descriptor(), pool);
            Driver driver{pool, *balancer};
            QCOMPARE(std::ranges::count(driver.counts(size * 30), std::size_t{0}), std::ptrdiff_t{0});
        }
    }

    /// 100,000 picks on an idle pool: every share within 1 % of all picks.
    void honoursWeights_data() { addAll(); }
    void honoursWeights()
    {
        if (!descriptor().honoursWeights) {
            QSKIP("takes no notice of weights");
        }
        constexpr std::size_t kPicks = 100000;
        const PoolState pool = test::poolOf({5, 3, 0, 2});
        const auto balancer = test::balancerOf(descriptor(), pool);
        Driver driver{pool, *balancer};
        const auto counts = driver.counts(kPicks);
        QCOMPARE(counts[2], std::size_t{0});
        QVERIFY2(isNear(counts[0], 0.5, kPicks, 0.01), QByteArray::number(qulonglong(counts[0])).constData());
        QVERIFY2(isNear(counts[1], 0.3, kPicks, 0.01), QByteArray::number(qulonglong(counts[1])).constData());
        QVERIFY2(isNear(counts[3], 0.2, kPicks, 0.01), QByteArray::number(qulonglong(counts[3])).constData());
    }

    /// The same with 40 requests in flight that end in the order they began: within 2 %.
    void honoursWeightsUnderLoad_data() { addAll(); }
    void honoursWeightsUnderLoad()
    {
        if (!descriptor().honoursWeights) {
            QSKIP("takes no notice of weights");
        }
        constexpr std::size_t kPicks = 100000;
        const PoolState pool = test::poolOf({5, 3, 2});
        const auto balancer = test::balancerOf(descriptor(), pool);
        Driver driver{pool, *balancer};
        std::deque<std::size_t> flying;
        std::vector<std::size_t> counts(3);
        for (std::size_t at = 0; at < kPicks; ++at) {
            flying.push_back(driver.pick().value());
            ++counts[flying.back()];
            pool.state(flying.back()).addActive(at % 4, 1);
            if (flying.size() == 40) {
                pool.state(flying.front()).addActive((at + 1) % 4, -1);
                flying.pop_front();
            }
        }
        const QByteArray shown =
            QByteArray::number(qulonglong(counts[0])) + ' ' + QByteArray::number(qulonglong(counts[1]));
        QVERIFY2(isNear(counts[0], 0.5, kPicks, 0.02) && isNear(counts[1], 0.3, kPicks, 0.02), shown.constData());
    }

    /// Ejected, unhealthy and draining ones are left out whatever the size of the rest.
    void leavesOutWhoIsOut_data() { addAll(); }
    void leavesOutWhoIsOut()
    {
        const PoolState pool = test::poolOf({1, 1, 1, 1, 1});
        pool.state(0).healthy = false;
        pool.state(1).ejectedUntilNs = 1000;
        pool.state(2).draining = true;
        const auto balancer = test::balancerOf(descriptor(), pool);
        Driver driver{pool, *balancer};
        driver.now = TimePoint{999};
        auto counts = driver.counts(1000);
        QVERIFY(counts[0] + counts[1] + counts[2] == 0 && counts[3] > 300 && counts[4] > 300);
        // An ejection ends by time alone.
        driver.now = TimePoint{1000};
        counts = driver.counts(3000);
        QVERIFY(counts[0] + counts[2] == 0 && counts[1] > 700);
    }

    void usesTiersInTheirOrder_data() { addAll(); }
    void usesTiersInTheirOrder()
    {
        const PoolState pool = test::poolOf({{.priority = 7}, {.priority = 2}, {.backup = true}, {.priority = 2}});
        const auto balancer = test::balancerOf(descriptor(), pool);
        auto trace = std::make_unique<stats::DecisionTrace>();
        Driver driver{pool, *balancer};
        driver.trace = trace.get();
        auto counts = driver.counts(1000);
        QVERIFY(counts[1] > 300 && counts[3] > 300 && counts[1] + counts[3] == 1000);
        QCOMPARE(trace->candidates.begin()->state, stats::CandidateState::LaterTier);
        QCOMPARE((trace->candidates.begin() + 2)->state, stats::CandidateState::Backup);
        pool.state(1).healthy = false;
        QCOMPARE(driver.counts(100)[3], std::size_t{100});
        pool.state(3).healthy = false;
        QCOMPARE(driver.counts(100)[0], std::size_t{100});
        pool.state(0).healthy = false;
        QCOMPARE(driver.counts(100)[2], std::size_t{100});
        pool.state(2).healthy = false;
        QVERIFY(!driver.pick().has_value());
    }

    void panicUsesTheSickAsWell_data() { addAll(); }
    void panicUsesTheSickAsWell()
    {
        const PoolState pool = test::poolOf({{}, {}, {}, {}, {.backup = true}}, {.panic = 0.5});
        const auto balancer = test::balancerOf(descriptor(), pool);
        auto trace = std::make_unique<stats::DecisionTrace>();
        Driver driver{pool, *balancer};
        driver.trace = trace.get();
        pool.state(0).healthy = false;
        pool.state(1).ejectedUntilNs = 1000;
        auto counts = driver.counts(1000);
        QVERIFY(counts[0] + counts[1] + counts[4] == 0 && !trace->panic);  // half is not less than half
        pool.state(2).healthy = false;
        counts = driver.counts(4000);
        QVERIFY(trace->panic && counts[4] == 0);
        for (const std::size_t at : {0, 1, 2, 3}) {
            QVERIFY2(counts[at] > 700, QByteArray::number(qulonglong(counts[at])).constData());
        }
        // Draining ones stay out even then, and a healthy backup comes before the sick.
        pool.state(2).draining = true;
        pool.state(3).healthy = false;
        counts = driver.counts(1000);
        QVERIFY(counts[4] == 1000 && !trace->panic);
        pool.state(4).healthy = false;
        counts = driver.counts(3000);
        QVERIFY(trace->panic && counts[2] + counts[4] == 0 && counts[0] > 700 && counts[1] > 700 && counts[3] > 700);
    }

    /// 100,000 picks at three moments of a slow start: the share that is due within 1 % of all picks.
    void startsSlowly_data() { addAll(); }
    void startsSlowly()
    {
        if (!descriptor().honoursWeights) {
            QSKIP("takes no notice of weights");
        }
        constexpr std::size_t kPicks = 100000;
        for (const auto& [now, part] : std::vector<std::pair<std::int64_t, double>>{
                 {1000, 0.1}, {1500, 0.55}, {1800, 0.82}, {2000, 1.0}, {9000, 1.0}}) {
            const PoolState pool =
                test::poolOf({{.weight = 2}, {.weight = 3}, {.weight = 1}}, {.slowStart = Duration(1000)});
            pool.state(1).slowFromNs = 1000;
            const auto balancer = test::balancerOf(descriptor(), pool);
            auto trace = std::make_unique<stats::DecisionTrace>();
            Driver driver{pool, *balancer};
            driver.now = TimePoint{now};
            const auto counts = driver.counts(kPicks);
            const double all = 3 + 3 * part;
            const QByteArray shown =
                QByteArray::number(qlonglong(now)) + ": " + QByteArray::number(qulonglong(counts[1]));
            QVERIFY2(isNear(counts[0], 2 / all, kPicks, 0.01), shown.constData());
            QVERIFY2(isNear(counts[1], 3 * part / all, kPicks, 0.01), shown.constData());
            driver.trace = trace.get();
            (void)driver.pick();
            QCOMPARE(int((trace->candidates.begin() + 1)->share), int(part * 100));
        }
    }

    /// One backend out: the others take its share by weight, not the next one alone.
    void sharesFairlyWhenOneIsOut_data() { addAll(); }
    void sharesFairlyWhenOneIsOut()
    {
        constexpr std::size_t kPicks = 100000;
        const PoolState pool = test::poolOf({1, 1, 1, 1});
        const auto balancer = test::balancerOf(descriptor(), pool);
        Driver driver{pool, *balancer};
        pool.state(1).healthy = false;
        const auto counts = driver.counts(kPicks);
        QCOMPARE(counts[1], std::size_t{0});
        for (const std::size_t at : {0, 2, 3}) {
            QVERIFY2(isNear(counts[at], 1.0 / 3, kPicks, 0.01), QByteArray::number(qulonglong(counts[at])).constData());
        }
    }

    void isTheSameAgain_data() { addAll(); }
    void isTheSameAgain()
    {
        const auto run = [this] {
            const PoolState pool = test::poolOf({3, 1, 2, 1});
            const auto balancer = test::balancerOf(descriptor(), pool);
            Driver driver{pool, *balancer};
            Rng world(3);
            std::vector<std::size_t> out;
            for (int round = 0; round < 2000; ++round) {
                const std::size_t at = driver.pick().value();
                out.push_back(at);
                pool.state(at).addActive(0, 1);
                balancer->onOutcome(at, world.below(10) != 0, std::chrono::milliseconds(world.below(20)),
                                    TimePoint{round * 1000});
                const std::size_t done = out[world.below(out.size())];
                if (pool.state(done).active() > 0) {
                    pool.state(done).addActive(0, -1);
                }
                pool.state(world.below(3)).healthy = world.below(4) != 0;
                driver.tried = world.below(8) == 0 ? 1 : 0;
            }
            return out;
        };
        QCOMPARE(run(), run());
    }

    void recordsWhatItDecided_data() { addAll(); }
    void recordsWhatItDecided()
    {
        for (const std::size_t size : {3, 12, 13, 70}) {
            const PoolState pool = test::poolOf(std::vector<BackendSpec>(size));
            pool.state(1).healthy = false;
            const auto balancer = test::balancerOf(descriptor(), pool);
            auto trace = std::make_unique<stats::DecisionTrace>();
            Driver driver{pool, *balancer};
            driver.trace = trace.get();
            for (int round = 0; round < 300; ++round) {
                const std::size_t at = driver.pick().value();
                std::size_t chosen = 0;
                for (const stats::Candidate& candidate : trace->candidates) {
                    if (candidate.state == stats::CandidateState::Chosen) {
                        ++chosen;
                        QCOMPARE(candidate.backend.view(), std::string_view(pool.spec(at).name));
                    }
                }
                QCOMPARE(chosen, std::size_t{1});
                QCOMPARE(trace->candidates.size() + trace->candidates.dropped(), size);
                QCOMPARE((trace->candidates.begin() + 1)->state, stats::CandidateState::Unhealthy);
                for (const std::uint32_t draw : trace->draws) {
                    QVERIFY(draw < size && draw != 1);
                }
            }
        }
    }

    void namesEveryState_data() { addAll(); }
    void namesEveryState()
    {
        using stats::CandidateState;
        const PoolState pool = test::poolOf({{}, {.weight = 0}, {}, {}, {.maxConnections = 1}, {.backup = true}, {}});
        pool.state(2).healthy = false;
        pool.state(3).draining = true;
        pool.state(4).addActive(0, 1);
        const auto balancer = test::balancerOf(descriptor(), pool);
        auto trace = std::make_unique<stats::DecisionTrace>();
        Driver driver{pool, *balancer};
        driver.trace = trace.get();
        driver.tried = 1u << 6;
        QCOMPARE(driver.pick(), std::optional<std::size_t>(0));
        const std::vector<CandidateState> expected = {
            CandidateState::Chosen, CandidateState::ZeroWeight, CandidateState::Unhealthy, CandidateState::Draining,
            CandidateState::Full,   CandidateState::Backup,     CandidateState::Tried};
        std::vector<CandidateState> got;
        for (const stats::Candidate& candidate : trace->candidates) {
            got.push_back(candidate.state);
        }
        QVERIFY(got == expected);
        QCOMPARE((trace->candidates.begin() + 4)->active, 1u);
        // Nothing usable: everything is still on record, and nothing is chosen.
        pool.state(0).healthy = false;
        pool.state(5).healthy = false;
        QVERIFY(!driver.pick().has_value());
        QCOMPARE(trace->candidates.size(), std::size_t{7});
        QVERIFY(std::ranges::none_of(trace->candidates,
                                     [](const auto& one) { return one.state == CandidateState::Chosen; }));
    }

    /// Four workers at once: no pick is lost or unusable, and the counts of requests in flight come back to nothing.
    void servesSeveralThreads_data() { addAll(); }
    void servesSeveralThreads()
    {
        constexpr std::size_t kThreads = 4;
        constexpr std::size_t kPicks = 10000;
        const PoolState pool = test::poolOf({2, 1, 0, 1, 1});
        pool.state(4).healthy = false;
        const auto balancer = test::balancerOf(descriptor(), pool);
        std::array<std::vector<std::size_t>, kThreads> counts;
        std::vector<std::thread> threads;
        for (std::size_t worker = 0; worker < kThreads; ++worker) {
            threads.emplace_back([&, worker] {
                Driver driver = driverOf(pool, *balancer, worker, kPicks);
                counts[worker].resize(pool.size());
                for (std::size_t at = 0; at < kPicks; ++at) {
                    ++counts[worker][serveOne(driver, pool, *balancer, worker, at)];
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        std::vector<std::size_t> sum(pool.size());
        for (const auto& part : counts) {
            std::ranges::transform(part, sum, sum.begin(), std::plus<>());
        }
        QCOMPARE(sum[0] + sum[1] + sum[3], kThreads * kPicks);
        for (std::size_t at = 0; at < pool.size(); ++at) {
            QCOMPARE(pool.state(at).active(), 0u);
        }
    }

    /// Four workers, each with its own random numbers and its own share of the clients, give together the shares of one.
    /// They take turns on one thread: a thread that the system sets aside in the middle of a request rightly drives the
    /// others away from its backend.
    void severalWorkersShareByWeight_data() { addAll(); }
    void severalWorkersShareByWeight()
    {
        if (!descriptor().honoursWeights) {
            QSKIP("this algorithm does not read weights");
        }
        constexpr std::size_t kWorkers = 4;
        constexpr std::size_t kPicks = 10000;
        const PoolState pool = test::poolOf({2, 1, 0, 1, 1});
        pool.state(4).healthy = false;
        const auto balancer = test::balancerOf(descriptor(), pool);
        std::vector<Driver> drivers;
        for (std::size_t worker = 0; worker < kWorkers; ++worker) {
            drivers.push_back(driverOf(pool, *balancer, worker, kPicks));
        }
        std::vector<std::size_t> sum(pool.size());
        for (std::size_t at = 0; at < kPicks; ++at) {
            for (std::size_t worker = 0; worker < kWorkers; ++worker) {
                ++sum[serveOne(drivers[worker], pool, *balancer, worker, at)];
            }
        }
        QVERIFY2(isNear(sum[0], 0.5, kWorkers * kPicks, 0.05), QByteArray::number(qulonglong(sum[0])).constData());
        QVERIFY2(isNear(sum[1], 0.25, kWorkers * kPicks, 0.05), QByteArray::number(qulonglong(sum[1])).constData());
    }

    /// Health flips while others pick: whatever is answered was in the pool's usable part, and never the fixed unusable
    /// one.
    void bearsChangesWhilePicking_data() { addAll(); }
    void bearsChangesWhilePicking()
    {
        const PoolState pool = test::poolOf({3, 1, 2, 1});
        pool.state(3).draining = true;
        const auto balancer = test::balancerOf(descriptor(), pool);
        std::atomic<bool> done{false};
        std::thread flipper([&] {
            for (bool healthy = false; !done.load(); healthy = !healthy) {
                pool.state(1).healthy.store(healthy, std::memory_order_relaxed);
                std::this_thread::yield();
            }
        });
        Driver driver{pool, *balancer};
        std::size_t wrong = 0;
        for (int round = 0; round < 20000; ++round) {
            wrong += driver.pick().value_or(3) == 3 ? 1 : 0;
        }
        done.store(true);
        flipper.join();
        QCOMPARE(wrong, std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestBalancers)
#include "tst_balancers.moc"
