#include "core/traffic/generator_connection.h"

#include <algorithm>
#include <cstring>

#include "core/http/message.h"

namespace signalbox::traffic {

namespace {

constexpr std::size_t kMostProblem = 4096;
/// A connection that is not up by then counts as failed even where the request's own time-out is longer.
constexpr Duration kConnectTimeout = std::chrono::seconds(10);

bool has(const PlannedRequest& request, std::string_view name)
{
    return std::ranges::any_of(request.headers,
                               [&](const auto& field) { return http::equalsIgnoreCase(field.first, name); });
}

std::string headOf(const PlannedRequest& request, const std::string& host)
{
    std::string out;
    out.reserve(256 + request.path.size());
    out += request.method;
    out += ' ';
    out += request.path;
    out += " HTTP/1.1\r\n";
    if (!has(request, "host")) {
        out += "Host: " + host + "\r\n";
    }
    if (!has(request, "user-agent")) {
        out += "User-Agent: signalbox\r\n";
    }
    for (const auto& [name, value] : request.headers) {
        if (!http::equalsIgnoreCase(name, "content-length") && !http::equalsIgnoreCase(name, "transfer-encoding")) {
            out += name + ": " + value + "\r\n";
        }
    }
    const bool expectsBody = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (!request.body.empty() || expectsBody) {
        out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    out += "\r\n";
    return out;
}

}  // namespace

GeneratorConnection::GeneratorConnection(Generator& generator, Client& client)
    : m_generator(generator),
      m_client(client),
      m_stream(&generator.reactor().connect(generator.scenario().target, *this, kConnectTimeout, client.from)),
      m_timeout(
          generator.reactor(), [](void* self) { static_cast<GeneratorConnection*>(self)->onTimeout(); }, this)
{}

GeneratorConnection::~GeneratorConnection()
{
    if (m_stream) {
        m_stream->close();
    }
}

void GeneratorConnection::send(Flight flight)
{
    m_flight = std::move(flight);
    m_reading = Reading::Head;
    m_fresh = true;
    const std::string head = headOf(m_flight.request, m_generator.scenario().host);
    const std::string& body = m_flight.request.body;
    net::IoBuffer out = m_generator.reactor().allocate(static_cast<std::uint32_t>(head.size() + body.size()));
    std::memcpy(out.data(), head.data(), head.size());
    if (!body.empty()) {
        std::memcpy(out.data() + head.size(), body.data(), body.size());
    }
    out.resize(static_cast<std::uint32_t>(head.size() + body.size()));
    m_stream->send(std::move(out));
    m_generator.markSent(m_flight);
    m_timeout.start(m_generator.scenario().timeout);
}

void GeneratorConnection::onData(net::IoBuffer data)
{
    if (m_reading == Reading::Idle) {
        // An answer nobody asked for: this connection cannot be trusted.
        m_generator.ended(*this);
        return;
    }
    m_fresh = false;
    std::string_view bytes = data.view();
    if (!m_in.empty()) {
        m_in.append(bytes);
        bytes = m_in;
    }
    std::size_t used = 0;
    Outcome outcome = Outcome::More;
    while (outcome == Outcome::More) {
        outcome = read(bytes, used);
    }
    if (outcome == Outcome::Broken) {
        lose("protocol-error");
    } else if (outcome == Outcome::Done) {
        const bool clean = used == bytes.size();
        m_in.clear();
        complete(clean);
    } else {
        const std::string rest(bytes.substr(used));
        m_in = rest;
    }
}

GeneratorConnection::Outcome GeneratorConnection::read(std::string_view bytes, std::size_t& used)
{
    return m_reading == Reading::Head ? readHead(bytes, used) : readBody(bytes, used);
}

GeneratorConnection::Outcome GeneratorConnection::readHead(std::string_view bytes, std::size_t& used)
{
    http::ResponseHead& head = m_generator.head();
    head.clear();
    const http::ResponseExpectation expected{.method = http::parseMethod(m_flight.request.method)};
    const auto parsed = m_generator.parser().parse(bytes.substr(used), m_scan, {}, expected, head);
    if (parsed.state == http::HeadScan::State::NeedMore) {
        return Outcome::Wait;
    }
    if (parsed.state == http::HeadScan::State::Refused) {
        return Outcome::Broken;
    }
    used += parsed.used;
    m_scan.reset();
    if (head.status < 200) {
        return Outcome::More;
    }
    takeHead();
    if (head.body == http::BodyKind::None) {
        return Outcome::Done;
    }
    m_body.start(head.body, head.contentLength);
    m_reading = Reading::Body;
    return Outcome::More;
}

void GeneratorConnection::takeHead()
{
    const http::ResponseHead& head = m_generator.head();
    const auto text = [&](std::string_view name) { return std::string(head.headers.find(name).value_or("")); };
    m_keepAlive = head.keepAlive;
    m_answer.status = head.status;
    m_answer.backend = text("x-signalbox-backend");
    if (m_answer.backend.empty()) {
        m_answer.backend = text("x-mock");
    }
    m_answer.route = text("x-signalbox-route");
    m_answer.problem.clear();
    m_wantsProblem =
        head.status >= 400 && head.headers.find("content-type").value_or("").starts_with("application/problem+json");
}

GeneratorConnection::Outcome GeneratorConnection::readBody(std::string_view bytes, std::size_t& used)
{
    const auto step = m_body.next(bytes.substr(used));
    used += step.used;
    if (step.error) {
        return Outcome::Broken;
    }
    if (m_wantsProblem && m_answer.problem.size() < kMostProblem) {
        m_answer.problem.append(step.data.substr(0, kMostProblem - m_answer.problem.size()));
    }
    if (step.end) {
        return Outcome::Done;
    }
    return step.used == 0 ? Outcome::Wait : Outcome::More;
}

void GeneratorConnection::complete(bool clean)
{
    m_timeout.cancel();
    m_reading = Reading::Idle;
    m_reused = true;
    m_generator.answered(*this, std::move(m_flight), m_answer, m_keepAlive && clean && m_stream);
}

void GeneratorConnection::onEnd()
{
    if (m_reading == Reading::Idle) {
        m_generator.ended(*this);
    } else if (m_reading == Reading::Body && m_body.finishAtClose()) {
        m_keepAlive = false;
        complete(false);
    } else {
        lose("closed");
    }
}

void GeneratorConnection::onFailed(const Error& error)
{
    m_stream = nullptr;
    if (m_reading == Reading::Idle) {
        m_generator.ended(*this);
        return;
    }
    lose(name(error.code));
}

void GeneratorConnection::onTimeout()
{
    lose("timeout");
}

void GeneratorConnection::lose(std::string_view kind)
{
    m_timeout.cancel();
    m_reading = Reading::Idle;
    m_generator.lost(*this, std::move(m_flight), kind, m_fresh);
}

}  // namespace signalbox::traffic
