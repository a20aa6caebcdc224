#include <QtTest>

#include <fstream>
#include <numeric>

#include "core/traffic/trace_reader.h"

using namespace signalbox;
using namespace std::chrono_literals;
using traffic::Trace;

namespace {

Trace trace(std::initializer_list<std::pair<std::int64_t, const char*>> entries)
{
    Trace out;
    for (const auto& [ns, client] : entries) {
        out.entries.push_back(
            {.timeNs = ns, .client = client, .method = "GET", .path = "/" + std::to_string(out.entries.size())});
    }
    return out;
}

std::vector<traffic::PlannedRequest> planned(Trace given, bool spread)
{
    const auto source = traffic::sourceOf(std::make_shared<const Trace>(std::move(given)), spread);
    std::vector<traffic::PlannedRequest> out;
    while (auto next = source->next()) {
        out.push_back(std::move(*next));
    }
    return out;
}

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

class TestTraceReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void brokenLinesAreNamedAndSkipped();
    void entriesAreInOrderOfTime();
    void jsonLinesAreRecognised();
    void whatIsNoTraceIsRefused_data();
    void whatIsNoTraceIsRefused();
    void aSecondIsSpreadEvenly();
    void spreadingNeverOvertakes();
    void clientsAreNumberedAsTheyAppear();
    void theRateCurveCountsEveryEntry();
    void theNasaLogParsesWhole_data();
    void theNasaLogParsesWhole();
    void theApacheLogLosesOneLine();

private:
    std::string write(const QByteArray& content)
    {
        const std::string file = m_folder.filePath(QStringLiteral("trace.log")).toStdString();
        std::ofstream(file, std::ios::binary) << content.toStdString();
        return file;
    }
    QTemporaryDir m_folder;
};

void TestTraceReader::brokenLinesAreNamedAndSkipped()
{
    const auto read =
        traffic::readTrace(write("a - - [01/Jul/1995:04:00:01 +0000] \"GET /1 HTTP/1.0\" 200 1\r\n"
                                 "\n"
                                 "rubbish\n"
                                 "b - - [01/Jul/1995:04:00:02 +0000] \"GET /2 HTTP/1.0\" 200 1\n"
                                 "c - - [01/Jul/1995:04:00:03 +0000] \"GET /3 HT"));
    QVERIFY2(read.has_value(), read ? "" : read.error().detail.c_str());
    QCOMPARE(read->format, std::string("ncsa"));
    QCOMPARE(read->entries.size(), std::size_t{2});
    QCOMPARE(read->clients, 2u);
    QCOMPARE(read->skipped.size(), std::size_t{2});
    QCOMPARE(read->skipped[0].line, std::uint64_t{3});
    QCOMPARE(read->skipped[1].line, std::uint64_t{5});
    QVERIFY(read->skipped[1].why.find("cut") != std::string::npos);
    QVERIFY(read->duration() == 1s);
}

void TestTraceReader::entriesAreInOrderOfTime()
{
    const auto read =
        traffic::readTrace(write("a - - [01/Jul/1995:04:00:02 +0000] \"GET /late HTTP/1.0\" 200 1\n"
                                 "b - - [01/Jul/1995:04:00:01 +0000] \"GET /first HTTP/1.0\" 200 1\n"
                                 "c - - [01/Jul/1995:04:00:01 +0000] \"GET /second HTTP/1.0\" 200 1\n"));
    QVERIFY(read.has_value());
    QCOMPARE(read->entries[0].path, std::string("/first"));
    QCOMPARE(read->entries[1].path, std::string("/second"));
    QCOMPARE(read->entries[2].path, std::string("/late"));
}

void TestTraceReader::jsonLinesAreRecognised()
{
    const auto read =
        traffic::readTrace(write("{\"time\":1.5,\"path\":\"/x\",\"client\":\"k\"}\n{\"time\":2,\"path\":\"/y\"}\n"));
    QVERIFY2(read.has_value(), read ? "" : read.error().detail.c_str());
    QCOMPARE(read->format, std::string("jsonl"));
    QCOMPARE(read->entries.size(), std::size_t{2});
    QVERIFY(read->duration() == 500ms);
}

void TestTraceReader::whatIsNoTraceIsRefused_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("an empty file") << QByteArray();
    QTest::newRow("prose") << QByteArray("Call me Ishmael.\nSome years ago\n");
    QTest::newRow("JSON lines without any request") << QByteArray("{\"a\":1}\n");
    QTest::newRow("zero bytes") << QByteArray(5000, '\0');
}

void TestTraceReader::whatIsNoTraceIsRefused()
{
    QFETCH(QByteArray, content);
    const auto read = traffic::readTrace(write(content));
    QVERIFY(!read);
    QVERIFY(read.error().detail.find("trace.log") != std::string::npos);
    QVERIFY(!traffic::readTrace("/no/such/file"));
}

void TestTraceReader::aSecondIsSpreadEvenly()
{
    const Trace given = trace(
        {{10 * kSecond, "a"}, {10 * kSecond, "b"}, {10 * kSecond, "a"}, {10 * kSecond, "c"}, {12 * kSecond, "a"}});
    const auto requests = planned(given, true);
    QCOMPARE(requests.size(), std::size_t{5});
    for (std::size_t i = 0; i < 4; ++i) {
        QCOMPARE(requests[i].at.count(), std::int64_t(i) * 250'000'000);
    }
    QVERIFY(requests[4].at == 2s);
    QCOMPARE(requests[4].path, std::string("/4"));
    for (std::size_t i = 0; i < 4; ++i) {
        QVERIFY(planned(given, false)[i].at == 0s);
    }
}

void TestTraceReader::spreadingNeverOvertakes()
{
    const auto requests =
        planned(trace({{kSecond, "a"}, {kSecond, "a"}, {kSecond + 100'000'000, "a"}, {2 * kSecond, "a"}}), true);
    for (std::size_t i = 1; i < requests.size(); ++i) {
        QVERIFY(requests[i].at >= requests[i - 1].at);
    }
}

void TestTraceReader::clientsAreNumberedAsTheyAppear()
{
    const auto requests = planned(trace({{0, "x"}, {1, "y"}, {2, "x"}, {3, "z"}}), true);
    QCOMPARE(requests[0].client, 0u);
    QCOMPARE(requests[1].client, 1u);
    QCOMPARE(requests[2].client, 0u);
    QCOMPARE(requests[3].client, 2u);
}

void TestTraceReader::theRateCurveCountsEveryEntry()
{
    const Trace given = trace({{0, "a"}, {1, "a"}, {50, "a"}, {100, "a"}});
    const auto curve = given.rateCurve(10);
    QCOMPARE(std::accumulate(curve.begin(), curve.end(), 0u), 4u);
    QCOMPARE(curve.front(), 2u);
    QCOMPARE(curve.back(), 1u);
    QVERIFY(Trace{}.rateCurve(5) == std::vector<std::uint32_t>(5));
    QVERIFY(given.rateCurve(0).empty());
}

void TestTraceReader::theNasaLogParsesWhole_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("July") << QStringLiteral("nasa_19950701.log");
    QTest::newRow("August") << QStringLiteral("nasa_19950801.log");
}

void TestTraceReader::theNasaLogParsesWhole()
{
    QFETCH(QString, file);
    const QString path = QStringLiteral(SIGNALBOX_SOURCE_DIR "/../shared/traces/") + file;
    if (!QFile::exists(path)) {
        QSKIP("the recorded logs are not here");
    }
    const auto read = traffic::readTrace(path.toStdString());
    QVERIFY2(read.has_value(), read ? "" : read.error().detail.c_str());
    QVERIFY2(read->skipped.empty(), read->skipped.empty() ? "" : read->skipped.front().why.c_str());
    QCOMPARE(read->entries.size(), std::size_t{9999});
}

void TestTraceReader::theApacheLogLosesOneLine()
{
    const QString path = QStringLiteral(SIGNALBOX_SOURCE_DIR "/../shared/traces/apache_combined.log");
    if (!QFile::exists(path)) {
        QSKIP("the recorded logs are not here");
    }
    const auto read = traffic::readTrace(path.toStdString());
    QVERIFY2(read.has_value(), read ? "" : read.error().detail.c_str());
    QCOMPARE(read->entries.size(), std::size_t{9999});
    QCOMPARE(read->skipped.size(), std::size_t{1});
    QCOMPARE(read->skipped.front().line, std::uint64_t{8899});
    // The cut line was one of the 1,753 clients' requests, not its only one.
    QCOMPARE(read->clients, 1753u);
}

QTEST_GUILESS_MAIN(TestTraceReader)
#include "tst_trace_reader.moc"
