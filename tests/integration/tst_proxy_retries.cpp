#include <QtTest>

#include <future>

#include "core/catalog/builtin_catalog.h"
#include "core/plan/compiler.h"
#include "tests/support/engine_under_test.h"

using namespace signalbox;
using namespace signalbox::test;
using stats::Counter;
using stats::Scope;

namespace {

Endpoint nobody()
{
    return net::listenOn(Endpoint::v4(0x7F000001, 0), {false, 1})->localEndpoint();
}

/// Answers the first `failures` requests (over all its connections) with `status`, all later ones with 200 "good".
ScriptedBackend::Script failing(int status, int failures, std::atomic<int>& seen)
{
    return [=, &seen](BackendConnection& connection) {
        for (;;) {
            const std::string head = connection.readHead();
            if (head.empty()) {
                return;
            }
            if (head.find("Content-Length: 4") != std::string::npos) {
                connection.readExactly(4);
            }
            const bool fails = seen++ < failures;
            const std::string body = fails ? "bad!" : "good";
            connection.send("HTTP/1.1 " + std::to_string(fails ? status : 200) + " X\r\nContent-Length: 4\r\n\r\n" + body);
        }
    };
}

/// Holds every request until released, counting how many it has.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    int allowed = 0;
    std::atomic<int> seen{0};

    void release(int n)
    {
        const std::lock_guard lock(mutex);
        allowed += n;
        changed.notify_all();
    }
    ScriptedBackend::Script script()
    {
        return [this](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                ++seen;
                {
                    std::unique_lock lock(mutex);
                    changed.wait_for(lock, std::chrono::seconds(20), [this] { return allowed > 0; });
                    --allowed;
                }
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
            }
        };
    }
};

/// A load balancer "lb" over one pool "service", from site text.
struct Site {
    EngineUnderTest test;

    Site(const QByteArray& listener, const QByteArray& pool, const std::vector<Endpoint>& backends, unsigned workers = 1)
        : test(workers, proxy::TraceMode::All)
    {
        publish(listener, pool, backends);
    }
    void publish(const QByteArray& listener, const QByteArray& pool, const std::vector<Endpoint>& backends)
    {
        std::string text = "signalbox: 1\nlisteners:\n  - {name: lb, bind: 127.0.0.1:0, debug_headers: true" +
                           std::string(listener.contains("routes") ? "" : ", pool: service") + listener.toStdString() + "}\npools:\n  - name: service\n" + pool.toStdString() + "    backends:\n";
        for (std::size_t i = 0; i < backends.size(); ++i) {
            text += "      - {name: b" + std::to_string(i + 1) + ", address: '" + backends[i].text() + "'" +
                    (pool.contains("queue") ? ", max_connections: 1" : "") + "}\n";
        }
        const site::ReadResult loaded = site::readSite(text, "site", catalog::builtinCatalog());
        if (site::hasErrors(loaded.problems)) {
            qFatal("%s", site::format(loaded.problems, "site").c_str());
        }
        auto compiled = plan::compile({loaded.site, catalog::builtinCatalog(), test.engine->stats(), test.engine->plan(), {}});
        if (!compiled.plan) {
            qFatal("%s", site::format(compiled.problems, "site").c_str());
        }
        if (auto published = test.engine->publish(compiled.plan); !published) {
            qFatal("%s", published.error().detail.c_str());
        }
    }
    [[nodiscard]] std::uint64_t counted(Counter counter) const { return test.value(Scope::Listener, "lb", counter); }
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: s\r\n\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nbody";

}  // namespace

class tst_ProxyRetries final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void anAnswerIsTriedAgainAsTheRouteSays_data()
    {
        QTest::addColumn<QByteArray>("retry");
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("failures");
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("tries");
        const QByteArray get = QByteArray::fromStdString(kGet);
        const QByteArray post = QByteArray::fromStdString(kPost);
        QTest::newRow("a listed status until one is good") << QByteArray(", retry: {attempts: 2, on: [503]}") << get << 2 << 200 << 3;
        QTest::newRow("the last status when all tries fail") << QByteArray(", retry: {attempts: 2, on: [503]}") << get << 9 << 503 << 3;
        QTest::newRow("another status is passed on") << QByteArray(", retry: {attempts: 2, on: [502]}") << get << 1 << 503 << 1;
        QTest::newRow("5xx covers every one of them") << QByteArray(", retry: {attempts: 1, on: [5xx]}") << get << 1 << 200 << 2;
        QTest::newRow("a POST is not repeated") << QByteArray(", retry: {attempts: 2, on: [503]}") << post << 1 << 503 << 1;
        QTest::newRow("a POST is repeated where the route says so")
            << QByteArray(", retry: {attempts: 2, on: [503], non_idempotent: true}") << post << 1 << 200 << 2;
        QTest::newRow("no attempts means none") << QByteArray(", retry: {attempts: 0, on: [503]}") << get << 1 << 503 << 1;
        QTest::newRow("without retry a status is passed on") << QByteArray() << get << 1 << 503 << 1;
    }
    void anAnswerIsTriedAgainAsTheRouteSays()
    {
        QFETCH(QByteArray, retry);
        QFETCH(QByteArray, request);
        QFETCH(int, failures);
        QFETCH(int, status);
        QFETCH(int, tries);
        std::atomic<int> seen{0};
        ScriptedBackend backend(failing(503, failures, seen));
        const Site site(retry, {}, {backend.address()});
        RawClient client(site.test.address());
        const auto answer = client.request(request.toStdString());
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.body, std::string(status == 200 ? "good" : "bad!"));
        QCOMPARE(seen.load(), tries);
        QCOMPARE(site.counted(Counter::Retries), static_cast<std::uint64_t>(tries - 1));
        // The connection of an answer that was given up is clean and serves on.
        QCOMPARE(client.request(kGet).complete, true);
    }

    void anUnusableAnswerIsTriedAgain_data()
    {
        QTest::addColumn<QByteArray>("listener");
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<bool>("post");
        QTest::addColumn<int>("status");
        const QByteArray reset(", retry: {attempts: 1, on: [reset]}");
        const QByteArray two("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        QTest::newRow("what is not HTTP is a reset") << reset << QByteArray("SSH-2.0-OpenSSH\r\n\r\n") << false << 200;
        QTest::newRow("two lengths are a reset") << reset << two << false << 200;
        QTest::newRow("not for a POST") << reset << two << true << 502;
        QTest::newRow("not where resets are not listed")
            << QByteArray(", retry: {attempts: 1, on: [503]}") << two << false << 502;
        QTest::newRow("not without retry") << QByteArray() << two << false << 502;
        QTest::newRow("half a head and then silence is a time-out")
            << QByteArray(", routes: [{name: all, match: {path: /}, pool: service, timeouts: {try: 300ms}, "
                          "retry: {attempts: 1, on: [timeout]}}]")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Le") << false << 200;
    }
    void anUnusableAnswerIsTriedAgain()
    {
        QFETCH(QByteArray, listener);
        QFETCH(QByteArray, sent);
        QFETCH(bool, post);
        QFETCH(int, status);
        std::atomic<int> good{0};
        std::atomic<int> bad{0};
        ScriptedBackend broken([&](BackendConnection& connection) {
            if (!connection.readHead().empty()) {
                ++bad;
                connection.send(sent.toStdString());
                connection.waitForEnd();
            }
        });
        ScriptedBackend working(failing(503, 0, good));
        const Site site(listener, {}, {broken.address(), working.address()});
        RawClient client(site.test.address());
        const auto answer = client.request(post ? kPost : kGet);
        QCOMPARE(answer.status, status);
        QCOMPARE(bad.load(), 1);
        QCOMPARE(good.load(), status == 200 ? 1 : 0);
        QCOMPARE(site.counted(Counter::Retries), static_cast<std::uint64_t>(status == 200 ? 1 : 0));
    }

    void aRefusedConnectAfterAStatusKeepsTheStatus()
    {
        std::atomic<int> seen{0};
        auto backend = std::make_unique<ScriptedBackend>(failing(503, 100, seen));
        const Site site(", retry: {attempts: 1, on: [503, connect]}", {}, {backend->address(), nobody()});
        RawClient client(site.test.address());
        const auto answer = client.request(kGet);
        QCOMPARE(answer.status, 503);
        QVERIFY(answer.body.find("answered with 503") != std::string::npos);
    }

    void theBudgetBoundsRetries()
    {
        std::atomic<int> seen{0};
        ScriptedBackend backend(failing(503, 1'000'000, seen));
        const Site site(", retry: {attempts: 3, on: [503], backoff: 0s, budget: 20%}", {}, {backend.address()}, 2);
        constexpr int kRequests = 400;
        std::vector<std::thread> threads;
        for (int t = 0; t < 2; ++t) {
            threads.emplace_back([&] {
                RawClient client(site.test.address());
                for (int i = 0; i < kRequests / 2; ++i) {
                    client.request(kGet);
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        QVERIFY2(seen > kRequests && seen < kRequests * 12 / 10, QByteArray::number(seen.load()).constData());
        QVERIFY(site.counted(Counter::RetriesRefused) > 0);
    }

    void aFullPoolLetsRequestsWaitInOrder()
    {
        Gate gate;
        ScriptedBackend backend(gate.script());
        const Site site({}, "    queue: {limit: 2, timeout: 10s}\n", {backend.address()}, 2);
        RawClient first(site.test.address());
        first.send(kGet);
        QVERIFY(eventually([&] { return gate.seen == 1; }));
        RawClient second(site.test.address());
        second.send(kGet);
        QVERIFY(eventually([&] { return site.counted(Counter::Queued) == 1; }));
        RawClient third(site.test.address());
        third.send(kGet);
        QVERIFY(eventually([&] { return site.counted(Counter::Queued) == 2; }));
        RawClient fourth(site.test.address());
        const auto refused = fourth.request(kGet);
        QCOMPARE(refused.status, 503);
        QVERIFY(refused.body.find("queue") != std::string::npos);
        QCOMPARE(site.counted(Counter::QueueRefused), std::uint64_t{1});
        for (RawClient* const client : {&first, &second, &third}) {
            gate.release(1);
            QCOMPARE(client->read().status, 200);
        }
        QCOMPARE(gate.seen.load(), 3);
    }

    void whoLeavesTheQueueGivesUpHisPlace()
    {
        Gate gate;
        ScriptedBackend backend(gate.script());
        const Site site({}, "    queue: {limit: 5, timeout: 10s}\n", {backend.address()});
        RawClient first(site.test.address());
        first.send(kGet);
        QVERIFY(eventually([&] { return gate.seen == 1; }));
        RawClient gone(site.test.address());
        gone.send(kGet);
        QVERIFY(eventually([&] { return site.counted(Counter::Queued) == 1; }));
        RawClient last(site.test.address());
        last.send(kPost);
        QVERIFY(eventually([&] { return site.counted(Counter::Queued) == 2; }));
        const linger hard{1, 0};  // an orderly end would only say that no further request follows
        ::setsockopt(gone.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        gone.close();
        QVERIFY(eventually([&] { return site.counted(Counter::ClientAborts) == 1; }));
        gate.release(2);
        QCOMPARE(first.read().status, 200);
        QCOMPARE(last.read().status, 200);
        QCOMPARE(gate.seen.load(), 2);
    }

    void aClientMayLeaveInTheMiddleOfTheBodyOfARequestThatWaits_data()
    {
        QTest::addColumn<int>("sent");
        QTest::newRow("little of the body was sent") << 4;
        QTest::newRow("so much was sent that reading stands still") << 300'000;
    }
    void aClientMayLeaveInTheMiddleOfTheBodyOfARequestThatWaits()
    {
        QFETCH(int, sent);
        Gate gate;
        ScriptedBackend backend(gate.script());
        const Site site({}, "    queue: {limit: 5, timeout: 10s}\n", {backend.address()});
        RawClient first(site.test.address());
        first.send(kGet);
        QVERIFY(eventually([&] { return gate.seen == 1; }));
        RawClient gone(site.test.address());
        gone.send("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 400000\r\n\r\n" +
                  std::string(static_cast<std::size_t>(sent), 'x'));
        QVERIFY(eventually([&] { return site.counted(Counter::Queued) == 1; }));
        const linger hard{1, 0};
        ::setsockopt(gone.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        gone.close();
        if (sent == 4) {
            QVERIFY(eventually([&] { return site.counted(Counter::ClientAborts) == 1; }));
        }
        gate.release(3);  // one for each that may come
        QCOMPARE(first.read().status, 200);
        QVERIFY(eventually([&] { return site.counted(Counter::ClientAborts) == 1; }));
        QCOMPARE(RawClient(site.test.address()).request(kGet).status, 200);
    }

    void aLongBodyGoesOnWhenItsTurnHasCome()
    {
        Gate gate;
        std::atomic<std::size_t> read{0};
        ScriptedBackend backend([&](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                if (gate.seen++ == 0) {
                    std::unique_lock lock(gate.mutex);
                    gate.changed.wait_for(lock, std::chrono::seconds(20), [&] { return gate.allowed > 0; });
                } else {
                    read = connection.readExactly(3'000'000).size();
                }
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
            }
        });
        const Site site({}, "    queue: {limit: 5, timeout: 10s}\n", {backend.address()});
        RawClient first(site.test.address());
        first.send(kGet);
        QVERIFY(eventually([&] { return gate.seen == 1; }));
        RawClient second(site.test.address());
        auto sending = std::async(std::launch::async, [&] {
            return second.send("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x'));
        });
        QVERIFY(eventually([&] { return site.counted(Counter::Queued) == 1; }));
        gate.release(1);
        QCOMPARE(first.read().status, 200);
        QVERIFY(sending.get());
        QCOMPARE(second.read().status, 200);
        QCOMPARE(read.load(), std::size_t{3'000'000});
    }

    void waitingEnds()
    {
        Gate gate;
        ScriptedBackend backend(gate.script());
        const Site site({}, "    queue: {limit: 5, timeout: 50ms}\n", {backend.address()});
        RawClient first(site.test.address());
        first.send(kGet);
        QVERIFY(eventually([&] { return gate.seen == 1; }));
        RawClient second(site.test.address());
        const auto answer = second.request(kGet);
        QCOMPARE(answer.status, 503);
        QVERIFY(answer.body.find("time-out passed while it waited") != std::string::npos);
        gate.release(1);
        QCOMPARE(first.read().status, 200);
    }

    void aCookieBringsTheClientBack()
    {
        ScriptedBackend one(ScriptedBackend::answering("one"));
        auto two = std::make_unique<ScriptedBackend>(ScriptedBackend::answering("two"));
        Site site({}, "    sticky: {cookie: SBX_A, ttl: 1h}\n", {one.address(), two->address()});
        RawClient client(site.test.address());
        QCOMPARE(client.request(kGet).body, std::string("one"));
        const auto answer = client.request(kGet);
        QCOMPARE(answer.body, std::string("two"));
        const std::size_t at = answer.head.find("Set-Cookie: SBX_A=");
        QVERIFY(at != std::string::npos);
        QVERIFY(answer.head.find("Max-Age=3600") != std::string::npos);
        const std::string cookie = answer.head.substr(at + 12, answer.head.find(';', at) - at - 12);
        const std::string withCookie = "GET / HTTP/1.1\r\nHost: s\r\nCookie: a=b; " + cookie + "; c=d\r\n\r\n";
        for (int i = 0; i < 5; ++i) {
            const auto again = client.request(withCookie);
            QCOMPARE(again.body, std::string("two"));
            QVERIFY(again.head.find("Set-Cookie") == std::string::npos);
        }
        // The secret goes on over a reload, and so do the sessions.
        site.publish({}, "    sticky: {cookie: SBX_A, ttl: 2h}\n", {one.address(), two->address()});
        RawClient later(site.test.address());
        QCOMPARE(later.request(withCookie).body, std::string("two"));
        // One that was made up is not followed.
        std::string forged = withCookie;
        char& digit = forged[forged.find("SBX_A=") + 6];
        digit = digit == 'x' ? 'y' : 'x';
        QVERIFY(later.request(forged).head.find("Set-Cookie") != std::string::npos);
        // A backend that is gone gives its clients to another one, for good.
        two->stop();
        const auto moved = later.request(withCookie);
        QCOMPARE(moved.body, std::string("one"));
        QVERIFY(moved.head.find("Set-Cookie") != std::string::npos);
    }

    void aListenersConnectTimeoutHoldsWhereThePoolHasNone()
    {
        const Site site(", timeouts: {connect: 123ms}", {}, {nobody()});
        QVERIFY(site.test.engine->plan()->listener("lb")->routes[0].timeouts.connect == std::chrono::milliseconds(123));
        QVERIFY(!site.test.engine->plan()->pools[0]->connectTimeout);
    }
};

QTEST_GUILESS_MAIN(tst_ProxyRetries)
#include "tst_proxy_retries.moc"
