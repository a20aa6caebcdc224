#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/base/clock.h"

namespace signalbox::stats {

/// Text of at most N bytes inside a trivially copyable record; longer texts are cut between characters and end in "…".
template <std::size_t N>
class FixedText {
public:
    void assign(std::string_view text) noexcept
    {
        std::size_t keep = text.size();
        if (keep > N) {
            keep = N - kEllipsis.size();
            while (keep > 0 && (static_cast<unsigned char>(text[keep]) & 0xC0) == 0x80) {
                --keep;
            }
        }
        if (keep > 0) {
            std::memcpy(m_bytes, text.data(), keep);
        }
        if (text.size() > N) {
            std::memcpy(m_bytes + keep, kEllipsis.data(), kEllipsis.size());
            keep += kEllipsis.size();
        }
        m_size = static_cast<std::uint8_t>(keep);
    }
    void clear() noexcept { m_size = 0; }
    [[nodiscard]] std::string_view view() const noexcept { return {m_bytes, m_size}; }

private:
    static constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
    static_assert(N >= kEllipsis.size() && N < 256);
    char m_bytes[N] = {};
    std::uint8_t m_size = 0;
};

/// A bounded list inside a trivially copyable record; what does not fit is counted.
template <typename T, std::size_t N>
class FixedList {
public:
    /// The new element, or nullptr when full.
    T* add() noexcept
    {
        if (m_size == N) {
            ++m_dropped;
            return nullptr;
        }
        m_items[m_size] = T{};
        return &m_items[m_size++];
    }
    [[nodiscard]] const T* begin() const noexcept { return m_items.data(); }
    [[nodiscard]] const T* end() const noexcept { return m_items.data() + m_size; }
    [[nodiscard]] T* begin() noexcept { return m_items.data(); }
    [[nodiscard]] T* end() noexcept { return m_items.data() + m_size; }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] static constexpr std::size_t capacity() noexcept { return N; }
    [[nodiscard]] std::uint32_t dropped() const noexcept { return m_dropped; }
    void clear() noexcept { m_size = m_dropped = 0; }

private:
    std::array<T, N> m_items;
    std::uint32_t m_size = 0;
    std::uint32_t m_dropped = 0;
};

/// What became of a request, the word that people see.
enum class Outcome : std::uint8_t {
    Ok,             ///< a backend (or the site itself) answered below 400, or 4xx of the backend's own
    Rejected,       ///< a policy refused it: 401, 403, 413, ...
    RateLimited,    ///< 429
    NoRoute,        ///< 404 or 405 of our own
    NoBackend,      ///< 503: none usable
    BackendError,   ///< the backend answered 5xx
    BadGateway,     ///< 502: refused, reset, or not HTTP
    Timeout,        ///< 504
    BadRequest,     ///< 400, 414, 431, 501 of our own
    ClientAborted   ///< the client went away first
};
[[nodiscard]] std::string_view name(Outcome outcome) noexcept;  ///< "ok", "rate-limited", ...

enum class RouteVerdict : std::uint8_t { Won, LessSpecific, HostDiffers, PathDiffers, MethodDiffers, HeaderDiffers, QueryDiffers };
struct RouteStep {
    FixedText<32> route;
    RouteVerdict verdict = RouteVerdict::Won;
    FixedText<64> why;  ///< "path /orders is not below /order"
};

enum class PolicyVerdict : std::uint8_t { Passed, Changed, Refused };
struct PolicyStep {
    FixedText<24> policy;  ///< "rate-limit"
    PolicyVerdict verdict = PolicyVerdict::Passed;
    int status = 0;        ///< of a refusal
    FixedText<96> why;     ///< with its numbers: "0.20 of 1 token, next in 8 ms"
    std::uint32_t tookNs = 0;
};

enum class CandidateState : std::uint8_t { Usable, Chosen, Full, Unhealthy, Draining, Tried, Backup, ZeroWeight, Ejected, LaterTier };
struct Candidate {
    FixedText<24> backend;
    CandidateState state = CandidateState::Usable;
    double score = 0;  ///< what the algorithm compared: active requests, hash distance, ...
    std::uint32_t active = 0;
    std::uint32_t weight = 1;
    std::uint8_t share = 100;  ///< per cent of its weight that count: less during its slow start
};

enum class AttemptResult : std::uint8_t { Answered, ConnectRefused, ConnectTimeout, Reset, Timeout, BadResponse, Retried, Lost };
struct Attempt {
    FixedText<24> backend;
    AttemptResult result = AttemptResult::Answered;
    int status = 0;
    bool reusedConnection = false;
    bool hedge = false;  ///< began beside an attempt that had not answered yet; Lost is who did not answer first
    std::int64_t startNs = 0;     ///< since the request began, like all that follow
    std::int64_t connectedNs = 0;
    std::int64_t firstByteNs = 0;
    std::int64_t endNs = 0;
};

/// What became of a copy of the request by the time the client's answer was over.
enum class MirrorResult : std::uint8_t {
    NotDrawn,  ///< this request is not among the share that is copied
    Sent,
    Answered,
    Failed,
    Dropped    ///< not sent, or not to its end
};
struct MirrorStep {
    FixedText<24> pool;
    FixedText<24> backend;
    MirrorResult result = MirrorResult::NotDrawn;
    int status = 0;        ///< where answered
    FixedText<48> why;     ///< of what failed or was dropped
};

/// Everything that was decided for one request, and why: the heart of the product. A plain record of fixed size without
/// pointers, so that a worker can drop it into a ring and any thread can read its copy at any later time.
struct DecisionTrace {
    std::uint64_t id = 0;         ///< unique within the engine's run, ascending per worker
    std::uint64_t planEpoch = 0;
    std::int64_t wallNs = 0;      ///< since 1970, when its first byte arrived
    std::uint32_t worker = 0;
    bool complete = false;        ///< steps were recorded; otherwise only the summary below

    FixedText<45> client;
    std::uint16_t clientPort = 0;
    FixedText<16> method;
    FixedText<64> host;
    FixedText<160> target;
    FixedText<32> listener;
    FixedText<32> route;
    FixedText<32> pool;
    FixedText<32> backend;        ///< that answered
    FixedText<32> consumer;
    FixedText<32> refusedBy;      ///< policy
    FixedText<96> detail;         ///< the sentence of the problem body, or the cause of an error
    int status = 0;
    Outcome outcome = Outcome::Ok;
    std::uint8_t attempts = 0;
    std::uint64_t bytesIn = 0;    ///< body bytes from the client
    std::uint64_t bytesOut = 0;   ///< body bytes to the client

    // Nanoseconds since the first byte of the request; 0 where the phase was not reached.
    std::int64_t parsedNs = 0;
    std::int64_t routedNs = 0;
    std::int64_t policiesNs = 0;
    std::int64_t pickedNs = 0;
    std::int64_t connectedNs = 0;
    std::int64_t sentNs = 0;
    std::int64_t firstByteNs = 0;
    std::int64_t totalNs = 0;

    FixedList<RouteStep, 6> routes;
    FixedList<PolicyStep, 10> policies;
    FixedText<32> algorithm;
    FixedList<Candidate, 12> candidates;
    FixedList<std::uint32_t, 4> draws;  ///< what the balancer drew at random, as indices into the pool
    FixedList<Attempt, 4> tries;
    std::int64_t queuedNs = 0;  ///< how long it waited for a free backend
    bool panic = false;           ///< so few backends were healthy that health was ignored
    FixedList<MirrorStep, 3> mirrors;
    std::uint32_t concurrencyLimit = 0;  ///< of a pool with an adaptive one, when it let this request in; else 0
    std::uint32_t concurrency = 0;       ///< requests under way in it then, this one included
};

/// Starts a record over without touching its large arrays' bytes.
void reset(DecisionTrace& trace) noexcept;

}  // namespace signalbox::stats
