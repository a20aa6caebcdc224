#include <QTest>

#include "core/base/endpoint.h"
#include "core/base/param_spec.h"
#include "core/base/units.h"

using namespace signalbox;

class tst_Units : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void durations_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("expectedNs");  // -1: refused
        QTest::newRow("microseconds") << u"250us"_qs << qint64(250'000);
        QTest::newRow("milliseconds") << u"10ms"_qs << qint64(10'000'000);
        QTest::newRow("a fraction of a second") << u"1.5s"_qs << qint64(1'500'000'000);
        QTest::newRow("minutes") << u"1m"_qs << qint64(60'000'000'000);
        QTest::newRow("hours") << u"1h"_qs << qint64(3'600'000'000'000);
        QTest::newRow("zero with a unit") << u"0s"_qs << qint64(0);
        QTest::newRow("a bare zero") << u"0"_qs << qint64(0);
        QTest::newRow("a bare number has no unit") << u"10"_qs << qint64(-1);
        QTest::newRow("negative is refused") << u"-1s"_qs << qint64(-1);
        QTest::newRow("an unknown unit is refused") << u"10 parsecs"_qs << qint64(-1);
        QTest::newRow("a blank is refused") << u"10 ms"_qs << qint64(-1);
        QTest::newRow("nothing is refused") << QString() << qint64(-1);
        QTest::newRow("infinity is refused") << u"infs"_qs << qint64(-1);
        QTest::newRow("overflow is refused") << u"99999999999h"_qs << qint64(-1);
    }

    void durations()
    {
        QFETCH(QString, text);
        QFETCH(qint64, expectedNs);
        const auto parsed = parseDuration(text.toStdString());
        QCOMPARE(parsed ? parsed->count() : -1, expectedNs);
        if (parsed) {
            QCOMPARE(parseDuration(formatDuration(*parsed))->count(), expectedNs);
        }
    }

    void sizesRatesShares()
    {
        QCOMPARE(parseByteSize("16KiB")->bytes, quint64(16384));
        QCOMPARE(parseByteSize("1MiB")->bytes, quint64(1) << 20);
        QCOMPARE(parseByteSize("512")->bytes, quint64(512));
        QVERIFY(!parseByteSize("0.3B"));
        QCOMPARE(parseRate("30/m")->perSecond, 0.5);
        QCOMPARE(parseRate("50/s")->perSecond, 50.0);
        QVERIFY(!parseRate("50"));
        QCOMPARE(*parseShare("0.1%"), 0.001);
        QCOMPARE(*parseShare("0.25"), 0.25);
        QVERIFY(!parseShare("101%"));
        QCOMPARE(QString::fromStdString(formatByteSize({1536})), u"1536B"_qs);
        QCOMPARE(QString::fromStdString(formatShare(0.001)), u"0.1%"_qs);
        QCOMPARE(QString::fromStdString(formatRate({50})), u"50/s"_qs);
    }

    void endpoints_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");  // empty: refused
        QTest::newRow("IPv4 and port") << u"127.0.0.1:8080"_qs << u"127.0.0.1:8080"_qs;
        QTest::newRow("localhost is 127.0.0.1") << u"localhost:80"_qs << u"127.0.0.1:80"_qs;
        QTest::newRow("a star is every address") << u"*:80"_qs << u"0.0.0.0:80"_qs;
        QTest::newRow("IPv6 stands in brackets") << u"[::1]:443"_qs << u"[::1]:443"_qs;
        QTest::newRow("a Unix path") << u"unix:/run/a.sock"_qs << u"unix:/run/a.sock"_qs;
        QTest::newRow("no port is refused") << u"127.0.0.1"_qs << QString();
        QTest::newRow("a port above 65535 is refused") << u"127.0.0.1:65536"_qs << QString();
        QTest::newRow("a name is refused") << u"example.com:80"_qs << QString();
        QTest::newRow("an empty Unix path is refused") << u"unix:"_qs << QString();
    }

    void endpoints()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        const auto parsed = Endpoint::parse(text.toStdString());
        QCOMPARE(parsed ? QString::fromStdString(parsed->text()) : QString(), expected);
        if (parsed) {
            sockaddr_storage raw{};
            const socklen_t length = parsed->toSockaddr(raw);
            QVERIFY(Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&raw), length) == *parsed);
        } else {
            QVERIFY(parsed.error().detail.find(text.toStdString()) != std::string::npos);
        }
    }

    void theNearestWordIsOffered()
    {
        const std::vector<std::string_view> words{"balance", "backends", "name", "protocol"};
        QCOMPARE(nearest("ballance", words), std::string_view("balance"));
        QCOMPARE(nearest("nmae", words), std::string_view("name"));
        QVERIFY(nearest("zzzzzz", words).empty());
    }
};

QTEST_GUILESS_MAIN(tst_Units)
#include "tst_units.moc"
