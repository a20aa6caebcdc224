#include "core/mock/mock_service.h"

#include <algorithm>

#include "core/http/message.h"
#include "core/mock/mock_connection.h"

namespace signalbox::mock {

namespace {

/// Lines that a mock writes itself, because they frame the answer.
bool isFraming(std::string_view name) noexcept
{
    constexpr std::string_view kNames[] = {"content-length", "transfer-encoding", "connection", "date", "x-mock"};
    return std::ranges::any_of(kNames, [&](std::string_view known) { return http::equalsIgnoreCase(name, known); });
}

std::string withoutLineEnds(std::string text)
{
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return text;
}

}  // namespace

MockService::MockService(MockLoop& loop, const MockSpec& spec, std::shared_ptr<MockCells> cells, std::uint64_t seed)
    : m_loop(loop), m_spec(spec), m_cells(std::move(cells))
{
    reseed(seed);
    prepareHead();
}

MockService::~MockService()
{
    m_acceptor.reset();
    m_connections.clear();
    while (m_firstServing) {
        MockJob* const job = m_firstServing;
        m_firstServing = job->next;
        m_jobs.destroy(job);
    }
    m_cells->serving.store(0, std::memory_order_relaxed);
    m_cells->queued.store(0, std::memory_order_relaxed);
}

Result<void> MockService::listen(net::Socket socket)
{
    auto acceptor = m_loop.reactor.accept(std::move(socket), *this);
    if (!acceptor) {
        return fail(std::move(acceptor.error()));
    }
    m_acceptor = std::move(*acceptor);
    return {};
}

void MockService::reseed(std::uint64_t seed)
{
    // FNV-1a of the name, so that mocks of one site draw independently.
    std::uint64_t hash = 0xcbf29ce484222325ull;
    for (const char c : m_spec.name) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    }
    m_rng.reseed(mix64(hash ^ mix64(seed)));
}

void MockService::change(const MockSpec& spec)
{
    m_spec = spec;
    prepareHead();
    if (m_spec.behaviour.down) {
        dropConnections();
    }
    startQueued();
}

void MockService::dropConnections()
{
    // One by one from the end: removing a connection moves another into its place.
    while (!m_connections.empty()) {
        m_connections.back()->abort();
        remove(*m_connections.back());
    }
}

void MockService::prepareHead()
{
    const MockBehaviour& behaviour = m_spec.behaviour;
    m_okHead = "HTTP/1.1 " + std::to_string(behaviour.status) + " ";
    m_okHead += http::reasonPhrase(behaviour.status);
    m_okHead += "\r\nX-Mock: " + m_spec.name + "\r\n";
    bool typed = false;
    for (const auto& [name, value] : behaviour.headers) {
        if (!isFraming(name)) {
            m_okHead += withoutLineEnds(name) + ": " + withoutLineEnds(value) + "\r\n";
            typed = typed || http::equalsIgnoreCase(name, "content-type");
        }
    }
    if (!typed) {
        m_okHead += "Content-Type: text/plain\r\n";
    }
}

std::uint64_t MockService::okBytes() const noexcept
{
    return m_spec.behaviour.body.empty() ? m_spec.behaviour.bodyBytes : m_spec.behaviour.body.size();
}

void MockService::onAccepted(net::Stream& stream)
{
    if (m_spec.behaviour.down) {
        stream.abort();
        return;
    }
    m_connections.push_back(std::make_unique<MockConnection>(*this, stream));
    m_connections.back()->index = m_connections.size() - 1;
}

void MockService::remove(MockConnection& connection)
{
    const std::size_t at = connection.index;
    std::swap(m_connections[at], m_connections.back());
    m_connections[at]->index = at;
    m_connections.pop_back();
}

Duration MockService::drawLatency()
{
    const MockBehaviour& behaviour = m_spec.behaviour;
    return (behaviour.latency ? behaviour.latency->sample(m_rng) : Duration::zero()) + behaviour.extraLatency;
}

bool MockService::drawError()
{
    const double share = m_spec.behaviour.errorShare;
    return share > 0 && m_rng.unit() < share;
}

void MockService::countAnswer(bool failing) noexcept
{
    m_cells->answered.fetch_add(1, std::memory_order_relaxed);
    if (failing) {
        m_cells->errors.fetch_add(1, std::memory_order_relaxed);
    }
}

MockService::Admission MockService::admit(MockConnection& connection, MockJob*& job)
{
    m_cells->requests.fetch_add(1, std::memory_order_relaxed);
    if (m_serving < m_spec.workers) {
        const Duration latency = drawLatency();
        if (latency <= Duration::zero()) {
            const bool failing = drawError();
            countAnswer(failing);
            return failing ? Admission::AnswerError : Admission::Answer;
        }
        job = m_jobs.create(m_loop.reactor, &MockService::onServed, *this, connection);
        serve(*job, latency);
        return Admission::Wait;
    }
    if (m_queued >= m_spec.queue) {
        m_cells->overflowed.fetch_add(1, std::memory_order_relaxed);
        return Admission::Overflow;
    }
    job = m_jobs.create(m_loop.reactor, &MockService::onServed, *this, connection);
    enqueue(*job);
    return Admission::Wait;
}

void MockService::serve(MockJob& job, Duration latency)
{
    job.serving = true;
    job.failing = drawError();
    job.previous = nullptr;
    job.next = m_firstServing;
    if (m_firstServing) {
        m_firstServing->previous = &job;
    }
    m_firstServing = &job;
    ++m_serving;
    publishLoad();
    job.timer.start(latency);
}

void MockService::onServed(void* self)
{
    MockJob& job = *static_cast<MockJob*>(self);
    MockService& service = job.service;
    MockConnection* const connection = job.connection;
    const bool failing = job.failing;
    service.unlink(job);
    service.m_jobs.destroy(&job);
    // Those who wait come before the next request of the connection that is answered now.
    service.startQueued();
    if (connection) {
        service.countAnswer(failing);
        connection->answer(failing);
    }
}

void MockService::startQueued()
{
    while (m_first && m_serving < m_spec.workers) {
        MockJob& job = *m_first;
        unlink(job);
        const Duration latency = drawLatency();
        if (latency > Duration::zero()) {
            serve(job, latency);
            continue;
        }
        MockConnection* const connection = job.connection;
        const bool failing = drawError();
        m_jobs.destroy(&job);
        countAnswer(failing);
        connection->answer(failing);
    }
    publishLoad();
}

void MockService::enqueue(MockJob& job) noexcept
{
    job.previous = m_last;
    (m_last ? m_last->next : m_first) = &job;
    m_last = &job;
    ++m_queued;
    publishLoad();
}

void MockService::unlink(MockJob& job) noexcept
{
    MockJob*& first = job.serving ? m_firstServing : m_first;
    (job.previous ? job.previous->next : first) = job.next;
    if (job.next) {
        job.next->previous = job.previous;
    } else if (!job.serving) {
        m_last = job.previous;
    }
    --(job.serving ? m_serving : m_queued);
    job.previous = job.next = nullptr;
}

void MockService::forget(MockJob& job)
{
    job.connection = nullptr;
    if (!job.serving) {
        unlink(job);
        m_jobs.destroy(&job);
        publishLoad();
    }
}

void MockService::publishLoad() noexcept
{
    m_cells->serving.store(m_serving, std::memory_order_relaxed);
    m_cells->queued.store(m_queued, std::memory_order_relaxed);
}

}  // namespace signalbox::mock
