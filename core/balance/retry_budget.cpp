#include "core/balance/retry_budget.h"

namespace signalbox::balance {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

RetryBudget::Second& RetryBudget::second(TimePoint now) noexcept
{
    const std::int64_t number = now.ns / kSecond;
    Second& cell = m_seconds[static_cast<std::uint64_t>(number) % kWindowSeconds];
    std::int64_t seen = cell.number.load(std::memory_order_relaxed);
    // A worker whose batch began earlier may look back by a moment; it must not empty the newer cell.
    if (seen < number && cell.number.compare_exchange_strong(seen, number, std::memory_order_relaxed)) {
        cell.requests.store(0, std::memory_order_relaxed);
        cell.retries.store(0, std::memory_order_relaxed);
    }
    return cell;
}

bool RetryBudget::tryRetry(TimePoint now) noexcept
{
    Second& current = second(now);
    const std::int64_t oldest = now.ns / kSecond - kWindowSeconds;
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    for (const Second& cell : m_seconds) {
        if (cell.number.load(std::memory_order_relaxed) > oldest) {
            requests += cell.requests.load(std::memory_order_relaxed);
            retries += cell.retries.load(std::memory_order_relaxed);
        }
    }
    const bool allowed = retries < kAlwaysAllowed || static_cast<double>(retries + 1) < m_share * static_cast<double>(requests);
    if (allowed) {
        current.retries.fetch_add(1, std::memory_order_relaxed);
    }
    return allowed;
}

}  // namespace signalbox::balance
