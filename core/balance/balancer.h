#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/balance/index_list.h"
#include "core/balance/pool_state.h"
#include "core/base/param_spec.h"
#include "core/base/registry.h"
#include "core/base/rng.h"
#include "core/stats/decision_trace.h"

namespace signalbox::balance {

/// What a pick may look at.
struct PickContext {
    const PoolState& pool;
    std::string_view clientAddress;      ///< 4 or 16 bytes in network order
    std::uint64_t keyHash = 0;           ///< of the configured hash key, where the algorithm has one
    std::uint64_t tried = 0;             ///< bit i: backend i failed this request already (backends above 63 are never marked)
    stats::DecisionTrace* trace = nullptr;  ///< candidates, scores and draws go here when not null
    TimePoint now{};
};

/// Chooses a backend for one request. One instance per pool, shared by all workers: `pick` must be callable from several
/// threads at once (atomics, no locks on the common path), and a rotation is one rotation for all workers together,
/// so that 3,000 requests over three equal backends are 1,000 each whatever the number of workers.
/// Same state, same Rng, same answer: the simulator drives the same object.
class Balancer {
public:
    virtual ~Balancer() = default;
    /// An index into the pool, or nothing when no backend is usable. Only usable backends are picked: see Eligibility.
    [[nodiscard]] virtual std::optional<std::size_t> pick(const PickContext& context, Rng& rng) = 0;
    /// Told after each attempt; `latency` is until the first byte of the answer.
    virtual void onOutcome(std::size_t /*backend*/, bool /*success*/, Duration /*latency*/, TimePoint /*now*/) {}
};

struct BalancerDescriptor {
    std::string_view id;     ///< "round-robin"
    ObjectSpec params;       ///< title, help, parameters besides `algorithm`
    bool honoursWeights = false;
    bool usesKey = false;    ///< has a hash key: the same key goes to the same backend
    std::unique_ptr<Balancer> (*create)(const Params& params, const PoolState& pool) = nullptr;
};

/// Every balancer of this build, in the order shown to the user.
[[nodiscard]] const Registry<BalancerDescriptor>& builtinBalancers();

/// Which backends may take a request now, shared by all algorithms: healthy, not ejected, not draining, weight above 0,
/// below max_connections, not tried before; of the first tier that has any (backups are the last one). Panic, where the
/// pool wants it: when a tier has some healthy backends but fewer than the set share, its health is ignored; so it is
/// when no tier has any. Small pools need no heap.
/// Starts the trace's candidates and draws over, so that a record shows the last pick of its request.
class Eligibility {
public:
    explicit Eligibility(const PickContext& context);
    [[nodiscard]] std::size_t count() const noexcept { return m_usable.size(); }           ///< usable backends
    [[nodiscard]] std::size_t nth(std::size_t n) const noexcept { return usable()[n]; }    ///< pool index of the n-th usable one
    [[nodiscard]] std::span<const std::uint32_t> usable() const noexcept { return m_usable.view(); }  ///< ascending
    [[nodiscard]] bool all() const noexcept { return m_all; }  ///< every backend of the first tier is usable (the common case)
    [[nodiscard]] bool panic() const noexcept { return m_panic; }  ///< health was ignored
    [[nodiscard]] bool contains(std::size_t backend) const noexcept;
    /// Records every backend's state into the context's trace, if there is one; `score` may be null. The chosen one is
    /// always among the records, whatever the size of the pool; those that find no room are counted as dropped.
    void trace(const PickContext& context, std::optional<std::size_t> chosen, double (*score)(const PickContext&, std::size_t)) const;

private:
    void collect(const PickContext& context, std::uint32_t tier);
    void collectAnyHealth(const PickContext& context, std::uint32_t tier);

    IndexList m_usable;
    std::uint32_t m_tier = 0;
    bool m_all = false;
    bool m_panic = false;
};

/// Why one backend may not take a request, whatever its tier; Usable when it may.
[[nodiscard]] stats::CandidateState candidateState(const PickContext& context, std::size_t backend) noexcept;

/// Writes a random draw (a pool index) into the context's trace, if there is one.
void traceDraw(const PickContext& context, std::size_t backend) noexcept;

/// The load that least-connections and two-choices compare: requests in flight by the weight that counts now.
[[nodiscard]] double loadOf(const PickContext& context, std::size_t backend);

/// A backend drawn by weight from the usable ones, leaving out `without` (a pool index). Some other one must be usable.
[[nodiscard]] std::size_t drawByWeight(const PickContext& context, const Eligibility& eligible, Rng& rng,
                                       std::optional<std::size_t> without = std::nullopt);

}  // namespace signalbox::balance
