#pragma once

#include <QtTest>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/reactor.h"

namespace signalbox::net::test {

/// Adds the rows of `initTestCase_data`: every test runs over both reactors.
inline void addReactorRows()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("io_uring") << static_cast<int>(ReactorKind::IoUring);
    QTest::newRow("epoll") << static_cast<int>(ReactorKind::Epoll);
}

/// A handler that records what it is told and calls hooks.
class Peer final : public StreamHandler {
public:
    void onConnected() override
    {
        ++connected;
        if (connectedHook) {
            connectedHook();
        }
    }
    void onData(IoBuffer data) override
    {
        bytes += data.size();
        if (dataHook) {
            dataHook(std::move(data));
        } else {
            text += data.view();
        }
    }
    void onEnd() override
    {
        ++ended;
        if (endHook) {
            endHook();
        }
    }
    void onDrained() override
    {
        ++drained;
        if (drainedHook) {
            drainedHook();
        }
    }
    void onFailed(const Error& reason) override
    {
        ++failed;
        error = reason;
        stream = nullptr;
        if (failedHook) {
            failedHook();
        }
    }

    Stream* stream = nullptr;
    std::string text;
    std::size_t bytes = 0;
    int connected = 0;
    int ended = 0;
    int drained = 0;
    int failed = 0;
    Error error;
    std::function<void()> connectedHook;
    std::function<void(IoBuffer)> dataHook;
    std::function<void()> endHook;
    std::function<void()> drainedHook;
    std::function<void()> failedHook;
};

/// Gives every accepted stream a Peer.
class Server final : public AcceptHandler {
public:
    void onAccepted(Stream& stream) override
    {
        peers.push_back(std::make_unique<Peer>());
        peers.back()->stream = &stream;
        stream.setHandler(*peers.back());
        if (acceptedHook) {
            acceptedHook(*peers.back());
        }
    }
    void onAcceptFailed(const Error& reason) override
    {
        ++failures;
        error = reason;
    }

    std::vector<std::unique_ptr<Peer>> peers;
    std::function<void(Peer&)> acceptedHook;
    int failures = 0;
    Error error;
};

/// A reactor that runs on the test's own thread until a condition holds.
class Loop {
public:
    explicit Loop(ReactorOptions options = {})
    {
        QFETCH_GLOBAL(int, kind);
        options.kind = static_cast<ReactorKind>(kind);
        auto made = Reactor::create(options);
        if (!made) {
            problem = made.error().detail;
            return;
        }
        reactor = std::move(*made);
        reactor->onBatchEnd([this] {
            ++batches;
            if (m_done && m_done()) {
                reactor->stop();
            }
        });
    }

    [[nodiscard]] bool until(std::function<bool()> done, std::chrono::seconds limit = std::chrono::seconds(20))
    {
        m_done = std::move(done);
        bool late = false;
        struct Guard {
            Reactor* reactor;
            bool* late;
        } guard{reactor.get(), &late};
        Timer timer(
            *reactor,
            [](void* owner) {
                auto* const self = static_cast<Guard*>(owner);
                *self->late = true;
                self->reactor->stop();
            },
            &guard, Timer::Precision::Precise);
        reactor->updateNow();
        timer.start(limit);
        reactor->run();
        m_done = nullptr;
        return !late;
    }
    /// Lets `duration` pass on the loop.
    void pass(std::chrono::milliseconds duration)
    {
        const TimePoint end = reactor->updateNow() + duration;
        Timer wake(
            *reactor, [](void*) {}, nullptr, Timer::Precision::Precise);
        wake.startAt(end);
        (void)until([this, end] { return reactor->updateNow() >= end; });
    }

    std::unique_ptr<Reactor> reactor;
    std::string problem;
    int batches = 0;

private:
    std::function<bool()> m_done;
};

/// A listener on a port of the system's choice, or on `at`.
struct Listening {
    explicit Listening(Loop& loop, const Endpoint& at = Endpoint::v4(0x7f000001, 0))
    {
        auto socket = listenOn(at);
        if (!socket) {
            return;
        }
        address = socket->localEndpoint();
        auto made = loop.reactor->accept(std::move(*socket), server);
        if (made) {
            acceptor = std::move(*made);
        }
    }
    Server server;
    Endpoint address;
    std::unique_ptr<Acceptor> acceptor;
};

/// A client and its accepted other side, both on the loop.
struct Pair {
    explicit Pair(Loop& loop, const Endpoint& at = Endpoint::v4(0x7f000001, 0)) : listening(loop, at)
    {
        client.stream = &loop.reactor->connect(listening.address, client);
        ok = loop.until([this] { return client.connected == 1 && listening.server.peers.size() == 1; });
        if (ok) {
            server = listening.server.peers.front().get();
        }
    }
    Listening listening;
    Peer client;
    Peer* server = nullptr;
    bool ok = false;
};

inline IoBuffer bufferOf(Reactor& reactor, std::string_view text)
{
    IoBuffer buffer = reactor.allocate(static_cast<std::uint32_t>(text.size()));
    std::memcpy(buffer.data(), text.data(), text.size());
    buffer.resize(static_cast<std::uint32_t>(text.size()));
    return buffer;
}

/// A stream of bytes that tells any loss, repetition or exchange apart; both sides make it.
class Pattern {
public:
    explicit Pattern(std::uint64_t seed) : m_seed(seed) {}
    void fill(char* out, std::size_t size)
    {
        for (std::size_t i = 0; i < size; ++i, ++m_at) {
            out[i] = at(m_at);
        }
    }
    [[nodiscard]] bool matches(std::string_view bytes)
    {
        for (const char byte : bytes) {
            if (byte != at(m_at++)) {
                return false;
            }
        }
        return true;
    }
    [[nodiscard]] std::uint64_t position() const { return m_at; }

private:
    [[nodiscard]] char at(std::uint64_t index) const
    {
        return static_cast<char>(((index / 8 + m_seed) * 0x9e3779b97f4a7c15U) >> (8 * (index % 8)));
    }
    std::uint64_t m_seed;
    std::uint64_t m_at = 0;
};

/// Sends `total` bytes of a pattern, stopping above the high water mark as a proxy does.
class Producer {
public:
    Producer(Reactor& reactor, Peer& peer, std::uint64_t seed, std::uint64_t total)
        : m_reactor(reactor), m_peer(peer), m_pattern(seed), m_total(total)
    {
        peer.drainedHook = [this] { pump(); };
    }
    void pump()
    {
        while (m_peer.stream && !m_peer.stream->aboveHighWater() && m_pattern.position() < m_total) {
            const auto size =
                static_cast<std::uint32_t>(std::min<std::uint64_t>(16 * 1024, m_total - m_pattern.position()));
            IoBuffer buffer = m_reactor.allocate(size);
            m_pattern.fill(buffer.data(), size);
            buffer.resize(size);
            m_peer.stream->send(std::move(buffer));
            highest = std::max(highest, m_peer.stream->queued());
        }
    }
    [[nodiscard]] bool finished() const { return m_pattern.position() == m_total; }
    std::size_t highest = 0;

private:
    Reactor& m_reactor;
    Peer& m_peer;
    Pattern m_pattern;
    std::uint64_t m_total;
};

}  // namespace signalbox::net::test
