#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/plain_client.h"
#include "tests/support/program.h"

using namespace signalbox;
using namespace signalbox::test;

namespace {

constexpr const char* kBalancer = R"(signalbox: 1
listeners: [{name: lb, bind: "127.0.0.1:0", protocol: http, role: load-balancer, pool: p}]
pools:
  - name: p
    balance: round-robin
    backends: [{name: a1, address: "mock:a1", weight: @W}, {name: a2, address: "mock:a2"}, {name: a3, address: "mock:a3"}]
mocks:
  - {name: a1, bind: "127.0.0.1:0", workers: 8}
  - {name: a2, bind: "127.0.0.1:0", workers: 8}
  - {name: a3, bind: "127.0.0.1:0", workers: 8}
traffic:
  - name: short
    target: lb
    seed: 42
    duration: 1s
    arrivals: {process: poisson, rate: 300/s}
    clients: {count: 5}
    requests: [{path: "/{id}", vars: {id: {zipf: {n: 100, s: 1.1}}}}]
  - name: impossible
    target: lb
    duration: 300ms
    arrivals: {process: constant, rate: 100/s}
    requests: [{path: /}]
    expect: {p50: 1us}
)";

constexpr const char* kGateway = R"(signalbox: 1
listeners:
  - name: api
    bind: "127.0.0.1:0"
    protocol: http
    role: api-gateway
    routes:
      - name: users
        match: {path: /user, method: [GET, POST]}
        policies:
          - api-key: {header: X-Api-Key}
          - rate-limit: {rate: 1/h, burst: 3, key: consumer}
          - rewrite: {strip_prefix: /user}
        pool: p
pools: [{name: p, balance: round-robin, backends: [{name: a1, address: "mock:a1"}]}]
consumers: [{name: mobile, keys: [k1]}]
mocks: [{name: a1, bind: "127.0.0.1:0", workers: 8}]
)";

PlainClient::Answer ask(const QString& address, const std::string& line, const std::string& headers = {})
{
    PlainClient client(*Endpoint::parse(address.toStdString()));
    client.send(line + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + headers + "\r\n");
    return client.receive();
}

}  // namespace

/// The commands as a person calls them: the built program, its output and its exit codes.
class tst_CommandLine : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

    QString write(const QString& name, QByteArray text, const QByteArray& weight = "1")
    {
        const QString path = m_dir.filePath(name);
        QFile file(path);
        if (file.open(QIODevice::WriteOnly)) {
            file.write(text.replace("@W", weight));
        }
        return path;
    }

    /// How often each backend answered `count` requests over some connections.
    static QHash<QByteArray, int> spread(const QString& address, int count)
    {
        QHash<QByteArray, int> counts;
        constexpr int kPerConnection = 50;
        for (int sent = 0; sent < count;) {
            PlainClient client(*Endpoint::parse(address.toStdString()));
            for (int at = 0; at < kPerConnection && sent < count; ++at, ++sent) {
                client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
                const auto answer = client.receive();
                ++counts[answer.status == 200 ? QByteArray::fromStdString(answer.header("X-Mock")) : QByteArray("failed")];
            }
        }
        return counts;
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY2(QFileInfo(programPath()).isExecutable(), qPrintable(programPath())); }

    void everyCommandHasHelp_data()
    {
        QTest::addColumn<QString>("command");
        for (const char* command : {"run", "check", "traffic", "replay", "explain"}) {
            QTest::newRow(command) << QString::fromLatin1(command);
        }
    }

    void everyCommandHasHelp()
    {
        QFETCH(QString, command);
        const auto help = runToEnd(programPath(), {command, u"--help"_qs});
        QCOMPARE(help.exitCode, 0);
        QVERIFY(help.out.contains("Example: signalbox " + command.toLatin1()));
    }

    void exitCodes_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("expected");
        const QString good = write(u"good.yaml"_qs, kBalancer);
        const QString bad = write(u"bad.yaml"_qs, "signalbox: 1\nlisteners:\n  - {name: lb, ballance: x}\n");
        QTest::newRow("a valid site is 0") << QStringList{u"check"_qs, good} << 0;
        QTest::newRow("an invalid site is 1") << QStringList{u"check"_qs, bad} << 1;
        QTest::newRow("an unreadable file is 1") << QStringList{u"check"_qs, u"/nonexistent.yaml"_qs} << 1;
        QTest::newRow("an unknown option is 2") << QStringList{u"check"_qs, good, u"--frobnicate"_qs} << 2;
        QTest::newRow("a missing argument is 2") << QStringList{u"check"_qs} << 2;
        QTest::newRow("running an invalid site is 1") << QStringList{u"run"_qs, bad} << 1;
        QTest::newRow("an unknown scenario is 1") << QStringList{u"traffic"_qs, good, u"rush"_qs, u"--serve"_qs} << 1;
        QTest::newRow("a missed expectation is 3") << QStringList{u"traffic"_qs, good, u"impossible"_qs, u"--serve"_qs} << 3;
        QTest::newRow("a bad speed is 2") << QStringList{u"replay"_qs, good, good, u"--speed"_qs, u"1000"_qs} << 2;
        QTest::newRow("a run that ends by itself is 0") << QStringList{u"run"_qs, good, u"--for"_qs, u"200ms"_qs} << 0;
    }

    void exitCodes()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, expected);
        const auto result = runToEnd(programPath(), arguments);
        QVERIFY2(result.exitCode == expected, (result.out + result.err).constData());
    }

    void checkSaysWhereAndHow()
    {
        const QString bad = write(u"bad.yaml"_qs, "signalbox: 1\npools:\n  - name: p\n    ballance: random\n    backends: []\n");
        const auto result = runToEnd(programPath(), {u"check"_qs, bad});
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.out.startsWith(bad.toUtf8() + ":4:5: error: unknown key 'ballance': did you mean 'balance'?\n"), result.out.constData());
    }

    void threeThousandRequestsSpreadExactly_data()
    {
        QTest::addColumn<QString>("workers");
        QTest::addColumn<QByteArray>("weight");
        QTest::addColumn<int>("first");
        QTest::newRow("equal backends, one worker") << u"1"_qs << QByteArray("1") << 1000;
        QTest::newRow("equal backends, four workers") << u"4"_qs << QByteArray("1") << 1000;
        QTest::newRow("2:1:1 by weight, two workers") << u"2"_qs << QByteArray("2") << 1500;
    }

    void threeThousandRequestsSpreadExactly()
    {
        QFETCH(QString, workers);
        QFETCH(QByteArray, weight);
        QFETCH(int, first);
        RunningProgram program(write(u"spread.yaml"_qs, kBalancer, weight), {u"--workers"_qs, workers});
        QString error;
        QVERIFY2(program.waitReady(1, &error), qPrintable(error));
        const auto counts = spread(program.address(u"listener:lb"_qs), 3000);
        QCOMPARE(counts.value("a1"), first);
        QCOMPARE(counts.value("a2"), (3000 - first) / 2);
        QCOMPARE(counts.value("a3"), (3000 - first) / 2);
        QCOMPARE(program.terminate(), 0);
    }

    void aGatewayGuardsItsRoutes()
    {
        RunningProgram program(write(u"gateway.yaml"_qs, kGateway));
        QString error;
        QVERIFY2(program.waitReady(1, &error), qPrintable(error));
        const QString api = program.address(u"listener:api"_qs);
        QCOMPARE(ask(api, "GET /user/1").status, 401);
        QCOMPARE(ask(api, "GET /user/1", "X-Api-Key: wrong\r\n").status, 401);
        const auto right = ask(api, "GET /user/1?a=b", "X-Api-Key: k1\r\nX-Mock-Echo: 1\r\n");
        QCOMPARE(right.status, 200);
        QVERIFY2(right.body.starts_with("GET /1?a=b HTTP/1.1\r\n"), right.body.c_str());
        QCOMPARE(ask(api, "GET /users/1").status, 404);
        const auto wrongMethod = ask(api, "DELETE /user/1");
        QCOMPARE(wrongMethod.status, 405);
        QCOMPARE(wrongMethod.header("Allow"), std::string("GET, POST"));
        ask(api, "GET /user/1", "X-Api-Key: k1\r\n");
        ask(api, "GET /user/1", "X-Api-Key: k1\r\n");
        const auto limited = ask(api, "GET /user/1", "X-Api-Key: k1\r\n");
        QCOMPARE(limited.status, 429);
        for (const char* header : {"Retry-After", "RateLimit-Policy", "RateLimit"}) {
            QVERIFY2(!limited.header(header).empty(), header);
        }
        QCOMPARE(limited.header("Content-Type"), std::string("application/problem+json"));
        const auto problem = QJsonDocument::fromJson(QByteArray::fromStdString(limited.body)).object();
        QCOMPARE(problem.value(u"policy"_qs).toString(), u"rate-limit"_qs);
        QCOMPARE(problem.value(u"route"_qs).toString(), u"users"_qs);
    }

    void aReloadUnderTrafficLosesNothingAndABadFileChangesNothing()
    {
        const QString site = write(u"reload.yaml"_qs, kBalancer);
        RunningProgram program(site, {u"--workers"_qs, u"2"_qs});
        QString error;
        QVERIFY2(program.waitReady(1, &error), qPrintable(error));
        const QString lb = program.address(u"listener:lb"_qs);
        int answered = 0;
        for (int round = 0; round < 20; ++round) {
            write(u"reload.yaml"_qs, QByteArray(kBalancer), QByteArray::number(1 + round % 4));
            program.signal(SIGHUP);
            answered += spread(lb, 50).value("failed") == 0 ? 1 : 0;
        }
        QCOMPARE(answered, 20);
        // Signals that come before the last was served are one signal, so the bad file is awaited by itself.
        write(u"reload.yaml"_qs, "signalbox: 1\nlisteners: 7\n");
        program.signal(SIGHUP);
        QVERIFY(program.waitSaid("the running configuration stays"));
        QCOMPARE(spread(lb, 50).value("failed"), 0);
        QCOMPARE(program.terminate(), 0);
    }

    void trafficReportsTheContractsFieldsAndTheSameCountsTwice()
    {
        const QString site = write(u"traffic.yaml"_qs, kBalancer);
        QJsonObject first;
        for (int round = 0; round < 2; ++round) {
            const auto result = runToEnd(programPath(), {u"traffic"_qs, site, u"short"_qs, u"--serve"_qs, u"--json"_qs});
            QVERIFY2(result.exitCode == 0, result.err.constData());
            const auto report = QJsonDocument::fromJson(result.out).object();
            for (const char* field : {"requests", "duration_s", "rate", "status", "backends", "routes", "rejected", "errors", "latency_ms"}) {
                QVERIFY2(report.contains(QLatin1String(field)), field);
            }
            for (const char* field : {"p50", "p90", "p99", "p999", "max", "mean"}) {
                QVERIFY2(report.value(u"latency_ms"_qs).toObject().contains(QLatin1String(field)), field);
            }
            if (round == 0) {
                first = report;
                continue;
            }
            for (const char* counts : {"requests", "status", "backends"}) {
                QCOMPARE(report.value(QLatin1String(counts)), first.value(QLatin1String(counts)));
            }
        }
    }

    void aRealTraceIsReplayedWhole()
    {
        const QString trace = QStringLiteral(SIGNALBOX_SOURCE_DIR "/../shared/traces/apache_combined.log");
        if (!QFile::exists(trace)) {
            QSKIP("the trace is not on this machine");
        }
        const auto result = runToEnd(programPath(), {u"replay"_qs, trace, write(u"replay.yaml"_qs, kBalancer), u"--serve"_qs, u"--speed"_qs, u"max"_qs, u"--json"_qs});
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QVERIFY2(result.err.contains(":8899: warning: skipped:"), result.err.constData());
        const auto report = QJsonDocument::fromJson(result.out).object();
        QCOMPARE(report.value(u"requests"_qs).toInt(), 9999);
        QCOMPARE(report.value(u"status"_qs).toObject().value(u"200"_qs).toInt(), 9999);
        int paths = 0;
        const auto byPath = report.value(u"paths"_qs).toObject();
        for (const auto& count : byPath) {
            paths += count.toInt();
        }
        QCOMPARE(paths, 9999);
    }

    void explainNamesTheRouteThePoliciesAndTheBackend()
    {
        const auto result = runToEnd(programPath(), {u"explain"_qs, write(u"gateway.yaml"_qs, kGateway), u"GET /user/1"_qs, u"-H"_qs, u"X-Api-Key: k1"_qs});
        QCOMPARE(result.exitCode, 0);
        for (const char* text : {"Route 'users' won", "key of consumer mobile", "/user/1 -> /1", "backend a1"}) {
            QVERIFY2(result.out.contains(text), result.out.constData());
        }
    }
};

QTEST_GUILESS_MAIN(tst_CommandLine)
#include "tst_command_line.moc"
