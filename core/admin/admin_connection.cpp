#include "core/admin/admin_connection.h"

#include <cstring>

#include "core/http/date.h"

namespace signalbox::admin {
namespace {

constexpr Duration kIdle = std::chrono::seconds(60);
constexpr Duration kWholeRequest = std::chrono::seconds(60);
// Chunked bodies take a little more than they carry; nothing else may be waiting.
constexpr std::size_t kMostWaiting = AdminApi::kMostBody + AdminApi::kMostBody / 4;

}  // namespace

AdminConnection::AdminConnection(AdminShared& shared, net::Stream& stream)
    : m_shared(shared), m_stream(&stream), m_timer(shared.reactor, &AdminConnection::onTimer, this)
{
    stream.setHandler(*this);
    m_timer.start(kIdle);
}

void AdminConnection::onData(net::IoBuffer data)
{
    if (m_in.empty() && !m_hasHead) {
        m_timer.start(kWholeRequest);
    }
    m_in.append(data.view());
    if (m_in.size() > kMostWaiting) {
        respond(AdminApi::problem(413, "a body has 8 MiB at most"), true);
        return;
    }
    serve();
}

void AdminConnection::serve()
{
    while (m_stream && !m_stream->aboveHighWater() && (m_hasHead ? takeBody() : takeHead())) {
    }
    if (m_stream && m_ended && !m_stream->aboveHighWater()) {
        closeAfterSend();
    }
}

bool AdminConnection::takeHead()
{
    if (m_in.empty()) {
        return false;
    }
    m_arena.reset();
    const http::ParseResult result = m_shared.parser.parse(m_in, m_scan, {}, m_arena, m_request);
    if (result.state == http::HeadScan::State::NeedMore) {
        return false;
    }
    if (result.state == http::HeadScan::State::Refused) {
        m_request.clear();
        respond(AdminApi::problem(result.error.status, result.error.detail), true);
        return false;
    }
    m_scan.reset();
    m_head.assign(m_in, 0, result.used);
    http::rebase(m_request, m_in.data(), result.used, m_head.data());
    m_in.erase(0, result.used);
    m_hasHead = true;
    m_body.clear();
    m_reader.start(m_request.body, m_request.contentLength);
    if (const auto refusal = m_shared.api.refusal(m_request)) {
        respond(*refusal, m_request.body != http::BodyKind::None);
        return m_stream != nullptr;
    }
    if (m_request.expectContinue && m_request.body != http::BodyKind::None && m_in.empty()) {
        m_stream->send(net::IoBuffer::fromStatic("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    return true;
}

bool AdminConnection::takeBody()
{
    std::size_t used = 0;
    while (!m_reader.done()) {
        const http::BodyReader::Step step = m_reader.next(std::string_view(m_in).substr(used));
        used += step.used;
        m_body.append(step.data);
        if (step.error) {
            respond(AdminApi::problem(step.error.status, step.error.detail), true);
            return false;
        }
        if (m_body.size() > AdminApi::kMostBody) {
            respond(AdminApi::problem(413, "a body has 8 MiB at most"), true);
            return false;
        }
        if (!step.end && step.used == 0) {
            break;
        }
    }
    m_in.erase(0, used);
    if (!m_reader.done()) {
        return false;
    }
    respond(m_shared.api.answer(m_request, m_body), !m_request.keepAlive);
    return m_stream != nullptr;
}

void AdminConnection::respond(const AdminResponse& response, bool close)
{
    char date[http::kDateSize];
    http::writeDate(wallClockNs() / 1'000'000'000, date);
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
    out.append(http::reasonPhrase(response.status)).append("\r\nDate: ").append(date, sizeof date);
    out.append("\r\nContent-Type: ").append(response.contentType);
    out.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
    out.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    for (const auto& [name, value] : response.headers) {
        out.append(name).append(": ").append(value).append("\r\n");
    }
    if (close) {
        out += "Connection: close\r\n";
    } else if (m_request.versionMinor == 0) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
    if (m_request.method != http::Method::Head) {
        out += response.body;
    }
    net::IoBuffer bytes = m_shared.reactor.allocate(static_cast<std::uint32_t>(out.size()));
    std::memcpy(bytes.data(), out.data(), out.size());
    bytes.resize(static_cast<std::uint32_t>(out.size()));
    m_stream->send(std::move(bytes));
    m_hasHead = false;
    m_body = {};
    if (close) {
        closeAfterSend();
    } else {
        m_timer.start(m_in.empty() ? kIdle : kWholeRequest);
    }
}

void AdminConnection::onEnd()
{
    m_ended = true;
    if (m_hasHead || m_stream->queued() == 0) {
        closeAfterSend();  // half a request, or nothing under way
    } else {
        serve();
    }
}

void AdminConnection::onDrained()
{
    serve();
}

void AdminConnection::onFailed(const Error& /*error*/)
{
    m_stream = nullptr;
    m_timer.cancel();
    m_shared.gone(*this);
}

void AdminConnection::onTimer(void* self)
{
    static_cast<AdminConnection*>(self)->closeAfterSend();
}

void AdminConnection::closeAfterSend()
{
    m_stream->closeAfterSend();
    m_stream = nullptr;
    m_timer.cancel();
    m_shared.gone(*this);
}

}  // namespace signalbox::admin
