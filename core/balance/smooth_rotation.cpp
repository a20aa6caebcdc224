#include "core/balance/smooth_rotation.h"

#include <limits>
#include <numeric>

#include "core/base/rng.h"

namespace signalbox::balance {

namespace {

__extension__ using Wide = __int128;  // times are compared by cross-multiplication, exactly

constexpr std::uint64_t kLongestOrder = 4096;
constexpr std::uint64_t kMostOrderWork = 1 << 18;

struct Weights {
    bool equal = true;
    std::uint64_t divisor = 0;
    std::uint64_t period = 0;  ///< sum of the weights after division
};

/// A moment at which every slow start is over.
constexpr TimePoint kSettled{std::numeric_limits<std::int64_t>::max()};

Weights weigh(const PoolState& pool, std::span<const std::uint32_t> members, TimePoint now)
{
    Weights out;
    const std::uint64_t first = pool.weightNow(members.front(), now);
    for (const std::uint32_t at : members) {
        const std::uint64_t weight = pool.weightNow(at, now);
        out.equal = out.equal && weight == first;
        out.divisor = std::gcd(out.divisor, weight);
        out.period += weight;
    }
    out.period /= out.divisor;
    return out;
}

/// Finds the member of one position of a period; see the class for the order.
class SlotFinder {
public:
    SlotFinder(const PoolState& pool, std::span<const std::uint32_t> members, const Weights& weights, TimePoint now)
        : m_period(static_cast<Wide>(weights.period)), m_count(members.size())
    {
        if (m_count > m_inline.size()) {
            m_heap.resize(m_count);
        }
        m_members = m_heap.empty() ? m_inline.data() : m_heap.data();
        for (std::size_t at = 0; at < m_count; ++at) {
            m_members[at].weight = static_cast<Wide>(pool.weightNow(members[at], now) / weights.divisor);
        }
    }

    [[nodiscard]] std::size_t at(std::uint64_t position)
    {
        const auto wanted = static_cast<Wide>(position);
        Wide taken = takeBefore(wanted);
        std::size_t found = 0;
        while (taken <= wanted) {
            found = earliestOpen();
            ++m_members[found].taken;
            ++taken;
        }
        while (taken > wanted) {
            found = latestTaken();
            --m_members[found].taken;
            --taken;
        }
        return found;
    }

private:
    struct Member {
        Wide weight = 0;
        Wide taken = 0;
    };

    /// Takes all slots before the moment at which `position` slots are due; how many those are, which is nearly as
    /// many.
    Wide takeBefore(Wide position)
    {
        const Wide step = 2 * static_cast<Wide>(m_count);
        Wide sum = 0;
        for (std::size_t at = 0; at < m_count; ++at) {
            const Wide offset = 2 * static_cast<Wide>(at) + 1;
            const Wide ahead = step * position * m_members[at].weight - offset * m_period;
            m_members[at].taken = ahead <= 0 ? 0 : (ahead + step * m_period - 1) / (step * m_period);
            sum += m_members[at].taken;
        }
        return sum;
    }

    /// Numerator of the time of a slot, over the member's weight.
    [[nodiscard]] Wide time(std::size_t member, Wide slot) const
    {
        return 2 * static_cast<Wide>(m_count) * slot + 2 * static_cast<Wide>(member) + 1;
    }

    [[nodiscard]] std::size_t earliestOpen() const
    {
        std::size_t best = 0;
        for (std::size_t at = 1; at < m_count; ++at) {
            if (time(at, m_members[at].taken) * m_members[best].weight <
                time(best, m_members[best].taken) * m_members[at].weight) {
                best = at;
            }
        }
        return best;
    }

    [[nodiscard]] std::size_t latestTaken() const
    {
        std::size_t best = m_count;
        for (std::size_t at = 0; at < m_count; ++at) {
            if (m_members[at].taken == 0) {
                continue;
            }
            if (best == m_count || time(at, m_members[at].taken - 1) * m_members[best].weight >=
                                       time(best, m_members[best].taken - 1) * m_members[at].weight) {
                best = at;
            }
        }
        return best;
    }

    Wide m_period;
    std::size_t m_count;
    Member* m_members = nullptr;
    std::array<Member, 64> m_inline;
    std::vector<Member> m_heap;
};

std::size_t counterOf(std::span<const std::uint32_t> members, std::size_t poolSize, std::size_t counters)
{
    if (members.size() == poolSize) {
        return 0;
    }
    std::uint64_t hash = 0;
    for (const std::uint32_t at : members) {
        hash = mix64(hash + at + 1);
    }
    return 1 + hash % (counters - 1);
}

}  // namespace

SmoothRotation::SmoothRotation(const PoolState& pool)
{
    for (std::uint32_t at = 0; at < pool.size(); ++at) {
        if (!pool.spec(at).backup && pool.spec(at).weight > 0) {
            m_members.push_back(at);
            m_weights.push_back(pool.spec(at).weight);
        }
    }
    if (m_members.empty()) {
        return;
    }
    const Weights weights = weigh(pool, m_members, kSettled);
    if (weights.equal || weights.period > kLongestOrder || weights.period * m_members.size() > kMostOrderWork) {
        return;
    }
    SlotFinder finder(pool, m_members, weights, kSettled);
    for (std::uint64_t position = 0; position < weights.period; ++position) {
        m_order.push_back(m_members[finder.at(position)]);
    }
}

bool SmoothRotation::remembers(const PoolState& pool, std::span<const std::uint32_t> members,
                               TimePoint now) const noexcept
{
    if (m_order.empty() || members.size() != m_members.size()) {
        return false;
    }
    // The rotation outlives a plan, so that the pool may be another one by now.
    for (std::size_t at = 0; at < members.size(); ++at) {
        if (members[at] != m_members[at] ||
            pool.weightNow(members[at], now) != std::uint64_t{kFullShare} * m_weights[at]) {
            return false;
        }
    }
    return true;
}

std::size_t SmoothRotation::next(const PoolState& pool, std::span<const std::uint32_t> members, TimePoint now)
{
    auto& tickets = m_tickets[counterOf(members, pool.size(), m_tickets.size())].next;
    const std::uint64_t ticket = tickets.fetch_add(1, std::memory_order_relaxed);
    if (remembers(pool, members, now)) {
        return m_order[ticket % m_order.size()];
    }
    const Weights weights = weigh(pool, members, now);
    if (weights.equal) {
        return members[ticket % members.size()];
    }
    return members[SlotFinder(pool, members, weights, now).at(ticket % weights.period)];
}

}  // namespace signalbox::balance
