#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/balance/backend_health.h"
#include "core/balance/slow_start.h"
#include "core/base/clock.h"

namespace signalbox::balance {

/// What is fixed about a backend within one plan.
struct BackendSpec {
    std::string name;
    std::uint32_t weight = 1;          ///< 0: receives nothing
    std::uint32_t maxConnections = 0;  ///< requests at the same time over all workers; 0: no limit
    bool backup = false;               ///< only used while no other backend is usable
    std::uint32_t priority = 0;        ///< tier: 0 is used first, the next one while no backend of it is usable
};

/// What is fixed about a whole pool and asked on every pick.
struct PoolTraits {
    double panic = 0;       ///< below this share of healthy backends in a tier its health is ignored; 0: never
    Duration slowStart{};   ///< how long a backend that comes takes to its full share; zero: none
};

/// Live state of one backend, shared by all workers and kept across plans while the backend stays in its pool.
/// The count of requests in flight is kept per worker (one relaxed writer each) and summed by whoever asks.
class BackendState {
public:
    static constexpr std::size_t kMaxWorkers = 64;
    void addActive(std::size_t worker, std::int32_t n) noexcept
    {
        auto& cell = m_active[worker].value;
        cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
        if (worker >= m_workers.load(std::memory_order_relaxed)) {
            raiseWorkers(worker + 1);
        }
    }
    /// Requests in flight over all workers; may be a moment old.
    [[nodiscard]] std::uint32_t active() const noexcept
    {
        std::int32_t sum = 0;
        const std::size_t workers = m_workers.load(std::memory_order_relaxed);
        for (std::size_t at = 0; at < workers; ++at) {
            sum += m_active[at].value.load(std::memory_order_relaxed);
        }
        return sum > 0 ? static_cast<std::uint32_t>(sum) : 0;
    }

    /// Taken out by an active check; true at start.
    std::atomic<bool> healthy{true};
    /// Set by an operator: no new requests.
    std::atomic<bool> draining{false};
    /// Out by the outcome of requests until this moment; kNeverNs: not ejected.
    std::atomic<std::int64_t> ejectedUntilNs{kNeverNs};
    /// Its slow start begins at this moment; kNeverNs: it has its full share.
    std::atomic<std::int64_t> slowFromNs{kNeverNs};

    [[nodiscard]] bool ejected(TimePoint now) const noexcept
    {
        return now.ns < ejectedUntilNs.load(std::memory_order_relaxed);
    }
    /// Neither taken out nor draining: its idle connections are worth keeping.
    [[nodiscard]] bool takesRequests(TimePoint now) const noexcept
    {
        return healthy.load(std::memory_order_relaxed) && !draining.load(std::memory_order_relaxed) && !ejected(now);
    }

    BackendHealth health;

private:
    void raiseWorkers(std::size_t count) noexcept
    {
        std::size_t seen = m_workers.load(std::memory_order_relaxed);
        while (seen < count && !m_workers.compare_exchange_weak(seen, count, std::memory_order_relaxed)) {
        }
    }
    struct alignas(64) Cell {
        std::atomic<std::int32_t> value{0};
    };
    std::array<Cell, kMaxWorkers> m_active{};
    std::atomic<std::size_t> m_workers{0};
};

/// The backends of one pool within one plan: immutable specs beside shared live states. Any thread.
class PoolState {
public:
    PoolState(std::vector<BackendSpec> specs, std::vector<std::shared_ptr<BackendState>> states, PoolTraits traits = {})
        : m_specs(std::move(specs)), m_states(std::move(states)), m_traits(traits)
    {
        findTiers();
    }
    [[nodiscard]] std::size_t size() const noexcept { return m_specs.size(); }
    [[nodiscard]] const BackendSpec& spec(std::size_t at) const noexcept { return m_specs[at]; }
    [[nodiscard]] BackendState& state(std::size_t at) const noexcept { return *m_states[at]; }
    [[nodiscard]] const std::shared_ptr<BackendState>& sharedState(std::size_t at) const noexcept { return m_states[at]; }
    [[nodiscard]] const PoolTraits& traits() const noexcept { return m_traits; }

    /// Tiers without gaps, whatever numbers the priorities are; backups are the last one.
    [[nodiscard]] std::uint32_t tier(std::size_t at) const noexcept { return m_tiers[at]; }
    [[nodiscard]] std::uint32_t tiers() const noexcept { return m_tierCount; }

    /// What part of its weight a backend counts for now, in per cent.
    [[nodiscard]] std::uint32_t share(std::size_t at, TimePoint now) const noexcept
    {
        return m_traits.slowStart <= Duration::zero()
                   ? kFullShare
                   : slowStartShare({m_states[at]->slowFromNs.load(std::memory_order_relaxed)}, m_traits.slowStart, now);
    }
    /// The weight that counts now, in hundredths: what every algorithm that honours weights must go by.
    [[nodiscard]] std::uint64_t weightNow(std::size_t at, TimePoint now) const noexcept
    {
        return std::uint64_t{m_specs[at].weight} * share(at, now);
    }

private:
    void findTiers()
    {
        std::vector<std::uint32_t> known;
        for (const BackendSpec& spec : m_specs) {
            if (!spec.backup) {
                known.push_back(spec.priority);
            }
        }
        std::ranges::sort(known);
        known.erase(std::unique(known.begin(), known.end()), known.end());
        const auto last = static_cast<std::uint32_t>(known.size());
        for (const BackendSpec& spec : m_specs) {
            const auto at = std::ranges::lower_bound(known, spec.priority) - known.begin();
            m_tiers.push_back(spec.backup ? last : static_cast<std::uint32_t>(at));
            m_tierCount = std::max(m_tierCount, m_tiers.back() + 1);
        }
    }

    std::vector<BackendSpec> m_specs;
    std::vector<std::shared_ptr<BackendState>> m_states;
    std::vector<std::uint32_t> m_tiers;
    std::uint32_t m_tierCount = 0;
    PoolTraits m_traits;
};

}  // namespace signalbox::balance
