#include "core/balance/ejection.h"

#include <algorithm>
#include <cmath>

namespace signalbox::balance {

Duration EjectionCount::begin(const PassiveParams& params, TimePoint now) noexcept
{
    const std::int64_t step = std::max<std::int64_t>(1, params.eject.count());
    if (m_inRow > 0 && now > m_backAt) {
        const std::int64_t served = (now - m_backAt).count() / step;
        m_inRow = served >= m_inRow ? 0 : m_inRow - static_cast<std::uint32_t>(served);
    }
    ++m_total;
    const std::int64_t most = std::max(kLongestEjection.count(), step);
    // Past the longest one more would only take longer to shrink again.
    if (m_inRow < static_cast<std::uint64_t>(most / step)) {
        ++m_inRow;
    }
    const Duration out(std::min(most, step * static_cast<std::int64_t>(m_inRow)));
    m_backAt = now + out;
    return out;
}

std::size_t mostEjected(const PassiveParams& params, std::size_t poolSize) noexcept
{
    if (poolSize < 2) {
        return 0;
    }
    // A hair more, so that 30 % of 10 is 3 whatever the binary fraction says.
    const auto allowed = static_cast<std::size_t>(params.maxEjected * static_cast<double>(poolSize) + 1e-9);
    return std::max<std::size_t>(1, allowed);
}

std::vector<Outlier> findOutliers(const PassiveParams::SuccessRate& params, std::span<const RequestRound> backends)
{
    std::vector<Outlier> rated;
    double sum = 0;
    for (std::size_t at = 0; at < backends.size(); ++at) {
        const RequestRound& round = backends[at];
        if (round.total > 0 && round.total >= params.minRequests) {
            const double rate = 1 - static_cast<double>(round.failed) / round.total;
            rated.push_back({at, rate, 0});
            sum += rate;
        }
    }
    if (rated.empty() || rated.size() < params.minHosts) {
        return {};
    }
    const double mean = sum / static_cast<double>(rated.size());
    double squares = 0;
    for (const Outlier& one : rated) {
        squares += (one.rate - mean) * (one.rate - mean);
    }
    const double limit = mean - params.factor * std::sqrt(squares / static_cast<double>(rated.size()));
    std::erase_if(rated, [&](const Outlier& one) { return one.rate >= limit; });
    for (Outlier& one : rated) {
        one.limit = limit;
    }
    std::ranges::stable_sort(rated, {}, &Outlier::rate);
    return rated;
}

}  // namespace signalbox::balance
