#include <QtTest>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/mock/latency.h"

using namespace signalbox;
using mock::Latency;
using mock::LatencyDescriptor;

namespace {

constexpr int kSamples = 200'000;

struct Case {
    const char* title;
    const char* id;
    std::vector<std::pair<const char*, const char*>> params;
    double mean;  ///< milliseconds
    double median;
    double p99;
    double tolerance;  ///< relative
};

/// Expected values from the closed forms of the distributions, worked out by hand.
const std::vector<Case>& cases()
{
    static const std::vector<Case> kCases = {
        {"constant is always its value", "constant", {{"value", "10ms"}}, 10, 10, 10, 1e-9},
        {"uniform between its bounds", "uniform", {{"min", "10ms"}, {"max", "30ms"}}, 20, 20, 29.8, 0.01},
        {"exponential: median = mean ln 2, p99 = mean ln 100",
         "exponential",
         {{"mean", "10ms"}},
         10,
         6.931,
         46.05,
         0.02},
        {"normal far from zero", "normal", {{"mean", "50ms"}, {"sd", "5ms"}}, 50, 50, 61.63, 0.01},
        {"normal that is cut at zero gains mean",
         "normal",
         {{"mean", "10ms"}, {"sd", "10ms"}},
         10.833,
         10,
         33.263,
         0.02},
        {"lognormal by median and p99", "lognormal", {{"median", "8ms"}, {"p99", "40ms"}}, 10.164, 8, 40, 0.02},
        {"lognormal by median and sigma", "lognormal", {{"median", "10ms"}, {"sigma", "0.5"}}, 11.331, 10, 32.0, 0.02},
        {"pareto: median = min 2^(1/shape)", "pareto", {{"min", "2ms"}, {"shape", "3"}}, 3, 2.5198, 9.283, 0.03},
    };
    return kCases;
}

Value valueOf(const Case& given)
{
    Value value = Value::map();
    value.set("distribution", Value::scalar(given.id));
    for (const auto& [key, text] : given.params) {
        value.set(key, Value::scalar(text));
    }
    return value;
}

double milliseconds(Duration value)
{
    return std::chrono::duration<double, std::milli>(value).count();
}

}  // namespace

class TestLatencies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theRegistryHoldsAllSix();
    void samplesMatchTheDistribution_data();
    void samplesMatchTheDistribution();
    void everyDistributionIsCovered();
    void theSameSeedDrawsTheSame_data() { samplesMatchTheDistribution_data(); }
    void theSameSeedDrawsTheSame();
    void parametersThatMakeNoDistributionAreRefused_data();
    void parametersThatMakeNoDistributionAreRefused();
    void aParetoWithoutFiniteMeanSaysSo();
};

void TestLatencies::theRegistryHoldsAllSix()
{
    std::vector<std::string_view> ids;
    for (const LatencyDescriptor& descriptor : mock::builtinLatencies().all()) {
        ids.push_back(descriptor.id);
        QVERIFY(descriptor.create != nullptr);
        QVERIFY(descriptor.params.id == descriptor.id);
        for (const ParamSpec& param : descriptor.params.params) {
            QVERIFY(!param.title.empty() && !param.help.empty());
        }
    }
    const std::vector<std::string_view> expected = {"constant", "uniform",   "exponential",
                                                    "normal",   "lognormal", "pareto"};
    QVERIFY(ids == expected);
}

void TestLatencies::samplesMatchTheDistribution_data()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < cases().size(); ++i) {
        QTest::newRow(cases()[i].title) << static_cast<int>(i);
    }
}

void TestLatencies::samplesMatchTheDistribution()
{
    QFETCH(int, index);
    const Case& given = cases()[static_cast<std::size_t>(index)];
    const Value value = valueOf(given);
    const LatencyDescriptor& descriptor = *mock::builtinLatencies().find(given.id);
    const auto latency = descriptor.create(Params(descriptor.params, &value));
    QVERIFY(latency.has_value());
    Rng rng(11);
    std::vector<double> samples;
    double sum = 0;
    for (int i = 0; i < kSamples; ++i) {
        samples.push_back(milliseconds((*latency)->sample(rng)));
        QVERIFY(samples.back() >= 0);
        sum += samples.back();
    }
    std::sort(samples.begin(), samples.end());
    const auto near = [&](double measured, double expected) {
        return std::abs(measured - expected) <= given.tolerance * std::max(expected, 1.0);
    };
    const double mean = sum / kSamples;
    const auto told = [&](const char* what, double measured, double expected) {
        return qPrintable(QStringLiteral("%1 %2, expected %3").arg(QLatin1String(what)).arg(measured).arg(expected));
    };
    QVERIFY2(near(mean, given.mean), told("mean", mean, given.mean));
    QVERIFY2(near(samples[kSamples / 2], given.median), told("median", samples[kSamples / 2], given.median));
    QVERIFY2(near(samples[kSamples / 100 * 99], given.p99), told("p99", samples[kSamples / 100 * 99], given.p99));
    QVERIFY2(std::abs(milliseconds((*latency)->mean()) - given.mean) < 0.002 * given.mean + 1e-4,
             told("stated mean", milliseconds((*latency)->mean()), given.mean));
}

void TestLatencies::everyDistributionIsCovered()
{
    for (const LatencyDescriptor& descriptor : mock::builtinLatencies().all()) {
        QVERIFY2(std::any_of(cases().begin(), cases().end(), [&](const Case& c) { return descriptor.id == c.id; }),
                 std::string(descriptor.id).c_str());
    }
}

void TestLatencies::theSameSeedDrawsTheSame()
{
    QFETCH(int, index);
    const Case& given = cases()[static_cast<std::size_t>(index)];
    const Value value = valueOf(given);
    const LatencyDescriptor& descriptor = *mock::builtinLatencies().find(given.id);
    const auto latency = descriptor.create(Params(descriptor.params, &value));
    Rng one(5);
    Rng two(5);
    for (int i = 0; i < 1000; ++i) {
        QCOMPARE((*latency)->sample(one).count(), (*latency)->sample(two).count());
    }
}

void TestLatencies::parametersThatMakeNoDistributionAreRefused_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QStringList>("params");
    QTest::newRow("uniform with max below min")
        << QStringLiteral("uniform") << QStringList{QStringLiteral("min=5ms"), QStringLiteral("max=1ms")};
    QTest::newRow("lognormal with neither p99 nor sigma")
        << QStringLiteral("lognormal") << QStringList{QStringLiteral("median=5ms")};
    QTest::newRow("lognormal with both p99 and sigma")
        << QStringLiteral("lognormal")
        << QStringList{QStringLiteral("median=5ms"), QStringLiteral("p99=9ms"), QStringLiteral("sigma=1")};
    QTest::newRow("lognormal with p99 below the median")
        << QStringLiteral("lognormal") << QStringList{QStringLiteral("median=5ms"), QStringLiteral("p99=1ms")};
    QTest::newRow("lognormal with a median of 0")
        << QStringLiteral("lognormal") << QStringList{QStringLiteral("median=0s"), QStringLiteral("p99=1ms")};
    QTest::newRow("pareto with a min of 0") << QStringLiteral("pareto") << QStringList{QStringLiteral("min=0s")};
}

void TestLatencies::parametersThatMakeNoDistributionAreRefused()
{
    QFETCH(QString, id);
    QFETCH(QStringList, params);
    Value value = Value::map();
    for (const QString& param : params) {
        value.set(param.section(QLatin1Char('='), 0, 0).toStdString(),
                  Value::scalar(param.section(QLatin1Char('='), 1).toStdString()));
    }
    const LatencyDescriptor& descriptor = *mock::builtinLatencies().find(id.toStdString());
    const auto latency = descriptor.create(Params(descriptor.params, &value));
    QVERIFY(!latency);
    QVERIFY(latency.error().detail.size() > 20);
}

void TestLatencies::aParetoWithoutFiniteMeanSaysSo()
{
    Value value = Value::map();
    value.set("min", Value::scalar("1ms"));
    value.set("shape", Value::scalar("0.05"));
    const LatencyDescriptor& descriptor = *mock::builtinLatencies().find("pareto");
    const auto latency = descriptor.create(Params(descriptor.params, &value));
    QVERIFY((*latency)->mean() == Duration::max());
    Rng rng(3);
    for (int i = 0; i < kSamples; ++i) {
        const Duration sample = (*latency)->sample(rng);
        QVERIFY(sample >= std::chrono::milliseconds(1) - Duration(1) && sample <= std::chrono::hours(24 * 366));
    }
}

QTEST_GUILESS_MAIN(TestLatencies)
#include "tst_latencies.moc"
