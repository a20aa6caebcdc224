#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

#include "core/admin/admin_server.h"
#include "core/catalog/builtin_catalog.h"
#include "tests/support/plain_client.h"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kSite = R"(signalbox: 1
listeners:
  - {name: lb, bind: "127.0.0.1:0", role: load-balancer, pool: p}
  - name: api
    bind: "127.0.0.1:0"
    role: api-gateway
    routes: [{name: users, policies: [{api-key: {header: X-Api-Key}}], pool: q}]
pools:
  - name: p
    backends: [{name: a1, address: "mock:m1"}, {name: a2, address: "mock:m2"}]
  - {name: q, backends: [{name: a1, address: "mock:m1"}]}
consumers: [{name: mobile, keys: [s3cret-key]}]
mocks: [{name: m1, bind: "127.0.0.1:0"}, {name: m2, bind: "127.0.0.1:0"}]
)";

site::Site siteOf(const std::string& text)
{
    return site::readSite(text, "s.yaml", catalog::builtinCatalog()).site;
}

/// A running site with its admin interface.
struct Served {
    std::unique_ptr<running::RunningSite> running;
    std::unique_ptr<admin::AdminServer> server;

    explicit Served(const std::string& token = {}, const std::string& site = kSite)
    {
        running::RunningOptions options;
        options.engine.workers = 2;
        running = std::move(*running::RunningSite::create(options));
        const auto applied = running->apply(siteOf(site));
        if (!applied.ok()) {
            qFatal("%s%s", site::format(applied.problems, "s.yaml").c_str(), applied.error.detail.c_str());
        }
        auto started = admin::AdminServer::start(*running, {*Endpoint::parse("127.0.0.1:0"), token});
        if (!started) {
            qFatal("%s", started.error().detail.c_str());
        }
        server = std::move(*started);
    }
    [[nodiscard]] Endpoint listener(const char* name) const
    {
        return running->addresses().find("listener:" + std::string(name))->second;
    }
    [[nodiscard]] PlainClient::Answer ask(const std::string& line, const std::string& headers = {},
                                          const std::string& body = {}) const
    {
        PlainClient client(server->address());
        std::string out = line + " HTTP/1.1\r\nConnection: close\r\n" + headers;
        if (headers.find("Host:") == std::string::npos) {
            out += "Host: localhost\r\n";
        }
        if (!body.empty()) {
            out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        }
        client.send(out + "\r\n" + body);
        return client.receive(line.starts_with("HEAD"));
    }
};

QJsonObject jsonOf(const PlainClient::Answer& answer)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(answer.body)).object();
}

}  // namespace

/// The admin interface over real sockets, as curl and Prometheus use it.
class tst_Admin : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyResourceAnswersAndRefusesInItsWay_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("headers");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("header");
        QTest::addColumn<QString>("value");
        const auto row = [](const char* name, const char* line, const char* headers, int status,
                            const char* header = "", const char* value = "") {
            QTest::newRow(name) << QString::fromLatin1(line) << QString::fromLatin1(headers) << status
                                << QString::fromLatin1(header) << QString::fromLatin1(value);
        };
        row("metrics are Prometheus text", "GET /metrics", "", 200, "Content-Type",
            "text/plain; version=0.0.4; charset=utf-8");
        row("a query changes nothing", "GET /metrics?x=1", "", 200);
        row("stats are JSON", "GET /api/stats", "", 200, "Content-Type", "application/json");
        row("the site is YAML", "GET /api/site", "", 200, "Content-Type", "application/yaml");
        row("the site is JSON for who asks", "GET /api/site", "Accept: application/json\r\n", 200, "Content-Type",
            "application/json");
        row("it is healthy", "GET /healthz", "", 200);
        row("HEAD works", "HEAD /metrics", "", 200);
        row("HEAD of what is not there", "HEAD /nothing", "", 404);
        row("an unknown path", "GET /nothing", "", 404, "Content-Type", "application/problem+json");
        row("a method that the site does not have", "DELETE /api/site", "", 405, "Allow", "GET, HEAD, PUT");
        row("metrics cannot be put", "PUT /metrics", "", 405, "Allow", "GET, HEAD");
        row("draining is a POST", "GET /api/backends/a2/drain", "", 405, "Allow", "POST");
        row("an unknown backend", "POST /api/backends/zz/drain", "", 404);
        row("a name that two pools have", "POST /api/backends/a1/drain", "", 409);
        row("a name that one pool has", "POST /api/backends/a2/drain", "", 200);
        row("a pool and a name", "POST /api/backends/p/a1/drain", "", 200);
        row("a slash that is escaped", "POST /api/backends/p%2Fa1/enable", "", 200);
        row("an unknown verb", "POST /api/backends/a2/explode", "", 404);
        row("no name", "POST /api/backends//drain", "", 404);
        row("an address of this machine", "GET /healthz", "Host: 127.0.0.1:9090\r\n", 200);
        row("IPv6", "GET /healthz", "Host: [::1]:9090\r\n", 200);
        row("another name for this address is refused", "GET /metrics", "Host: evil.example\r\n", 403);
        row("a name that begins like this machine", "GET /metrics", "Host: localhost.evil.example\r\n", 403);
        row("an address elsewhere", "GET /metrics", "Host: 10.0.0.1\r\n", 403);
        row("a page of another origin", "POST /api/backends/a2/drain", "Origin: http://evil.example\r\n", 403);
        row("a page without origin", "POST /api/backends/a2/drain", "Origin: null\r\n", 403);
        row("its own origin", "POST /api/backends/a2/drain", "Host: localhost:1\r\nOrigin: http://localhost:1\r\n",
            200);
        row("a body that is too long", "PUT /api/site", "Content-Length: 8388609\r\n", 413);
        row("a request that is none", "GET", "", 400);
        row("two lengths", "PUT /api/site", "Content-Length: 1\r\nContent-Length: 2\r\n", 400);
    }

    void everyResourceAnswersAndRefusesInItsWay()
    {
        QFETCH(QString, line);
        QFETCH(QString, headers);
        QFETCH(int, status);
        QFETCH(QString, header);
        QFETCH(QString, value);
        const Served served;
        const auto answer = served.ask(line.toStdString(), headers.toStdString());
        QCOMPARE(answer.status, status);
        if (!header.isEmpty()) {
            QCOMPARE(QString::fromStdString(answer.header(header.toStdString())), value);
        }
        if (status >= 400 && !line.startsWith(u"HEAD")) {
            QCOMPARE(jsonOf(answer)[u"status"].toInt(), status);
            QVERIFY(!jsonOf(answer)[u"detail"].toString().isEmpty());
        }
    }

    void anAmbiguousNameNamesBoth()
    {
        const Served served;
        const auto detail = jsonOf(served.ask("POST /api/backends/a1/drain"))[u"detail"].toString();
        QVERIFY2(detail.contains(u"p/a1, q/a1"), qPrintable(detail));
    }

    void headHasTheLengthAndNoBody()
    {
        const Served served;
        PlainClient client(served.server->address());
        client.send(
            "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QCOMPARE(client.receive(true).header("Content-Length"), std::string("3"));
        QCOMPARE(client.receive().body, std::string("ok\n"));
    }

    void aConnectionServesManyRequests()
    {
        const Served served;
        PlainClient client(served.server->address());
        for (int at = 0; at < 200; ++at) {
            client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
            QCOMPARE(client.receive().status, 200);
        }
        // All at once, and in pieces.
        std::string many;
        for (int at = 0; at < 50; ++at) {
            many += "GET /api/stats HTTP/1.1\r\nHost: localhost\r\n\r\n";
        }
        for (std::size_t at = 0; at < many.size(); at += 7) {
            client.send(std::string_view(many).substr(at, 7));
        }
        for (int at = 0; at < 50; ++at) {
            QCOMPARE(client.receive().status, 200);
        }
    }

    void countersCountWhatWasServed()
    {
        const Served served;
        PlainClient client(served.listener("lb"));
        for (int at = 0; at < 10; ++at) {
            QCOMPARE(client.get("/").status, 200);
        }
        PlainClient refused(served.listener("api"));
        QCOMPARE(refused.get("/").status, 401);
        QTRY_VERIFY(served.ask("GET /metrics").body.find("signalbox_requests_total{listener=\"lb\"} 10\n") !=
                    std::string::npos);
        const auto stats = jsonOf(served.ask("GET /api/stats"));
        QHash<QString, QJsonObject> listeners;
        for (const auto& item : stats[u"listeners"].toArray()) {
            listeners.insert(item.toObject()[u"name"].toString(), item.toObject());
        }
        QCOMPARE(listeners[u"lb"_qs][u"requests"].toInt(), 10);
        QCOMPARE(listeners[u"lb"_qs][u"latency_ms"].toObject()[u"count"].toInt(), 10);
        QCOMPARE(listeners[u"lb"_qs][u"address"].toString(), QString::fromStdString(served.listener("lb").text()));
        QCOMPARE(listeners[u"api"_qs][u"rejected"].toInt(), 1);
        QCOMPARE(stats[u"status"].toObject()[u"200"].toInt(), 10);
        QCOMPARE(stats[u"backends"].toArray().size(), 3);
        QVERIFY(stats[u"process"].toObject()[u"open_fds"].toInt() > 5);
        QVERIFY(stats[u"process"].toObject()[u"resident_bytes"].toDouble() > 1e6);
    }

    void aDrainingBackendGetsNothingAndComesBack()
    {
        const Served served;
        const auto spread = [&] {
            QHash<QByteArray, int> counts;
            PlainClient client(served.listener("lb"));
            for (int at = 0; at < 20; ++at) {
                ++counts[QByteArray::fromStdString(client.get("/").header("X-Mock"))];
            }
            return counts;
        };
        QCOMPARE(spread().size(), 2);
        QCOMPARE(jsonOf(served.ask("POST /api/backends/a2/drain"))[u"backend"].toString(), u"p/a2"_qs);
        QCOMPARE(spread().value("m2"), 0);
        QVERIFY(served.ask("GET /metrics").body.find("signalbox_backend_up{pool=\"p\",backend=\"a2\"} 0\n") !=
                std::string::npos);
        // The state outlives a reload.
        QCOMPARE(served.ask("PUT /api/site", {}, kSite).status, 200);
        QCOMPARE(spread().value("m2"), 0);
        QCOMPARE(served.ask("POST /api/backends/p/a2/enable").status, 200);
        QCOMPARE(spread().value("m2"), 10);
    }

    void aSiteIsPutInWithItsWarnings()
    {
        const Served served;
        const std::string before = std::to_string(served.running->view().plan->epoch);
        const std::string next = std::string(kSite) + "traffic: []\n";
        const std::string text = next + "canvas: {a1: [1, 2]}\n";
        auto answer = served.ask("PUT /api/site", {}, text);
        QCOMPARE(answer.status, 200);
        QVERIFY(jsonOf(answer)[u"epoch"].toInt() > std::stoi(before));
        QCOMPARE(jsonOf(answer)[u"listeners"].toArray().size(), 2);
        QCOMPARE(jsonOf(answer)[u"warnings"].toArray().size(), 0);
        answer = served.ask("PUT /api/site", {},
                            R"({"signalbox": 1, "listeners": [{"name": "lb", "bind": "127.0.0.1:0", "pool": "p"}],
                                "pools": [{"name": "p", "backends": [{"name": "a1", "address": "127.0.0.1:1"}]},
                                          {"name": "unused", "backends": [{"name": "x", "address": "127.0.0.1:2"}]}]})");
        QCOMPARE(answer.status, 200);
        QCOMPARE(jsonOf(answer)[u"warnings"].toArray()[0].toObject()[u"code"].toString(), u"SB-251"_qs);
        QVERIFY(served.ask("GET /api/site").body.find("unused") != std::string::npos);
    }

    void anInvalidSiteChangesNothing()
    {
        const Served served;
        const auto epoch = served.running->view().plan->epoch;
        const auto answer = served.ask("PUT /api/site", {}, "signalbox: 1\nlisteners:\n  - {name: lb, ballance: x}\n");
        QCOMPARE(answer.status, 422);
        QCOMPARE(answer.header("Content-Type"), std::string("application/problem+json"));
        const auto problems = jsonOf(answer)[u"problems"].toArray();
        QVERIFY(problems.size() >= 2);
        const auto first = problems[0].toObject();
        QCOMPARE(first[u"severity"].toString(), u"error"_qs);
        QCOMPARE(first[u"line"].toInt(), 3);
        QVERIFY(first[u"column"].toInt() > 0);
        // What only the compiler and what only the system finds.
        QCOMPARE(served.ask("PUT /api/site", {}, "signalbox: 1\nlisteners: [{name: a, bind: '127.0.0.1:0'}]\n").status,
                 422);
        const std::string taken = served.server->address().text();
        const auto inUse =
            served.ask("PUT /api/site", {},
                       "signalbox: 1\nlisteners: [{name: a, bind: '" + taken +
                           "', pool: p}]\npools: [{name: p, backends: [{name: x, address: '127.0.0.1:1'}]}]\n");
        QCOMPARE(inUse.status, 409);
        QCOMPARE(served.running->view().plan->epoch, epoch);
        PlainClient client(served.listener("lb"));
        QCOMPARE(client.get("/").status, 200);
    }

    void secretsAreShownOnlyForAToken()
    {
        const Served open;
        const auto shown = open.ask("GET /api/site").body;
        QVERIFY(shown.find("s3cret-key") == std::string::npos);
        QVERIFY(shown.find("<masked>") != std::string::npos);
        QCOMPARE(open.ask("PUT /api/site", {}, shown).status, 422);

        const Served guarded("t0ken");
        const std::string with = "Authorization: Bearer t0ken\r\n";
        const auto whole = guarded.ask("GET /api/site", with).body;
        QVERIFY(whole.find("s3cret-key") != std::string::npos);
        QCOMPARE(guarded.ask("PUT /api/site", with, whole).status, 200);
    }

    void aTokenIsAskedFor_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("headers");
        QTest::addColumn<int>("status");
        QTest::newRow("none") << u"GET /metrics"_qs << QString() << 401;
        QTest::newRow("none, for what is not there") << u"GET /nothing"_qs << QString() << 401;
        QTest::newRow("the right one") << u"GET /metrics"_qs << u"Authorization: Bearer t0ken\r\n"_qs << 200;
        QTest::newRow("the scheme in lower case") << u"GET /metrics"_qs << u"Authorization: bearer t0ken\r\n"_qs << 200;
        QTest::newRow("a part of it") << u"GET /metrics"_qs << u"Authorization: Bearer t0ke\r\n"_qs << 401;
        QTest::newRow("more than it") << u"GET /metrics"_qs << u"Authorization: Bearer t0kenn\r\n"_qs << 401;
        QTest::newRow("an empty one") << u"GET /metrics"_qs << u"Authorization: Bearer \r\n"_qs << 401;
        QTest::newRow("another scheme") << u"GET /metrics"_qs << u"Authorization: Basic t0ken\r\n"_qs << 401;
        QTest::newRow("health needs none") << u"GET /healthz"_qs << QString() << 200;
        QTest::newRow("any host with it")
            << u"GET /metrics"_qs << u"Host: lb.example\r\nAuthorization: Bearer t0ken\r\n"_qs << 200;
    }

    void aTokenIsAskedFor()
    {
        QFETCH(QString, line);
        QFETCH(QString, headers);
        QFETCH(int, status);
        const Served served("t0ken");
        const auto answer = served.ask(line.toStdString(), headers.toStdString());
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.header("WWW-Authenticate").empty(), status != 401);
    }

    void onlyATokenOpensItToOthers()
    {
        const Served served;
        const auto wide = *Endpoint::parse("0.0.0.0:0");
        const auto refused = admin::AdminServer::start(*served.running, {wide, {}});
        QVERIFY(!refused);
        QVERIFY(refused.error().detail.find("--admin-token-file") != std::string::npos);
        QVERIFY(admin::AdminServer::start(*served.running, {wide, "t0ken"}));
    }

    void aLargePutWaitsForTheGoAhead()
    {
        const Served served;
        std::string site(kSite);
        site += "canvas:\n";
        for (int at = 0; site.size() < 2'000'000; ++at) {
            site += "  n" + std::to_string(at) + ": [10, 20]\n";
        }
        PlainClient client(served.server->address());
        client.send("PUT /api/site HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " +
                    std::to_string(site.size()) + "\r\n\r\n");
        QCOMPARE(client.receive().status, 100);
        client.send(site);
        QCOMPARE(client.receive().status, 200);
        // Refused before the body is sent.
        client.send("PUT /metrics HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
        QCOMPARE(client.receive().status, 405);
    }

    void aChunkedPutIsRead()
    {
        const Served served;
        PlainClient client(served.server->address());
        const std::string text = kSite;
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", text.size());
        client.send("PUT /api/site HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
                    std::string(size) + text + "\r\n0\r\n\r\n");
        QCOMPARE(client.receive().status, 200);
    }

    void itSaysThatItIsDraining()
    {
        const Served served;
        PlainClient busy(served.listener("lb"));
        busy.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
        QTRY_VERIFY(served.ask("GET /metrics").body.find("signalbox_requests_active{listener=\"lb\"} 1") !=
                    std::string::npos);
        std::thread drain([&] { served.running->drain(10s); });
        QTRY_COMPARE(served.ask("GET /healthz").status, 503);
        QCOMPARE(served.ask("GET /metrics").status, 200);
        busy.send("cde");
        QCOMPARE(busy.receive().status, 200);
        drain.join();
        QCOMPARE(served.ask("PUT /api/site", {}, kSite).status, 503);
        QCOMPARE(served.ask("GET /healthz").body, std::string("draining\n"));
    }

    void manyReloadsFromManySidesAreOneAfterTheOther()
    {
        const Served served;
        std::atomic<int> failures{0};
        std::vector<std::thread> sides;
        for (int side = 0; side < 3; ++side) {
            sides.emplace_back([&, side] {
                for (int at = 0; at < 10; ++at) {
                    if (side == 0) {
                        failures += served.running->apply(siteOf(kSite)).ok() ? 0 : 1;
                    } else if (side == 1) {
                        failures += served.ask("PUT /api/site", {}, kSite).status == 200 ? 0 : 1;
                    } else {
                        failures += served.ask("POST /api/backends/a2/drain").status == 200 ? 0 : 1;
                        failures += served.ask("GET /api/stats").status == 200 ? 0 : 1;
                    }
                }
            });
        }
        PlainClient client(served.listener("lb"));
        for (int at = 0; at < 200; ++at) {
            QCOMPARE(client.get("/").status, 200);
        }
        for (auto& side : sides) {
            side.join();
        }
        QCOMPARE(failures.load(), 0);
        QCOMPARE(served.running->view().plan->epoch, std::uint64_t{21});
    }

    void aTokenFileIsReadWithCare()
    {
        const QTemporaryDir dir;
        const auto file = [&](const char* text) {
            QFile out(dir.filePath(u"token"_qs));
            if (out.open(QIODevice::WriteOnly)) {
                out.write(text);
            }
            return out.fileName().toStdString();
        };
        QCOMPARE(*admin::readToken(file("  abc\t\r\nmore\n")), std::string("abc"));
        QVERIFY(!admin::readToken(file("")));
        QVERIFY(!admin::readToken(file("   \n")));
        QVERIFY(!admin::readToken(file("a b\n")));
        QVERIFY(!admin::readToken("/nonexistent"));
    }
};

QTEST_GUILESS_MAIN(tst_Admin)
#include "tst_admin.moc"
