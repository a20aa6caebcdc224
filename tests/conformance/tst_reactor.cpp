#include <QtTest>

#include <unistd.h>

#include "tests/support/reactor_peers.h"

using namespace signalbox;
using namespace signalbox::net;
using namespace signalbox::net::test;

/// What every reactor promises about bytes on streams.
class TestReactor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data() { addReactorRows(); }
    void init();
    void answersEveryMessage();
    void carriesLargeTransfersBothWays();
    void joinsManySmallPiecesInOrder();
    void sendsOneSharedBufferOnManyStreams();
    void stopsReadingWhilePaused();
    void tellsDrainedOncePerCrossing();
    void keepsMemoryBoundedForASlowReader();
    void keepsBuffersValidAfterTheStreamClosed();
    void receivesWhileHoldersKeepAllBuffers();
    void servesAThousandStreams();
    void servesUnixSockets();
    void servesIpv6();

private:
    std::unique_ptr<Loop> m_loop;
};

void TestReactor::init()
{
    m_loop = std::make_unique<Loop>();
    if (!m_loop->reactor) {
        QSKIP(m_loop->problem.c_str());
    }
}

void TestReactor::answersEveryMessage()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.server->dataHook = [&](IoBuffer data) { pair.server->stream->send(std::move(data)); };
    int rounds = 0;
    pair.client.dataHook = [&](IoBuffer data) {
        QCOMPARE(std::string(data.view()), "message " + std::to_string(rounds));
        if (++rounds < 1000) {
            pair.client.stream->send(bufferOf(*m_loop->reactor, "message " + std::to_string(rounds)));
        }
    };
    pair.client.stream->send(bufferOf(*m_loop->reactor, "message 0"));
    QVERIFY(m_loop->until([&] { return rounds == 1000; }));
    QCOMPARE(pair.client.stream->received(), pair.client.stream->sent());
    QCOMPARE(pair.server->stream->sent(), pair.client.stream->received());
    QCOMPARE(pair.client.stream->queued(), std::size_t{0});
}

void TestReactor::carriesLargeTransfersBothWays()
{
    constexpr std::uint64_t kTotal = 64 * 1024 * 1024;
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    Producer up(*m_loop->reactor, pair.client, 1, kTotal);
    Producer down(*m_loop->reactor, *pair.server, 2, kTotal);
    Pattern upExpected(1);
    Pattern downExpected(2);
    bool intact = true;
    pair.server->dataHook = [&](IoBuffer data) { intact = intact && upExpected.matches(data.view()); };
    pair.client.dataHook = [&](IoBuffer data) { intact = intact && downExpected.matches(data.view()); };
    up.pump();
    down.pump();
    QVERIFY(m_loop->until([&] { return pair.server->bytes >= kTotal && pair.client.bytes >= kTotal; },
                          std::chrono::seconds(120)));
    QVERIFY(intact);
    QCOMPARE(pair.server->bytes, std::size_t{kTotal});
    QCOMPARE(pair.client.bytes, std::size_t{kTotal});
    QVERIFY(up.highest <= Stream::kDefaultHighWater + 16 * 1024);
}

void TestReactor::joinsManySmallPiecesInOrder()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    std::string expected;
    for (int i = 0; i < 3000; ++i) {
        const std::string piece = std::to_string(i) + ",";
        expected += piece;
        pair.client.stream->send(i % 3 == 0 ? bufferOf(*m_loop->reactor, piece) : IoBuffer());
        if (i % 3 != 0) {
            pair.client.stream->send(
                bufferOf(*m_loop->reactor, piece).share(0, static_cast<std::uint32_t>(piece.size())));
        }
    }
    const std::string large(3 * 1024 * 1024, 'x');
    pair.client.stream->send(bufferOf(*m_loop->reactor, large));
    pair.client.stream->send(IoBuffer::fromStatic("end"));
    expected += large + "end";
    QVERIFY(m_loop->until([&] { return pair.server->bytes >= expected.size(); }));
    QVERIFY(pair.server->text == expected);
}

void TestReactor::sendsOneSharedBufferOnManyStreams()
{
    Listening listening(*m_loop);
    std::vector<std::unique_ptr<Peer>> clients;
    for (int i = 0; i < 50; ++i) {
        clients.push_back(std::make_unique<Peer>());
        clients.back()->stream = &m_loop->reactor->connect(listening.address, *clients.back());
    }
    QVERIFY(m_loop->until([&] { return listening.server.peers.size() == clients.size(); }));
    {
        const IoBuffer body = bufferOf(*m_loop->reactor, std::string(10'000, 'b'));
        for (const auto& peer : listening.server.peers) {
            peer->stream->send(body.share(0, body.size()));
        }
        QCOMPARE(body.chunk()->references, 51U);
    }
    QVERIFY(m_loop->until(
        [&] { return std::ranges::all_of(clients, [](const auto& client) { return client->bytes == 10'000; }); }));
    for (const auto& client : clients) {
        QVERIFY(client->text == std::string(10'000, 'b'));
    }
}

void TestReactor::stopsReadingWhilePaused()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    constexpr std::uint64_t kTotal = 32 * 1024 * 1024;
    Producer producer(*m_loop->reactor, pair.client, 3, kTotal);
    Pattern expected(3);
    bool intact = true;
    pair.server->dataHook = [&](IoBuffer data) {
        intact = intact && expected.matches(data.view());
        pair.server->stream->pauseReading();
    };
    producer.pump();
    QVERIFY(m_loop->until([&] { return pair.server->bytes > 0; }));
    m_loop->pass(std::chrono::milliseconds(100));
    const std::size_t afterPause = pair.server->bytes;
    QVERIFY2(afterPause < 2 * 1024 * 1024, qPrintable(QString::number(afterPause)));
    m_loop->pass(std::chrono::milliseconds(100));
    QCOMPARE(pair.server->bytes, afterPause);
    QVERIFY(!producer.finished());
    // Pausing and resuming within one call changes nothing.
    pair.server->stream->resumeReading();
    pair.server->stream->pauseReading();
    m_loop->pass(std::chrono::milliseconds(50));
    QCOMPARE(pair.server->bytes, afterPause);
    pair.server->dataHook = [&](IoBuffer data) { intact = intact && expected.matches(data.view()); };
    pair.server->stream->resumeReading();
    QVERIFY(m_loop->until([&] { return pair.server->bytes == kTotal; }, std::chrono::seconds(60)));
    QVERIFY(intact);
}

void TestReactor::tellsDrainedOncePerCrossing()
{
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.client.stream->send(bufferOf(*m_loop->reactor, std::string(200 * 1024, 'a')));
    QVERIFY(m_loop->until([&] { return pair.server->bytes == 200 * 1024; }));
    QCOMPARE(pair.client.drained, 0);
    for (int crossing = 1; crossing <= 3; ++crossing) {
        for (int piece = 0; piece < 10; ++piece) {
            pair.client.stream->send(bufferOf(*m_loop->reactor, std::string(64 * 1024, 'a')));
        }
        QVERIFY(pair.client.stream->aboveHighWater());
        pair.client.drainedHook = [&] { QVERIFY(pair.client.stream->queued() <= Stream::kDefaultLowWater); };
        const std::size_t expected = 200 * 1024 + static_cast<std::size_t>(crossing) * 640 * 1024;
        QVERIFY(m_loop->until([&] { return pair.server->bytes == expected && pair.client.stream->queued() == 0; }));
        QCOMPARE(pair.client.drained, crossing);
    }
}

void TestReactor::keepsMemoryBoundedForASlowReader()
{
    // A relay: from `source` to a reader that does not read, pausing the source above the high water mark.
    Pair in(*m_loop);
    Pair out(*m_loop);
    QVERIFY(in.ok && out.ok);
    Peer& source = in.client;
    Stream& target = *out.client.stream;
    std::size_t highest = 0;
    in.server->dataHook = [&](IoBuffer data) {
        target.send(std::move(data));
        highest = std::max(highest, target.queued());
        if (target.aboveHighWater()) {
            in.server->stream->pauseReading();
        }
    };
    out.client.drainedHook = [&] { in.server->stream->resumeReading(); };
    out.server->stream->pauseReading();
    constexpr std::uint64_t kTotal = 48 * 1024 * 1024;
    Producer producer(*m_loop->reactor, source, 4, kTotal);
    producer.pump();
    m_loop->pass(std::chrono::milliseconds(200));
    QVERIFY(!producer.finished());
    // The mark, and what the kernel had delivered before the pause took effect: a first multishot receive may empty a
    // whole socket buffer (some MiB under load); later ones take one buffer at a time.
    constexpr std::size_t kFirstBurst = 4 * 1024 * 1024;
    QVERIFY2(highest <= Stream::kDefaultHighWater + kFirstBurst, qPrintable(QString::number(highest)));
    Pattern expected(4);
    bool intact = true;
    out.server->dataHook = [&](IoBuffer data) { intact = intact && expected.matches(data.view()); };
    out.server->stream->resumeReading();
    QVERIFY(m_loop->until([&] { return out.server->bytes == kTotal; }, std::chrono::seconds(60)));
    QVERIFY(intact);
    QVERIFY2(highest <= Stream::kDefaultHighWater + kFirstBurst, qPrintable(QString::number(highest)));
}

void TestReactor::keepsBuffersValidAfterTheStreamClosed()
{
    std::vector<IoBuffer> kept;
    Pair pair(*m_loop);
    QVERIFY(pair.ok);
    pair.server->dataHook = [&](IoBuffer data) { kept.push_back(std::move(data)); };
    for (int i = 0; i < 20; ++i) {
        pair.client.stream->send(bufferOf(*m_loop->reactor, std::string(1000, static_cast<char>('a' + i))));
        QVERIFY(m_loop->until([&] { return pair.server->bytes == 1000U * static_cast<unsigned>(i + 1); }));
    }
    pair.client.stream->close();
    pair.server->stream->close();
    Pair other(*m_loop);
    QVERIFY(other.ok);
    other.client.stream->send(bufferOf(*m_loop->reactor, std::string(500'000, 'z')));
    QVERIFY(m_loop->until([&] { return other.server->bytes == 500'000; }));
    std::string all;
    for (const IoBuffer& buffer : kept) {
        all += buffer.view();
    }
    std::string expected;
    for (int i = 0; i < 20; ++i) {
        expected += std::string(1000, static_cast<char>('a' + i));
    }
    QVERIFY(all == expected);
}

void TestReactor::receivesWhileHoldersKeepAllBuffers()
{
    ReactorOptions options;
    options.receiveBuffers = 8;
    options.receiveBufferSize = 4096;
    m_loop = std::make_unique<Loop>(options);
    std::vector<IoBuffer> kept;
    Listening listening(*m_loop);
    listening.server.acceptedHook = [&](Peer& peer) {
        peer.dataHook = [&](IoBuffer data) { kept.push_back(std::move(data)); };
    };
    constexpr std::size_t kEach = 100'000;
    std::vector<std::unique_ptr<Peer>> clients;
    for (int i = 0; i < 64; ++i) {
        clients.push_back(std::make_unique<Peer>());
        clients.back()->stream = &m_loop->reactor->connect(listening.address, *clients.back());
        clients.back()->stream->send(bufferOf(*m_loop->reactor, std::string(kEach, static_cast<char>('0' + i))));
    }
    const auto received = [&] {
        std::size_t sum = 0;
        for (const auto& peer : listening.server.peers) {
            sum += peer->bytes;
        }
        return sum;
    };
    QVERIFY(m_loop->until([&] { return received() == kEach * clients.size(); }));
    std::map<char, std::size_t> counts;
    for (const IoBuffer& buffer : kept) {
        for (const char byte : buffer.view()) {
            ++counts[byte];
        }
    }
    QCOMPARE(counts.size(), clients.size());
    for (const auto& [byte, count] : counts) {
        QCOMPARE(count, kEach);
    }
    // What is given back serves again.
    kept.clear();
    clients.front()->stream->send(bufferOf(*m_loop->reactor, std::string(kEach, 'y')));
    QVERIFY(m_loop->until([&] { return received() == kEach * (clients.size() + 1); }));
    kept.clear();
}

void TestReactor::servesAThousandStreams()
{
    Listening listening(*m_loop);
    listening.server.acceptedHook = [](Peer& peer) {
        peer.dataHook = [&peer](IoBuffer data) { peer.stream->send(std::move(data)); };
    };
    std::vector<std::unique_ptr<Peer>> clients;
    int done = 0;
    for (int i = 0; i < 1000; ++i) {
        clients.push_back(std::make_unique<Peer>());
        Peer& client = *clients.back();
        client.dataHook = [&client, &done, this](IoBuffer data) {
            if (client.bytes % 100 != 0) {
                return;
            }
            if (client.bytes == 1000) {
                ++done;
            } else {
                client.stream->send(std::move(data));
            }
        };
        client.stream = &m_loop->reactor->connect(listening.address, client);
        client.stream->send(bufferOf(*m_loop->reactor, std::string(100, 'q')));
    }
    QVERIFY(m_loop->until([&] { return done == 1000; }, std::chrono::seconds(60)));
    QCOMPARE(m_loop->reactor->streamCount(), std::size_t{2000});
    for (const auto& client : clients) {
        client->stream->close();
    }
    for (const auto& peer : listening.server.peers) {
        peer->stream->close();
    }
    QVERIFY(m_loop->until([&] { return m_loop->reactor->streamCount() == 0; }));
}

void TestReactor::servesUnixSockets()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("socket")).toStdString();
    const auto address = Endpoint::parse("unix:" + path);
    QVERIFY(address);
    {
        Pair pair(*m_loop, *address);
        QVERIFY(pair.ok);
        pair.client.stream->send(bufferOf(*m_loop->reactor, "over a path"));
        pair.client.stream->shutdownWrite();
        QVERIFY(m_loop->until([&] { return pair.server->ended == 1; }));
        QCOMPARE(pair.server->text, std::string("over a path"));
        const auto second = listenOn(*address);
        QVERIFY(!second);
        QCOMPARE(second.error().code, ErrorCode::AddressInUse);
    }
    QVERIFY(QFile::exists(QString::fromStdString(path)));
    Pair again(*m_loop, *address);
    QVERIFY2(again.ok, "a path left over by a closed listener is taken over");
}

void TestReactor::servesIpv6()
{
    const auto address = Endpoint::parse("[::1]:0");
    QVERIFY(address);
    if (!listenOn(*address)) {
        QSKIP("this host has no IPv6 loopback");
    }
    Pair pair(*m_loop, *address);
    QVERIFY(pair.ok);
    pair.client.stream->send(bufferOf(*m_loop->reactor, "six"));
    QVERIFY(m_loop->until([&] { return pair.server->text == "six"; }));
    QCOMPARE(pair.server->stream->peer().host(), std::string("::1"));
}

QTEST_GUILESS_MAIN(TestReactor)
#include "tst_reactor.moc"
