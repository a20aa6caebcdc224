#include <QtTest>

#include "core/traffic/trace_reader.h"

using namespace signalbox;
using traffic::TraceEntry;

namespace {

Result<TraceEntry> parse(const QByteArray& line)
{
    return traffic::builtinTraceFormats().find("ncsa")->parseLine(
        {line.constData(), static_cast<std::size_t>(line.size())});
}

constexpr const char* kTime = "[01/Jul/1995:04:00:01 +0000]";

QByteArray line(const char* request, const char* rest = " 200 10")
{
    return QByteArray("10.0.0.1 - - ") + kTime + " \"" + request + "\"" + rest;
}

}  // namespace

class TestNcsa : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void allFieldsAreRead();
    void requestsAreReadAsTheyCan_data();
    void requestsAreReadAsTheyCan();
    void timesAreReadWithTheirZone_data();
    void timesAreReadWithTheirZone();
    void clientsAndSizes_data();
    void clientsAndSizes();
    void brokenLinesSayWhy_data();
    void brokenLinesSayWhy();
};

void TestNcsa::allFieldsAreRead()
{
    const auto entry = parse(
        "83.149.9.216 - frank [17/May/2015:10:05:03 +0000] \"POST /a/b.png?x=1 HTTP/1.1\" 304 203023 "
        "\"http://e.com/\" \"Mozilla/5.0 (X; \\\"Y\\\")\"");
    QVERIFY2(entry.has_value(), entry ? "" : entry.error().detail.c_str());
    QCOMPARE(entry->client, std::string("83.149.9.216"));
    QCOMPARE(entry->method, std::string("POST"));
    QCOMPARE(entry->path, std::string("/a/b.png?x=1"));
    QCOMPARE(entry->status, 304);
    QCOMPARE(entry->bytes, std::uint64_t{203023});
    QCOMPARE(entry->timeNs, std::int64_t{1431857103} * 1'000'000'000);
}

void TestNcsa::requestsAreReadAsTheyCan_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QString>("method");
    QTest::addColumn<QString>("path");
    QTest::newRow("a plain request") << QByteArray("GET /a HTTP/1.0") << QStringLiteral("GET") << QStringLiteral("/a");
    QTest::newRow("HTTP/0.9 has no version") << QByteArray("GET /x") << QStringLiteral("GET") << QStringLiteral("/x");
    QTest::newRow("blanks in the path are encoded")
        << QByteArray("GET /a b c HTTP/1.0") << QStringLiteral("GET") << QStringLiteral("/a%20b%20c");
    QTest::newRow("quotes that nobody escaped")
        << QByteArray("GET /a\"b\"c HTTP/1.0") << QStringLiteral("GET") << QStringLiteral("/a%22b%22c");
    QTest::newRow("escaped quotes") << QByteArray("GET /a\\\"b HTTP/1.0") << QStringLiteral("GET")
                                    << QStringLiteral("/a%22b");
    QTest::newRow("escaped bytes") << QByteArray("GET /\\xc3\\xa4 HTTP/1.0") << QStringLiteral("GET")
                                   << QStringLiteral("/%C3%A4");
    QTest::newRow("escapes of the path stay")
        << QByteArray("GET /a%2Fb%zz HTTP/1.0") << QStringLiteral("GET") << QStringLiteral("/a%2Fb%25zz");
    QTest::newRow("an absolute URL") << QByteArray("GET http://h.example/x?y HTTP/1.1") << QStringLiteral("GET")
                                     << QStringLiteral("/x?y");
    QTest::newRow("an absolute URL without a path")
        << QByteArray("GET http://h.example HTTP/1.1") << QStringLiteral("GET") << QStringLiteral("/");
    QTest::newRow("a fragment is dropped")
        << QByteArray("GET /x#y HTTP/1.1") << QStringLiteral("GET") << QStringLiteral("/x");
    QTest::newRow("OPTIONS *") << QByteArray("OPTIONS * HTTP/1.0") << QStringLiteral("OPTIONS") << QStringLiteral("*");
}

void TestNcsa::requestsAreReadAsTheyCan()
{
    QFETCH(QByteArray, request);
    QFETCH(QString, method);
    QFETCH(QString, path);
    const auto entry = parse(line(request.constData()));
    QVERIFY2(entry.has_value(), entry ? "" : entry.error().detail.c_str());
    QCOMPARE(QString::fromStdString(entry->method), method);
    QCOMPARE(QString::fromStdString(entry->path), path);
}

void TestNcsa::timesAreReadWithTheirZone_data()
{
    QTest::addColumn<QByteArray>("time");
    QTest::addColumn<qint64>("seconds");
    QTest::newRow("UTC") << QByteArray("01/Jan/1970:00:00:10 +0000") << qint64{10};
    QTest::newRow("west of Greenwich") << QByteArray("01/Jul/1995:00:00:01 -0400") << qint64{804571201};
    QTest::newRow("east of Greenwich") << QByteArray("01/Jul/1995:06:30:01 +0230") << qint64{804571201};
    QTest::newRow("without a zone") << QByteArray("01/Jul/1995:04:00:01") << qint64{804571201};
    QTest::newRow("a leap day") << QByteArray("29/Feb/2000:00:00:00 +0000") << qint64{951782400};
}

void TestNcsa::timesAreReadWithTheirZone()
{
    QFETCH(QByteArray, time);
    QFETCH(qint64, seconds);
    const auto entry = parse("h - - [" + time + "] \"GET / HTTP/1.0\" 200 1");
    QVERIFY2(entry.has_value(), entry ? "" : entry.error().detail.c_str());
    QCOMPARE(qint64(entry->timeNs), seconds * 1'000'000'000);
}

void TestNcsa::clientsAndSizes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("client");
    QTest::addColumn<int>("status");
    QTest::addColumn<qulonglong>("bytes");
    const QByteArray rest = QByteArray(" - - ") + kTime + " \"GET / HTTP/1.0\"";
    QTest::newRow("an IPv6 client") << "2001:db8::1" + rest + " 200 5" << QStringLiteral("2001:db8::1") << 200 << 5ull;
    QTest::newRow("no size") << "h" + rest + " 304 -" << QStringLiteral("h") << 304 << 0ull;
    QTest::newRow("no status") << "h" + rest + " - -" << QStringLiteral("h") << 0 << 0ull;
    QTest::newRow("the line ends after the status") << "h" + rest + " 200" << QStringLiteral("h") << 200 << 0ull;
    QTest::newRow("a user with a blank") << QByteArray("h - John Doe ") + kTime + " \"GET / HTTP/1.0\" 200 7"
                                         << QStringLiteral("h") << 200 << 7ull;
    QTest::newRow("fields after the agent")
        << "h" + rest + " 200 7 \"-\" \"x\" 0.003 \"y\"" << QStringLiteral("h") << 200 << 7ull;
}

void TestNcsa::clientsAndSizes()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, client);
    QFETCH(int, status);
    QFETCH(qulonglong, bytes);
    const auto entry = parse(text);
    QVERIFY2(entry.has_value(), entry ? "" : entry.error().detail.c_str());
    QCOMPARE(QString::fromStdString(entry->client), client);
    QCOMPARE(entry->status, status);
    QCOMPARE(qulonglong(entry->bytes), bytes);
}

void TestNcsa::brokenLinesSayWhy_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("why");
    QTest::newRow("nothing") << QByteArray() << QStringLiteral("no client");
    QTest::newRow("no time") << QByteArray("h - - \"GET / HTTP/1.0\" 200 1") << QStringLiteral("no time");
    QTest::newRow("a day that does not exist")
        << QByteArray("h - - [31/Feb/2000:00:00:00 +0000] \"GET / HTTP/1.0\" 200 1") << QStringLiteral("the time");
    QTest::newRow("an hour that does not exist")
        << QByteArray("h - - [01/Feb/2000:24:00:00 +0000] \"GET / HTTP/1.0\" 200 1") << QStringLiteral("the time");
    QTest::newRow("no request") << QByteArray("h - - ") + kTime + " - 200 1" << QStringLiteral("no request in quotes");
    QTest::newRow("an empty request") << line("-", " 408 -") << QStringLiteral("no request was recorded");
    QTest::newRow("cut in the request") << QByteArray("h - - ") + kTime + " \"GET /x HT" << QStringLiteral("cut");
    QTest::newRow("cut in the agent") << line("GET / HTTP/1.1", " 200 235 \"-\" \"Mozilla") << QStringLiteral("cut");
    QTest::newRow("a size of words") << line("GET / HTTP/1.1", " 200 many") << QStringLiteral("size");
    QTest::newRow("CONNECT names no path") << line("CONNECT h:443 HTTP/1.1") << QStringLiteral("no path");
    QTest::newRow("TLS bytes instead of a request") << line("\\x16\\x03\\x01 x", " 400 0") << QStringLiteral("method");
}

void TestNcsa::brokenLinesSayWhy()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, why);
    const auto entry = parse(text);
    QVERIFY(!entry);
    QVERIFY2(QString::fromStdString(entry.error().detail).contains(why), entry.error().detail.c_str());
}

QTEST_GUILESS_MAIN(TestNcsa)
#include "tst_ncsa.moc"
