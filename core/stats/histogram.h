#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/clock.h"

namespace signalbox::stats {

/// Bucket layout of all latency histograms: log-linear over microseconds, 16 linear steps in each power of two, so a
/// quantile is within 6.25 % (3.2 % around the middle of a bucket). Below 16 us a bucket is one whole microsecond; above some
/// 19 hours values saturate. Negative values count as zero.
struct HistogramLayout {
    static constexpr std::uint32_t kSubBuckets = 16;
    static constexpr std::uint32_t kBuckets = 33 * kSubBuckets;
    [[nodiscard]] static std::uint32_t indexOf(Duration value) noexcept;
    /// Values of bucket `index` lie in [lower, upper).
    [[nodiscard]] static Duration lower(std::uint32_t index) noexcept;
    [[nodiscard]] static Duration upper(std::uint32_t index) noexcept;
};

/// A histogram as a plain value: merged, subtracted, read. One thread.
class Histogram {
public:
    void record(Duration value, std::uint64_t count = 1) noexcept;
    void merge(const Histogram& other) noexcept;
    /// What was recorded since `earlier`, a former state of the same histogram.
    /// Its max() is exact when the interval set a new one, else the upper end of its highest bucket.
    [[nodiscard]] Histogram since(const Histogram& earlier) const noexcept;
    [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }
    /// q in [0, 1]; zero when empty. The middle of the bucket, never above max().
    [[nodiscard]] Duration quantile(double q) const noexcept;
    [[nodiscard]] Duration max() const noexcept { return m_max; }
    [[nodiscard]] Duration mean() const noexcept;
    [[nodiscard]] Duration sum() const noexcept { return Duration(m_sumNs); }
    /// Counts by bucket index, up to the highest bucket that was ever used: most histograms of a snapshot are empty or
    /// short, and a window keeps thousands of them.
    [[nodiscard]] std::span<const std::uint64_t> buckets() const noexcept { return m_buckets; }

private:
    friend class WorkerHistogram;
    std::vector<std::uint64_t> m_buckets;
    std::uint64_t m_count = 0;
    std::int64_t m_sumNs = 0;
    Duration m_max{};
};

/// Written by exactly one worker with relaxed stores, readable by any thread at any time.
class WorkerHistogram {
public:
    void record(Duration value) noexcept;
    /// Adds the current state to `out`.
    void addTo(Histogram& out) const noexcept;

private:
    std::array<std::atomic<std::uint64_t>, HistogramLayout::kBuckets> m_buckets{};
    std::atomic<std::int64_t> m_sumNs{0};
    std::atomic<std::int64_t> m_maxNs{0};
};

}  // namespace signalbox::stats
