#include <QtTest>

#include <atomic>
#include <fstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "tests/support/reactor_peers.h"

using namespace signalbox;
using namespace signalbox::net;
using namespace signalbox::net::test;
using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// What every reactor promises about connecting, accepting, timers and threads.
class TestReactorLoop : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data() { addReactorRows(); }
    void init();
    void tellsARefusedConnect();
    void timesOutAConnectThatNobodyAnswers();
    void bindsTheSourceAddress();
    void tellsAnUnusableSourceAddress();
    void knowsTheAddressOfTheClient();
    void closesWhileConnecting();
    void retriesAcceptingWhenDescriptorsRunOut();
    void stopsAcceptingWhileConnectionsArrive();
    void keepsMemoryFlatOverManyConnects();
    void runsPostedTasksInOrder();
    void stopsFromAnotherThread();
    void runsTimers();
    void runsTasksAtTheEndOfABatch();
    void sleepsWhenThereIsNothingToDo();
    void obeysTheEnvironment();

private:
    std::unique_ptr<Loop> m_loop;
};

void TestReactorLoop::init()
{
    m_loop = std::make_unique<Loop>();
    if (!m_loop->reactor) {
        QSKIP(m_loop->problem.c_str());
    }
}

void TestReactorLoop::tellsARefusedConnect()
{
    auto socket = listenOn(Endpoint::v4(0x7f000001, 0));
    QVERIFY(socket);
    const Endpoint gone = socket->localEndpoint();
    {
        const Socket closed = std::move(*socket);
    }
    Peer peer;
    peer.stream = &m_loop->reactor->connect(gone, peer, 5s);
    QVERIFY(m_loop->until([&] { return peer.failed == 1; }));
    QCOMPARE(peer.error.code, ErrorCode::ConnectRefused);
    QCOMPARE(peer.error.origin, ErrorOrigin::Backend);
    QVERIFY(peer.error.retryable);
    QVERIFY(peer.error.detail.find(gone.text()) != std::string::npos);
    QCOMPARE(peer.connected, 0);
    QCOMPARE(m_loop->reactor->streamCount(), std::size_t{0});
}

void TestReactorLoop::timesOutAConnectThatNobodyAnswers()
{
    // A listener whose backlog is full does not answer further connects.
    ListenOptions options;
    options.backlog = 0;
    const auto socket = listenOn(Endpoint::v4(0x7f000001, 0), options);
    QVERIFY(socket);
    std::vector<std::unique_ptr<Peer>> peers;
    const TimePoint start = m_loop->reactor->updateNow();
    for (int i = 0; i < 8; ++i) {
        peers.push_back(std::make_unique<Peer>());
        peers.back()->stream = &m_loop->reactor->connect(socket->localEndpoint(), *peers.back(), 200ms);
    }
    const auto count = [&](int Peer::*what) {
        return std::ranges::count_if(peers, [what](const auto& peer) { return (*peer).*what == 1; });
    };
    QVERIFY(m_loop->until([&] { return count(&Peer::connected) + count(&Peer::failed) == 8; }));
    QVERIFY(count(&Peer::failed) >= 4);
    QVERIFY(m_loop->reactor->updateNow() - start >= 200ms);
    for (const auto& peer : peers) {
        if (peer->failed == 1) {
            QCOMPARE(peer->error.code, ErrorCode::ConnectTimeout);
            QVERIFY(peer->error.retryable);
        }
    }
}

void TestReactorLoop::bindsTheSourceAddress()
{
    Listening listening(*m_loop);
    Peer peer;
    peer.stream = &m_loop->reactor->connect(listening.address, peer, 5s, Endpoint::v4(0x7f000105, 0));
    QVERIFY(m_loop->until([&] { return listening.server.peers.size() == 1; }));
    QCOMPARE(listening.server.peers[0]->stream->peer().host(), std::string("127.0.1.5"));
}

void TestReactorLoop::tellsAnUnusableSourceAddress()
{
    Listening listening(*m_loop);
    Peer peer;
    peer.stream = &m_loop->reactor->connect(listening.address, peer, 5s, Endpoint::v4(0xc0000201, 0));
    QCOMPARE(peer.failed, 0);
    QVERIFY(m_loop->until([&] { return peer.failed == 1; }));
    QCOMPARE(peer.error.code, ErrorCode::Exhausted);
}

void TestReactorLoop::knowsTheAddressOfTheClient()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    QCOMPARE(pair.server->stream->peer().host(), std::string("127.0.0.1"));
    QVERIFY(pair.server->stream->peer().port() != 0);
    QCOMPARE(pair.client.stream->peer(), pair.listening.address);
}

void TestReactorLoop::closesWhileConnecting()
{
    Listening listening(*m_loop);
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 30; ++i) {
        peers.push_back(std::make_unique<Peer>());
        Stream& stream = m_loop->reactor->connect(listening.address, *peers.back(), 5s);
        stream.send(IoBuffer::fromStatic("never mind"));
        switch (i % 3) {
            case 0: stream.close(); break;
            case 1: stream.abort(); break;
            default: stream.closeAfterSend(100ms); break;
        }
    }
    listening.server.acceptedHook = [](Peer& peer) { peer.endHook = [&peer] { peer.stream->close(); }; };
    QVERIFY(m_loop->until([&] { return m_loop->reactor->streamCount() == 0; }));
    for (const auto& peer : peers) {
        QCOMPARE(peer->connected + peer->failed + peer->ended, 0);
    }
}

void TestReactorLoop::retriesAcceptingWhenDescriptorsRunOut()
{
    Listening listening(*m_loop);
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(client) + 1;
    // Everything below `client` must be in use for the limit to bite.
    std::vector<int> fillers;
    for (int fd = ::dup(client); fd >= 0 && fd < client; fd = ::dup(client)) {
        fillers.push_back(fd);
    }
    ::setrlimit(RLIMIT_NOFILE, &none);
    sockaddr_storage address{};
    const socklen_t length = listening.address.toSockaddr(address);
    const int connected = ::connect(client, reinterpret_cast<const sockaddr*>(&address), length);
    const bool told = m_loop->until([&] { return listening.server.failures > 0; });
    ::setrlimit(RLIMIT_NOFILE, &before);
    QCOMPARE(connected, 0);
    QVERIFY(told);
    QCOMPARE(listening.server.error.code, ErrorCode::Exhausted);
    QVERIFY(listening.server.failures < 10);
    QVERIFY(m_loop->until([&] { return listening.server.peers.size() == 1; }));
    for (const int fd : fillers) {
        ::close(fd);
    }
    ::close(client);
}

void TestReactorLoop::stopsAcceptingWhileConnectionsArrive()
{
    for (int round = 0; round < 20; ++round) {
        auto listening = std::make_unique<Listening>(*m_loop);
        std::size_t accepted = 0;
        listening->server.acceptedHook = [&](Peer&) {
            if (++accepted == 3) {
                listening->acceptor.reset();  // inside its own callback, with more connections waiting
            }
        };
        std::vector<std::unique_ptr<Peer>> clients;
        for (int i = 0; i < 20; ++i) {
            clients.push_back(std::make_unique<Peer>());
            clients.back()->stream = &m_loop->reactor->connect(listening->address, *clients.back(), 5s);
        }
        QVERIFY(m_loop->until([&] { return accepted >= 3; }));
        ListenOptions alone;
        alone.reusePort = false;
        for (const auto& client : clients) {
            if (client->stream) {
                client->stream->close();
            }
        }
        m_loop->pass(1ms);
        QCOMPARE(accepted, std::size_t{3});
        for (const auto& peer : listening->server.peers) {
            if (peer->stream) {
                peer->stream->close();
            }
        }
        QVERIFY2(listenOn(listening->address, alone), "the address is free once the acceptor is gone");
    }
}

void TestReactorLoop::keepsMemoryFlatOverManyConnects()
{
    const auto resident = [] {
        std::ifstream file("/proc/self/statm");
        long total = 0;
        long pages = 0;
        file >> total >> pages;
        return pages * ::sysconf(_SC_PAGESIZE);
    };
    Listening listening(*m_loop);
    listening.server.acceptedHook = [](Peer& peer) {
        peer.dataHook = [&peer](IoBuffer data) { peer.stream->send(std::move(data)); };
        peer.endHook = [&peer] { peer.stream->close(); };
    };
    Peer client;
    int left = 0;
    const auto next = [&] { client.stream = &m_loop->reactor->connect(listening.address, client, 5s); };
    client.connectedHook = [&] { client.stream->send(IoBuffer::fromStatic("hello")); };
    client.dataHook = [&](IoBuffer) {
        client.stream->close();
        if (--left > 0) {
            next();
        }
    };
    const auto connects = [&](int count) {
        left = count;
        next();
        return m_loop->until([&] { return left == 0; }, 100s);
    };
    const int thousands = kSanitized ? 1 : 10;
    QVERIFY(connects(1000));
    QVERIFY(m_loop->until([&] { return m_loop->reactor->streamCount() == 0; }));
    listening.server.peers.clear();
    const long before = resident();
    for (int i = 0; i < thousands; ++i) {
        QVERIFY(connects(1000));
        QVERIFY(m_loop->until([&] { return m_loop->reactor->streamCount() == 0; }));
        listening.server.peers.clear();
    }
    if (!kSanitized) {
        QVERIFY2(resident() - before < 2 * 1024 * 1024, qPrintable(QString::number(resident() - before)));
    }
}

void TestReactorLoop::runsPostedTasksInOrder()
{
    constexpr int kThreads = 4;
    constexpr int kEach = 2000;
    std::vector<std::vector<int>> seen(kThreads);
    int total = 0;
    m_loop->reactor->post([&] { ++total; });
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < kEach; ++i) {
                m_loop->reactor->post([&, thread, i] {
                    seen[static_cast<std::size_t>(thread)].push_back(i);
                    ++total;
                });
            }
        });
    }
    QVERIFY(m_loop->until([&] { return total == kThreads * kEach + 1; }));
    for (auto& thread : threads) {
        thread.join();
    }
    for (const auto& numbers : seen) {
        QCOMPARE(numbers.size(), std::size_t{kEach});
        QVERIFY(std::ranges::is_sorted(numbers));
    }
    // Also from the loop itself, while it would otherwise sleep.
    bool nested = false;
    m_loop->reactor->post([&] { m_loop->reactor->post([&] { nested = true; }); });
    QVERIFY(m_loop->until([&] { return nested; }));
}

void TestReactorLoop::stopsFromAnotherThread()
{
    Reactor& reactor = *m_loop->reactor;
    std::atomic<bool> running{false};
    std::thread worker([&] {
        reactor.post([&] { running = true; });
        reactor.run();
    });
    QTRY_VERIFY(running);
    reactor.stop();
    worker.join();
    reactor.post([] { QFAIL("a task posted after run() returned"); });
    m_loop.reset();
    // A wish to stop that comes before run() counts.
    m_loop = std::make_unique<Loop>();
    m_loop->reactor->stop();
    m_loop->reactor->run();
}

void TestReactorLoop::runsTimers()
{
    Reactor& reactor = *m_loop->reactor;
    struct Alarm {
        Alarm(Reactor& owner, Timer::Precision precision)
            : reactor(owner),
              timer(
                  owner, [](void* self) { static_cast<Alarm*>(self)->ring(); }, this, precision)
        {}
        void ring()
        {
            ++fired;
            late = reactor.updateNow() - timer.deadline();
            if (fired < repeat) {
                timer.start(std::chrono::milliseconds(5));
            }
        }
        Reactor& reactor;
        Timer timer;
        int fired = 0;
        int repeat = 1;
        Duration late{};
    };
    std::vector<std::unique_ptr<Alarm>> alarms;
    reactor.updateNow();
    for (int i = 0; i < 4000; ++i) {
        alarms.push_back(
            std::make_unique<Alarm>(reactor, i % 2 == 0 ? Timer::Precision::Coarse : Timer::Precision::Precise));
        alarms.back()->timer.start(std::chrono::microseconds(50 * i));
        alarms.back()->repeat = i % 100 == 0 ? 3 : 1;
    }
    const TimePoint moved = reactor.now() + 250ms;
    for (std::size_t i = 0; i < 4000; i += 10) {
        alarms[i]->timer.startAt(moved);
    }
    for (std::size_t i = 5; i < 4000; i += 10) {
        alarms[i]->timer.cancel();
    }
    Alarm last(reactor, Timer::Precision::Precise);
    last.timer.start(400ms);
    QVERIFY(m_loop->until([&] { return last.fired == 1; }));
    for (std::size_t i = 0; i < alarms.size(); ++i) {
        QCOMPARE(alarms[i]->fired, i % 10 == 5 ? 0 : alarms[i]->repeat);
        QVERIFY(alarms[i]->late >= Duration::zero());
    }
}

void TestReactorLoop::runsTasksAtTheEndOfABatch()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    // What is sent at the end of a batch leaves with that batch.
    int received = 0;
    pair.server->dataHook = [&](IoBuffer) { ++received; };
    m_loop->reactor->onBatchEnd([&] {
        if (received > 0 && received < 3 && pair.server->stream->queued() == 0) {
            pair.server->stream->send(IoBuffer::fromStatic("batch"));
        }
    });
    pair.client.dataHook = [&](IoBuffer) { pair.client.stream->send(IoBuffer::fromStatic("next")); };
    pair.client.stream->send(IoBuffer::fromStatic("go"));
    QVERIFY(m_loop->until([&] { return received == 3; }));
}

void TestReactorLoop::sleepsWhenThereIsNothingToDo()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    Timer far(
        *m_loop->reactor, [](void*) {}, nullptr);
    far.start(60s);
    m_loop->pass(50ms);
    const int before = m_loop->batches;
    m_loop->pass(300ms);
    QVERIFY2(m_loop->batches - before <= 6, qPrintable(QString::number(m_loop->batches - before)));
}

void TestReactorLoop::obeysTheEnvironment()
{
    const std::string name(m_loop->reactor->name());
    qputenv("SIGNALBOX_REACTOR", QByteArray::fromStdString(name));
    const auto chosen = Reactor::create();
    qputenv("SIGNALBOX_REACTOR", "kqueue");
    const auto unknown = Reactor::create();
    qunsetenv("SIGNALBOX_REACTOR");
    QVERIFY(chosen);
    QCOMPARE(std::string((*chosen)->name()), name);
    QVERIFY(!unknown);
    QVERIFY(Reactor::create());
}

QTEST_GUILESS_MAIN(TestReactorLoop)
#include "tst_reactor_loop.moc"
