#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "core/balance/pool_state.h"

namespace signalbox::balance {

/// Deals out backends in turn, each as often as its weight says and spread as evenly as that allows: 5, 1, 1 gives
/// a a a b a a c. One instance is one rotation for all threads: a turn is one atomic ticket, and who holds a ticket
/// computes its backend without any further shared state, so that every W tickets (W: sum of the weights, reduced) give
/// each backend exactly its weight, however the threads interleave.
///
/// Each set of members has tickets of its own: while one backend is out the others alternate by weight, and the retries
/// of failed requests (over "all but the tried one") do not disturb the turns of the first attempts. Sets share the 63
/// counters by hash; two sets that meet on one still share fairly over time.
///
/// The order: the k-th slot of member i of n stands at time (k + (2 i + 1) / (2 n)) / weight within a period of 1, and
/// the slots of all members are taken in order of time, then of index. It needs no table whatever the weights are.
class SmoothRotation {
public:
    /// Remembers the order for the whole pool where that is short.
    explicit SmoothRotation(const PoolState& pool);
    /// The next turn among `members` (ascending pool indices with weights above 0, at least one). Any thread. A backend
    /// in its slow start takes turns by the weight that counts `now`; while that grows the order changes with it.
    [[nodiscard]] std::size_t next(const PoolState& pool, std::span<const std::uint32_t> members, TimePoint now);

private:
    struct alignas(64) Tickets {
        std::atomic<std::uint64_t> next{0};
    };
    [[nodiscard]] bool remembers(const PoolState& pool, std::span<const std::uint32_t> members,
                                 TimePoint now) const noexcept;

    std::array<Tickets, 64> m_tickets;  ///< the first one belongs to the whole pool
    std::vector<std::uint32_t> m_members;
    std::vector<std::uint32_t> m_weights;
    std::vector<std::uint32_t> m_order;
};

}  // namespace signalbox::balance
