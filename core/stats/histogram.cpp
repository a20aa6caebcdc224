#include "core/stats/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace signalbox::stats {

namespace {

constexpr std::uint32_t kLinearBits = std::countr_zero(HistogramLayout::kSubBuckets);

/// How far the values of a bucket were shifted right: its width is 1 us << shift.
std::uint32_t shiftOf(std::uint32_t index) noexcept
{
    return index < 2 * HistogramLayout::kSubBuckets ? 0 : index / HistogramLayout::kSubBuckets - 1;
}

}  // namespace

std::uint32_t HistogramLayout::indexOf(Duration value) noexcept
{
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0)) / 1000;
    if (us < kSubBuckets) {
        return static_cast<std::uint32_t>(us);
    }
    const auto shift = static_cast<std::uint32_t>(std::bit_width(us)) - 1 - kLinearBits;
    const auto step = static_cast<std::uint32_t>(us >> shift) - kSubBuckets;
    return std::min((shift + 1) * kSubBuckets + step, kBuckets - 1);
}

Duration HistogramLayout::lower(std::uint32_t index) noexcept
{
    if (index < kSubBuckets) {
        return std::chrono::microseconds(index);
    }
    return std::chrono::microseconds(static_cast<std::int64_t>(kSubBuckets + index % kSubBuckets) << shiftOf(index));
}

Duration HistogramLayout::upper(std::uint32_t index) noexcept
{
    return lower(index) + std::chrono::microseconds(std::int64_t{1} << shiftOf(index));
}

void Histogram::record(Duration value, std::uint64_t count) noexcept
{
    if (count == 0) {
        return;
    }
    value = std::max(value, Duration::zero());
    const std::uint32_t index = HistogramLayout::indexOf(value);
    if (index >= m_buckets.size()) {
        m_buckets.resize(index + 1);
    }
    m_buckets[index] += count;
    m_count += count;
    m_sumNs += value.count() * static_cast<std::int64_t>(count);
    m_max = std::max(m_max, value);
}

void Histogram::merge(const Histogram& other) noexcept
{
    if (other.m_buckets.size() > m_buckets.size()) {
        m_buckets.resize(other.m_buckets.size());
    }
    for (std::size_t at = 0; at < other.m_buckets.size(); ++at) {
        m_buckets[at] += other.m_buckets[at];
    }
    m_count += other.m_count;
    m_sumNs += other.m_sumNs;
    m_max = std::max(m_max, other.m_max);
}

Histogram Histogram::since(const Histogram& earlier) const noexcept
{
    Histogram out;
    out.m_buckets = m_buckets;
    std::size_t used = 0;
    for (std::size_t at = 0; at < m_buckets.size(); ++at) {
        const std::uint64_t before = at < earlier.m_buckets.size() ? earlier.m_buckets[at] : 0;
        out.m_buckets[at] -= std::min(before, m_buckets[at]);
        out.m_count += out.m_buckets[at];
        used = out.m_buckets[at] > 0 ? at + 1 : used;
    }
    out.m_buckets.resize(used);
    if (used > 0) {
        out.m_sumNs = std::max<std::int64_t>(m_sumNs - earlier.m_sumNs, 0);
        const bool newMaximum = m_max > earlier.m_max || used == HistogramLayout::kBuckets;
        out.m_max = newMaximum ? m_max : std::min(m_max, HistogramLayout::upper(static_cast<std::uint32_t>(used - 1)));
    }
    return out;
}

Duration Histogram::quantile(double q) const noexcept
{
    if (m_count == 0) {
        return {};
    }
    const double share = q > 0 ? std::min(q, 1.0) : 0.0;
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(m_count)));
    const std::uint64_t rank = std::clamp<std::uint64_t>(wanted, 1, m_count);
    std::uint64_t seen = 0;
    for (std::uint32_t index = 0; index < m_buckets.size(); ++index) {
        seen += m_buckets[index];
        if (seen >= rank) {
            return std::min((HistogramLayout::lower(index) + HistogramLayout::upper(index)) / 2, m_max);
        }
    }
    return m_max;
}

Duration Histogram::mean() const noexcept
{
    return m_count == 0 ? Duration{} : Duration(m_sumNs / static_cast<std::int64_t>(m_count));
}

void WorkerHistogram::record(Duration value) noexcept
{
    value = std::max(value, Duration::zero());
    // The maximum first, the bucket with release: a reader that sees the count sees a maximum at least as high.
    if (value.count() > m_maxNs.load(std::memory_order_relaxed)) {
        m_maxNs.store(value.count(), std::memory_order_relaxed);
    }
    m_sumNs.store(m_sumNs.load(std::memory_order_relaxed) + value.count(), std::memory_order_relaxed);
    auto& bucket = m_buckets[HistogramLayout::indexOf(value)];
    bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void WorkerHistogram::addTo(Histogram& out) const noexcept
{
    std::array<std::uint64_t, HistogramLayout::kBuckets> counts;
    std::size_t used = 0;
    for (std::size_t at = 0; at < counts.size(); ++at) {
        counts[at] = m_buckets[at].load(std::memory_order_acquire);
        used = counts[at] > 0 ? at + 1 : used;
    }
    if (used > out.m_buckets.size()) {
        out.m_buckets.resize(used);
    }
    for (std::size_t at = 0; at < used; ++at) {
        out.m_buckets[at] += counts[at];
        out.m_count += counts[at];
    }
    out.m_sumNs += m_sumNs.load(std::memory_order_relaxed);
    out.m_max = std::max(out.m_max, Duration(m_maxNs.load(std::memory_order_relaxed)));
}

}  // namespace signalbox::stats
