#include "core/mock/mock_connection.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/clock.h"
#include "core/mock/mock_service.h"

namespace signalbox::mock {

namespace {

/// Bytes of pipelined requests that are kept while an answer is due.
constexpr std::size_t kMostKept = 64 * 1024;
constexpr std::size_t kPattern = 64 * 1024;
/// A slow reader may take this long for what is still queued of the last answer.
constexpr Duration kLastAnswer = std::chrono::seconds(30);
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// The generated body is this text over and over: printable, and the same for all mocks.
std::string_view pattern() noexcept
{
    static const auto text = [] {
        constexpr std::string_view line = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n";
        static_assert(kPattern % line.size() == 0);
        std::array<char, kPattern> out{};
        for (std::size_t at = 0; at < kPattern; at += line.size()) {
            std::memcpy(out.data() + at, line.data(), line.size());
        }
        return out;
    }();
    return {text.data(), text.size()};
}

void append(net::IoBuffer& buffer, std::string_view text) noexcept
{
    if (text.empty()) {
        return;
    }
    std::memcpy(buffer.data() + buffer.size(), text.data(), text.size());
    buffer.resize(buffer.size() + static_cast<std::uint32_t>(text.size()));
}

}  // namespace

MockConnection::MockConnection(MockService& service, net::Stream& stream) : m_service(service), m_stream(&stream)
{
    stream.setHandler(*this);
}

MockConnection::~MockConnection()
{
    if (m_job) {
        m_service.forget(*m_job);
    }
    if (m_stream) {
        m_stream->close();
    }
}

void MockConnection::abort()
{
    if (m_stream) {
        m_stream->abort();
        m_stream = nullptr;
    }
}

void MockConnection::onData(net::IoBuffer data)
{
    if (m_in.empty() && !busy()) {
        const std::size_t used = consume(data.view());
        m_in.assign(data.view().substr(used));
    } else {
        m_in.append(data.view());
        if (!busy()) {
            m_in.erase(0, consume(m_in));
        }
    }
    if (m_stream && busy() && m_in.size() > kMostKept && !m_paused) {
        m_paused = true;
        m_stream->pauseReading();
    }
    settle();
}

void MockConnection::onEnd()
{
    m_ended = true;
    if (!busy() && m_stream) {
        m_stream->closeAfterSend();
        m_stream = nullptr;
    }
    settle();
}

void MockConnection::onDrained()
{
    if (m_bodyLeft > 0) {
        pump();
        if (!busy()) {
            goOn();
        }
    }
    settle();
}

void MockConnection::onFailed(const Error& /*error*/)
{
    m_stream = nullptr;
    settle();
}

void MockConnection::settle()
{
    if (!m_stream) {
        m_service.remove(*this);
    }
}

std::size_t MockConnection::consume(std::string_view bytes)
{
    std::size_t used = 0;
    while (m_stream && !busy()) {
        const auto rest = bytes.substr(used);
        const bool wasInBody = m_inBody;
        const std::size_t step = wasInBody ? consumeBody(rest) : consumeHead(rest);
        used += step;
        if (step == 0 && wasInBody == m_inBody) {
            break;
        }
    }
    return m_stream ? used : bytes.size();
}

std::size_t MockConnection::consumeHead(std::string_view bytes)
{
    if (bytes.empty()) {
        return 0;
    }
    MockLoop& loop = m_service.loop();
    loop.arena.reset();
    loop.head.clear();
    const http::ParseResult parsed = loop.parser.parse(bytes, m_scan, {}, loop.arena, loop.head);
    if (parsed.state == http::HeadScan::State::NeedMore) {
        return 0;
    }
    if (parsed.state == http::HeadScan::State::Refused) {
        refuse(parsed.error.status, parsed.error.detail);
        return bytes.size();
    }
    takeHead(bytes.substr(m_scan.begin(), parsed.used - m_scan.begin()));
    m_scan.reset();
    return parsed.used;
}

void MockConnection::takeHead(std::string_view bytes)
{
    const http::RequestHead& head = m_service.loop().head;
    m_isHead = head.method == http::Method::Head;
    m_keepAlive = head.keepAlive;
    m_oldVersion = head.versionMinor == 0;
    m_wantsEcho = head.headers.find("x-mock-echo") == std::string_view("1");
    if (m_wantsEcho) {
        m_echo.assign(bytes);
    }
    if (head.method == http::Method::Connect) {
        refuse(501, "A mock opens no tunnels.");
        return;
    }
    if (head.body == http::BodyKind::None) {
        requestComplete();
        return;
    }
    if (head.expectContinue) {
        m_stream->send(net::IoBuffer::fromStatic(kContinue));
    }
    m_inBody = true;
    m_body.start(head.body, head.contentLength);
}

std::size_t MockConnection::consumeBody(std::string_view bytes)
{
    const auto step = m_body.next(bytes);
    if (step.error) {
        refuse(step.error.status, step.error.detail);
        return bytes.size();
    }
    if (step.end) {
        m_inBody = false;
        requestComplete();
    }
    return step.used;
}

void MockConnection::requestComplete()
{
    switch (m_service.admit(*this, m_job)) {
        case MockService::Admission::Answer: respond(false); break;
        case MockService::Admission::AnswerError: respond(true); break;
        case MockService::Admission::Wait: break;
        case MockService::Admission::Overflow:
            respondText(503, "mock " + m_service.spec().name + ": the queue is full\n");
            break;
    }
}

void MockConnection::answer(bool failing)
{
    m_job = nullptr;
    respond(failing);
    if (!busy()) {
        goOn();
    }
    settle();
}

void MockConnection::goOn()
{
    if (m_stream && !m_in.empty()) {
        m_in.erase(0, consume(m_in));
    }
    if (!m_stream || busy()) {
        return;
    }
    if (m_ended) {
        m_stream->closeAfterSend();
        m_stream = nullptr;
    } else if (m_paused) {
        m_paused = false;
        m_stream->resumeReading();
    }
}

void MockConnection::respond(bool failing)
{
    const MockBehaviour& behaviour = m_service.spec().behaviour;
    if (failing) {
        respondText(behaviour.errorStatus,
                    "mock " + m_service.spec().name + ": error " + std::to_string(behaviour.errorStatus) + "\n");
        return;
    }
    if (m_wantsEcho) {
        respondText(200, m_echo);
        return;
    }
    const bool bodyless = behaviour.status == 204 || behaviour.status == 304;
    sendAnswer(m_service.okHead(), bodyless ? std::string_view{} : behaviour.body, bodyless ? 0 : m_service.okBytes(),
               behaviour.status != 204 && behaviour.status != 304);
}

void MockConnection::respondText(int status, std::string_view body)
{
    std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
    head += http::reasonPhrase(status);
    head += "\r\nX-Mock: " + m_service.spec().name + "\r\nContent-Type: text/plain\r\n";
    const bool bodyless = status == 204 || status == 304;
    sendAnswer(head, bodyless ? std::string_view{} : body, 0, !bodyless);
}

void MockConnection::refuse(int status, std::string_view why)
{
    m_keepAlive = false;
    m_isHead = false;
    respondText(status, std::string(why) + "\n");
}

void MockConnection::sendAnswer(std::string_view head, std::string_view text, std::uint64_t generated, bool hasLength)
{
    const std::uint64_t size = text.empty() ? generated : text.size();
    const std::string length = hasLength ? "Content-Length: " + std::to_string(size) + "\r\n" : std::string();
    const std::string_view connection = !m_keepAlive   ? "Connection: close\r\n"
                                        : m_oldVersion ? "Connection: keep-alive\r\n"
                                                       : "";
    const std::string_view date = m_service.loop().date.at(wallClockNs());
    const std::string_view inHead = m_isHead ? std::string_view{} : text;
    const std::size_t room = head.size() + length.size() + connection.size() + date.size() + inHead.size() + 16;
    net::IoBuffer out = m_service.loop().reactor.allocate(static_cast<std::uint32_t>(room));
    append(out, head);
    append(out, length);
    append(out, connection);
    append(out, "Date: ");
    append(out, date);
    append(out, "\r\n\r\n");
    append(out, inHead);
    m_stream->send(std::move(out));
    m_bodyOffset = 0;
    m_bodyLeft = m_isHead || !text.empty() ? 0 : generated;
    pump();
}

void MockConnection::pump()
{
    while (m_bodyLeft > 0 && !m_stream->aboveHighWater()) {
        const auto from = static_cast<std::size_t>(m_bodyOffset % kPattern);
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(m_bodyLeft, kPattern - from));
        m_stream->send(net::IoBuffer::fromStatic(pattern().substr(from, size)));
        m_bodyOffset += size;
        m_bodyLeft -= size;
    }
    if (m_bodyLeft == 0 && !m_keepAlive) {
        m_stream->closeAfterSend(kLastAnswer);
        m_stream = nullptr;
    }
}

}  // namespace signalbox::mock
