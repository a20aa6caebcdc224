#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/http/h1_parser.h"
#include "core/net/reactor.h"
#include "core/traffic/plan_clock.h"
#include "core/traffic/report.h"
#include "core/traffic/traffic_run.h"

namespace signalbox::traffic {

class GeneratorConnection;

/// A planned request on its way.
struct Flight {
    PlannedRequest request;
    TimePoint scheduled{};
    TimePoint sent{};
    int user = -1;         ///< of closed users
    bool counted = false;  ///< as sent
    bool retried = false;
};

/// One sender: an address of its own and its connections.
struct Client {
    Endpoint from;
    std::vector<GeneratorConnection*> idle;
    std::deque<Flight> waiting;
    std::uint32_t connections = 0;
    std::uint32_t inFlight = 0;
};

/// What is read from an answer.
struct Answer {
    int status = 0;
    std::string backend;
    std::string route;
    std::string problem;  ///< the beginning of a problem+json body
};

/// The sending side of a TrafficRun: takes planned requests when they are due, finds each a connection, keeps the
/// books. Lives on one reactor's thread, which alone calls it.
class Generator {
public:
    Generator(net::Reactor& reactor, const Scenario& scenario, std::unique_ptr<RequestSource> source,
              const RunOptions& options, std::function<void()> onFinished);
    ~Generator();
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;

    void start();
    void setSpeed(double speed);
    void setRateFactor(double factor);
    void pause();
    void resume();
    void step(std::uint32_t count);
    void stop();
    [[nodiscard]] Progress progress() const;
    [[nodiscard]] Report report() const;

    // For connections.
    [[nodiscard]] net::Reactor& reactor() noexcept { return m_reactor; }
    [[nodiscard]] http::ResponseParser& parser() noexcept { return m_parser; }
    [[nodiscard]] http::ResponseHead& head() noexcept { return m_head; }
    [[nodiscard]] const Scenario& scenario() const noexcept { return m_scenario; }
    /// A request was answered. The connection may be used again where `reusable`; otherwise it is removed.
    void answered(GeneratorConnection& connection, Flight flight, const Answer& answer, bool reusable);
    /// A request was lost with its connection, which is removed. `fresh`: not one byte of an answer came.
    void lost(GeneratorConnection& connection, Flight flight, std::string_view kind, bool fresh);
    /// An idle connection ended; it is removed.
    void ended(GeneratorConnection& connection);
    void markSent(Flight& flight);

private:
    struct User;

    // Open loop (generator.cpp).
    void fetch();
    void tick();
    void tickScheduled();
    void tickAtOnce();
    void arm();
    void launch(PlannedRequest request, TimePoint scheduled);
    [[nodiscard]] bool wholePlanSent() const;
    [[nodiscard]] bool asFastAsPossible() const noexcept { return m_time.rate() <= 0; }
    void moveEnd();
    void endSending();
    void checkFinished();
    void finish();

    // Closed users (generator_users.cpp).
    void startUsers();
    void userDue(User& user);
    void sendFor(User& user, TimePoint due);
    void userDone(int user, bool failed);
    void releaseHeld(std::size_t count);

    // Connections (generator_dispatch.cpp).
    [[nodiscard]] Client& client(std::uint32_t number);
    [[nodiscard]] Endpoint sourceAddress(std::uint32_t number) const;
    void dispatch(Client& client, Flight flight);
    [[nodiscard]] bool mustWait(const Client& client) const;
    void sendOn(GeneratorConnection& connection, Flight flight);
    GeneratorConnection& open(Client& client);
    void remove(GeneratorConnection& connection);
    void serveWaiting(Client& client);
    void settle(const Flight& flight, bool failed);
    void count(const Answer& answer);
    void dropWaiting();

    net::Reactor& m_reactor;
    Scenario m_scenario;
    std::unique_ptr<RequestSource> m_source;
    RunOptions m_options;
    std::function<void()> m_onFinished;
    http::ResponseParser m_parser;
    http::ResponseHead m_head;

    PlanClock m_time;      ///< the scenario's own time
    PlanClock m_arrivals;  ///< the plan's time, faster or slower by the rate factor
    double m_rateFactor = 1;
    net::Timer m_due;
    net::Timer m_end;
    std::optional<PlannedRequest> m_next;

    std::deque<Client> m_clients;
    std::vector<std::unique_ptr<GeneratorConnection>> m_connections;
    std::vector<std::unique_ptr<User>> m_users;
    std::deque<User*> m_held;  ///< due while paused

    Report m_report;
    std::uint64_t m_answered = 0;
    std::uint64_t m_failed = 0;
    std::uint32_t m_inFlight = 0;
    std::uint64_t m_waiting = 0;
    TimePoint m_started{};
    TimePoint m_sendingEnded{};
    TimePoint m_pausedAt{};
    Duration m_pausedFor{};
    bool m_countPaths;
    bool m_ended = false;  ///< nothing new is sent
    bool m_finished = false;
};

}  // namespace signalbox::traffic
