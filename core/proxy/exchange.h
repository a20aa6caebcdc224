#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/http/body_reader.h"
#include "core/http/header_rules.h"
#include "core/http/message.h"
#include "core/policy/policy.h"
#include "core/proxy/body_writer.h"
#include "core/proxy/hedge.h"
#include "core/proxy/http_session.h"
#include "core/proxy/upstream.h"
#include "core/proxy/worker_plan.h"

namespace signalbox::proxy {

class MirrorRequest;

/// One request and its answer: route, policies, backend, relay, retries, and the record of it. Attached to a session
/// while the request is under way, then pooled with its memory. Pins the plan it began with. Worker's thread only.
class Exchange final : public UpstreamUser, private balance::WaitQueue::Waiter {
public:
    explicit Exchange(Worker& worker);
    ~Exchange() override;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    // Where the session has the head parsed into.
    [[nodiscard]] http::RequestHead& request() noexcept { return m_request; }
    [[nodiscard]] Arena& arena() noexcept { return m_arena; }

    /// Opens the books: pins the plan, counts, chooses whether to trace. `since`: arrival of the first byte.
    void begin(HttpSession& session, WorkerPlan& plan, const ListenerBinding& listener, TimePoint since);
    /// Copies the head, so that the memory it arrived in is free again.
    void keepHead(std::string_view bytes);
    /// Answers a head that could not be read, and ends.
    void refuseHead(const http::HeadError& error);
    /// Decides and acts; takes what belongs to the body from the front of `data`. May end the exchange at once.
    void serve(net::IoBuffer& data);

    /// More of the request's body is to come.
    [[nodiscard]] bool wantsBody() const noexcept { return !m_bodyIn.done(); }
    /// Takes body bytes from the front of `data`, at least one. May end the exchange.
    void onClientBody(net::IoBuffer& data);
    void onClientEnd();
    void onClientDrained();
    /// The client's connection is gone: lets go of everything; the session takes the exchange back.
    void onClientGone();
    void onDeadline();

    void onUpstreamConnected() override;
    void onUpstreamData(net::IoBuffer data) override;
    void onUpstreamEnd() override;
    void onUpstreamDrained() override;
    void onUpstreamFailed(const Error& error) override;

private:
    friend class Hedge;

    /// One attempt, for the books.
    struct AttemptPlace {
        std::size_t backend;
        TimePoint since;
        stats::Attempt* record;  ///< in the trace
    };
    /// How an attempt at a backend ended without an answer.
    struct Failure {
        stats::AttemptResult result;
        int status;               ///< of our answer if it stays at that
        std::string_view detail;  ///< completes "backend 'a1' ..."
    };
    /// What a request without a backend waits for.
    enum class Wait : std::uint8_t { None, Backoff, Turn };
    /// An answer of our own.
    struct Answer {
        int status = 500;
        std::string_view title;
        std::string_view detail;
        std::string_view policy;
        stats::Outcome outcome = stats::Outcome::Ok;
        bool close = false;
    };

    // exchange.cpp: from the head to a decision
    void resetState() noexcept;
    [[nodiscard]] bool bodyTooLarge() const noexcept;
    [[nodiscard]] bool findRoute(std::string_view& allow);
    [[nodiscard]] bool runPolicies(const policy::PolicyChain& chain);
    void act();
    void actOnSplit();
    void forwardTo(const PoolBinding* pool);
    void refused(const policy::PolicyChain& chain, std::size_t link, policy::Refusal& refusal);

    // exchange_attempt.cpp: one backend after the other
    void composeRequest();
    void joinSmallBody(net::IoBuffer& data);
    void attempt(bool fresh);
    [[nodiscard]] std::optional<std::size_t> pick();
    [[nodiscard]] std::optional<std::size_t> pickByCookie(const balance::PickContext& context);
    [[nodiscard]] balance::PickContext pickContext();
    [[nodiscard]] std::uint64_t avoided() const noexcept;
    void sendUp(net::IoBuffer piece);
    void beginMirrors();
    void forgetReplay() noexcept;
    void attemptFailed(const Failure& failure, bool mayRepeat);
    void markTried() noexcept;
    void endAttempt(stats::AttemptResult result, int status);
    void closeAttempt(const AttemptPlace& attempt, stats::AttemptResult result, int status);
    void noBackend();
    void giveUp(const Failure& failure);
    void dropUpstream();

    // exchange_retry.cpp: again, later, or not at all
    [[nodiscard]] bool mayRepeat() const noexcept { return m_repeatable && m_replayable; }
    [[nodiscard]] bool mayRetry(stats::AttemptResult result, int status);
    [[nodiscard]] std::optional<std::size_t> pickAgain();
    [[nodiscard]] Duration backoff(bool sameBackend);
    void retryOn(std::size_t next);
    [[nodiscard]] std::optional<std::size_t> insteadOfAnswer();
    void dropAnswer(net::IoBuffer& data);
    void firstAttempt();
    [[nodiscard]] bool anyFull();
    void standInLine();
    void takeTurn();
    void onTurn() noexcept override;
    void waitFor(Wait what, TimePoint until);
    void stopWaiting() noexcept;
    void onWaitOver();
    [[nodiscard]] std::optional<std::size_t> claim();
    void overLimit();
    // exchange_hedge.cpp: a rival for an attempt that is slow to answer
    void armHedge() noexcept;
    [[nodiscard]] std::optional<std::size_t> pickForHedge();
    void sendHedge();
    void adopt(Hedge& hedge);
    [[nodiscard]] bool promoteHedge();
    [[nodiscard]] bool hedged() const noexcept;
    void onHedgeAnswer(Hedge& hedge, net::IoBuffer data, int status);
    void endHedges(stats::AttemptResult result);
    // exchange_health.cpp: what the pool's health learns and decides
    [[nodiscard]] bool breakerRefuses();
    void reportHealth(std::size_t backend, stats::AttemptResult result, int status);
    void leaveBreaker();

    // exchange_answer.cpp: the answer on its way to the client
    void readResponse(net::IoBuffer data);
    [[nodiscard]] bool passInterim();
    void badResponse(std::string_view detail);
    void startAnswer(net::IoBuffer& data);
    void relay(net::IoBuffer data);
    void answerComplete(bool clean);
    void cutAnswer(stats::Outcome outcome, stats::Counter counter, std::string_view detail);
    void runResponsePolicies();
    void addDebugHeaders();
    void backendAnswered();
    void addStickyCookie();
    [[nodiscard]] bool keepsClient() const noexcept;
    [[nodiscard]] net::IoBuffer composeResponse(const http::ResponseForward& forward, std::size_t bodySize);
    void sendDown(net::IoBuffer piece);

    // exchange_local.cpp: answers of our own
    void answer(const Answer& answer);
    void answerRespond(const plan::RespondPlan& respond);
    void answerTrace();
    void answerLastHop();
    void answerRedirect(const plan::RedirectPlan& redirect);
    void sendLocal(std::string_view body, stats::Outcome outcome, bool close);
    void discardInput();

    // exchange_record.cpp: deadlines and books
    void setDeadline();
    void progress() noexcept;
    void onRequestTimeout();
    void traceBegin();
    void traceAttempt();
    [[nodiscard]] std::int64_t sinceBegin() const noexcept;
    void closeBooks(stats::Outcome outcome);
    void countEnd(stats::Outcome outcome);
    void traceEnd(stats::Outcome outcome);
    void writeAccessLogs(const policy::PolicyChain& chain, stats::Outcome outcome);  // exchange_log.cpp
    void count(stats::Counter counter, std::uint64_t n = 1) noexcept;
    void finish(stats::Outcome outcome, HttpSession::After after);

    [[nodiscard]] const plan::Timeouts& timeouts() const noexcept;
    [[nodiscard]] const BackendBinding& backend() const noexcept { return m_pool->backends[m_backend]; }
    [[nodiscard]] balance::BackendState& backendState() const noexcept { return m_pool->plan->state->state(m_backend); }

    static constexpr std::size_t kReplayLimit = 64 * 1024;
    static constexpr std::size_t kMostTracked = 64;  // backends that a request can remember to have tried

    Worker& m_worker;
    Arena m_arena;
    http::RequestHead m_request;
    http::ResponseHead m_response;
    http::BodyReader m_bodyIn;
    http::BodyReader m_bodyOut;
    BodyWriter m_up;
    BodyWriter m_down;
    http::HeadScan m_scan;
    std::string m_text;         // problem bodies
    policy::Refusal m_refusal;  // kept for its header list's storage

    HttpSession* m_session = nullptr;
    WorkerPlan* m_plan = nullptr;
    const ListenerBinding* m_listener = nullptr;
    const RouteBinding* m_route = nullptr;
    const PoolBinding* m_pool = nullptr;
    const policy::PolicyChain* m_policies = nullptr;
    std::size_t m_policiesRun = 0;
    const policy::Consumer* m_consumer = nullptr;
    UpstreamConnection* m_upstream = nullptr;
    stats::DecisionTrace* m_trace = nullptr;
    stats::Attempt* m_try = nullptr;   // in the trace
    MirrorRequest* m_mirrors = nullptr;
    std::vector<std::unique_ptr<Hedge>> m_hedges;  // those that do not run are kept for later
    net::IoBuffer* m_input = nullptr;  // what the session is feeding at the moment
    std::string_view m_matchedPrefix;
    std::string_view m_detail;     // of an own answer, for the trace
    std::string_view m_refusedBy;  // the policy that gave it; static text

    net::IoBuffer m_requestHead;  // composed; kept until the answer begins, for another attempt
    net::IoBuffer m_replay;       // what was sent of the body, while it may be needed again
    net::IoBuffer m_partialHead;  // of a response that arrives in pieces

    std::uint64_t m_tried = 0;
    std::uint64_t m_bytesIn = 0;
    std::uint64_t m_bytesOut = 0;
    std::uint64_t m_sentBefore = 0;  // by the connection, before this attempt used it
    std::size_t m_backend = 0;
    TimePoint m_since{};
    TimePoint m_attemptAt{};
    TimePoint m_progressAt{};
    TimePoint m_requestDeadline{};  // zero: none
    TimePoint m_tryDeadline{};      // zero: none
    TimePoint m_hedgeAt{};          // zero: no further attempt joins the present one
    int m_status = 0;
    int m_lastStatus = 0;           // of an answer that was given up for a retry
    std::uint32_t m_attempts = 0;
    std::uint32_t m_retries = 0;
    std::uint32_t m_hedgesSent = 0;
    std::uint64_t m_ticket = 0;     // of the present place in a pool's line
    TimePoint m_waitSince{};
    TimePoint m_waitUntil{};        // zero: without end
    Wait m_wait = Wait::None;
    std::uint32_t m_trialTicket = 0;  // of the pool's circuit breaker
    std::uint32_t m_interims = 0;
    bool m_idempotent = false;
    bool m_repeatable = false;      // idempotent, or the route says that it may be sent twice
    bool m_overBudget = false;      // a retry was refused by the budget
    bool m_hedgeServes = false;     // the present attempt began as a hedge
    bool m_holdsLimit = false;      // counts within the pool's adaptive limit
    bool m_overLimit = false;       // and that was what the last claim failed for
    bool m_byCookie = false;        // the backend was chosen by a sticky cookie
    bool m_keepsCookie = false;     // the cookie that came stays the right one
    bool m_replayable = true;       // everything sent so far can be sent again
    bool m_repeatedReused = false;  // the one repeat after a stale connection is used up
    bool m_answering = false;       // the head of the answer was sent
    bool m_firstByte = false;       // of this attempt's answer
    bool m_upstreamPaused = false;
    bool m_keepClient = true;
};

}  // namespace signalbox::proxy
