#include <QTest>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cmath>
#include <thread>

#include "core/policy/bucket_table.h"
#include "tests/unit/core/policy/policy_fixture.h"

using namespace signalbox;
using namespace signalbox::policy;

namespace {

/// The textbook bucket in whole numbers: tokens in units of 1/interval, refilled at each look.
class ReferenceBucket {
public:
    ReferenceBucket(std::int64_t burst, std::int64_t intervalNs)
        : m_most(burst * intervalNs), m_interval(intervalNs), m_level(m_most)
    {}

    bool take(std::int64_t now)
    {
        m_level = std::min(m_most, m_level + (now - m_last));
        m_last = now;
        if (m_level < m_interval) {
            return false;
        }
        m_level -= m_interval;
        return true;
    }

private:
    std::int64_t m_most;
    std::int64_t m_interval;
    std::int64_t m_level;
    std::int64_t m_last = 0;
};

std::vector<std::int64_t> poisson(double perSecond, int count, std::uint64_t seed)
{
    Rng rng(seed);
    std::vector<std::int64_t> out;
    double at = 1e9;
    for (int number = 0; number < count; ++number) {
        at += rng.exponential() / perSecond * 1e9;
        out.push_back(static_cast<std::int64_t>(at));
    }
    return out;
}

}  // namespace

class TestRateLimit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithABucketOnAnyArrivals();
    void fourThreadsPassWhatOneBucketPasses();
    void refusalCarriesItsHeaders();
    void keys();
    void keysAreCounted();
    void memoryIsBounded();
    void combinations_data();
    void combinations();
};

void TestRateLimit::agreesWithABucketOnAnyArrivals()
{
    Rng rng(3);
    for (int round = 0; round < 300; ++round) {
        const auto interval = static_cast<std::int64_t>(1000 + rng.below(100'000'000));
        const auto burst = static_cast<std::int64_t>(1 + rng.below(50));
        // Through the rate, as a site would say it; the interval comes back exactly.
        const TokenBucket::Limit limit(Rate{1e9 / static_cast<double>(interval)}, burst);
        QCOMPARE(limit.interval, interval * 64);
        TokenBucket bucket;
        ReferenceBucket reference(burst, interval);
        std::int64_t now = 1'000'000'000;
        for (int arrival = 0; arrival < 500; ++arrival) {
            now += rng.below(4) == 0
                       ? 0
                       : static_cast<std::int64_t>(rng.exponential() * static_cast<double>(interval) * rng.unit() * 2);
            const auto outcome = bucket.take(limit, {now});
            QCOMPARE(outcome.passed, reference.take(now));
            if (!outcome.passed) {
                // The promised wait is exact: not a nanosecond earlier.
                TokenBucket later = bucket;
                TokenBucket early = bucket;
                QVERIFY(later.take(limit, TimePoint{now} + outcome.wait).passed);
                QVERIFY(!early.take(limit, TimePoint{now} + outcome.wait - Duration(1)).passed);
            }
        }
    }
}

void TestRateLimit::fourThreadsPassWhatOneBucketPasses()
{
    constexpr int kThreads = 4;
    const auto arrivals = poisson(300, 20'000, 11);
    // Arrivals of the same 10 ms are decided at the same moment by all threads at once; then all go on together.
    std::vector<std::int64_t> moments;
    ReferenceBucket reference(10, 10'000'000);
    std::size_t expected = 0;
    for (const std::int64_t at : arrivals) {
        moments.push_back(at / 10'000'000 * 10'000'000);
        expected += reference.take(moments.back()) ? 1 : 0;
    }
    const auto made =
        makePolicy("rate-limit", mapOf({{"rate", text("100/s")}, {"burst", text("10")}, {"key", text("route")}}));
    QVERIFY(made.has_value());
    Policy& policy = **made;
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> passed{0};
    std::size_t groupEnd = 0;
    std::int64_t moment = 0;
    const auto nextGroup = [&]() noexcept {
        next = groupEnd;
        moment = groupEnd < moments.size() ? moments[groupEnd] : 0;
        while (groupEnd < moments.size() && moments[groupEnd] == moment) {
            ++groupEnd;
        }
    };
    nextGroup();
    std::barrier gate(kThreads, nextGroup);
    const auto work = [&] {
        PolicyFixture fixture;
        auto context = fixture.context();
        context.trace = nullptr;
        while (groupEnd > 0 && moment != 0) {
            context.now = {moment};
            const std::size_t end = groupEnd;
            while (next.fetch_add(1) < end) {
                Refusal refusal;
                passed += policy.onRequest(context, refusal) == Verdict::Proceed ? 1 : 0;
                fixture.arena.reset();
            }
            gate.arrive_and_wait();
        }
    };
    std::vector<std::thread> threads;
    for (int at = 0; at < kThreads; ++at) {
        threads.emplace_back(work);
    }
    for (auto& thread : threads) {
        thread.join();
    }
    QCOMPARE(passed.load(), expected);
    QVERIFY(expected > 6'000 && expected < 7'000);
}

void TestRateLimit::refusalCarriesItsHeaders()
{
    PolicyFixture fixture;
    const auto made = makePolicy("rate-limit", mapOf({{"rate", text("50/s")}, {"burst", text("20")}}));
    QVERIFY(made.has_value());
    for (int at = 0; at < 20; ++at) {
        QCOMPARE(fixture.run(**made), Verdict::Proceed);
    }
    fixture.now = fixture.now + std::chrono::milliseconds(4);
    QCOMPARE(fixture.run(**made), Verdict::Refuse);
    QCOMPARE(fixture.refusal.status, 429);
    QCOMPARE(fixture.refusal.headers.find("Retry-After").value(), std::string_view("1"));
    QCOMPARE(fixture.refusal.headers.find("RateLimit-Policy").value(), std::string_view("\"default\";q=20;w=1"));
    QCOMPARE(fixture.refusal.headers.find("RateLimit").value(), std::string_view("\"default\";r=0;t=1"));
    fixture.trace.policies.clear();
    QCOMPARE(fixture.run(**made), Verdict::Refuse);
    QCOMPARE(fixture.lastWhy(), std::string("bucket empty: 0.20 of 1 token, next in 16 ms"));
    const auto slow = makePolicy("rate-limit", mapOf({{"rate", text("10/h")}, {"burst", text("1")}}));
    QCOMPARE(fixture.run(**slow), Verdict::Proceed);
    QCOMPARE(fixture.run(**slow), Verdict::Refuse);
    QCOMPARE(fixture.refusal.headers.find("Retry-After").value(), std::string_view("360"));
    QCOMPARE(fixture.refusal.headers.find("RateLimit-Policy").value(), std::string_view("\"default\";q=1;w=360"));
}

void TestRateLimit::keys()
{
    const auto limitBy = [](const char* key) {
        return std::move(
            *makePolicy("rate-limit", mapOf({{"rate", text("1/h")}, {"burst", text("1")}, {"key", text(key)}})));
    };
    PolicyFixture fixture;
    const Consumer mobile{"mobile", {}, 0};
    const Consumer web{"web", {}, 1};

    const auto byIp = limitBy("ip");
    QCOMPARE(fixture.run(*byIp), Verdict::Proceed);
    fixture.setClient("192.0.2.7:2000");
    QCOMPARE(fixture.run(*byIp), Verdict::Refuse);
    fixture.setClient("192.0.2.8:2000");
    QCOMPARE(fixture.run(*byIp), Verdict::Proceed);

    const auto byConsumer = limitBy("consumer");
    fixture.consumer = &mobile;
    QCOMPARE(fixture.run(*byConsumer), Verdict::Proceed);
    QCOMPARE(fixture.run(*byConsumer), Verdict::Refuse);
    fixture.consumer = &web;
    QCOMPARE(fixture.run(*byConsumer), Verdict::Proceed);
    fixture.consumer = nullptr;
    QCOMPARE(fixture.run(*byConsumer), Verdict::Proceed);
    QCOMPARE(fixture.run(*byConsumer), Verdict::Refuse);

    const auto byRoute = limitBy("route");
    QCOMPARE(fixture.run(*byRoute), Verdict::Proceed);
    QCOMPARE(fixture.run(*byRoute), Verdict::Refuse);
    fixture.route = "orders";
    QCOMPARE(fixture.run(*byRoute), Verdict::Proceed);

    const auto byHeader = limitBy("header:X-User");
    fixture.request.headers.set("x-user", "a");
    QCOMPARE(fixture.run(*byHeader), Verdict::Proceed);
    QCOMPARE(fixture.run(*byHeader), Verdict::Refuse);
    const std::string longUser(10'000, 'b');
    fixture.request.headers.set("x-user", longUser);
    QCOMPARE(fixture.run(*byHeader), Verdict::Proceed);
    QCOMPARE(fixture.run(*byHeader), Verdict::Refuse);
}

void TestRateLimit::keysAreCounted()
{
    BucketTable table;
    const TokenBucket::Limit limit(Rate{1}, 2);
    for (const char* key : {"a", "b", "a", "b"}) {
        QVERIFY(table.take(key, limit, {1}).passed);
    }
    QVERIFY(!table.take("a", limit, {1}).passed);
    QCOMPARE(table.size(), std::size_t{2});
}

void TestRateLimit::memoryIsBounded()
{
    BucketTable table;
    const TokenBucket::Limit limit(Rate{0.001}, 1000);
    // A key that has used much must outlive a flood of keys that have used little.
    for (int at = 0; at < 1000; ++at) {
        QVERIFY(table.take("greedy", limit, {1'000'000}).passed);
    }
    for (int at = 0; at < 300'000; ++at) {
        QVERIFY(table.take(std::to_string(at), limit, {1'000'000}).passed);
    }
    QVERIFY(table.size() <= BucketTable::kShards * BucketTable::kMostPerShard);
    QVERIFY(!table.take("greedy", limit, {1'000'000}).passed);
}

void TestRateLimit::combinations_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("error");
    QTest::newRow("a rate of 0") << QByteArray("rate") << QByteArray("0/s") << QByteArray("above 0");
    QTest::newRow("an unknown key") << QByteArray("key") << QByteArray("cookie")
                                    << QByteArray("is not a key to limit by");
    QTest::newRow("a header key without name")
        << QByteArray("key") << QByteArray("header:") << QByteArray("is not a header name");
}

void TestRateLimit::combinations()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, error);
    auto params = mapOf({{"rate", text("1/s")}});
    params.set(key.toStdString(), text(value.constData()));
    const auto made = makePolicy("rate-limit", params);
    QVERIFY(!made.has_value());
    QVERIFY2(made.error().detail.find(error.toStdString()) != std::string::npos, made.error().detail.c_str());
    const auto& spec = builtinPolicies().find("rate-limit")->params;
    QVERIFY(checkScalar(*spec.find("algorithm"), "sliding-window")->ends_with("is not supported yet"));
    QVERIFY(checkScalar(*spec.find("store"), "redis://a:1")->ends_with("is not supported yet"));
    QVERIFY(!checkScalar(*spec.find("algorithm"), "token-bucket"));
    QVERIFY(!checkScalar(*spec.find("algorithm"), "tokenbucket")->ends_with("is not supported yet"));
}

QTEST_GUILESS_MAIN(TestRateLimit)
#include "tst_rate_limit.moc"
