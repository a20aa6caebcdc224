#include "core/traffic/generator_users.h"

#include <algorithm>

namespace signalbox::traffic {

namespace {

/// Users of a dead target must not spin.
constexpr Duration kPauseAfterFailure = std::chrono::milliseconds(10);

}  // namespace

void Generator::startUsers()
{
    for (std::uint32_t i = 0; i < m_scenario.users; ++i) {
        m_users.push_back(std::make_unique<User>(*this, static_cast<int>(i)));
        m_users.back()->thinking.start(Duration::zero());
    }
}

void Generator::userDue(User& user)
{
    if (m_ended) {
        return;
    }
    if (m_time.paused()) {
        m_held.push_back(&user);
        return;
    }
    sendFor(user, user.thinking.deadline());
}

void Generator::sendFor(User& user, TimePoint due)
{
    auto request = m_source->next();
    if (!request) {
        endSending();
        return;
    }
    request->client = static_cast<std::uint32_t>(user.number) % m_scenario.clients;
    ++m_report.planned;
    Flight flight{.request = std::move(*request), .scheduled = due, .user = user.number};
    Client& sender = client(flight.request.client);
    dispatch(sender, std::move(flight));
}

void Generator::userDone(int user, bool failed)
{
    if (m_ended) {
        checkFinished();
        return;
    }
    const double speed = m_time.rate();
    const Duration think =
        speed > 0 ? Duration(static_cast<std::int64_t>(static_cast<double>(m_scenario.think.count()) / speed))
                  : Duration::zero();
    m_users[static_cast<std::size_t>(user)]->thinking.startAt(m_reactor.now() +
                                                              (failed ? std::max(think, kPauseAfterFailure) : think));
}

void Generator::releaseHeld(std::size_t count)
{
    const TimePoint now = m_reactor.updateNow();
    for (; count > 0 && !m_held.empty() && !m_ended; --count) {
        User& user = *m_held.front();
        m_held.pop_front();
        sendFor(user, now);
    }
}

}  // namespace signalbox::traffic
