#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include "tests/support/plain_client.h"
#include "tests/support/program.h"

using namespace signalbox;
using namespace signalbox::test;

namespace {

constexpr const char* kLogged = R"(signalbox: 1
listeners:
  - {name: lb, bind: "127.0.0.1:0", role: load-balancer, pool: p, access_log: {path: lb.log}}
  - name: api
    bind: "127.0.0.1:0"
    role: api-gateway
    limits: {body_bytes: 10B}
    timeouts: {header: 200ms}
    policies: [{access-log: {path: api.log, format: json}}]
    routes:
      - name: users
        match: {path: /user}
        policies: [{request-id: {}}, {api-key: {header: X-Api-Key}}, {access-log: {path: users.log, format: json}}]
        pool: p
      - {name: hello, match: {path_exact: /hello}, respond: {body: hi}}
      - {name: dead, match: {path: /dead}, pool: dead}
      - {name: slow, match: {path: /slow}, pool: slow}
pools:
  - {name: p, backends: [{name: a1, address: "mock:m"}]}
  - {name: dead, backends: [{name: d1, address: "127.0.0.1:1"}]}
  - {name: slow, backends: [{name: s1, address: "mock:slow"}]}
consumers: [{name: mobile, keys: [k1]}]
mocks: [{name: m, bind: "127.0.0.1:0"}, {name: slow, bind: "127.0.0.1:0", latency: {distribution: constant, value: 30s}}]
)";

constexpr const char* kSmall = R"(signalbox: 1
listeners:
  - {name: lb, bind: "127.0.0.1:0", role: load-balancer, pool: p}
  - {name: api, bind: "127.0.0.1:0", role: api-gateway, routes: [{name: hi, respond: {body: hi}}]}
  - {name: other, bind: "127.0.0.1:0", role: load-balancer, pool: q}
pools:
  - {name: p, backends: [{name: a1, address: "127.0.0.1:@PORT"}]}
  - {name: q, backends: [{name: a1, address: "127.0.0.1:@PORT"}]}
)";

Endpoint endpoint(const QString& address)
{
    return *Endpoint::parse(address.toStdString());
}

PlainClient::Answer ask(const QString& address, const std::string& line, const std::string& headers = {},
                        const std::string& body = {})
{
    PlainClient client(endpoint(address));
    client.send(line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n" + body);
    return client.receive();
}

QList<QJsonObject> jsonLines(const QString& path)
{
    QFile file(path);
    QList<QJsonObject> out;
    if (file.open(QIODevice::ReadOnly)) {
        for (const auto& line : file.readAll().split('\n')) {
            if (!line.isEmpty()) {
                out.append(QJsonDocument::fromJson(line).object());
            }
        }
    }
    return out;
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Seconds of CPU that a process has used.
double cpuSeconds(qint64 pid)
{
    const auto fields = QString::fromUtf8(contentOf(u"/proc/%1/stat"_qs.arg(pid))).section(u')', -1).split(u' ');
    return (fields.value(12).toDouble() + fields.value(13).toDouble()) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

/// What operators do with the running program: logs and their rotation, the admin interface, limits.
class tst_Operation : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

    QString write(const QString& name, QByteArray text, const QByteArray& port = {})
    {
        QFile file(m_dir.filePath(name));
        if (file.open(QIODevice::WriteOnly)) {
            file.write(text.replace("@PORT", port));
        }
        return file.fileName();
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY2(QFileInfo(programPath()).isExecutable(), qPrintable(programPath())); }
    void init()
    {
        for (const auto& name : {u"lb.log"_qs, u"api.log"_qs, u"users.log"_qs}) {
            QFile::remove(m_dir.filePath(name));
        }
    }

    void everyRequestIsLoggedHoweverItEnds()
    {
        RunningProgram program(write(u"logged.yaml"_qs, kLogged), {u"--admin"_qs, u"127.0.0.1:0"_qs});
        QString error;
        QVERIFY2(program.waitReady(2, &error), qPrintable(error));
        const QString api = program.address(u"listener:api"_qs);
        QCOMPARE(ask(program.address(u"listener:lb"_qs), "GET /a?b=1", "User-Agent: t\"x\r\n").status, 200);
        QCOMPARE(ask(api, "GET /hello").status, 200);
        QCOMPARE(ask(api, "GET /user/1").status, 401);
        QCOMPARE(ask(api, "GET /user/1", "X-Api-Key: k1\r\nX-Request-Id: my-id\r\n").status, 200);
        QCOMPARE(ask(api, "GET /nothing").status, 404);
        QCOMPARE(ask(api, "GET /dead").status, 502);
        QCOMPARE(ask(api, "POST /hello", "Content-Length: 11\r\n", "0123456789a").status, 413);
        QCOMPARE(ask(api, "GET /bad", "Bad Header: x\r\n").status, 400);
        {
            PlainClient slowHead(endpoint(api));
            slowHead.send("GET /");
            QCOMPARE(slowHead.receive().status, 408);
            PlainClient gone(endpoint(api));
            gone.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
            const linger reset{1, 0};  // a reset: after a mere end of sending the answer could still be read
            ::setsockopt(gone.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            QTRY_VERIFY(ask(program.address(u"admin"_qs), "GET /metrics")
                            .body.find("signalbox_route_requests_active{route=\"slow\"} 1") != std::string::npos);
        }
        QTRY_COMPARE(jsonLines(m_dir.filePath(u"api.log"_qs)).size(), 9);
        QHash<QString, QJsonObject> byPath;
        QHash<QString, int> outcomes;
        for (const auto& line : jsonLines(m_dir.filePath(u"api.log"_qs))) {
            byPath.insert(line[u"path"].toString() + u' ' + QString::number(line[u"status"].toInt()), line);
            ++outcomes[line[u"outcome"].toString()];
        }
        QCOMPARE(byPath.value(u"/hello 200"_qs)[u"route"].toString(), u"hello"_qs);
        QCOMPARE(byPath.value(u"/hello 200"_qs)[u"bytes_out"].toInt(), 2);
        QCOMPARE(byPath.value(u"/user/1 401"_qs)[u"refused_by"].toString(), u"api-key"_qs);
        const auto served = byPath.value(u"/user/1 200"_qs);
        QCOMPARE(served[u"consumer"].toString(), u"mobile"_qs);
        QCOMPARE(served[u"backend"].toString(), u"a1"_qs);
        QCOMPARE(served[u"request_id"].toString(), u"my-id"_qs);
        QCOMPARE(served[u"attempts"].toInt(), 1);
        QCOMPARE(byPath.value(u"/dead 502"_qs)[u"pool"].toString(), u"dead"_qs);
        QCOMPARE(outcomes[u"client-aborted"_qs], 1);
        QCOMPARE(outcomes[u"timeout"_qs], 1);
        QCOMPARE(outcomes[u"bad-request"_qs], 1);
        QCOMPARE(outcomes[u"no-route"_qs], 1);
        QTRY_COMPARE(jsonLines(m_dir.filePath(u"users.log"_qs)).size(), 2);
        const QByteArray combined = contentOf(m_dir.filePath(u"lb.log"_qs));
        QVERIFY2(combined.startsWith("127.0.0.1 - - [") && combined.contains("] \"GET /a?b=1 HTTP/1.1\" 200 ") &&
                     combined.endsWith("\"-\" \"t\\x22x\"\n"),
                 combined.constData());
        QVERIFY(ask(program.address(u"admin"_qs), "GET /metrics").body.find("signalbox_access_log_lines_total 12\n") !=
                std::string::npos);
        QCOMPARE(program.terminate(), 0);
    }

    void aRotatedLogGoesOnInANewFile()
    {
        RunningProgram program(write(u"rotated.yaml"_qs, kLogged));
        QString error;
        QVERIFY2(program.waitReady(2, &error), qPrintable(error));
        const QString lb = program.address(u"listener:lb"_qs);
        const QString log = m_dir.filePath(u"lb.log"_qs);
        QCOMPARE(ask(lb, "GET /1").status, 200);
        QTRY_COMPARE(contentOf(log).count('\n'), 1);
        QVERIFY(QFile::rename(log, log + u".1"_qs));
        QCOMPARE(ask(lb, "GET /2").status, 200);
        QTRY_COMPARE(contentOf(log + u".1"_qs).count('\n'), 2);
        program.signal(SIGUSR1);
        QVERIFY(program.waitSaid("opened anew"));
        QCOMPARE(ask(lb, "GET /3").status, 200);
        QTRY_COMPARE(contentOf(log).count('\n'), 1);
        // A reload keeps the open file: moved away, it is still written to.
        QVERIFY(QFile::rename(log, log + u".2"_qs));
        program.signal(SIGHUP);
        QVERIFY(program.waitSaid("reloaded"));
        QCOMPARE(ask(lb, "GET /4").status, 200);
        QTRY_COMPARE(contentOf(log + u".2"_qs).count('\n'), 2);
        QVERIFY(!QFile::exists(log));
        QCOMPARE(program.terminate(), 0);
        QFile::remove(log + u".1"_qs);
        QFile::remove(log + u".2"_qs);
    }

    void linesWaitingAtTheEndAreWritten()
    {
        RunningProgram program(write(u"ending.yaml"_qs, kLogged));
        QString error;
        QVERIFY2(program.waitReady(2, &error), qPrintable(error));
        PlainClient client(endpoint(program.address(u"listener:lb"_qs)));
        for (int at = 0; at < 100; ++at) {
            QCOMPARE(client.get("/").status, 200);
        }
        QCOMPARE(program.terminate(), 0);
        QCOMPARE(contentOf(m_dir.filePath(u"lb.log"_qs)).count('\n'), 100);
    }

    void aLogThatCannotBeOpenedStopsTheStartAndNoReload()
    {
        QByteArray bad(kLogged);
        bad.replace("lb.log", "/nonexistent/lb.log");
        const auto checked = runToEnd(programPath(), {u"check"_qs, write(u"bad.yaml"_qs, bad)});
        QCOMPARE(checked.exitCode, 1);
        const QByteArray said = checked.err + checked.out;
        QVERIFY2(said.contains("bad.yaml:3:86: error: cannot write the access log '/nonexistent/lb.log': No such file"),
                 said.constData());
        QVERIFY2(!QFile::exists(m_dir.filePath(u"api.log"_qs)), "check creates no file");

        const QString site = write(u"good.yaml"_qs, kLogged);
        RunningProgram program(site);
        QString error;
        QVERIFY2(program.waitReady(2, &error), qPrintable(error));
        write(u"good.yaml"_qs, bad);
        program.signal(SIGHUP);
        QVERIFY(program.waitSaid("reload refused"));
        QCOMPARE(ask(program.address(u"listener:lb"_qs), "GET /").status, 200);
        QTRY_COMPARE(contentOf(m_dir.filePath(u"lb.log"_qs)).count('\n'), 1);
    }

    void aPolicyOnALoadBalancerNamesTheKey()
    {
        const auto checked = runToEnd(
            programPath(),
            {u"check"_qs, write(u"role.yaml"_qs,
                                "signalbox: 1\nlisteners:\n  - {name: lb, bind: '127.0.0.1:1', pool: p, policies: "
                                "[{access-log: {path: x.log}}]}\npools: [{name: p, backends: [{name: a, address: "
                                "'127.0.0.1:2'}]}]\n")});
        QCOMPARE(checked.exitCode, 1);
        QVERIFY2((checked.err + checked.out).contains("write the key 'access_log' of its listener"),
                 (checked.err + checked.out).constData());
    }

    void adminOptionsThatDoNotGoTogether_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QByteArray>("said");
        QTest::newRow("an open address without a token")
            << QStringList{u"--admin"_qs, u"0.0.0.0:0"_qs} << QByteArray("would be open to everyone");
        QTest::newRow("no address") << QStringList{u"--admin"_qs, u"9090"_qs}
                                    << QByteArray("--admin: '9090' is not an address");
        QTest::newRow("a token file that is not there")
            << QStringList{u"--admin"_qs, u"127.0.0.1:0"_qs, u"--admin-token-file"_qs, u"/nonexistent"_qs}
            << QByteArray("cannot read a token");
        QTest::newRow("a token without the interface")
            << QStringList{u"--admin-token-file"_qs, u"/dev/null"_qs} << QByteArray("--admin");
    }

    void adminOptionsThatDoNotGoTogether()
    {
        QFETCH(QStringList, options);
        QFETCH(QByteArray, said);
        const auto ended =
            runToEnd(programPath(), QStringList{u"run"_qs, write(u"options.yaml"_qs, kLogged)} + options);
        QCOMPARE(ended.exitCode, 2);
        QVERIFY2(ended.err.contains(said), ended.err.constData());
    }

    void fileAndAdminReloadInTurn()
    {
        const QString site = write(u"turns.yaml"_qs, kLogged);
        RunningProgram program(site, {u"--admin"_qs, u"127.0.0.1:0"_qs});
        QString error;
        QVERIFY2(program.waitReady(2, &error), qPrintable(error));
        const QString admin = program.address(u"admin"_qs);
        QVERIFY(!admin.isEmpty());
        const QByteArray text = QByteArray(kLogged).replace("name: hello", "name: hello2");
        const auto put =
            ask(admin, "PUT /api/site", "Content-Length: " + std::to_string(text.size()) + "\r\n", text.toStdString());
        QCOMPARE(put.status, 200);
        QVERIFY(ask(admin, "GET /api/site").body.find("hello2") != std::string::npos);
        program.signal(SIGHUP);
        QVERIFY(program.waitSaid("reloaded"));
        QVERIFY(ask(admin, "GET /api/site").body.find("hello2") == std::string::npos);
        QCOMPARE(program.terminate(), 0);
    }

    void withoutDescriptorsWhatIsOpenIsServed_data()
    {
        QTest::addColumn<QString>("reactor");
        QTest::newRow("io_uring") << u"io_uring"_qs;
        QTest::newRow("epoll") << u"epoll"_qs;
    }

    void withoutDescriptorsWhatIsOpenIsServed()
    {
        QFETCH(QString, reactor);
        // The backend lives in another process, which has descriptors.
        RunningProgram backend(write(u"backend.yaml"_qs,
                                     "signalbox: 1\nlisteners: [{name: b, bind: '127.0.0.1:0', role: "
                                     "api-gateway, routes: [{name: r, respond: {body: ok}}]}]\n"));
        QString error;
        QVERIFY2(backend.waitReady(1, &error), qPrintable(error));
        const auto port = QByteArray::number(endpoint(backend.address(u"listener:b"_qs)).port());
        RunningProgram program(write(u"small.yaml"_qs, kSmall, port),
                               {u"--workers"_qs, u"1"_qs, u"--admin"_qs, u"127.0.0.1:0"_qs},
                               u"export SIGNALBOX_REACTOR=%1; ulimit -n 64"_qs.arg(reactor));
        QVERIFY2(program.waitReady(3, &error), qPrintable(error));
        const QString api = program.address(u"listener:api"_qs);
        const QString lb = program.address(u"listener:lb"_qs);
        QCOMPARE(ask(lb, "GET /").status, 200);

        PlainClient early(endpoint(lb));  // connected and served before the crowd comes
        PlainClient direct(endpoint(api));
        QCOMPARE(direct.get("/").status, 200);
        early.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
        QCOMPARE(early.receive().status, 200);
        std::vector<std::unique_ptr<PlainClient>> crowd;
        for (int at = 0; at < 200; ++at) {
            crowd.push_back(std::make_unique<PlainClient>(endpoint(api)));
            QVERIFY(crowd.back()->connected());
        }
        QVERIFY(program.waitSaid("Too many open files"));
        QCOMPARE(direct.get("/").status, 200);

        const double before = cpuSeconds(program.pid());
        QElapsedTimer window;
        window.start();
        while (window.elapsed() < 1000) {
            QCOMPARE(direct.get("/").status, 200);
            QThread::msleep(50);
        }
        const double used = cpuSeconds(program.pid()) - before;
        QVERIFY2(used < 0.3, qPrintable(u"%1 s of CPU in a second of nothing"_qs.arg(used)));

        crowd.clear();
        QTRY_COMPARE(ask(api, "GET /").status, 200);
        QTRY_COMPARE(ask(lb, "GET /").status, 200);
        QCOMPARE(program.terminate(), 0);
    }

    void aConnectionThatCannotBeOpenedIsNotTheBackendsFault()
    {
        RunningProgram backend(write(u"backend.yaml"_qs,
                                     "signalbox: 1\nlisteners: [{name: b, bind: '127.0.0.1:0', role: "
                                     "api-gateway, routes: [{name: r, respond: {body: ok}}]}]\n"));
        QString error;
        QVERIFY2(backend.waitReady(1, &error), qPrintable(error));
        const auto port = QByteArray::number(endpoint(backend.address(u"listener:b"_qs)).port());
        RunningProgram program(write(u"small.yaml"_qs, kSmall, port),
                               {u"--workers"_qs, u"1"_qs, u"--admin"_qs, u"127.0.0.1:0"_qs}, u"ulimit -n 64"_qs);
        QVERIFY2(program.waitReady(3, &error), qPrintable(error));
        // The sanitizer needs descriptors to look at the types of objects it has not seen: every type is seen here.
        QCOMPARE(ask(program.address(u"listener:other"_qs), "GET /").status, 200);
        PlainClient early(endpoint(program.address(u"listener:lb"_qs)));
        QVERIFY(early.connected());
        PlainClient direct(endpoint(program.address(u"listener:api"_qs)));
        QCOMPARE(direct.get("/").status, 200);  // so the one before it is accepted as well
        std::vector<std::unique_ptr<PlainClient>> crowd;
        for (int at = 0; at < 100; ++at) {
            crowd.push_back(std::make_unique<PlainClient>(endpoint(program.address(u"listener:api"_qs))));
        }
        QVERIFY(program.waitSaid("Too many open files"));
        const auto answer = early.get("/");
        QCOMPARE(answer.status, 503);
        QVERIFY2(answer.body.find("no connection to a backend can be opened here") != std::string::npos,
                 answer.body.c_str());
        crowd.clear();
        QTRY_COMPARE(early.get("/").status, 200);
        const std::string metrics = ask(program.address(u"admin"_qs), "GET /metrics").body;
        QVERIFY(metrics.find("signalbox_backend_errors_total{pool=\"p\",backend=\"a1\",kind=\"connect\"} 0\n") !=
                std::string::npos);
        QVERIFY(metrics.find("process_max_fds 64\n") != std::string::npos);
    }

    void theLimitIsRaisedAsFarAsItMayBe()
    {
        RunningProgram program(write(u"limit.yaml"_qs, kLogged), {u"--admin"_qs, u"127.0.0.1:0"_qs},
                               u"ulimit -Sn 100; ulimit -Hn 300"_qs);
        QString error;
        QVERIFY2(program.waitReady(2, &error), qPrintable(error));
        QVERIFY(ask(program.address(u"admin"_qs), "GET /metrics").body.find("process_max_fds 300\n") !=
                std::string::npos);
    }
};

QTEST_GUILESS_MAIN(tst_Operation)
#include "tst_operation.moc"
