#include <QtTest>

#include <future>

#include "tests/support/engine_under_test.h"

using namespace signalbox;
using namespace signalbox::test;
using stats::Counter;
using stats::Scope;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: s\r\n\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nbody";
const std::string kPut = "PUT / HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nbody";

/// An address on which nobody listens.
Endpoint nobody()
{
    return net::listenOn(Endpoint::v4(0x7F000001, 0), {false, 1})->localEndpoint();
}

/// Reads a whole request (a head and four bytes where it has a body), counts it, and resets.
ScriptedBackend::Script resettingAfterRequest(std::atomic<int>& seen)
{
    return [&seen](BackendConnection& connection) {
        const std::string head = connection.readHead();
        if (head.find("Content-Length: 4") != std::string::npos) {
            connection.readExactly(4);
        }
        ++seen;
        connection.reset();
    };
}

ScriptedBackend::Script silent(std::atomic<int>& seen)
{
    return [&seen](BackendConnection& connection) {
        connection.readHead();
        ++seen;
        connection.waitForEnd();
    };
}

/// A site whose first choice is `first`; the engine has one worker, so rotation begins there.
struct Pair {
    EngineUnderTest test;

    Pair(const Endpoint& first, const Endpoint& second, const std::function<void(plan::ListenerPlan&)>& adjust = {})
    {
        HandMadePlan made = test.newPlan();
        plan::ListenerPlan& listener = made.loadBalancer("lb", made.pool("service", {{"b1", first}, {"b2", second}}));
        listener.debugHeaders = true;
        if (adjust) {
            adjust(listener);
        }
        test.publish(made);
    }
};

}  // namespace

class tst_ProxyFailures final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void aRefusedConnectGoesToTheNextBackend_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::newRow("GET") << QByteArray::fromStdString(kGet);
        QTest::newRow("POST, since nothing was sent") << QByteArray::fromStdString(kPost);
    }
    void aRefusedConnectGoesToTheNextBackend()
    {
        QFETCH(QByteArray, request);
        ScriptedBackend good(ScriptedBackend::answering("good"));
        const Pair site(nobody(), good.address());
        RawClient client(site.test.address());
        for (int i = 0; i < 6; ++i) {
            QCOMPARE(client.request(request.toStdString()).body, std::string("good"));
        }
        // After the first refusal the backend is left alone for a moment.
        QCOMPARE(site.test.value(Scope::Backend, "service/b1", Counter::ConnectErrors), std::uint64_t{1});
        QCOMPARE(site.test.value(Scope::Listener, "lb", Counter::Retries), std::uint64_t{1});
        QCOMPARE(site.test.value(Scope::Listener, "lb", Counter::Status2xx), std::uint64_t{6});
    }

    void aLargeBodySurvivesARefusedConnect()
    {
        std::string got;
        ScriptedBackend good([&](BackendConnection& connection) {
            connection.readHead();
            got = connection.readExactly(200'000);
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        const Pair site(nobody(), good.address());
        RawClient client(site.test.address());
        const std::string body(200'000, 'x');
        QCOMPARE(client.request("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 200000\r\n\r\n" + body).status, 200);
        QVERIFY(got == body);
    }

    void aResetIsRepeatedOnlyWhereThatIsSafe_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("seenByGood");
        QTest::newRow("GET goes to the next") << QByteArray::fromStdString(kGet) << 200 << 1;
        QTest::newRow("PUT with a short body goes to the next") << QByteArray::fromStdString(kPut) << 200 << 1;
        QTest::newRow("POST is never sent twice") << QByteArray::fromStdString(kPost) << 502 << 0;
    }
    void aResetIsRepeatedOnlyWhereThatIsSafe()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        QFETCH(int, seenByGood);
        std::atomic<int> seen{0};
        ScriptedBackend bad(resettingAfterRequest(seen));
        ScriptedBackend good(ScriptedBackend::answering("good"));
        const Pair site(bad.address(), good.address());
        RawClient client(site.test.address());
        QCOMPARE(client.request(request.toStdString()).status, status);
        QCOMPARE(seen.load(), 1);
        QCOMPARE(good.connections(), seenByGood);
        QCOMPARE(site.test.value(Scope::Backend, "service/b1", Counter::Resets), std::uint64_t{1});
        QCOMPARE(site.test.active(Scope::Backend, "service/b1"), std::int64_t{0});
    }

    void anIdleConnectionThatDiedIsReplaced()
    {
        // Answers one request a connection, and closes when the next one arrives: the race of keep-alive.
        ScriptedBackend backend([](BackendConnection& connection) {
            connection.readHead();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
            connection.readHead();
            connection.reset();
        });
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", backend.address()}}));
        test.publish(made);
        RawClient client(test.address());
        QCOMPARE(client.request(kGet).status, 200);
        QCOMPARE(client.request(kGet).status, 200);
        QCOMPARE(backend.connections(), 2);
        QCOMPARE(client.request(kPost).status, 502);
    }

    void aSlowTryGoesToTheNextBackend()
    {
        std::atomic<int> seen{0};
        ScriptedBackend slow(silent(seen));
        ScriptedBackend good(ScriptedBackend::answering("good"));
        const Pair site(slow.address(), good.address(), [](plan::ListenerPlan& listener) {
            listener.routes[0].timeouts.tryOne = std::chrono::milliseconds(400);
        });
        RawClient client(site.test.address());
        QCOMPARE(client.request(kGet).body, std::string("good"));
        QCOMPARE(site.test.value(Scope::Backend, "service/b1", Counter::Timeouts), std::uint64_t{1});
    }

    void answersOfOurOwnNameTheCause_data()
    {
        QTest::addColumn<int>("what");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("detail");
        QTest::newRow("refused") << 0 << 502 << QStringLiteral("backend 'b1' of pool 'service' refused the connection");
        QTest::newRow("reset") << 1 << 502
                               << QStringLiteral(
                                      "backend 'b1' of pool 'service' closed the connection without an answer");
        QTest::newRow("not HTTP") << 2 << 502
                                  << QStringLiteral(
                                         "backend 'b1' of pool 'service' gave an answer that cannot be passed on");
        QTest::newRow("silent") << 3 << 504
                                << QStringLiteral(
                                       "backend 'b1' of pool 'service' did not answer within the request's time-out");
        QTest::newRow("unhealthy") << 4 << 503
                                   << QStringLiteral("pool 'service' has no usable backend: b1 is unhealthy");
        QTest::newRow("weight 0") << 5 << 503
                                  << QStringLiteral("pool 'service' has no usable backend: b1 has weight 0");
        QTest::newRow("full") << 6 << 503 << QStringLiteral("pool 'service' has no usable backend: b1 is full");
        QTest::newRow("half an answer")
            << 7 << 502 << QStringLiteral("backend 'b1' of pool 'service' closed the connection without an answer");
    }
    void answersOfOurOwnNameTheCause()
    {
        QFETCH(int, what);
        QFETCH(int, status);
        QFETCH(QString, detail);
        std::atomic<int> seen{0};
        ScriptedBackend::Script script = what == 1 ? resettingAfterRequest(seen) : silent(seen);
        if (what == 2 || what == 7) {
            script = [what](BackendConnection& connection) {
                connection.readHead();
                connection.send(what == 2 ? "SSH-2.0-OpenSSH\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-");
                connection.halfClose();
                connection.waitForEnd();
            };
        }
        ScriptedBackend backend(std::move(script));
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        HandMadePlan::Backend spec{"b1", what == 0 ? nobody() : backend.address()};
        spec.spec.weight = what == 5 ? 0 : 1;
        spec.spec.maxConnections = what == 6 ? 1 : 0;
        auto pool = made.pool("service", {spec});
        pool->state->state(0).healthy = what != 4;
        plan::ListenerPlan& listener = made.loadBalancer("lb", pool);
        listener.routes[0].name = "all";
        listener.routes[0].timeouts.request = std::chrono::milliseconds(what == 3 ? 60 : 5000);
        test.publish(made);
        RawClient first(test.address());
        if (what == 6) {
            first.send(kGet);
            QVERIFY(eventually([&] { return seen.load() == 1; }));
        }
        RawClient client(test.address());
        const RawClient::Answer answer = client.request(kGet);
        QCOMPARE(answer.status, status);
        QVERIFY(answer.has("Content-Type: application/problem+json\r\n"));
        QVERIFY2(answer.body.find(detail.toStdString()) != std::string::npos, answer.body.c_str());
        QVERIFY(answer.body.find(R"("route":"all")") != std::string::npos);
        QVERIFY(answer.body.find(R"("pool":"service")") != std::string::npos);
    }

    void aBrokenOffAnswerIsNoticed_data()
    {
        QTest::addColumn<QString>("head");
        QTest::newRow("with a length") << QStringLiteral("Content-Length: 100\r\n");
        QTest::newRow("in chunks") << QStringLiteral("Transfer-Encoding: chunked\r\n");
    }
    void aBrokenOffAnswerIsNoticed()
    {
        QFETCH(QString, head);
        ScriptedBackend backend([&](BackendConnection& connection) {
            connection.readHead();
            connection.send("HTTP/1.1 200 OK\r\n" + head.toStdString() + "\r\n5\r\nhello\r\n");
            connection.halfClose();
            connection.waitForEnd();
        });
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", backend.address()}}));
        test.publish(made);
        RawClient client(test.address());
        QVERIFY(!client.request(kGet).complete);
        QVERIFY(client.waitForEnd());
        QCOMPARE(test.value(Scope::Listener, "lb", Counter::Resets), std::uint64_t{1});
    }

    void aClientThatGoesAwayIsCountedAndFreesTheBackend()
    {
        std::atomic<int> seen{0};
        ScriptedBackend backend(silent(seen));
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        auto pool = made.pool("service", {{"b1", backend.address()}});
        made.loadBalancer("lb", pool);
        test.publish(made);
        {
            RawClient client(test.address());
            client.send(kGet);
            QVERIFY(eventually([&] { return seen.load() == 1; }));
            QCOMPARE(pool->state->state(0).active(), 1U);
            const linger hard{1, 0};
            ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        QVERIFY(eventually([&] { return test.value(Scope::Listener, "lb", Counter::ClientAborts) == 1; }));
        QCOMPARE(pool->state->state(0).active(), 0U);
        QCOMPARE(test.active(Scope::Listener, "lb"), std::int64_t{0});
    }

    void aBackendKilledUnderLoadCostsNoClientAnError()
    {
        auto doomed = std::make_unique<ScriptedBackend>(ScriptedBackend::answering("doomed"));
        ScriptedBackend good(ScriptedBackend::answering("good"));
        const Pair site(doomed->address(), good.address());
        std::atomic<bool> stop{false};
        std::atomic<int> answered{0};
        std::atomic<int> failed{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < 8; ++i) {
            clients.emplace_back([&] {
                RawClient client(site.test.address());
                while (!stop) {
                    (client.request(kGet).status == 200 ? answered : failed) += 1;
                }
            });
        }
        const bool warm = eventually([&] { return answered > 500; });
        doomed->stop();
        const int before = answered;
        const bool went = eventually([&] { return answered > before + 1000; });
        stop = true;
        for (std::thread& client : clients) {
            client.join();
        }
        QVERIFY(warm && went);
        QCOMPARE(failed.load(), 0);
    }

    void aSlowClientHoldsTheBackendBack()
    {
        constexpr std::size_t kSize = 256UL << 20;
        std::atomic<std::size_t> sent{0};
        ScriptedBackend backend([&](BackendConnection& connection) {
            connection.readHead();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
            const std::string piece(256 * 1024, 'x');
            while (sent < kSize && connection.send(piece)) {
                sent += piece.size();
            }
        });
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", backend.address()}}));
        test.publish(made);
        const std::size_t before = residentBytes();
        RawClient client(test.address());
        client.send(kGet);
        // The sender stands still once all buffers on the way are full.
        std::size_t last = 0;
        QVERIFY(eventually([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            return std::exchange(last, sent.load()) == sent && sent > 0;
        }));
        QVERIFY2(sent < 64UL << 20, qPrintable(QString::number(sent)));
        const std::size_t held = residentBytes() - std::min(before, residentBytes());
        QVERIFY2(held < 24UL << 20, qPrintable(QString::number(held)));
        std::size_t got = 0;
        char buffer[256 * 1024];
        while (got < kSize) {
            const ssize_t count = ::recv(client.fd(), buffer, sizeof buffer, 0);
            QVERIFY(count > 0);
            got += static_cast<std::size_t>(count);
        }
        const std::size_t after = residentBytes() - std::min(before, residentBytes());
        QVERIFY2(after < 32UL << 20, qPrintable(QString::number(after)));
    }

    void aSlowBackendHoldsTheClientBack()
    {
        std::promise<void> go;
        std::shared_future<void> started = go.get_future().share();
        constexpr std::size_t kSize = 64UL << 20;
        ScriptedBackend backend([&, started](BackendConnection& connection) {
            connection.readHead();
            started.wait();
            std::size_t got = 0;
            std::string piece;
            while (got < kSize && !(piece = connection.readExactly(1 << 20)).empty()) {
                got += piece.size();
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", backend.address()}}));
        test.publish(made);
        RawClient client(test.address());
        std::atomic<std::size_t> sent{0};
        std::thread sender([&] {
            client.send("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
            const std::string piece(256 * 1024, 'x');
            while (sent < kSize && client.send(piece)) {
                sent += piece.size();
            }
        });
        std::size_t last = 0;
        const bool stood = eventually([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            return std::exchange(last, sent.load()) == sent && sent > 0;
        });
        const std::size_t at = sent;
        go.set_value();
        sender.join();
        QVERIFY(stood);
        QVERIFY2(at < 40UL << 20, qPrintable(QString::number(at)));
        QCOMPARE(client.read().status, 200);
    }

private:
    static std::size_t residentBytes()
    {
        QFile file(QStringLiteral("/proc/self/statm"));
        if (!file.open(QIODevice::ReadOnly)) {
            return 0;
        }
        return file.readAll().split(' ').value(1).toULongLong() * 4096;
    }
};

QTEST_GUILESS_MAIN(tst_ProxyFailures)
#include "tst_proxy_failures.moc"
