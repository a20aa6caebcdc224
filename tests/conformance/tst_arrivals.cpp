#include <QtTest>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/traffic/arrivals.h"

using namespace signalbox;
using namespace std::chrono_literals;
using traffic::Arrivals;
using traffic::ArrivalsDescriptor;

namespace {

constexpr Duration kDuration = 100s;

struct Case {
    const char* title;
    const char* id;
    std::vector<std::pair<const char*, const char*>> params;
    double expected;   ///< requests within kDuration
    double tolerance;  ///< of the count
    double firstHalf;  ///< expected share before the middle
};

const std::vector<Case>& cases()
{
    static const std::vector<Case> kCases = {
        {"constant gives exactly rate times duration", "constant", {{"rate", "500/s"}}, 50'000, 1, 0.5},
        {"poisson gives it within five deviations", "poisson", {{"rate", "500/s"}}, 50'000, 1120, 0.5},
        {"bursts of ten", "burst", {{"rate", "500/s"}}, 50'000, 10, 0.5},
        {"bursts of a size that does not divide the rate",
         "burst",
         {{"rate", "500/s"}, {"size", "70"}},
         50'000,
         70,
         0.5},
        {"busy and silent times", "burst", {{"rate", "500/s"}, {"on", "1s"}, {"off", "4s"}}, 50'000, 2500, 0.5},
        {"busy and silent times with random gaps",
         "burst",
         {{"rate", "500/s"}, {"on", "1s"}, {"off", "4s"}, {"gaps", "random"}},
         50'000,
         3600,
         0.5},
        {"a ramp from nothing", "ramp", {{"to", "1000/s"}}, 50'000, 2, 0.25},
        {"a ramp that falls", "ramp", {{"from", "1000/s"}, {"to", "0/s"}}, 50'000, 2, 0.75},
        {"a ramp with random gaps",
         "ramp",
         {{"from", "200/s"}, {"to", "800/s"}, {"gaps", "random"}},
         50'000,
         1120,
         0.35},
        {"a sine over whole periods",
         "sine",
         {{"rate", "500/s"}, {"amplitude", "500/s"}, {"period", "10s"}},
         50'000,
         2,
         0.5},
        {"a sine with random gaps", "sine", {{"rate", "500/s"}, {"gaps", "random"}}, 50'000, 1120, 0.5},
    };
    return kCases;
}

std::unique_ptr<Arrivals> make(const Case& given)
{
    static thread_local Value value;
    value = Value::map();
    value.set("process", Value::scalar(given.id));
    for (const auto& [key, text] : given.params) {
        value.set(key, Value::scalar(text));
    }
    const ArrivalsDescriptor& descriptor = *traffic::builtinArrivals().find(given.id);
    auto made = descriptor.create(Params(descriptor.params, &value), kDuration);
    return made ? std::move(*made) : nullptr;
}

std::vector<Duration> times(const Case& given, std::uint64_t seed)
{
    const auto arrivals = make(given);
    Rng rng(seed);
    std::vector<Duration> out;
    for (Duration at = arrivals->next(rng); at < kDuration && out.size() < 1'000'000; at = arrivals->next(rng)) {
        out.push_back(at);
    }
    return out;
}

}  // namespace

class TestArrivals : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theRegistryHoldsAllFive();
    void everyProcessIsCovered();
    void countsAndShapeAreAsExpected_data();
    void countsAndShapeAreAsExpected();
    void timesNeverDecreaseAndRepeat_data() { countsAndShapeAreAsExpected_data(); }
    void timesNeverDecreaseAndRepeat();
    void theExpectedRateAddsUp_data() { countsAndShapeAreAsExpected_data(); }
    void theExpectedRateAddsUp();
    void poissonCountsVaryAsTheyMust();
    void burstsComeAtOnce();
    void aRampEndsWithItsLastRate();
    void refusals_data();
    void refusals();
};

void TestArrivals::theRegistryHoldsAllFive()
{
    std::vector<std::string_view> ids;
    for (const ArrivalsDescriptor& descriptor : traffic::builtinArrivals().all()) {
        ids.push_back(descriptor.id);
        QVERIFY(descriptor.params.id == descriptor.id);
    }
    const std::vector<std::string_view> expected = {"constant", "poisson", "burst", "ramp", "sine"};
    QVERIFY(ids == expected);
}

void TestArrivals::everyProcessIsCovered()
{
    for (const ArrivalsDescriptor& descriptor : traffic::builtinArrivals().all()) {
        QVERIFY(std::any_of(cases().begin(), cases().end(), [&](const Case& c) { return descriptor.id == c.id; }));
    }
}

void TestArrivals::countsAndShapeAreAsExpected_data()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < cases().size(); ++i) {
        QTest::newRow(cases()[i].title) << static_cast<int>(i);
    }
}

void TestArrivals::countsAndShapeAreAsExpected()
{
    QFETCH(int, index);
    const Case& given = cases()[static_cast<std::size_t>(index)];
    const auto planned = times(given, 3);
    const auto count = static_cast<double>(planned.size());
    QVERIFY2(std::abs(count - given.expected) <= given.tolerance, qPrintable(QString::number(count)));
    const auto half = std::lower_bound(planned.begin(), planned.end(), kDuration / 2) - planned.begin();
    QVERIFY2(std::abs(static_cast<double>(half) / count - given.firstHalf) < 0.02,
             qPrintable(QString::number(static_cast<double>(half) / count)));
}

void TestArrivals::timesNeverDecreaseAndRepeat()
{
    QFETCH(int, index);
    const Case& given = cases()[static_cast<std::size_t>(index)];
    const auto planned = times(given, 9);
    QVERIFY(std::is_sorted(planned.begin(), planned.end()));
    QVERIFY(planned == times(given, 9));
}

void TestArrivals::theExpectedRateAddsUp()
{
    QFETCH(int, index);
    const Case& given = cases()[static_cast<std::size_t>(index)];
    const auto arrivals = make(given);
    double sum = 0;
    for (Duration at = 5ms; at < kDuration; at += 10ms) {
        sum += arrivals->expectedRate(at) * 0.01;
    }
    QVERIFY2(std::abs(sum - given.expected) < 0.002 * given.expected, qPrintable(QString::number(sum)));
}

void TestArrivals::poissonCountsVaryAsTheyMust()
{
    const auto planned = times(cases()[1], 21);
    std::vector<double> perSecond(100);
    for (const Duration at : planned) {
        ++perSecond[static_cast<std::size_t>(at / 1s)];
    }
    double square = 0;
    for (const double count : perSecond) {
        square += (count - 500) * (count - 500);
    }
    // Variance over mean is 1; with 100 intervals its own standard deviation is 0.14.
    const double dispersion = square / 100 / 500;
    QVERIFY2(dispersion > 0.5 && dispersion < 1.6, qPrintable(QString::number(dispersion)));
}

void TestArrivals::burstsComeAtOnce()
{
    const auto planned = times(cases()[2], 1);
    for (std::size_t i = 0; i < 1000; ++i) {
        QCOMPARE(planned[i].count(), std::int64_t(i / 10) * 20'000'000);
    }
}

void TestArrivals::aRampEndsWithItsLastRate()
{
    const auto arrivals = make(cases()[6]);
    QCOMPARE(arrivals->expectedRate(0s), 0.0);
    QCOMPARE(arrivals->expectedRate(50s), 500.0);
    QCOMPARE(arrivals->expectedRate(200s), 1000.0);
    Rng rng(1);
    Duration at{};
    for (int i = 0; i <= 51'000; ++i) {
        at = arrivals->next(rng);
    }
    QVERIFY(std::abs(std::chrono::duration<double>(at).count() - 101) < 0.01);
    const auto falling = make(cases()[7]);
    for (int i = 0; i < 60'000; ++i) {
        at = falling->next(rng);
    }
    QVERIFY(at == Duration::max());
}

void TestArrivals::refusals_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QStringList>("params");
    const auto list = [](std::initializer_list<const char*> texts) {
        QStringList out;
        for (const char* text : texts) {
            out << QString::fromLatin1(text);
        }
        return out;
    };
    QTest::newRow("a rate of 0") << QStringLiteral("poisson") << list({"rate=0/s"});
    QTest::newRow("a ramp from 0 to 0") << QStringLiteral("ramp") << list({"to=0/s"});
    QTest::newRow("a sine that would be negative") << QStringLiteral("sine") << list({"rate=1/s", "amplitude=2/s"});
    QTest::newRow("a burst with a size and a time") << QStringLiteral("burst") << list({"rate=1/s", "size=5", "on=1s"});
    QTest::newRow("a burst that is only silent") << QStringLiteral("burst") << list({"rate=1/s", "off=1s"});
}

void TestArrivals::refusals()
{
    QFETCH(QString, id);
    QFETCH(QStringList, params);
    Value value = Value::map();
    for (const QString& param : params) {
        value.set(param.section(QLatin1Char('='), 0, 0).toStdString(),
                  Value::scalar(param.section(QLatin1Char('='), 1).toStdString()));
    }
    const ArrivalsDescriptor& descriptor = *traffic::builtinArrivals().find(id.toStdString());
    const auto made = descriptor.create(Params(descriptor.params, &value), kDuration);
    QVERIFY(!made);
    QVERIFY(made.error().detail.size() > 15);
}

QTEST_GUILESS_MAIN(TestArrivals)
#include "tst_arrivals.moc"
