#include <QtTest>

#include <nlohmann/json.hpp>

#include "core/traffic/report.h"

using namespace signalbox;
using namespace std::chrono_literals;
using traffic::Report;

namespace {

Report sample()
{
    Report report;
    report.scenario = "rush";
    report.seed = 42;
    report.planned = 1010;
    report.requests = 1000;
    report.durationSeconds = 2;
    report.status = {{200, 900}, {429, 60}, {503, 30}};
    report.backends = {{"a1", 450}, {"a2", 450}};
    report.routes = {{"users", 990}};
    report.rejected = {{"rate-limit", 60}};
    report.errors = {{"timeout", 10}};
    for (int i = 1; i <= 1000; ++i) {
        report.latency.record(std::chrono::microseconds(i * 10));
        report.lateness.record(20us);
    }
    return report;
}

}  // namespace

class TestReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theJsonHasTheContractsMembers();
    void textsThatAreNoUtf8DoNotBreakIt();
    void expectationsAreJudged_data();
    void expectationsAreJudged();
    void withoutAnswersEveryLatencyIsMissed();
    void theTableWarnsOfALateGenerator();
};

void TestReport::theJsonHasTheContractsMembers()
{
    Report report = sample();
    report.expect = {{"p99", 5, "5ms"}, {"errors", 0.5, "50%"}};
    report.missed = traffic::missedBy(report, report.expect);
    const auto json = nlohmann::json::parse(traffic::toJson(report));
    QCOMPARE(json.at("requests").get<int>(), 1000);
    QCOMPARE(json.at("duration_s").get<double>(), 2.0);
    QCOMPARE(json.at("rate").get<double>(), 500.0);
    QCOMPARE(json.at("status").at("429").get<int>(), 60);
    QCOMPARE(json.at("backends").at("a2").get<int>(), 450);
    QCOMPARE(json.at("routes").at("users").get<int>(), 990);
    QCOMPARE(json.at("rejected").at("rate-limit").get<int>(), 60);
    QCOMPARE(json.at("errors").at("timeout").get<int>(), 10);
    for (const char* name : {"p50", "p90", "p99", "p999", "max", "mean"}) {
        QVERIFY2(json.at("latency_ms").at(name).is_number(), name);
    }
    QCOMPARE(json.at("latency_ms").at("max").get<double>(), 10.0);
    QVERIFY(std::abs(json.at("latency_ms").at("p50").get<double>() - 5) < 0.32);
    QCOMPARE(json.at("planned").get<int>(), 1010);
    QCOMPARE(json.at("seed").get<int>(), 42);
    QVERIFY(json.at("lateness_ms").at("p99").get<double>() > 0);
    QVERIFY(json.contains("service_ms"));
    QCOMPARE(json.at("expect").size(), std::size_t{2});
    QCOMPARE(json.at("expect")[0].at("met").get<bool>(), false);
    QCOMPARE(json.at("expect")[1].at("met").get<bool>(), true);
    QVERIFY(!json.contains("paths"));
    QVERIFY(nlohmann::json::parse(traffic::toJson(Report{})).at("status").is_object());
}

void TestReport::textsThatAreNoUtf8DoNotBreakIt()
{
    Report report = sample();
    report.backends["\xff\xfe"] = 1;
    report.paths["/\xc3"] = 1;
    report.skippedLines = 1;
    report.skipped = {"line 3: \x80"};
    QVERIFY(nlohmann::json::accept(traffic::toJson(report)));
}

void TestReport::expectationsAreJudged_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<double>("limit");
    QTest::addColumn<bool>("missed");
    QTest::newRow("p99 met") << QStringLiteral("p99") << 12.0 << false;
    QTest::newRow("p99 missed") << QStringLiteral("p99") << 9.0 << true;
    QTest::newRow("p50 met") << QStringLiteral("p50") << 5.5 << false;
    QTest::newRow("mean missed") << QStringLiteral("mean") << 4.0 << true;
    QTest::newRow("max met exactly") << QStringLiteral("max") << 10.0 << false;
    QTest::newRow("40 of 1000 failed, 4.5 % allowed") << QStringLiteral("errors") << 0.045 << false;
    QTest::newRow("40 of 1000 failed, 3.9 % allowed: refusals are no errors")
        << QStringLiteral("errors") << 0.039 << true;
    QTest::newRow("495 answers a second are enough") << QStringLiteral("rate") << 495.0 << false;
    QTest::newRow("495 answers a second are too few") << QStringLiteral("rate") << 496.0 << true;
}

void TestReport::expectationsAreJudged()
{
    QFETCH(QString, what);
    QFETCH(double, limit);
    QFETCH(bool, missed);
    const auto outcome = traffic::missedBy(sample(), {{what.toStdString(), limit, "x"}});
    QCOMPARE(!outcome.empty(), missed);
}

void TestReport::withoutAnswersEveryLatencyIsMissed()
{
    QCOMPARE(traffic::missedBy(Report{}, {{"p99", 50, "50ms"}}).size(), std::size_t{1});
}

void TestReport::theTableWarnsOfALateGenerator()
{
    Report report = sample();
    QVERIFY(traffic::toText(report).find("generator was late") == std::string::npos);
    QVERIFY(traffic::toText(report).find("10 planned requests were not sent") != std::string::npos);
    for (int i = 0; i < 1000; ++i) {
        report.lateness.record(80ms);
    }
    report.missed = traffic::missedBy(report, {{"p99", 5, "5ms"}});
    const std::string text = traffic::toText(report);
    QVERIFY(text.find("generator was late") != std::string::npos);
    QVERIFY2(text.find("missed: p99") != std::string::npos && text.find("at most 5ms") != std::string::npos,
             text.c_str());
}

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
