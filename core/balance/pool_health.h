#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/balance/circuit_breaker.h"
#include "core/balance/health_event.h"
#include "core/balance/health_params.h"
#include "core/balance/pool_state.h"

namespace signalbox::balance {

/// The one word for a backend: the strongest of what holds.
enum class BackendCondition : std::uint8_t {
    Up,
    Starting,  ///< in its slow start
    Ejected,
    Down,
    Draining
};
[[nodiscard]] std::string_view name(BackendCondition condition) noexcept;  ///< "up", "starting", ...

/// A backend's health at one moment, for people and programs.
struct BackendView {
    BackendCondition condition = BackendCondition::Up;
    bool healthy = true;  ///< as active checks see it; true while they have not judged it
    bool draining = false;
    bool ejected = false;
    TimePoint ejectedUntil{};     ///< where ejected
    std::uint32_t share = 100;    ///< per cent of its weight that count
    TimePoint since{};            ///< of the last change; zero: there was none
    std::string cause;            ///< of the last change
    std::uint64_t ejections = 0;  ///< ever
    std::uint32_t failuresInRow = 0;
    std::uint64_t checks = 0;  ///< ever
    std::uint64_t checksFailed = 0;
    TimePoint lastCheckAt{};  ///< zero: none yet
    bool lastCheckPassed = false;
    std::string lastCheck;             ///< "status 200", "connect refused"
    std::vector<HealthEvent> history;  ///< oldest first
};

struct PoolHealthView {
    bool panic = false;
    std::optional<CircuitBreaker::View> breaker;
    std::vector<HealthEvent> history;
};

/// Decides which backends of one pool may be used: counts checks and the outcomes of requests, ejects, lets back,
/// starts slowly, drains, breaks the circuit. Knows no sockets, threads or timers: outcomes and the time come in, flags
/// of the BackendStates and events go out, so that the engine and the simulator drive the same object. One per pool and
/// plan; the live part is in the BackendStates and in what it takes over from the previous plan's. Any thread: a
/// request takes a lock only where it changes something.
class PoolHealth {
public:
    /// `previous`: of the same pool in the plan before, or null.
    PoolHealth(HealthParams params, std::shared_ptr<const PoolState> pool, const PoolHealth* previous);

    /// The plan goes live: backends that are new in a running pool start slowly, and what is no longer watched counts
    /// as well. Does so once.
    void adopt(TimePoint now);

    /// Outcomes are looked at.
    [[nodiscard]] bool watchesRequests() const noexcept { return m_params.passive.has_value() || m_breaker; }
    /// The outcome of one attempt at a backend; `ticket` of its request's admission.
    void onOutcome(std::size_t backend, bool success, std::uint32_t ticket, TimePoint now, HealthListener& listener);
    /// Whether a request may be forwarded at all.
    [[nodiscard]] CircuitBreaker::Admission admit(TimePoint now, HealthListener& listener);
    /// The request that was admitted with `ticket` is over.
    void leave(std::uint32_t ticket);

    /// The outcome of an active check; `text` says what was seen ("status 200", "connect refused").
    void onCheck(std::size_t backend, bool passed, std::string_view text, TimePoint now, HealthListener& listener);
    /// False where nothing changed.
    bool setDraining(std::size_t backend, bool draining, TimePoint now, HealthListener& listener);

    /// tick() is of use.
    [[nodiscard]] bool needsTicks() const noexcept
    {
        return m_params.passive.has_value() || m_pool->traits().panic > 0;
    }
    /// Notes what time alone changes (ejections that are over, rounds of the success rate). Decisions do not wait for
    /// it.
    void tick(TimePoint now, HealthListener& listener);

    [[nodiscard]] const HealthParams& params() const noexcept { return m_params; }
    [[nodiscard]] const CircuitBreaker* breaker() const noexcept { return m_breaker.get(); }
    [[nodiscard]] BackendView view(std::size_t backend, TimePoint now) const;
    [[nodiscard]] PoolHealthView view(TimePoint now) const;

private:
    /// What the plans of one pool share.
    struct Core {
        std::mutex mutex;
        HealthHistory history;
        bool panic = false;
        TimePoint roundAt{};
    };

    void eject(std::size_t backend, const std::string& cause, TimePoint now, HealthListener& listener);
    [[nodiscard]] bool mayEject(std::size_t backend, TimePoint now) const noexcept;
    void settleEjection(std::size_t backend, TimePoint now, HealthListener& listener);
    void judgeRound(TimePoint now, HealthListener& listener);
    void judgePanic(TimePoint now, HealthListener& listener);
    void startSlowly(BackendState& state, TimePoint at) noexcept;
    void tell(std::size_t backend, HealthEvent event, HealthListener& listener);
    void tellPool(const std::optional<HealthEvent>& event, HealthListener& listener);

    const HealthParams m_params;
    const std::shared_ptr<const PoolState> m_pool;
    std::shared_ptr<Core> m_core;
    std::shared_ptr<CircuitBreaker> m_breaker;
    std::vector<std::size_t> m_new;  // backends that the previous plan's pool did not have
    bool m_checksChanged = false;
    std::atomic<bool> m_adopted{false};
};

}  // namespace signalbox::balance
