#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/traffic/generator.h"
#include "core/traffic/generator_connection.h"
#include "core/traffic/generator_users.h"

namespace signalbox::traffic {

namespace {

std::string policyOf(const std::string& problem)
{
    const auto parsed = nlohmann::json::parse(problem, nullptr, false);
    if (!parsed.is_object()) {
        return {};
    }
    const auto policy = parsed.find("policy");
    return policy != parsed.end() && policy->is_string() ? policy->get<std::string>() : std::string();
}

}  // namespace

Client& Generator::client(std::uint32_t number)
{
    while (m_clients.size() <= number) {
        const auto next = static_cast<std::uint32_t>(m_clients.size());
        m_clients.emplace_back().from = sourceAddress(next);
    }
    return m_clients[number];
}

Endpoint Generator::sourceAddress(std::uint32_t number) const
{
    const Endpoint& target = m_scenario.target;
    if (target.family() != Endpoint::Family::V4 || !target.isLoopback()) {
        return {};
    }
    // 127.0.1.1 upwards, without 0 and 255 at the end.
    const std::uint32_t block = number / 250;
    const std::uint32_t address = 0x7f000000u + ((block / 250) << 16) + ((1 + block % 250) << 8) + 1 + number % 250;
    return Endpoint::v4(address, 0);
}

bool Generator::mustWait(const Client& sender) const
{
    if (m_options.keepClientOrder && sender.inFlight > 0) {
        return true;
    }
    return sender.idle.empty() && sender.connections >= m_options.maxConnectionsPerClient;
}

void Generator::dispatch(Client& sender, Flight flight)
{
    if (!sender.waiting.empty() || mustWait(sender)) {
        sender.waiting.push_back(std::move(flight));
        ++m_waiting;
        return;
    }
    if (sender.idle.empty()) {
        sendOn(open(sender), std::move(flight));
        return;
    }
    GeneratorConnection& connection = *sender.idle.back();
    sender.idle.pop_back();
    sendOn(connection, std::move(flight));
}

void Generator::sendOn(GeneratorConnection& connection, Flight flight)
{
    ++connection.client().inFlight;
    ++m_inFlight;
    connection.send(std::move(flight));
}

void Generator::markSent(Flight& flight)
{
    flight.sent = m_reactor.updateNow();
    if (flight.counted) {
        return;
    }
    flight.counted = true;
    if (m_ended) {
        m_sendingEnded = flight.sent;
    }
    ++m_report.requests;
    m_report.lateness.record(std::max(Duration::zero(), flight.sent - flight.scheduled));
    if (m_countPaths) {
        ++m_report.paths[flight.request.path];
    }
}

GeneratorConnection& Generator::open(Client& sender)
{
    ++sender.connections;
    m_connections.push_back(std::make_unique<GeneratorConnection>(*this, sender));
    m_connections.back()->index = m_connections.size() - 1;
    return *m_connections.back();
}

void Generator::remove(GeneratorConnection& connection)
{
    std::erase(connection.client().idle, &connection);
    --connection.client().connections;
    const std::size_t at = connection.index;
    std::swap(m_connections[at], m_connections.back());
    m_connections[at]->index = at;
    m_connections.pop_back();
}

void Generator::serveWaiting(Client& sender)
{
    while (!sender.waiting.empty() && !mustWait(sender)) {
        Flight flight = std::move(sender.waiting.front());
        sender.waiting.pop_front();
        --m_waiting;
        if (sender.idle.empty()) {
            sendOn(open(sender), std::move(flight));
        } else {
            GeneratorConnection& connection = *sender.idle.back();
            sender.idle.pop_back();
            sendOn(connection, std::move(flight));
        }
    }
}

void Generator::answered(GeneratorConnection& connection, Flight flight, const Answer& answer, bool reusable)
{
    const TimePoint now = m_reactor.updateNow();
    m_report.latency.record(now - flight.scheduled);
    m_report.serviceTime.record(now - flight.sent);
    count(answer);
    ++m_answered;
    Client& sender = connection.client();
    --sender.inFlight;
    --m_inFlight;
    if (reusable) {
        sender.idle.push_back(&connection);
    } else {
        remove(connection);
    }
    serveWaiting(sender);
    settle(flight, false);
}

void Generator::lost(GeneratorConnection& connection, Flight flight, std::string_view kind, bool fresh)
{
    Client& sender = connection.client();
    const bool wasReused = connection.reused();
    --sender.inFlight;
    --m_inFlight;
    remove(connection);
    // A server may close an idle connection at the very moment a request leaves: RFC 9110 section 9.2.2 lets a client
    // repeat it.
    if (fresh && wasReused && !flight.retried && kind != "timeout" &&
        http::isIdempotent(http::parseMethod(flight.request.method))) {
        flight.retried = true;
        sender.waiting.push_front(std::move(flight));
        ++m_waiting;
        serveWaiting(sender);
        return;
    }
    if (kind == "timeout") {
        m_report.latency.record(m_reactor.updateNow() - flight.scheduled);
    }
    ++m_report.errors[std::string(kind)];
    ++m_failed;
    serveWaiting(sender);
    settle(flight, true);
}

void Generator::ended(GeneratorConnection& connection)
{
    Client& sender = connection.client();
    remove(connection);
    serveWaiting(sender);
}

void Generator::settle(const Flight& flight, bool failed)
{
    if (flight.user >= 0) {
        userDone(flight.user, failed);
    } else if (m_ended) {
        checkFinished();
    } else if (asFastAsPossible() && !m_time.paused()) {
        m_due.start(Duration::zero());
    }
}

void Generator::count(const Answer& answer)
{
    ++m_report.status[answer.status];
    if (!answer.backend.empty()) {
        ++m_report.backends[answer.backend];
    }
    if (!answer.route.empty()) {
        ++m_report.routes[answer.route];
    }
    if (!answer.problem.empty()) {
        if (std::string policy = policyOf(answer.problem); !policy.empty()) {
            ++m_report.rejected[std::move(policy)];
        }
    }
}

void Generator::dropWaiting()
{
    if (m_waiting == 0) {
        return;
    }
    std::uint64_t dropped = 0;
    for (Client& sender : m_clients) {
        dropped += sender.waiting.size();
        sender.waiting.clear();
    }
    m_report.errors["late-not-sent"] += dropped;
    m_failed += dropped;
    m_waiting = 0;
}

}  // namespace signalbox::traffic
