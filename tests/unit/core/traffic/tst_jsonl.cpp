#include <QtTest>

#include "core/traffic/trace_reader.h"

using namespace signalbox;
using traffic::TraceEntry;

class TestJsonl : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void linesAreRead_data();
    void linesAreRead();
    void brokenLinesSayWhy_data();
    void brokenLinesSayWhy();
};

namespace {

Result<TraceEntry> parse(const QByteArray& line)
{
    return traffic::builtinTraceFormats().find("jsonl")->parseLine(
        {line.constData(), static_cast<std::size_t>(line.size())});
}

}  // namespace

void TestJsonl::linesAreRead_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<qint64>("milliseconds");
    QTest::addColumn<QString>("request");
    QTest::addColumn<int>("status");
    QTest::newRow("ISO time, path, all fields")
        << QByteArray(
               R"({"time":"2015-05-17T10:05:03.250Z","method":"POST","path":"/a","client":"10.0.0.1","status":201,"bytes":7})")
        << qint64{1431857103250} << QStringLiteral("10.0.0.1 POST /a 7") << 201;
    QTest::newRow("seconds since 1970") << QByteArray(R"({"time":1431857103.25,"path":"/"})") << qint64{1431857103250}
                                        << QStringLiteral("- GET / 0") << 0;
    QTest::newRow("milliseconds since 1970") << QByteArray(R"({"ts":1431857103250,"path":"/"})")
                                             << qint64{1431857103250} << QStringLiteral("- GET / 0") << 0;
    QTest::newRow("a URL and an offset")
        << QByteArray(R"({"time":"2015-05-17T12:05:03+02:00","url":"http://h/x y?q","method":"GET"})")
        << qint64{1431857103000} << QStringLiteral("- GET /x%20y?q 0") << 0;
    QTest::newRow("a status of another kind is unknown")
        << QByteArray(R"({"time":1,"path":"/","status":"200"})") << qint64{1000} << QStringLiteral("- GET / 0") << 0;
}

void TestJsonl::linesAreRead()
{
    QFETCH(QByteArray, line);
    QFETCH(qint64, milliseconds);
    QFETCH(QString, request);
    QFETCH(int, status);
    const auto entry = parse(line);
    QVERIFY2(entry.has_value(), entry ? "" : entry.error().detail.c_str());
    QCOMPARE(qint64(entry->timeNs / 1'000'000), milliseconds);
    QCOMPARE(QString::fromStdString(entry->client + " " + entry->method + " " + entry->path + " " +
                                    std::to_string(entry->bytes)),
             request);
    QCOMPARE(entry->status, status);
}

void TestJsonl::brokenLinesSayWhy_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("why");
    QTest::newRow("no JSON") << QByteArray("hello") << QStringLiteral("one JSON object");
    QTest::newRow("cut") << QByteArray(R"({"time":1,"path":"/)") << QStringLiteral("one JSON object");
    QTest::newRow("a list") << QByteArray("[1]") << QStringLiteral("one JSON object");
    QTest::newRow("no time") << QByteArray(R"({"path":"/"})") << QStringLiteral("no \"time\"");
    QTest::newRow("a time that is none") << QByteArray(R"({"time":"yesterday","path":"/"})")
                                         << QStringLiteral("no \"time\"");
    QTest::newRow("a time out of all range")
        << QByteArray(R"({"time":1e300,"path":"/"})") << QStringLiteral("no \"time\"");
    QTest::newRow("no path") << QByteArray(R"({"time":1})") << QStringLiteral("no path");
    QTest::newRow("a method that is none")
        << QByteArray(R"({"time":1,"path":"/","method":"G T"})") << QStringLiteral("method");
    QTest::newRow("a number as path") << QByteArray(R"({"time":1,"path":5})") << QStringLiteral("no path");
}

void TestJsonl::brokenLinesSayWhy()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, why);
    const auto entry = parse(line);
    QVERIFY(!entry);
    QVERIFY2(QString::fromStdString(entry.error().detail).contains(why), entry.error().detail.c_str());
}

QTEST_GUILESS_MAIN(TestJsonl)
#include "tst_jsonl.moc"
