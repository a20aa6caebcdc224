#include <QtTest>

#include <map>
#include <mutex>

#include "core/catalog/builtin_catalog.h"
#include "core/plan/compiler.h"
#include "core/proxy/explain.h"
#include "tests/support/engine_under_test.h"

using namespace signalbox;
using namespace signalbox::test;
using stats::AttemptResult;
using stats::Counter;
using stats::MirrorResult;
using stats::Scope;

namespace {

Endpoint nobody()
{
    return net::listenOn(Endpoint::v4(0x7F000001, 0), {false, 1})->localEndpoint();
}

/// What one backend received: heads, and bodies as they came (with their chunk lines).
struct Received {
    std::mutex mutex;
    std::string all;
    std::atomic<int> requests{0};

    [[nodiscard]] std::string text()
    {
        const std::lock_guard lock(mutex);
        return all;
    }
    /// Answers every request with `answer`, after its body.
    ScriptedBackend::Script answering(std::string answer)
    {
        return [this, answer = std::move(answer)](BackendConnection& connection) {
            for (;;) {
                std::string request = connection.readHead();
                if (request.empty()) {
                    return;
                }
                if (const std::size_t at = request.find("Content-Length: "); at != std::string::npos) {
                    request += connection.readExactly(std::stoul(request.substr(at + 16)));
                } else if (request.find("Transfer-Encoding: chunked") != std::string::npos) {
                    request += connection.readUntil("0\r\n\r\n");
                }
                {
                    const std::lock_guard lock(mutex);
                    all += request;
                }
                ++requests;
                connection.send(answer);
            }
        };
    }
};

std::string ok(const std::string& body)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Lets requests through one by one, and counts those it holds.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    int allowed = 0;
    bool open = false;
    std::atomic<int> seen{0};

    void release(int n)
    {
        const std::lock_guard lock(mutex);
        allowed += n;
        changed.notify_all();
    }
    void openForAll()
    {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
    void wait()
    {
        ++seen;
        std::unique_lock lock(mutex);
        changed.wait_for(lock, std::chrono::seconds(20), [this] { return open || allowed > 0; });
        allowed -= open ? 0 : 1;
    }
    ScriptedBackend::Script script(std::string answer)
    {
        return [this, answer = std::move(answer)](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                wait();
                connection.send(answer);
            }
        };
    }
};

/// An engine that serves a site text, in which @NAME stands for an address.
struct Site {
    EngineUnderTest test;

    explicit Site(std::string text, const std::map<std::string, Endpoint>& addresses, unsigned workers = 1)
        : test(workers, proxy::TraceMode::All)
    {
        publish(std::move(text), addresses);
    }
    void publish(std::string text, const std::map<std::string, Endpoint>& addresses)
    {
        for (const auto& [name, address] : addresses) {
            for (std::size_t at; (at = text.find('@' + name)) != std::string::npos;) {
                text.replace(at, name.size() + 1, "'" + address.text() + "'");
            }
        }
        const site::ReadResult loaded = site::readSite("signalbox: 1\n" + text, "site", catalog::builtinCatalog());
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
    [[nodiscard]] std::uint64_t counted(Counter counter) const { return test.value(Scope::Listener, "api", counter); }
    [[nodiscard]] std::uint64_t ofPool(std::string_view pool, Counter counter) const
    {
        return test.value(Scope::Pool, pool, counter);
    }
    /// The first trace that was not taken yet.
    [[nodiscard]] stats::DecisionTrace trace() const
    {
        std::vector<stats::DecisionTrace> traces;
        if (!eventually([&] { return test.engine->takeTraces(traces) > 0; })) {
            qFatal("no trace came");
        }
        return traces.front();
    }
};

const std::string kGet = "GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\n\r\n";

std::string mirrored(const std::string& mirror)
{
    return "listeners:\n  - name: api\n    role: api-gateway\n    bind: 127.0.0.1:0\n    routes:\n"
           "      - {name: all, pool: service, mirror: " +
           mirror +
           "}\npools:\n  - {name: service, backends: [{name: s1, address: @s1}]}\n"
           "  - {name: shadow, backends: [{name: m1, address: @m1}]}\n";
}

/// One pool of backends b1, b2, ... behind a load balancer "api", with keys of the listener and of the pool.
std::string balanced(const std::string& listener, const std::string& pool, int backends)
{
    std::string out = "listeners:\n  - {name: api, bind: 127.0.0.1:0, pool: service" + listener +
                      "}\npools:\n  - name: service\n" + pool + "    backends:\n";
    for (int i = 1; i <= backends; ++i) {
        out += "      - {name: b" + std::to_string(i) + ", address: @b" + std::to_string(i) + "}\n";
    }
    return out;
}

std::vector<stats::Attempt> triesOf(const stats::DecisionTrace& trace)
{
    return {trace.tries.begin(), trace.tries.end()};
}

}  // namespace

class tst_ProxyResilience final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void aMirrorGetsWhatTheBackendGets_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::newRow("a request without a body") << QByteArray::fromStdString(kGet);
        QTest::newRow("a short body") << QByteArray("POST /x HTTP/1.1\r\nHost: s\r\nX-A: b\r\nContent-Length: 4\r\n\r\nbody");
        QTest::newRow("a body longer than what travels with the head")
            << QByteArray("PUT /x HTTP/1.1\r\nHost: s\r\nContent-Length: 150000\r\n\r\n") + QByteArray(150'000, 'x');
        QTest::newRow("chunks") << QByteArray(
            "POST /x HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    }
    void aMirrorGetsWhatTheBackendGets()
    {
        QFETCH(QByteArray, request);
        Received first;
        Received copy;
        ScriptedBackend service(first.answering(ok("real")));
        ScriptedBackend shadow(copy.answering("HTTP/1.1 500 X\r\nContent-Length: 4\r\n\r\nbad!"));
        const Site site(mirrored("{pool: shadow}"), {{"s1", service.address()}, {"m1", shadow.address()}});
        RawClient client(site.test.address());
        for (int i = 1; i <= 3; ++i) {  // on a new connection and on kept ones
            const auto answer = client.request(request.toStdString());
            QCOMPARE(answer.status, 200);
            QCOMPARE(answer.body, std::string("real"));
            QVERIFY(eventually([&] { return copy.requests == i; }));
            QCOMPARE(copy.text(), first.text());
            QVERIFY(eventually([&] { return site.ofPool("shadow", Counter::MirrorsSent) == std::uint64_t(i); }));
        }
        QCOMPARE(shadow.connections(), 1);
        QCOMPARE(site.test.value(Scope::Route, "all", Counter::MirrorsSent), std::uint64_t{3});
        QCOMPARE(site.ofPool("shadow", Counter::MirrorsFailed), std::uint64_t{0});
        // The client's books know nothing of it.
        QCOMPARE(site.ofPool("shadow", Counter::Requests), std::uint64_t{0});
        QCOMPARE(site.counted(Counter::Status5xx), std::uint64_t{0});
        QCOMPARE(site.test.value(Scope::Backend, "shadow/m1", Counter::Status5xx), std::uint64_t{3});
        QVERIFY(eventually([&] { return site.test.engine->plan()->pool("shadow")->state->state(0).active() == 0; }));
    }

    void theClientDoesNotWaitForAMirror()
    {
        Gate gate;
        ScriptedBackend service(ScriptedBackend::answering("real"));
        ScriptedBackend shadow(gate.script(ok("late")));
        const Site site(mirrored("{pool: shadow}"), {{"s1", service.address()}, {"m1", shadow.address()}});
        RawClient client(site.test.address());
        for (int i = 1; i <= 5; ++i) {
            QCOMPARE(client.request(kGet).body, std::string("real"));
            QVERIFY(eventually([&] { return gate.seen == i; }));
        }
        QCOMPARE(site.test.engine->plan()->pool("shadow")->state->state(0).active(), 5U);
        QCOMPARE(site.ofPool("shadow", Counter::MirrorsSent), std::uint64_t{0});
        const stats::DecisionTrace trace = site.trace();
        QCOMPARE(trace.mirrors.size(), std::size_t{1});
        QVERIFY(trace.mirrors.begin()->result == MirrorResult::Sent);
        const std::string text = proxy::describe(trace);
        QVERIFY2(text.find("Mirror to pool 'shadow': a copy for backend m1, whose answer is not waited for.") !=
                     std::string::npos,
                 text.c_str());
        client.close();
        gate.openForAll();
        QVERIFY(eventually([&] { return site.ofPool("shadow", Counter::MirrorsSent) == 5; }));
        QVERIFY(eventually([&] { return site.test.engine->plan()->pool("shadow")->state->state(0).active() == 0; }));
    }

    void aFailingMirrorIsCountedAndNotNoticed_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("nobody listens") << QByteArray();
        QTest::newRow("it hangs up") << QByteArray("-");
        QTest::newRow("it does not speak HTTP") << QByteArray("hello\r\n\r\n");
        QTest::newRow("it breaks off its answer") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        QTest::newRow("its chunks are malformed") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n");
    }
    void aFailingMirrorIsCountedAndNotNoticed()
    {
        QFETCH(QByteArray, answer);
        std::atomic<int> asked{0};
        ScriptedBackend service(ScriptedBackend::answering("real"));
        ScriptedBackend shadow([&](BackendConnection& connection) {
            (void)connection.readHead();
            ++asked;
            connection.send(answer == "-" ? std::string() : answer.toStdString());
        });
        const Endpoint to = answer.isEmpty() ? nobody() : shadow.address();
        const Site site(mirrored("{pool: shadow}"), {{"s1", service.address()}, {"m1", to}});
        RawClient client(site.test.address());
        for (int i = 0; i < 4; ++i) {
            QCOMPARE(client.request(kGet).body, std::string("real"));
        }
        QVERIFY(eventually([&] { return site.ofPool("shadow", Counter::MirrorsFailed) == 4; }));
        QCOMPARE(site.ofPool("shadow", Counter::MirrorsSent), std::uint64_t{4});
        QCOMPARE(asked.load(), answer.isEmpty() ? 0 : 4);  // never repeated
        QCOMPARE(site.counted(Counter::Retries), std::uint64_t{0});
        QCOMPARE(site.test.engine->plan()->pool("shadow")->state->state(0).active(), 0U);
    }

    void aMirrorThatDoesNotReadIsDroppedAndTheBodyGoesOn()
    {
        constexpr std::size_t kSize = 48 * 1024 * 1024;
        Gate gate;
        std::atomic<std::size_t> read{0};
        ScriptedBackend service([&](BackendConnection& connection) {
            (void)connection.readHead();
            read = connection.readExactly(kSize).size();
            connection.send(ok("real"));
        });
        ScriptedBackend shadow([&](BackendConnection& connection) {
            (void)connection.readHead();
            gate.wait();
        });
        const Site site(mirrored("[{pool: shadow}]"), {{"s1", service.address()}, {"m1", shadow.address()}});
        RawClient client(site.test.address());
        client.send("PUT /x HTTP/1.1\r\nHost: s\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
        client.send(std::string(kSize, 'x'));
        QCOMPARE(client.read().body, std::string("real"));
        QCOMPARE(read.load(), kSize);
        QCOMPARE(site.ofPool("shadow", Counter::MirrorsDropped), std::uint64_t{1});
        QCOMPARE(site.ofPool("shadow", Counter::MirrorsSent), std::uint64_t{0});
        const std::string text = proxy::describe(site.trace());
        QVERIFY2(text.find("the copy was dropped: its backend does not take the body fast enough") != std::string::npos,
                 text.c_str());
        gate.openForAll();
    }

    void aRequestThatBreaksOffIsNotMirroredToItsEnd()
    {
        Gate gate;
        ScriptedBackend service(gate.script(ok("real")));
        std::string seen;
        std::atomic<bool> ended{false};
        ScriptedBackend shadow([&](BackendConnection& connection) {
            (void)connection.readHead();
            seen = connection.readExactly(100);
            ended = true;
        });
        const Site site(mirrored("{pool: shadow}"), {{"s1", service.address()}, {"m1", shadow.address()}});
        RawClient client(site.test.address());
        client.send("PUT /x HTTP/1.1\r\nHost: s\r\nContent-Length: 100\r\n\r\nhalf");
        QVERIFY(eventually([&] { return gate.seen == 1; }));
        client.close();
        QVERIFY(eventually([&] { return site.ofPool("shadow", Counter::MirrorsDropped) == 1; }));
        QVERIFY(eventually([&] { return ended.load(); }));
        QCOMPARE(seen, std::string("half"));
        gate.openForAll();
    }

    void aShareOfTheRequestsIsMirrored()
    {
        Received copy;
        ScriptedBackend service(ScriptedBackend::answering("real"));
        ScriptedBackend shadow(copy.answering(ok("copy")));
        const Site site(mirrored("{pool: shadow, share: 25%}"), {{"s1", service.address()}, {"m1", shadow.address()}}, 2);
        RawClient client(site.test.address());
        constexpr int kRequests = 400;
        for (int i = 0; i < kRequests; ++i) {
            QCOMPARE(client.request(kGet).status, 200);
        }
        const auto sent = [&] { return site.ofPool("shadow", Counter::MirrorsSent); };
        QVERIFY(eventually([&] { return sent() == static_cast<std::uint64_t>(copy.requests); }));
        // The draws are numbered, so that the same requests always give the same count.
        QVERIFY2(sent() > kRequests / 5 && sent() < kRequests * 3 / 10, QByteArray::number(qulonglong(sent())).constData());
    }

    void severalMirrorsAndAReloadInBetween()
    {
        Gate gate;
        Received other;
        ScriptedBackend service(ScriptedBackend::answering("real"));
        ScriptedBackend slow(gate.script(ok("slow")));
        ScriptedBackend fast(other.answering(ok("fast")));
        const std::map<std::string, Endpoint> addresses{
            {"s1", service.address()}, {"m1", slow.address()}, {"m2", fast.address()}};
        const std::string more = "  - {name: second, backends: [{name: n1, address: @m2}]}\n";
        Site site(mirrored("[{pool: shadow}, {pool: second}]") + more, addresses);
        RawClient client(site.test.address());
        QCOMPARE(client.request(kGet).body, std::string("real"));
        QVERIFY(eventually([&] { return gate.seen == 1 && other.requests == 1; }));
        site.publish(mirrored("{pool: second}") + more, addresses);
        QCOMPARE(client.request(kGet).body, std::string("real"));
        QVERIFY(eventually([&] { return other.requests == 2; }));
        gate.openForAll();
        QVERIFY(eventually([&] { return site.ofPool("shadow", Counter::MirrorsSent) == 1; }));
        QCOMPARE(gate.seen.load(), 1);
    }

    void aHedgeAnswersWhereTheFirstAttemptIsSlow_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::newRow("GET") << QByteArray::fromStdString(kGet);
        QTest::newRow("PUT with a body of its own buffer")
            << QByteArray("PUT /x HTTP/1.1\r\nHost: s\r\nContent-Length: 30000\r\n\r\n") + QByteArray(30'000, 'x');
    }
    void aHedgeAnswersWhereTheFirstAttemptIsSlow()
    {
        QFETCH(QByteArray, request);
        Received second;
        std::atomic<bool> closed{false};
        ScriptedBackend slow([&](BackendConnection& connection) {
            (void)connection.readHead();
            connection.waitForEnd();
            closed = true;
        });
        ScriptedBackend quick(second.answering(ok("quick")));
        const Site site(balanced(", hedge: {after: 20ms}", "    health: {passive: {failures: 1}}\n", 2),
                        {{"b1", slow.address()}, {"b2", quick.address()}});
        RawClient client(site.test.address());
        const auto answer = client.request(request.toStdString());
        QCOMPARE(answer.body, std::string("quick"));
        QVERIFY(eventually([&] { return closed.load(); }));  // the loser is not left running
        QCOMPARE(second.requests.load(), 1);
        const stats::DecisionTrace trace = site.trace();
        const auto tries = triesOf(trace);
        QCOMPARE(tries.size(), std::size_t{2});
        QVERIFY(tries[0].result == AttemptResult::Lost && !tries[0].hedge);
        QVERIFY(tries[1].result == AttemptResult::Answered && tries[1].hedge);
        QCOMPARE(trace.backend.view(), std::string_view("b2"));
        const std::string text = proxy::describe(trace);
        QVERIFY2(text.find("Try 1: b1 (new connection) lost: another try answered first") != std::string::npos, text.c_str());
        QVERIFY2(text.find("Try 2 (hedge): b2 (new connection) answered 200") != std::string::npos, text.c_str());
        QCOMPARE(site.counted(Counter::Hedges), std::uint64_t{1});
        QCOMPARE(site.counted(Counter::HedgesWon), std::uint64_t{1});
        QCOMPARE(site.counted(Counter::Requests), std::uint64_t{1});
        // Being slower is no failure, although one would have ejected it.
        QVERIFY(site.test.engine->plan()->pools[0]->state->state(0).takesRequests(SystemClock::instance().now()));
        QCOMPARE(site.test.value(Scope::Backend, "service/b1", Counter::Timeouts), std::uint64_t{0});
        QCOMPARE(site.test.engine->plan()->pools[0]->state->state(0).active(), 0U);
        QCOMPARE(site.test.engine->plan()->pools[0]->state->state(1).active(), 0U);
        QCOMPARE(client.request(kGet).body, std::string("quick"));
    }

    void theFirstAttemptMayStillWin()
    {
        Gate first;
        Gate second;
        std::atomic<bool> closed{false};
        ScriptedBackend one(first.script(ok("one")));
        ScriptedBackend two([&](BackendConnection& connection) {
            (void)connection.readHead();
            ++second.seen;
            connection.send("HTTP/1.1 200 OK\r\nContent-Le");  // half of a head is no answer
            connection.waitForEnd();
            closed = true;
        });
        const Site site(balanced(", hedge: {after: 5ms}", {}, 2), {{"b1", one.address()}, {"b2", two.address()}});
        RawClient client(site.test.address());
        client.send(kGet);
        QVERIFY(eventually([&] { return first.seen == 1 && second.seen == 1; }));
        first.openForAll();
        QCOMPARE(client.read().body, std::string("one"));
        QVERIFY(eventually([&] { return closed.load(); }));
        const auto tries = triesOf(site.trace());
        QCOMPARE(tries.size(), std::size_t{2});
        QVERIFY(tries[0].result == AttemptResult::Answered);
        QVERIFY(tries[1].result == AttemptResult::Lost);
        QCOMPARE(site.counted(Counter::HedgesWon), std::uint64_t{0});
    }

    void whatMayNotBeHedgedIsNot_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("listener");
        QTest::addColumn<int>("backends");
        const QByteArray get = QByteArray::fromStdString(kGet);
        const QByteArray hedge(", hedge: {after: 5ms}, timeouts: {request: 150ms}");
        QTest::newRow("a request that is not idempotent")
            << QByteArray("POST /x HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nbody") << hedge << 2;
        QTest::newRow("a body that cannot be sent again")
            << QByteArray("PUT /x HTTP/1.1\r\nHost: s\r\nContent-Length: 200000\r\n\r\n") + QByteArray(200'000, 'x')
            << hedge << 2;
        QTest::newRow("a pool of one backend") << get << hedge << 1;
        QTest::newRow("a route without hedge") << get << QByteArray(", timeouts: {request: 150ms}") << 2;
    }
    void whatMayNotBeHedgedIsNot()
    {
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, listener);
        QFETCH(int, backends);
        std::atomic<int> asked{0};
        const auto silent = [&](BackendConnection& connection) {
            (void)connection.readHead();
            ++asked;
            connection.waitForEnd();
        };
        ScriptedBackend one(silent);
        ScriptedBackend two(silent);
        const Site site(balanced(listener.toStdString(), {}, backends), {{"b1", one.address()}, {"b2", two.address()}});
        RawClient client(site.test.address());
        QCOMPARE(client.request(request.toStdString()).status, 504);
        QCOMPARE(asked.load(), 1);
        QCOMPARE(site.counted(Counter::Hedges), std::uint64_t{0});
    }

    void hedgesKeepToTheBudgetOfRetries()
    {
        const auto silent = [](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
            }
        };
        ScriptedBackend one(silent);
        ScriptedBackend two(silent);
        const Site site(balanced(", hedge: {after: 1ms}, retry: {attempts: 0, budget: 1%}, timeouts: {request: 80ms}", {}, 2),
                        {{"b1", one.address()}, {"b2", two.address()}});
        RawClient client(site.test.address());
        for (int i = 0; i < 6; ++i) {
            QCOMPARE(client.request(kGet).status, 504);
        }
        QCOMPARE(site.counted(Counter::Hedges), std::uint64_t{3});  // what is always allowed
        QCOMPARE(site.counted(Counter::HedgesRefused), std::uint64_t{3});
        QCOMPARE(site.test.engine->plan()->pools[0]->state->state(0).active(), 0U);
    }

    void aHedgeTakesOverWhereTheFirstAttemptFails_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("listener");
        QTest::newRow("it hangs up") << QByteArray() << QByteArray(", hedge: {after: 5ms}, retry: {attempts: 0}");
        QTest::newRow("it answers with a status that is tried again")
            << QByteArray("HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\nno")
            << QByteArray(", hedge: {after: 5ms}, retry: {attempts: 0, on: [503]}");
        QTest::newRow("its answer is not HTTP") << QByteArray("hello\r\n\r\n") << QByteArray(", hedge: {after: 5ms}");
    }
    void aHedgeTakesOverWhereTheFirstAttemptFails()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, listener);
        Gate one;
        Gate two;
        ScriptedBackend failing([&](BackendConnection& connection) {
            (void)connection.readHead();
            one.wait();
            connection.send(first.toStdString());
        });
        ScriptedBackend good(two.script(ok("good")));
        const Site site(balanced(listener.toStdString(), {}, 2), {{"b1", failing.address()}, {"b2", good.address()}});
        RawClient client(site.test.address());
        client.send(kGet);
        QVERIFY(eventually([&] { return one.seen == 1 && two.seen == 1; }));
        one.openForAll();
        const Counter mark = first.startsWith("HTTP") ? Counter::Status5xx : Counter::Resets;
        QVERIFY(eventually([&] { return site.test.value(Scope::Backend, "service/b1", mark) == 1; }));
        two.openForAll();
        QCOMPARE(client.read().body, std::string("good"));
        QCOMPARE(two.seen.load(), 1);  // not asked anew
        QCOMPARE(site.counted(Counter::Retries), std::uint64_t{0});
        QCOMPARE(site.counted(Counter::HedgesWon), std::uint64_t{1});
    }

    void aHedgeThatFailsHarmsNothing_data()
    {
        QTest::addColumn<QByteArray>("second");
        QTest::newRow("it hangs up") << QByteArray();
        QTest::newRow("its answer is not HTTP") << QByteArray("hello\r\n\r\n");
        QTest::newRow("it answers with a status that is tried again")
            << QByteArray("HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\nno");
    }
    void aHedgeThatFailsHarmsNothing()
    {
        QFETCH(QByteArray, second);
        Gate gate;
        std::atomic<int> asked{0};
        ScriptedBackend one(gate.script(ok("one")));
        ScriptedBackend two([&](BackendConnection& connection) {
            (void)connection.readHead();
            ++asked;
            connection.send(second.toStdString());
        });
        const Site site(balanced(", hedge: {after: 5ms}, retry: {attempts: 0, on: [503]}", {}, 2),
                        {{"b1", one.address()}, {"b2", two.address()}});
        RawClient client(site.test.address());
        client.send(kGet);
        const Counter mark = second.startsWith("HTTP") ? Counter::Status5xx : Counter::Resets;
        QVERIFY(eventually([&] { return site.test.value(Scope::Backend, "service/b2", mark) == 1; }));
        gate.openForAll();
        QCOMPARE(client.read().body, std::string("one"));
        QCOMPARE(asked.load(), 1);
    }

    void aClientThatLeavesEndsAllAttempts()
    {
        std::atomic<int> ended{0};
        std::atomic<int> asked{0};
        const auto silent = [&](BackendConnection& connection) {
            (void)connection.readHead();
            ++asked;
            connection.waitForEnd();
            ++ended;
        };
        ScriptedBackend one(silent);
        ScriptedBackend two(silent);
        const Site site(balanced(", hedge: {after: 5ms}", {}, 2), {{"b1", one.address()}, {"b2", two.address()}});
        RawClient client(site.test.address());
        client.send(kGet);
        QVERIFY(eventually([&] { return asked == 2; }));
        const linger hard{1, 0};
        ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        client.close();
        QVERIFY(eventually([&] { return ended == 2; }));
        QCOMPARE(site.test.engine->plan()->pools[0]->state->state(1).active(), 0U);
    }

    void anAdaptiveLimitRefusesAndRecovers()
    {
        Gate gate;
        ScriptedBackend backend(gate.script(ok("good")));
        const std::string pool = "    adaptive_concurrency: {min: 2, max: 2, initial: 2}\n";
        const std::map<std::string, Endpoint> addresses{{"b1", backend.address()}};
        Site site(balanced({}, pool, 1), addresses, 2);
        RawClient first(site.test.address());
        first.send(kGet);
        RawClient second(site.test.address());
        second.send(kGet);
        QVERIFY(eventually([&] { return gate.seen == 2; }));
        RawClient third(site.test.address());
        const auto refused = third.request(kGet);
        QCOMPARE(refused.status, 503);
        QVERIFY2(refused.body.find("adaptive concurrency limit (2)") != std::string::npos, refused.body.c_str());
        QVERIFY(refused.body.find("adaptive-concurrency") != std::string::npos);
        QCOMPARE(site.ofPool("service", Counter::LimitRefused), std::uint64_t{1});
        const std::string text = proxy::describe(site.trace());
        QVERIFY2(text.find("adaptive concurrency: 2 under way, at most 2") != std::string::npos, text.c_str());
        // The places that are taken stay taken over a reload that leaves the limit as it is.
        site.publish(balanced({}, pool + "    resolve: 99s\n", 1), addresses);
        QCOMPARE(site.test.engine->plan()->pools[0]->limit->inFlight(), 2U);
        QCOMPARE(third.request(kGet).status, 503);
        gate.release(1);
        const auto over = [&] { return site.test.engine->plan()->pools[0]->limit->inFlight() == 1; };
        QVERIFY(eventually(over));
        gate.openForAll();
        QCOMPARE(third.request(kGet).status, 200);
        QCOMPARE(first.read().status, 200);
        QCOMPARE(second.read().status, 200);
        QVERIFY(eventually([&] { return site.test.engine->plan()->pools[0]->limit->inFlight() == 0; }));
        // Another limit begins anew.
        site.publish(balanced({}, "    adaptive_concurrency: {min: 3, max: 9}\n", 1), addresses);
        QCOMPARE(site.test.engine->plan()->pools[0]->limit->limit(), 9U);
        QCOMPARE(third.request(kGet).status, 200);
    }

    void whatIsOverTheLimitWaitsWhereThePoolHasAQueue()
    {
        Gate gate;
        ScriptedBackend backend(gate.script(ok("good")));
        const Site site(balanced({}, "    adaptive_concurrency: {min: 1, max: 1, initial: 1}\n    queue: {limit: 2}\n", 1),
                        {{"b1", backend.address()}}, 2);
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
        QVERIFY2(refused.body.find("its queue is full") != std::string::npos, refused.body.c_str());
        for (RawClient* const client : {&first, &second, &third}) {
            gate.release(1);
            QCOMPARE(client->read().status, 200);
        }
        QCOMPARE(gate.seen.load(), 3);
        QVERIFY(eventually([&] { return site.test.engine->plan()->pools[0]->limit->inFlight() == 0; }));
    }

    void aLimitFollowsTheLatencyOfRealAnswers()
    {
        std::atomic<int> slow{0};
        ScriptedBackend backend([&](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(slow != 0 ? 40 : 2));
                connection.send(ok("good"));
            }
        });
        const Site site(balanced({}, "    adaptive_concurrency: {min: 2, max: 50, initial: 16, window: 50ms, min_samples: 5, probe: 60s}\n", 1),
                        {{"b1", backend.address()}});
        const auto limit = [&] { return site.test.engine->plan()->pools[0]->limit->view(); };
        std::atomic<bool> stop{false};
        std::vector<std::thread> clients;
        for (int i = 0; i < 8; ++i) {
            clients.emplace_back([&] {
                RawClient client(site.test.address());
                while (!stop) {
                    (void)client.request(kGet);
                }
            });
        }
        const bool measured = eventually([&] { return limit().probing; }) && eventually([&] { return !limit().probing; });
        slow = 1;
        const bool fell = eventually([&] { return limit().limit <= 6; });
        slow = 0;
        const bool rose = eventually([&] { return limit().limit > 8; });
        stop = true;
        for (std::thread& client : clients) {
            client.join();
        }
        QVERIFY(measured);
        QVERIFY(fell);
        QVERIFY(rose);
        QVERIFY(site.counted(Counter::LimitRefused) > 0);
        QVERIFY(eventually([&] { return limit().inFlight == 0; }));
    }
};

QTEST_GUILESS_MAIN(tst_ProxyResilience)
#include "tst_proxy_resilience.moc"
