#include "core/balance/adaptive_limit.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace signalbox::balance {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kNotYet = std::numeric_limits<std::int64_t>::max();
constexpr double kSmoothing = 0.5;         // how much of the way to its aim the limit goes in one step
constexpr double kLeastGradient = 0.5;
constexpr double kClearlyFaster = 0.8;     // of the unloaded latency: what counts as such is too high
constexpr std::uint32_t kFasterWindows = 3;
constexpr std::uint32_t kMeasureFactor = 5;  // samples of a probe, in those of a window: what it finds holds for long
constexpr int kSoonWindows = 5;
constexpr int kSettleWindows = 10;

}  // namespace

AdaptiveLimit::AdaptiveLimit(const AdaptiveParams& params)
    : m_params(params), m_limit(0), m_windowEnd(kNever), m_countFrom(kNever), m_exact(0)
{
    setLimit(params.initial);
}

void AdaptiveLimit::setLimit(double limit) noexcept
{
    m_exact = std::clamp(limit, static_cast<double>(m_params.min), static_cast<double>(m_params.max));
    m_limit.store(static_cast<std::uint32_t>(m_exact), std::memory_order_relaxed);
}

bool AdaptiveLimit::tryAcquire() noexcept
{
    // Never over it, not even for a moment: whoever stands in line because of that would not be woken.
    std::uint32_t now = m_inFlight.load(std::memory_order_relaxed);
    do {
        if (now >= m_limit.load(std::memory_order_relaxed)) {
            return false;
        }
    } while (!m_inFlight.compare_exchange_weak(now, now + 1, std::memory_order_seq_cst));
    std::uint32_t peak = m_peak.load(std::memory_order_relaxed);
    while (peak < now + 1 && !m_peak.compare_exchange_weak(peak, now + 1, std::memory_order_relaxed)) {
    }
    return true;
}

void AdaptiveLimit::onSample(Duration latency, TimePoint now) noexcept
{
    if (m_phase.load(std::memory_order_relaxed) == Phase::Settle) {
        step(now);
        return;
    }
    if ((now - latency).ns < m_countFrom.load(std::memory_order_relaxed)) {
        return;
    }
    m_buckets[stats::HistogramLayout::indexOf(latency)].fetch_add(1, std::memory_order_relaxed);
    m_count.fetch_add(1, std::memory_order_relaxed);
    std::int64_t end = m_windowEnd.load(std::memory_order_relaxed);
    if (end == kNever && m_windowEnd.compare_exchange_strong(end, (now + m_params.window).ns)) {
        return;
    }
    if (isComplete(now)) {
        step(now);
    }
}

bool AdaptiveLimit::isComplete(TimePoint now) const noexcept
{
    const bool measures = m_phase.load(std::memory_order_relaxed) == Phase::Measure;
    const std::uint32_t wanted = m_params.minSamples * (measures ? kMeasureFactor : 1);
    return now.ns >= m_windowEnd.load(std::memory_order_relaxed) && m_count.load(std::memory_order_relaxed) >= wanted;
}

void AdaptiveLimit::step(TimePoint now) noexcept
{
    if (m_stepping.exchange(true, std::memory_order_acquire)) {
        return;
    }
    const Phase phase = m_phase.load(std::memory_order_relaxed);
    if (phase == Phase::Settle) {
        settle(now);
    } else if (isComplete(now)) {  // nobody else was faster
        const Duration median = takeMedian();
        m_latencyNs.store(median.count(), std::memory_order_relaxed);
        if (phase == Phase::Measure) {
            endProbe(median, now);
        } else {
            adapt(median);
            if (m_nextProbe.ns == 0) {
                m_nextProbe = now + kSoonWindows * m_params.window;  // what was taken for unloaded may be anything
            }
            if (now >= m_nextProbe || m_faster >= kFasterWindows) {
                beginProbe(now);
            } else {
                restart(now, kNever);
            }
        }
    }
    m_stepping.store(false, std::memory_order_release);
}

void AdaptiveLimit::adapt(Duration median) noexcept
{
    if (m_unloadedNs.load(std::memory_order_relaxed) == 0) {
        m_unloadedNs.store(median.count(), std::memory_order_relaxed);
    }
    const auto unloaded = static_cast<double>(m_unloadedNs.load(std::memory_order_relaxed));
    const double latency = std::max(1.0, static_cast<double>(median.count()));
    m_faster = latency < kClearlyFaster * unloaded ? m_faster + 1 : 0;
    const double gradient = std::clamp(unloaded * (1 + m_params.tolerance) / latency, kLeastGradient, 1.0);
    const double next = m_exact + kSmoothing * (m_exact * gradient + std::sqrt(m_exact) - m_exact);
    const bool used = 2.0 * m_peak.load(std::memory_order_relaxed) >= m_exact;
    if (next < m_exact || used) {
        setLimit(next);
    }
}

void AdaptiveLimit::beginProbe(TimePoint now) noexcept
{
    m_faster = 0;
    const auto half = static_cast<std::uint32_t>(m_exact / 2);
    m_limit.store(std::max(m_params.min, half), std::memory_order_relaxed);
    m_settleUntil = now + kSettleWindows * m_params.window;
    restart(now, kNotYet);
    m_phase.store(Phase::Settle, std::memory_order_relaxed);
}

void AdaptiveLimit::settle(TimePoint now) noexcept
{
    if (inFlight() <= limit()) {
        restart(now, now.ns);
        m_phase.store(Phase::Measure, std::memory_order_relaxed);
    } else if (now >= m_settleUntil) {
        // Too much is under way that does not end: that is no time for measuring.
        setLimit(m_exact);
        m_nextProbe = now + m_params.probe;
        restart(now, kNever);
        m_phase.store(Phase::Steady, std::memory_order_relaxed);
    }
}

void AdaptiveLimit::endProbe(Duration median, TimePoint now) noexcept
{
    const std::int64_t before = m_unloadedNs.load(std::memory_order_relaxed);
    // Not by much at a time: a pool that is overloaded even with half the limit looks slow, too.
    const std::int64_t found = std::clamp<std::int64_t>(median.count(), 1, std::max<std::int64_t>(2 * before, 1));
    m_unloadedNs.store(found, std::memory_order_relaxed);
    const bool moves = 10 * found < 9 * before || found < median.count();
    m_nextProbe = now + (moves ? kSoonWindows * m_params.window : m_params.probe);
    setLimit(m_exact);
    restart(now, kNever);
    m_phase.store(Phase::Steady, std::memory_order_relaxed);
}

void AdaptiveLimit::restart(TimePoint now, std::int64_t countFrom) noexcept
{
    m_countFrom.store(countFrom, std::memory_order_relaxed);
    m_count.store(0, std::memory_order_relaxed);
    m_peak.store(inFlight(), std::memory_order_relaxed);
    m_windowEnd.store((now + m_params.window).ns, std::memory_order_relaxed);
}

Duration AdaptiveLimit::takeMedian() noexcept
{
    std::array<std::uint32_t, stats::HistogramLayout::kBuckets> counts;
    std::uint64_t total = 0;
    for (std::size_t at = 0; at < counts.size(); ++at) {
        counts[at] = m_buckets[at].load(std::memory_order_relaxed);
        if (counts[at] != 0) {
            counts[at] = m_buckets[at].exchange(0, std::memory_order_relaxed);
        }
        total += counts[at];
    }
    std::uint64_t below = 0;
    for (std::uint32_t at = 0; at < counts.size(); ++at) {
        below += counts[at];
        if (below * 2 >= total && below > 0) {
            const Duration lower = stats::HistogramLayout::lower(at);
            return lower + (stats::HistogramLayout::upper(at) - lower) / 2;
        }
    }
    return {};
}

AdaptiveLimit::View AdaptiveLimit::view() const noexcept
{
    return {limit(), inFlight(), Duration(m_unloadedNs.load(std::memory_order_relaxed)),
            Duration(m_latencyNs.load(std::memory_order_relaxed)),
            m_phase.load(std::memory_order_relaxed) != Phase::Steady};
}

}  // namespace signalbox::balance
