#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <thread>

#include "core/stats/access_log_hub.h"
#include "core/stats/access_log_spec.h"

using namespace signalbox;
using namespace signalbox::stats;

namespace {

AccessRecord plainRecord()
{
    AccessRecord record;
    record.wallNs = 971'211'336'042'000'000;  // 2000-10-10T20:55:36.042Z
    record.took = std::chrono::microseconds(1500);
    record.client = "127.0.0.1";
    record.method = "GET";
    record.target = "/user/1?x=1";
    record.host = "shop";
    record.path = "/user/1";
    record.status = 200;
    record.bytesIn = 3;
    record.bytesOut = 2326;
    record.listener = "api";
    record.route = "users";
    record.pool = "p";
    record.backend = "a1";
    record.attempts = 1;
    record.consumer = "mobile";
    record.userAgent = "curl/8";
    record.referer = "http://x/";
    record.requestId = "id1";
    return record;
}

QByteArray line(AccessLogFormat format, const AccessRecord& record)
{
    QByteArray out(static_cast<qsizetype>(kMostAccessLine), '?');
    out.resize(static_cast<qsizetype>(writeAccessLine(format, record, out.data())));
    return out;
}

std::shared_ptr<AccessLog> logTo(const QString& path, const char* format = "combined", const char* sample = "100%")
{
    Value params = Value::map();
    params.set("path", Value::scalar(path.toStdString()));
    params.set("format", Value::scalar(format));
    params.set("sample", Value::scalar(sample));
    return std::make_shared<AccessLog>(Params(accessLogSpec(), &params));
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
}

}  // namespace

class tst_AccessLog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void combinedIsTheLineOfTheField()
    {
        QCOMPARE(line(AccessLogFormat::Combined, plainRecord()),
                 QByteArray("127.0.0.1 - mobile [10/Oct/2000:20:55:36 +0000] \"GET /user/1?x=1 HTTP/1.1\" 200 2326 "
                            "\"http://x/\" \"curl/8\"\n"));
    }

    void whatIsNotKnownIsADash()
    {
        AccessRecord record;
        record.client = "::1";
        record.wallNs = 951'782'400'000'000'000;
        QCOMPARE(line(AccessLogFormat::Combined, record),
                 QByteArray("::1 - - [29/Feb/2000:00:00:00 +0000] \"-\" 499 0 \"-\" \"-\"\n"));
    }

    void jsonHoldsEverything()
    {
        AccessRecord record = plainRecord();
        record.refusedBy = "acl";
        record.outcome = Outcome::Rejected;
        const auto object = QJsonDocument::fromJson(line(AccessLogFormat::Json, record)).object();
        QCOMPARE(object[u"time"].toString(), u"2000-10-10T20:55:36.042Z"_qs);
        QCOMPARE(object[u"duration_ms"].toDouble(), 1.5);
        QCOMPARE(object[u"bytes_in"].toInt(), 3);
        QCOMPARE(object[u"bytes_out"].toInt(), 2326);
        QCOMPARE(object[u"status"].toInt(), 200);
        QCOMPARE(object[u"attempts"].toInt(), 1);
        const QHash<QString, QString> texts{{u"client"_qs, u"127.0.0.1"_qs},
                                            {u"method"_qs, u"GET"_qs},
                                            {u"host"_qs, u"shop"_qs},
                                            {u"path"_qs, u"/user/1"_qs},
                                            {u"listener"_qs, u"api"_qs},
                                            {u"route"_qs, u"users"_qs},
                                            {u"pool"_qs, u"p"_qs},
                                            {u"backend"_qs, u"a1"_qs},
                                            {u"consumer"_qs, u"mobile"_qs},
                                            {u"outcome"_qs, u"rejected"_qs},
                                            {u"refused_by"_qs, u"acl"_qs},
                                            {u"user_agent"_qs, u"curl/8"_qs},
                                            {u"referer"_qs, u"http://x/"_qs},
                                            {u"request_id"_qs, u"id1"_qs}};
        for (auto at = texts.begin(); at != texts.end(); ++at) {
            QCOMPARE(object[at.key()].toString(), at.value());
        }
    }

    void nothingAClientSendsLeavesItsPlace_data()
    {
        QTest::addColumn<QByteArray>("agent");
        QTest::addColumn<QByteArray>("combined");
        QTest::newRow("a quote") << QByteArray("a\"b") << QByteArray("a\\x22b");
        QTest::newRow("a backslash") << QByteArray("a\\x22b") << QByteArray("a\\x5cx22b");
        QTest::newRow("a line end") << QByteArray("a\r\nb") << QByteArray("a\\x0d\\x0ab");
        QTest::newRow("a tab and an escape") << QByteArray("\t\x1b[31m") << QByteArray("\\x09\\x1b[31m");
        QTest::newRow("a character beyond ASCII") << QByteArray("\xC3\xA9") << QByteArray("\\xc3\\xa9");
        QTest::newRow("bytes that are no UTF-8") << QByteArray("\xC3(\xFF") << QByteArray("\\xc3(\\xff");
        QTest::newRow("a NUL") << QByteArray("a\0b", 3) << QByteArray("a\\x00b");
    }

    void nothingAClientSendsLeavesItsPlace()
    {
        QFETCH(QByteArray, agent);
        QFETCH(QByteArray, combined);
        AccessRecord record = plainRecord();
        record.userAgent = {agent.constData(), static_cast<std::size_t>(agent.size())};
        QVERIFY(line(AccessLogFormat::Combined, record).endsWith("\"" + combined + "\"\n"));
        const QByteArray json = line(AccessLogFormat::Json, record);
        QCOMPARE(json.count('\n'), 1);
        QJsonParseError error;
        const auto object = QJsonDocument::fromJson(json, &error).object();
        QCOMPARE(error.error, QJsonParseError::NoError);
        QCOMPARE(object[u"user_agent"].toString(), QString::fromUtf8(agent));
    }

    void theLongestLineStaysWhole()
    {
        const std::string quotes(20'000, '"');
        const std::string high(20'000, '\xFF');
        for (const std::string& text : {quotes, high}) {
            AccessRecord record = plainRecord();
            for (auto* field : {&record.client, &record.method, &record.target, &record.host, &record.path,
                                &record.listener, &record.route, &record.pool, &record.backend, &record.consumer,
                                &record.refusedBy, &record.userAgent, &record.referer, &record.requestId}) {
                *field = text;
            }
            record.bytesIn = record.bytesOut = ~std::uint64_t{0};
            const QByteArray combined = line(AccessLogFormat::Combined, record);
            QVERIFY(combined.endsWith("...\"\n"));
            QCOMPARE(combined.count('"'), 6);
            const QByteArray json = line(AccessLogFormat::Json, record);
            QJsonParseError error;
            QJsonDocument::fromJson(json, &error);
            QCOMPARE(error.error, QJsonParseError::NoError);
        }
    }

    void linesOfAllWorkersArriveInTheirOrder()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath(u"a.log"_qs);
        constexpr int kWorkers = 3;
        constexpr int kLines = 5000;
        std::atomic<std::uint64_t> lost{0};
        const auto log = logTo(path, "json");
        {
            AccessLogHub hub;
            QVERIFY(hub.open(log, path.toStdString()));
            std::vector<std::thread> workers;
            for (std::uint32_t worker = 0; worker < kWorkers; ++worker) {
                workers.emplace_back([&, worker] {
                    Rng rng(worker);
                    AccessRecord record = plainRecord();
                    const std::string name = std::to_string(worker);
                    record.listener = name;
                    for (int at = 0; at < kLines; ++at) {
                        record.bytesIn = static_cast<std::uint64_t>(at);
                        log->write(worker, record, rng);
                    }
                });
            }
            for (auto& worker : workers) {
                worker.join();
            }
            hub.flush();
            const auto counts = hub.counts();
            QCOMPARE(counts.lines + counts.dropped, std::uint64_t{kWorkers * kLines});
            lost = counts.dropped;
        }
        QHash<QString, int> last;
        std::uint64_t lines = 0;
        for (const auto& text : contentOf(path).split('\n')) {
            if (text.isEmpty()) {
                continue;
            }
            const auto object = QJsonDocument::fromJson(text).object();
            const QString worker = object[u"listener"].toString();
            QVERIFY(object[u"bytes_in"].toInt() > last.value(worker, -1));
            last[worker] = object[u"bytes_in"].toInt();
            ++lines;
        }
        QCOMPARE(lines + lost, std::uint64_t{kWorkers * kLines});
        QCOMPARE(last.size(), kWorkers);
    }

    void afterARotationTheNewFileIsWritten()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath(u"a.log"_qs);
        const auto log = logTo(path);
        AccessLogHub hub;
        Rng rng;
        QVERIFY(hub.open(log, path.toStdString()));
        log->write(0, plainRecord(), rng);
        hub.flush();
        QVERIFY(QFile::rename(path, path + u".1"_qs));
        log->write(0, plainRecord(), rng);
        hub.flush();
        QCOMPARE(contentOf(path + u".1"_qs).count('\n'), 2);
        hub.reopen();
        log->write(0, plainRecord(), rng);
        hub.flush();
        QCOMPARE(contentOf(path + u".1"_qs).count('\n'), 2);
        QCOMPARE(contentOf(path).count('\n'), 1);
    }

    void twoLogsShareAFileAndItClosesWithTheLast()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath(u"a.log"_qs);
        AccessLogHub hub;
        Rng rng;
        auto first = logTo(path);
        auto second = logTo(path, "json");
        QVERIFY(hub.open(first, path.toStdString()));
        QVERIFY(hub.open(second, path.toStdString()));
        first->write(0, plainRecord(), rng);
        second->write(0, plainRecord(), rng);
        const auto isOpen = [&] {
            for (int fd = 0; fd < 256; ++fd) {
                char target[4096];
                const auto size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
                if (size > 0 && path == QString::fromLocal8Bit(target, static_cast<qsizetype>(size))) {
                    return true;
                }
            }
            return false;
        };
        QVERIFY(isOpen());
        first.reset();
        second.reset();
        QTRY_VERIFY_WITH_TIMEOUT(!isOpen(), 10'000);
        QCOMPARE(hub.counts().lines, std::uint64_t{2});
        QCOMPARE(contentOf(path).count('\n'), 2);
    }

    void aFullDeviceLosesLinesAndCountsThem()
    {
        if (!QFile::exists(u"/dev/full"_qs)) {
            QSKIP("no /dev/full here");
        }
        AccessLogHub hub;
        Rng rng;
        const auto log = logTo(u"/dev/full"_qs);
        QVERIFY(hub.open(log, "/dev/full"));
        log->write(0, plainRecord(), rng);
        hub.flush();
        QCOMPARE(hub.counts().lines, std::uint64_t{0});
        QCOMPARE(hub.counts().dropped, std::uint64_t{1});
    }

    void aShareOfTheRequestsIsWritten()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath(u"a.log"_qs);
        AccessLogHub hub;
        Rng rng(7);
        const auto log = logTo(path, "combined", "25%");
        QVERIFY(hub.open(log, path.toStdString()));
        for (int at = 0; at < 4000; ++at) {
            log->write(0, plainRecord(), rng);
            if (at % 500 == 499) {
                hub.flush();
            }
        }
        const auto lines = contentOf(path).count('\n');
        QVERIFY2(lines > 850 && lines < 1150, qPrintable(QString::number(lines)));  // 1000 +- 5 sigma
        QCOMPARE(hub.counts().dropped, std::uint64_t{0});
    }

    void withoutAFileNothingIsWritten()
    {
        Rng rng;
        const auto log = logTo(u"never"_qs);
        log->write(0, plainRecord(), rng);
        QVERIFY(!QFile::exists(u"never"_qs));
    }

    void whereAFileCannotBe_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("why");
        QTest::newRow("in a folder that is not there") << u"/nonexistent/a.log"_qs << u"No such file"_qs;
        QTest::newRow("a folder itself") << u"/tmp"_qs << u"Is a directory"_qs;
        QTest::newRow("below a file") << u"/dev/null/a.log"_qs << u"Not a directory"_qs;
    }

    void whereAFileCannotBe()
    {
        QFETCH(QString, path);
        QFETCH(QString, why);
        const auto checked = checkAccessLogPath(path.toStdString());
        QVERIFY(!checked);
        QVERIFY2(QString::fromStdString(checked.error().detail).contains(why), checked.error().detail.c_str());
        AccessLogHub hub;
        QVERIFY(!hub.open(logTo(path), path.toStdString()));
    }

    void checkingCreatesNothing()
    {
        const QTemporaryDir dir;
        QVERIFY(checkAccessLogPath(dir.filePath(u"new.log"_qs).toStdString()));
        QVERIFY(!QFile::exists(dir.filePath(u"new.log"_qs)));
        QCOMPARE(accessLogPath("a.log", "/etc/site"), std::string("/etc/site/a.log"));
        QCOMPARE(accessLogPath("/var/a.log", "/etc/site"), std::string("/var/a.log"));
        QCOMPARE(accessLogPath("stdout", "/etc/site"), std::string("stdout"));
    }
};

QTEST_GUILESS_MAIN(tst_AccessLog)
#include "tst_access_log.moc"
