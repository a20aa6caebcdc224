#include <QtTest>

#include <algorithm>

#include "core/http/body_reader.h"
#include "tests/support/engine_under_test.h"

using namespace signalbox;
using namespace signalbox::test;

namespace {

std::string patterned(std::size_t size)
{
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<char>('a' + i * 31 / 7 % 26);
    }
    return out;
}

std::string chunked(std::string_view body, std::size_t piece, std::string_view trailers = {})
{
    std::string out;
    while (!body.empty()) {
        const std::string_view part = body.substr(0, piece);
        char head[http::kMostChunkHead];
        out.append(head, http::writeChunkHead(head, part.size())).append(part).append("\r\n");
        body.remove_prefix(part.size());
    }
    return out + "0\r\n" + std::string(trailers) + "\r\n";
}

/// Reads a request with its body, whatever the framing, and gives both to `answer`, which returns the whole response.
ScriptedBackend::Script perRequest(std::function<std::string(const std::string& head, const std::string& body)> answer)
{
    return [answer = std::move(answer)](BackendConnection& connection) {
        for (;;) {
            const std::string head = connection.readHead();
            if (head.empty()) {
                return;
            }
            std::string body;
            if (const std::size_t at = head.find("Content-Length: "); at != std::string::npos) {
                body = connection.readExactly(std::stoul(head.substr(at + 16)));
            } else if (head.find("Transfer-Encoding: chunked") != std::string::npos) {
                for (;;) {
                    const std::string line = connection.readUntil("\r\n");
                    const std::size_t size = line.empty() ? 0 : std::stoul(line, nullptr, 16);
                    if (size == 0) {
                        break;
                    }
                    body += connection.readExactly(size);
                    connection.readExactly(2);
                }
                std::string trailer;
                while ((trailer = connection.readUntil("\r\n")).size() > 2) {
                    body += "|" + trailer;
                }
            }
            const std::string bytes = answer(head, body);
            if (!connection.send(bytes) || bytes.find("Connection: close") != std::string::npos) {
                return;
            }
        }
    };
}

std::string ok(const std::string& body, const std::string& headers = {})
{
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// One load balancer over one backend.
struct OneBackend {
    ScriptedBackend backend;
    EngineUnderTest test;

    explicit OneBackend(ScriptedBackend::Script script, const std::function<void(plan::ListenerPlan&)>& adjust = {})
        : backend(std::move(script))
    {
        HandMadePlan made = test.newPlan();
        plan::ListenerPlan& listener = made.loadBalancer("lb", made.pool("service", {{"b1", backend.address()}}));
        if (adjust) {
            adjust(listener);
        }
        test.publish(made);
    }
};

}  // namespace

class tst_ProxyForwarding final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void bodiesPassUnchanged_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("framing");
        const std::pair<const char*, int> sizes[] = {{"no byte", 0},
                                                     {"one byte", 1},
                                                     {"just under 16 KiB", 16 * 1024 - 1},
                                                     {"16 KiB", 16 * 1024},
                                                     {"just over 16 KiB", 16 * 1024 + 1},
                                                     {"100 KiB", 100 * 1024},
                                                     {"10 MiB", 10 * 1024 * 1024}};
        for (const auto& [name, size] : sizes) {
            QTest::addRow("%s with a length", name) << size << 0;
            QTest::addRow("%s in chunks", name) << size << 1;
        }
    }
    void bodiesPassUnchanged()
    {
        QFETCH(int, size);
        QFETCH(int, framing);
        OneBackend site(perRequest([framing](const std::string&, const std::string& body) {
            return framing == 0 ? ok(body)
                                : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, 7000);
        }));
        const std::string body = patterned(static_cast<std::size_t>(size));
        RawClient client(site.test.address());
        std::thread sender([&] {
            client.send("POST /up HTTP/1.1\r\nHost: site\r\n");
            client.send(framing == 0 ? "Content-Length: " + std::to_string(size) + "\r\n\r\n" + body
                                     : "Transfer-Encoding: chunked\r\n\r\n" + chunked(body, 5000));
        });
        const RawClient::Answer answer = client.read();
        sender.join();
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.complete);
        QVERIFY(answer.body == body);
        QCOMPARE(client.get("/again").status, 200);
        QCOMPARE(site.backend.connections(), 1);
    }

    void trailersPassBothWays()
    {
        OneBackend site(perRequest([](const std::string&, const std::string& body) {
            return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" +
                   chunked(body, 100, "X-Sum: 42\r\n");
        }));
        RawClient client(site.test.address());
        const RawClient::Answer answer = client.request(
            "POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("abc", 1, "X-Mine: 7\r\n"));
        QCOMPARE(QString::fromStdString(answer.body), QStringLiteral("abc|X-Mine: 7\r\n"));
        QVERIFY(answer.raw.ends_with("0\r\nX-Sum: 42\r\n\r\n"));
    }

    void theBackendSeesTheRightHead()
    {
        std::string seen;
        OneBackend site(perRequest([&](const std::string& head, const std::string&) {
            seen = head;
            return ok("x");
        }));
        RawClient client(site.test.address());
        (void)client.request(
            "GET /a/../b?x=1 HTTP/1.1\r\nHost: shop:81\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nX-Stay: "
            "2\r\nKeep-Alive: 5\r\n"
            "X-Forwarded-For: 9.9.9.9\r\nTE: gzip\r\nUpgrade: websocket\r\nProxy-Connection: x\r\n\r\n");
        QCOMPARE(QString::fromStdString(seen),
                 QStringLiteral(
                     "GET /b?x=1 HTTP/1.1\r\nHost: shop:81\r\nX-Stay: 2\r\nX-Forwarded-For: 9.9.9.9, 127.0.0.1\r\n"
                     "X-Forwarded-Proto: http\r\nX-Forwarded-Host: shop:81\r\nVia: 1.1 signalbox\r\n\r\n"));
    }

    void theClientSeesTheRightHead()
    {
        OneBackend site(perRequest([](const std::string&, const std::string&) {
            return ok("x", "Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nDate: D\r\nX-Stay: 2\r\n");
        }));
        RawClient client(site.test.address());
        QCOMPARE(QString::fromStdString(client.get("/").head),
                 QStringLiteral(
                     "HTTP/1.1 200 OK\r\nDate: D\r\nX-Stay: 2\r\nContent-Length: 1\r\nVia: 1.1 signalbox\r\n\r\n"));
    }

    void debugHeadersNameTheBackend()
    {
        OneBackend site(ScriptedBackend::answering("x"), [](plan::ListenerPlan& listener) {
            listener.debugHeaders = true;
            listener.routes[0].name = "all";
        });
        RawClient client(site.test.address());
        const RawClient::Answer answer = client.get("/");
        QVERIFY(answer.has("X-Signalbox-Backend: b1\r\n"));
        QVERIFY(answer.has("X-Signalbox-Route: all\r\n"));
    }

    void pipelinedRequestsAreAnsweredInOrder()
    {
        OneBackend site(perRequest([](const std::string& head, const std::string& body) {
            return ok(head.substr(0, head.find(" HTTP")) + body);
        }));
        RawClient client(site.test.address());
        std::string all;
        for (int i = 0; i < 200; ++i) {
            const std::string path = "/" + std::to_string(i);
            all += i % 3 == 0 ? "POST " + path + " HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\n\r\nabc"
                              : "GET " + path + " HTTP/1.1\r\nHost: s\r\n\r\n";
        }
        client.send(all);
        for (int i = 0; i < 200; ++i) {
            const std::string expected =
                (i % 3 == 0 ? "POST /" : "GET /") + std::to_string(i) + (i % 3 == 0 ? "abc" : "");
            QCOMPARE(QString::fromStdString(client.read().body), QString::fromStdString(expected));
        }
        QCOMPARE(site.backend.connections(), 1);
    }

    void aHeadMayArriveByteByByte()
    {
        OneBackend site(perRequest([](const std::string&, const std::string& body) { return ok(body); }));
        RawClient client(site.test.address());
        for (const char c : std::string("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\nhi")) {
            client.send({&c, 1});
            std::this_thread::yield();
        }
        QCOMPARE(QString::fromStdString(client.read().body), QStringLiteral("hi"));
    }

    void headHasNoBody()
    {
        OneBackend site([](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            }
        });
        RawClient client(site.test.address());
        const RawClient::Answer answer = client.request("HEAD / HTTP/1.1\r\nHost: s\r\n\r\n", true);
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.has("Content-Length: 5"));
        QCOMPARE(client.request("HEAD / HTTP/1.1\r\nHost: s\r\n\r\n", true).status, 200);
        QCOMPARE(site.backend.connections(), 1);
    }

    void interimAnswersPassToHttp11ClientsAlone_data()
    {
        QTest::addColumn<QString>("version");
        QTest::addColumn<int>("first");
        QTest::newRow("HTTP/1.1 sees the 103") << QStringLiteral("HTTP/1.1") << 103;
        QTest::newRow("HTTP/1.0 sees the final answer only") << QStringLiteral("HTTP/1.0") << 200;
    }
    void interimAnswersPassToHttp11ClientsAlone()
    {
        QFETCH(QString, version);
        QFETCH(int, first);
        OneBackend site(perRequest([](const std::string&, const std::string&) {
            return "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ok("x");
        }));
        RawClient client(site.test.address());
        RawClient::Answer answer = client.request("GET / " + version.toStdString() + "\r\nHost: s\r\n\r\n");
        QCOMPARE(answer.status, first);
        if (first == 103) {
            QVERIFY(answer.has("Link: </a.css>\r\n"));
            answer = client.read();
        }
        QCOMPARE(answer.status, 200);
    }

    void expectContinueWaitsForTheBackend()
    {
        OneBackend site([](BackendConnection& connection) {
            const std::string head = connection.readHead();
            if (head.find("Expect: 100-continue") != std::string::npos) {
                connection.send("HTTP/1.1 100 Continue\r\n\r\n");
            }
            connection.send(ok(connection.readExactly(4)));
            connection.waitForEnd();
        });
        RawClient client(site.test.address());
        QCOMPARE(
            client.request("PUT / HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n").status,
            100);
        QCOMPARE(QString::fromStdString(client.request("body").body), QStringLiteral("body"));
    }

    void bodiesWithoutLengthAreReframed_data()
    {
        QTest::addColumn<QString>("version");
        QTest::addColumn<QString>("framing");
        QTest::addColumn<bool>("chunked");
        QTest::newRow("until close becomes chunks for 1.1") << QStringLiteral("HTTP/1.1") << QString() << true;
        QTest::newRow("until close stays so for 1.0") << QStringLiteral("HTTP/1.0") << QString() << false;
        QTest::newRow("chunks become until close for 1.0")
            << QStringLiteral("HTTP/1.0") << QStringLiteral("Transfer-Encoding: chunked\r\n") << false;
    }
    void bodiesWithoutLengthAreReframed()
    {
        QFETCH(QString, version);
        QFETCH(QString, framing);
        QFETCH(bool, chunked);
        const std::string body = patterned(50'000);
        OneBackend site([&](BackendConnection& connection) {
            connection.readHead();
            connection.send("HTTP/1.1 200 OK\r\n" + framing.toStdString() + "\r\n");
            connection.send(framing.isEmpty() ? body : ::chunked(body, 999));
            connection.halfClose();
            connection.waitForEnd();
        });
        RawClient client(site.test.address());
        const RawClient::Answer answer =
            client.request("GET / " + version.toStdString() + "\r\nHost: s\r\nConnection: keep-alive\r\n\r\n");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.has("Transfer-Encoding: chunked"), chunked);
        QCOMPARE(answer.has("Connection: close"), !chunked);
        QVERIFY(answer.complete);
        QVERIFY(answer.body == body);
    }

    void keepAliveFollowsTheClient_data()
    {
        QTest::addColumn<QString>("request");
        QTest::addColumn<QString>("line");
        QTest::addColumn<bool>("stays");
        QTest::newRow("1.1 stays") << QStringLiteral("GET / HTTP/1.1\r\nHost: s\r\n\r\n") << QString() << true;
        QTest::newRow("1.1 with close ends") << QStringLiteral("GET / HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
                                             << QStringLiteral("Connection: close") << false;
        QTest::newRow("1.0 ends") << QStringLiteral("GET / HTTP/1.0\r\nHost: s\r\n\r\n")
                                  << QStringLiteral("Connection: close") << false;
        QTest::newRow("1.0 with keep-alive stays")
            << QStringLiteral("GET / HTTP/1.0\r\nHost: s\r\nConnection: keep-alive\r\n\r\n")
            << QStringLiteral("Connection: keep-alive") << true;
    }
    void keepAliveFollowsTheClient()
    {
        QFETCH(QString, request);
        QFETCH(QString, line);
        QFETCH(bool, stays);
        OneBackend site(ScriptedBackend::answering("x"));
        RawClient client(site.test.address());
        const RawClient::Answer answer = client.request(request.toStdString());
        QCOMPARE(answer.status, 200);
        QVERIFY(line.isEmpty() ? !answer.has("Connection:") : answer.has(line.toStdString()));
        if (stays) {
            QCOMPARE(client.request(request.toStdString()).status, 200);
        } else {
            QVERIFY(client.waitForEnd());
            QVERIFY(client.endedCleanly());
        }
    }

    void aClientThatOnlySendsStillGetsItsAnswer()
    {
        OneBackend site(ScriptedBackend::answering("late"));
        RawClient client(site.test.address());
        client.send("GET / HTTP/1.1\r\nHost: s\r\n\r\n");
        client.endSending();
        QCOMPARE(QString::fromStdString(client.read().body), QStringLiteral("late"));
        QVERIFY(client.waitForEnd());
    }

    void refusedHeadsAreAnsweredAndClosed_data()
    {
        QTest::addColumn<QString>("bytes");
        QTest::addColumn<int>("status");
        QTest::newRow("no HTTP at all") << QStringLiteral("nonsense\r\n\r\n") << 400;
        QTest::newRow("length and coding together")
            << QStringLiteral(
                   "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            << 400;
        QTest::newRow("a bare line feed") << QStringLiteral("GET / HTTP/1.1\nHost: s\n\n") << 400;
        QTest::newRow("a target of 10,000 bytes")
            << QStringLiteral("GET /%1 HTTP/1.1\r\nHost: s\r\n\r\n").arg(QString(10'000, QLatin1Char('a'))) << 414;
        QTest::newRow("a head of 100,000 bytes")
            << QStringLiteral("GET / HTTP/1.1\r\nHost: s\r\nX: %1\r\n\r\n").arg(QString(100'000, QLatin1Char('a')))
            << 431;
        QTest::newRow("CONNECT") << QStringLiteral("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n") << 501;
    }
    void refusedHeadsAreAnsweredAndClosed()
    {
        QFETCH(QString, bytes);
        QFETCH(int, status);
        OneBackend site(ScriptedBackend::answering("x"));
        RawClient client(site.test.address());
        const RawClient::Answer answer = client.request(bytes.toStdString());
        QCOMPARE(answer.status, status);
        QVERIFY(answer.has("application/problem+json"));
        QVERIFY(answer.has("Connection: close"));
        QVERIFY(client.waitForEnd());
        QCOMPARE(site.backend.connections(), 0);
    }

    void bodiesAboveTheLimitAreRefused_data()
    {
        QTest::addColumn<QString>("framing");
        QTest::newRow("known from the length") << QStringLiteral("Content-Length: 5000");
        QTest::newRow("found while it streams") << QStringLiteral("Transfer-Encoding: chunked");
    }
    void bodiesAboveTheLimitAreRefused()
    {
        QFETCH(QString, framing);
        OneBackend site([](BackendConnection& connection) { connection.waitForEnd(); },
                        [](plan::ListenerPlan& listener) { listener.limits.bodyBytes = 4096; });
        RawClient client(site.test.address());
        const std::string body = patterned(5000);
        const RawClient::Answer answer =
            client.request("POST / HTTP/1.1\r\nHost: s\r\n" + framing.toStdString() + "\r\n\r\n" +
                           (framing.startsWith(QLatin1String("Tr")) ? chunked(body, 1000) : body));
        QCOMPARE(answer.status, 413);
        QVERIFY(client.waitForEnd());
        QVERIFY(eventually([&] { return site.test.active(stats::Scope::Backend, "service/b1") == 0; }));
    }

    void aSlowHeadTimesOut()
    {
        OneBackend site(ScriptedBackend::answering("x"),
                        [](plan::ListenerPlan& listener) { listener.timeouts.header = std::chrono::milliseconds(50); });
        RawClient client(site.test.address());
        QCOMPARE(client.request("GET / HTTP/1.1\r\nHo").status, 408);
        QVERIFY(client.waitForEnd());
    }

    void anIdleConnectionIsClosed()
    {
        OneBackend site(ScriptedBackend::answering("x"),
                        [](plan::ListenerPlan& listener) { listener.timeouts.idle = std::chrono::milliseconds(50); });
        RawClient client(site.test.address());
        QCOMPARE(client.get("/").status, 200);
        QVERIFY(client.waitForEnd());
        QVERIFY(client.endedCleanly());
    }

    void bytesBehindAnAnswerCloseTheBackendConnection()
    {
        OneBackend site([](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                connection.send(ok("x") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
            }
        });
        RawClient client(site.test.address());
        QCOMPARE(QString::fromStdString(client.get("/1").body), QStringLiteral("x"));
        QCOMPARE(QString::fromStdString(client.get("/2").body), QStringLiteral("x"));
        QCOMPARE(site.backend.connections(), 2);
    }
};

QTEST_GUILESS_MAIN(tst_ProxyForwarding)
#include "tst_proxy_forwarding.moc"
