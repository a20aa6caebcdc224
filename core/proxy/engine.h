#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/net/reactor.h"
#include "core/plan/compiler.h"
#include "core/stats/decision_trace.h"
#include "core/stats/worker_stats.h"

namespace signalbox::proxy {

/// How many decision traces are kept.
enum class TraceMode : std::uint8_t {
    Off,
    Sampled,  ///< up to a bounded number a second and worker, spread over the second; refusals and errors get a share of their own
    All       ///< every request, as long as the reader keeps up (step mode, tests)
};

struct EngineOptions {
    unsigned workers = 0;  ///< 0: one a CPU
    net::ReactorOptions reactor;
    TraceMode traces = TraceMode::Sampled;
    std::uint32_t tracesPerSecond = 200;  ///< and worker, where Sampled
    std::uint64_t seed = 0;               ///< of the workers' random numbers; 0: from the system
};

/// A backend of the published plan as it is now.
struct BackendStatus {
    std::string pool;
    std::string name;
    std::string id;       ///< "POOL/NAME"
    std::string address;  ///< where it is connected to
    std::uint32_t weight = 1;
    std::uint32_t tier = 0;  ///< without gaps; backups are the last one
    bool backup = false;
    std::uint32_t active = 0;  ///< requests in flight
    balance::BackendView health;
};

struct PoolStatus {
    std::string name;
    balance::PoolHealthView health;
};

/// Nanoseconds since 1970 of a moment of the engine's clock, for people; 0 for a zero moment ("never").
[[nodiscard]] std::int64_t wallNsOf(TimePoint at);

struct BoundListener {
    std::string name;
    Endpoint address;
};

/// The running data plane: workers, each with a reactor, serving one plan. Made and called from control threads (one at a
/// time); never blocks on a worker longer than it says. Destroying it stops at once.
class Engine {
public:
    [[nodiscard]] static Result<std::unique_ptr<Engine>> create(const EngineOptions& options);
    ~Engine();

    /// Opens the sockets of listeners that are not open yet and answers where each is bound, without serving them. On an
    /// error (address in use: names it) nothing that ran before is changed.
    [[nodiscard]] Result<std::vector<BoundListener>> bind(const plan::Plan& plan);
    /// Binds what is not bound, then makes `plan` the one for new requests: one pointer swap. Requests in flight end on the
    /// plan they started with. Listeners that stay keep their sockets and connections; those that are gone stop accepting,
    /// finish what they have, and close. On an error the running plan stays.
    [[nodiscard]] Result<void> publish(std::shared_ptr<plan::Plan> plan);
    /// The published plan; null before the first. Any control thread.
    [[nodiscard]] std::shared_ptr<const plan::Plan> plan() const;

    /// Stops accepting, answers what has begun (with Connection: close), closes idle connections, and returns when all are
    /// closed or `limit` passed: true if nothing was cut off.
    bool drain(Duration limit);

    [[nodiscard]] std::vector<BoundListener> listeners() const;
    [[nodiscard]] const std::shared_ptr<stats::StatsHub>& stats() const noexcept;
    [[nodiscard]] unsigned workers() const noexcept;
    [[nodiscard]] std::string_view reactorName() const noexcept;

    /// Takes a backend out for new requests, or lets it back; requests in flight go on. It holds over reloads while the
    /// backend stays in its pool. `backend` is a name, or POOL/NAME; with an empty `pool` the name must be
    /// unique in the plan. Answers the POOL/NAME that was meant; NotFound for none, InvalidArgument for several, which
    /// its detail names. Any control thread.
    [[nodiscard]] Result<std::string> setDraining(std::string_view pool, std::string_view backend, bool draining);
    /// Every backend, in the plan's order. Any control thread.
    [[nodiscard]] std::vector<BackendStatus> backends() const;
    /// Every pool: panic, circuit breaker, history. Any control thread.
    [[nodiscard]] std::vector<PoolStatus> pools() const;

    /// Any control thread; takes effect with the next requests.
    void setTraceMode(TraceMode mode, std::uint32_t tracesPerSecond = 200) noexcept;
    /// Moves kept traces of all workers to the end of `out`, at most `limit`; how many. One reader at a time.
    std::size_t takeTraces(std::vector<stats::DecisionTrace>& out, std::size_t limit = 10'000);

private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace signalbox::proxy
