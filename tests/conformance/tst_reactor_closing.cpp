#include <QtTest>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/reactor_peers.h"

using namespace signalbox;
using namespace signalbox::net;
using namespace signalbox::net::test;

/// What every reactor promises about the end of streams, and about handlers.
class TestReactorClosing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data() { addReactorRows(); }
    void init();
    void halfClosesBothDirections();
    void deliversDataBeforeTheEnd();
    void tellsAResetOnce();
    void abortsWithAReset();
    void deliversARefusalToASenderThatIsCutOff();
    void closesAfterSending();
    void givesUpLingeringAfterTheLimit();
    void waitsForAPeerThatReadsLate();
    void closesAtOnceWithoutLingering();
    void discardsWhatArrivesWhileLingering();
    void closesInsideCallbacks_data();
    void closesInsideCallbacks();
    void neverCallsBackFromInsideACall();
    void dropsTheQueueOnClose();
    void handsAStreamToAnotherHandler();
    void closesEverythingWhenDestroyed();

private:
    std::unique_ptr<Loop> m_loop;
};

void TestReactorClosing::init()
{
    m_loop = std::make_unique<Loop>();
    if (!m_loop->reactor) {
        QSKIP(m_loop->problem.c_str());
    }
}

void TestReactorClosing::halfClosesBothDirections()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.client.stream->shutdownWrite();
    QVERIFY(m_loop->until([&] { return pair.server->ended == 1; }));
    pair.server->stream->send(bufferOf(*m_loop->reactor, "still sending"));
    QVERIFY(m_loop->until([&] { return pair.client.text == "still sending"; }));
    QCOMPARE(pair.client.ended, 0);
    pair.server->stream->shutdownWrite();
    QVERIFY(m_loop->until([&] { return pair.client.ended == 1; }));
    m_loop->pass(std::chrono::milliseconds(20));
    QCOMPARE(pair.client.ended, 1);
    QCOMPARE(pair.server->ended, 1);
    QCOMPARE(pair.client.failed + pair.server->failed, 0);
    QCOMPARE(m_loop->reactor->streamCount(), std::size_t{2});
}

void TestReactorClosing::deliversDataBeforeTheEnd()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    std::size_t atEnd = 0;
    pair.server->endHook = [&] { atEnd = pair.server->bytes; };
    pair.server->stream->pauseReading();
    pair.client.stream->send(bufferOf(*m_loop->reactor, std::string(700'000, 'd')));
    pair.client.stream->shutdownWrite();
    m_loop->pass(std::chrono::milliseconds(30));
    QCOMPARE(pair.server->ended, 0);
    pair.server->stream->resumeReading();
    QVERIFY(m_loop->until([&] { return pair.server->ended == 1; }));
    QCOMPARE(atEnd, std::size_t{700'000});
}

void TestReactorClosing::tellsAResetOnce()
{
    Listening listening(*m_loop);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    const socklen_t length = listening.address.toSockaddr(address);
    QCOMPARE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), length), 0);
    QCOMPARE(::send(fd, "first", 5, MSG_NOSIGNAL), ssize_t{5});
    QVERIFY(m_loop->until([&] { return listening.server.peers.size() == 1 && listening.server.peers[0]->bytes == 5; }));
    const linger reset{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(fd);
    Peer& peer = *listening.server.peers[0];
    QVERIFY(m_loop->until([&] { return peer.failed == 1; }));
    m_loop->pass(std::chrono::milliseconds(20));
    QCOMPARE(peer.failed, 1);
    QCOMPARE(peer.ended, 0);
    QCOMPARE(peer.error.code, ErrorCode::Reset);
    QCOMPARE(peer.error.origin, ErrorOrigin::Client);
    QCOMPARE(m_loop->reactor->streamCount(), std::size_t{0});
}

void TestReactorClosing::abortsWithAReset()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.server->stream->abort();
    QVERIFY(m_loop->until([&] { return pair.client.failed == 1; }));
    QCOMPARE(pair.client.error.code, ErrorCode::Reset);
    QCOMPARE(pair.client.error.origin, ErrorOrigin::Backend);
    QCOMPARE(pair.client.ended, 0);
    QCOMPARE(pair.server->failed, 0);
}

void TestReactorClosing::deliversARefusalToASenderThatIsCutOff()
{
    // The peer answers early and closes without reading on, so its kernel resets the connection under the sender.
    for (int round = 0; round < 20; ++round) {
        Pair pair(*m_loop);
        QVERIFY(pair.ok);
        pair.server->dataHook = [&](IoBuffer) {
            pair.server->stream->pauseReading();
            pair.server->stream->send(IoBuffer::fromStatic("no thanks"));
            pair.server->stream->closeAfterSend();
        };
        Producer producer(*m_loop->reactor, pair.client, 1, 8 * 1024 * 1024);
        producer.pump();
        QVERIFY(m_loop->until([&] { return pair.client.text == "no thanks"; }));
        if (pair.client.stream) {
            pair.client.stream->close();
        }
    }
}

void TestReactorClosing::closesAfterSending()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.server->stream->send(bufferOf(*m_loop->reactor, std::string(2'000'000, 'r')));
    pair.server->stream->closeAfterSend();
    pair.client.endHook = [&] { pair.client.stream->close(); };
    QVERIFY(m_loop->until([&] { return pair.client.ended == 1; }));
    QCOMPARE(pair.client.bytes, std::size_t{2'000'000});
    QVERIFY(m_loop->until([&] { return m_loop->reactor->streamCount() == 0; }, std::chrono::seconds(1)));
    QCOMPARE(pair.server->ended + pair.server->failed + pair.server->drained, 0);
}

void TestReactorClosing::givesUpLingeringAfterTheLimit()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.server->stream->send(IoBuffer::fromStatic("bye"));
    const TimePoint start = m_loop->reactor->updateNow();
    pair.server->stream->closeAfterSend(std::chrono::milliseconds(150));
    QVERIFY(m_loop->until([&] { return m_loop->reactor->streamCount() == 1; }));
    const Duration took = m_loop->reactor->updateNow() - start;
    QVERIFY(took >= std::chrono::milliseconds(150));
    QVERIFY(took < std::chrono::seconds(5));
    QCOMPARE(pair.client.text, std::string("bye"));
    QCOMPARE(pair.client.ended, 1);
}

void TestReactorClosing::waitsForAPeerThatReadsLate()
{
    // The limit is of lingering: it does not cut off an answer that is still on its way.
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.client.stream->pauseReading();
    pair.server->stream->send(bufferOf(*m_loop->reactor, std::string(24'000'000, 'r')));
    pair.server->stream->closeAfterSend(std::chrono::milliseconds(20));
    bool late = false;
    Timer timer(*m_loop->reactor, [](void* flag) { *static_cast<bool*>(flag) = true; }, &late);
    timer.start(std::chrono::milliseconds(200));
    QVERIFY(m_loop->until([&] { return late; }));
    QCOMPARE(m_loop->reactor->streamCount(), std::size_t{2});
    pair.client.stream->resumeReading();
    QVERIFY(m_loop->until([&] { return pair.client.ended == 1; }));
    QCOMPARE(pair.client.bytes, std::size_t{24'000'000});
}

void TestReactorClosing::closesAtOnceWithoutLingering()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.server->stream->send(bufferOf(*m_loop->reactor, std::string(2'000'000, 'r')));
    pair.server->stream->closeAfterSend(Duration::zero());
    // The other side stays open, and yet the server's is gone.
    QVERIFY(m_loop->until([&] { return pair.client.ended == 1 && m_loop->reactor->streamCount() == 1; }));
    QCOMPARE(pair.client.bytes, std::size_t{2'000'000});
    QCOMPARE(pair.client.failed, 0);
}

void TestReactorClosing::discardsWhatArrivesWhileLingering()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.server->stream->send(IoBuffer::fromStatic("too large"));
    pair.server->stream->closeAfterSend();
    Producer producer(*m_loop->reactor, pair.client, 1, 4 * 1024 * 1024);
    producer.pump();
    QVERIFY(m_loop->until(
        [&] { return pair.client.ended == 1 && pair.client.stream->queued() == 0 && producer.finished(); }));
    QCOMPARE(pair.client.text, std::string("too large"));
    QCOMPARE(pair.client.failed, 0);
    QCOMPARE(pair.server->bytes, std::size_t{0});
    pair.client.stream->close();
    QVERIFY(m_loop->until([&] { return m_loop->reactor->streamCount() == 0; }, std::chrono::seconds(1)));
}

void TestReactorClosing::closesInsideCallbacks_data()
{
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("how");
    for (const char* const where : {"connected", "data", "end", "drained", "accepted", "failed"}) {
        for (const char* const how : {"close", "abort", "closeAfterSend"}) {
            QTest::addRow("%s in the callback for %s", how, where)
                << QString::fromLatin1(where) << QString::fromLatin1(how);
        }
    }
}

void TestReactorClosing::closesInsideCallbacks()
{
    QFETCH(QString, where);
    QFETCH(QString, how);
    const auto end = [&](Stream& stream) {
        stream.send(IoBuffer::fromStatic("last words"));
        if (how == QLatin1String("close")) {
            stream.close();
        } else if (how == QLatin1String("abort")) {
            stream.abort();
        } else {
            stream.closeAfterSend(std::chrono::milliseconds(50));
        }
    };
    Listening listening(*m_loop);
    Peer client;
    int closed = 0;
    const auto finish = [&](Peer& peer) {
        ++closed;
        end(*peer.stream);
        peer.stream = nullptr;
    };
    const auto whenIs = [&](const char* name) { return where == QLatin1String(name); };
    if (whenIs("connected")) {
        client.connectedHook = [&] { finish(client); };
    }
    listening.server.acceptedHook = [&](Peer& peer) {
        if (whenIs("accepted")) {
            finish(peer);
            return;
        }
        if (whenIs("data")) {
            peer.dataHook = [&](IoBuffer) { finish(peer); };
        } else if (whenIs("end")) {
            peer.endHook = [&] { finish(peer); };
        } else if (whenIs("drained")) {
            peer.drainedHook = [&] { finish(peer); };
            peer.stream->send(bufferOf(*m_loop->reactor, std::string(2'000'000, 'x')));
        } else if (whenIs("failed")) {
            peer.stream->abort();
        }
    };
    Pair other(*m_loop);
    QVERIFY(other.ok);
    if (whenIs("failed")) {
        // One stream's failure closes another stream, which has events of its own under way.
        client.failedHook = [&] { finish(other.client); };
        other.server->dataHook = [&](IoBuffer data) { other.server->stream->send(std::move(data)); };
        other.client.stream->send(IoBuffer::fromStatic("ping"));
    }
    client.stream = &m_loop->reactor->connect(listening.address, client);
    if (!whenIs("connected")) {
        client.stream->send(IoBuffer::fromStatic("hello"));
        client.stream->shutdownWrite();
    }
    QVERIFY(m_loop->until([&] { return closed == 1; }));
    m_loop->pass(std::chrono::milliseconds(80));
    QCOMPARE(closed, 1);
    // The loop is in order: a new pair still talks.
    Pair after(*m_loop);
    QVERIFY(after.ok);
    after.client.stream->send(IoBuffer::fromStatic("fine"));
    QVERIFY(m_loop->until([&] { return after.server->text == "fine"; }));
}

void TestReactorClosing::neverCallsBackFromInsideACall()
{
    Listening listening(*m_loop);
    bool inside = false;
    Peer client;
    client.connectedHook = client.failedHook = client.drainedHook = [&] { QVERIFY(!inside); };
    const auto address = Endpoint::parse("unix:/nonexistent/signalbox/socket");
    QVERIFY(address);
    inside = true;
    client.stream = &m_loop->reactor->connect(*address, client);
    inside = false;
    QVERIFY(m_loop->until([&] { return client.failed == 1; }));
    QCOMPARE(client.error.code, ErrorCode::ConnectRefused);
    Peer second;
    second.connectedHook = second.failedHook = second.drainedHook = [&] { QVERIFY(!inside); };
    inside = true;
    second.stream = &m_loop->reactor->connect(listening.address, second);
    for (int i = 0; i < 10; ++i) {
        second.stream->send(bufferOf(*m_loop->reactor, std::string(100'000, 'i')));
    }
    inside = false;
    QVERIFY(m_loop->until([&] { return second.drained == 1; }));
}

void TestReactorClosing::dropsTheQueueOnClose()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    IoBuffer buffer = bufferOf(*m_loop->reactor, std::string(10'000'000, 'q'));
    pair.server->stream->pauseReading();
    for (int i = 0; i < 4; ++i) {
        pair.client.stream->send(buffer.share(0, buffer.size()));
    }
    m_loop->pass(std::chrono::milliseconds(20));
    QVERIFY(buffer.chunk()->references > 1);
    pair.client.stream->close();
    QVERIFY(m_loop->until([&] { return buffer.chunk()->references == 1; }));
    QCOMPARE(pair.client.failed, 0);
}

void TestReactorClosing::handsAStreamToAnotherHandler()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    Peer second;
    second.stream = pair.client.stream;
    pair.client.dataHook = [&](IoBuffer) { pair.client.stream->setHandler(second); };
    pair.server->stream->send(IoBuffer::fromStatic("one"));
    QVERIFY(m_loop->until([&] { return pair.client.bytes == 3; }));
    pair.server->stream->send(IoBuffer::fromStatic("two"));
    QVERIFY(m_loop->until([&] { return second.text == "two"; }));
    pair.server->stream->close();
    QVERIFY(m_loop->until([&] { return second.ended == 1; }));
    QCOMPARE(pair.client.bytes, std::size_t{3});
    QCOMPARE(pair.client.ended, 0);
}

void TestReactorClosing::closesEverythingWhenDestroyed()
{
    Endpoint address;
    int fd = -1;
    {
        Listening listening(*m_loop);
        address = listening.address;
        fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_storage where{};
        const socklen_t length = address.toSockaddr(where);
        QCOMPARE(::connect(fd, reinterpret_cast<const sockaddr*>(&where), length), 0);
        QVERIFY(m_loop->until([&] { return listening.server.peers.size() == 1; }));
        listening.server.peers[0]->stream->send(bufferOf(*m_loop->reactor, std::string(20'000'000, 'u')));
        m_loop->pass(std::chrono::milliseconds(10));
        m_loop->reactor->stop();
        m_loop.reset();
        QCOMPARE(listening.server.peers[0]->failed + listening.server.peers[0]->ended, 0);
    }
    // The peer sees the end, and the port is free again.
    timeval limit{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char bytes[65536];
    ssize_t count = 0;
    do {
        count = ::recv(fd, bytes, sizeof bytes, 0);
    } while (count > 0);
    QVERIFY(count == 0 || errno == ECONNRESET);
    ::close(fd);
    ListenOptions alone;
    alone.reusePort = false;
    QVERIFY(listenOn(address, alone));
}

QTEST_GUILESS_MAIN(TestReactorClosing)
#include "tst_reactor_closing.moc"
