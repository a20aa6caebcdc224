#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace signalbox::balance {

/// What is fixed about a backend within one plan.
struct BackendSpec {
    std::string name;
    std::uint32_t weight = 1;          ///< 0: receives nothing
    std::uint32_t maxConnections = 0;  ///< requests at the same time over all workers; 0: no limit
    bool backup = false;               ///< only used while no other backend is usable
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

    /// Taken out by a health check or by passive observation; true at start.
    std::atomic<bool> healthy{true};
    /// Set by an operator: no new requests.
    std::atomic<bool> draining{false};

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
    PoolState(std::vector<BackendSpec> specs, std::vector<std::shared_ptr<BackendState>> states)
        : m_specs(std::move(specs)), m_states(std::move(states))
    {}
    [[nodiscard]] std::size_t size() const noexcept { return m_specs.size(); }
    [[nodiscard]] const BackendSpec& spec(std::size_t at) const noexcept { return m_specs[at]; }
    [[nodiscard]] BackendState& state(std::size_t at) const noexcept { return *m_states[at]; }
    [[nodiscard]] const std::shared_ptr<BackendState>& sharedState(std::size_t at) const noexcept { return m_states[at]; }

private:
    std::vector<BackendSpec> m_specs;
    std::vector<std::shared_ptr<BackendState>> m_states;
};

}  // namespace signalbox::balance
