#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/arena.h"
#include "core/base/rng.h"
#include "core/http/date.h"
#include "core/http/h1_parser.h"
#include "core/mock/mock_host.h"
#include "core/net/reactor.h"
#include "core/net/slab.h"

namespace signalbox::mock {

class MockConnection;
class MockService;

/// What all mocks of one thread share.
struct MockLoop {
    explicit MockLoop(net::Reactor& owner) : reactor(owner) {}

    net::Reactor& reactor;
    http::RequestParser parser;
    http::RequestHead head;
    Arena arena;
    http::CachedDate date;
};

/// Written by the mock's thread, read by any.
struct MockCells {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> answered{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> overflowed{0};
    std::atomic<std::uint32_t> serving{0};
    std::atomic<std::uint32_t> queued{0};
};

/// One request that has a worker or waits for one. Its connection may go away before it is answered.
struct MockJob {
    MockJob(net::Reactor& reactor, net::Timer::Callback served, MockService& owner, MockConnection& from)
        : service(owner), connection(&from), timer(reactor, served, this, net::Timer::Precision::Precise)
    {}

    MockService& service;
    MockConnection* connection;
    net::Timer timer;
    MockJob* previous = nullptr;
    MockJob* next = nullptr;
    bool serving = false;
    bool failing = false;  // drawn when it gets its worker
};

/// One mock: its listening socket, its connections, its workers and its queue. Lives on one reactor's thread, which is
/// what makes the limit of workers exact; only that thread calls it.
class MockService final : public net::AcceptHandler {
public:
    MockService(MockLoop& loop, const MockSpec& spec, std::shared_ptr<MockCells> cells, std::uint64_t seed);
    ~MockService() override;
    MockService(const MockService&) = delete;
    MockService& operator=(const MockService&) = delete;

    [[nodiscard]] Result<void> listen(net::Socket socket);
    void change(const MockSpec& spec);
    void reseed(std::uint64_t seed);

    [[nodiscard]] const MockSpec& spec() const noexcept { return m_spec; }
    [[nodiscard]] MockLoop& loop() noexcept { return m_loop; }
    /// Status line and header lines of an ordinary answer, up to its Content-Length.
    [[nodiscard]] const std::string& okHead() const noexcept { return m_okHead; }
    /// Size of an ordinary answer's body.
    [[nodiscard]] std::uint64_t okBytes() const noexcept;

    enum class Admission : std::uint8_t { Answer, AnswerError, Wait, Overflow };
    /// A complete request: it is answered now, or by MockConnection::answer once `job` was served, or refused for want
    /// of room.
    [[nodiscard]] Admission admit(MockConnection& connection, MockJob*& job);
    /// The connection of `job` is gone: a waiting request leaves the queue, a served one keeps its worker to the end.
    void forget(MockJob& job);
    void remove(MockConnection& connection);

    void onAccepted(net::Stream& stream) override;

private:
    void prepareHead();
    void dropConnections();
    [[nodiscard]] Duration drawLatency();
    [[nodiscard]] bool drawError();
    void countAnswer(bool failing) noexcept;
    void serve(MockJob& job, Duration latency);
    static void onServed(void* self);
    void startQueued();
    void enqueue(MockJob& job) noexcept;
    void unlink(MockJob& job) noexcept;
    void publishLoad() noexcept;

    MockLoop& m_loop;
    MockSpec m_spec;
    std::shared_ptr<MockCells> m_cells;
    Rng m_rng;
    std::string m_okHead;
    std::unique_ptr<net::Acceptor> m_acceptor;
    std::vector<std::unique_ptr<MockConnection>> m_connections;
    net::Slab<MockJob> m_jobs;
    MockJob* m_first = nullptr;  // the queue, in order of arrival
    MockJob* m_last = nullptr;
    MockJob* m_firstServing = nullptr;  // in no order
    std::uint32_t m_serving = 0;
    std::uint32_t m_queued = 0;
};

}  // namespace signalbox::mock
