#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/base/clock.h"
#include "core/stats/histogram.h"

namespace signalbox::balance {

struct AdaptiveParams {
    std::uint32_t min = 4;
    std::uint32_t max = 1000;
    std::uint32_t initial = 20;
    Duration window = std::chrono::milliseconds(200);  ///< of latencies that one step of the limit looks at
    std::uint32_t minSamples = 10;                     ///< in a window; until then it goes on
    double tolerance = 0.25;                           ///< how much slower than unloaded is still well
    Duration probe = std::chrono::seconds(30);         ///< how often the unloaded latency is measured anew

    friend bool operator==(const AdaptiveParams&, const AdaptiveParams&) = default;
};

/// How many requests may be under way at a time, found by what they show: as long as the median latency stays near
/// that of the unloaded pool, the limit grows by its square root a window; the more it exceeds it, the more the limit
/// shrinks (by a quarter at most). The unloaded latency is measured now and then with half the limit, since a full pool
/// never shows it. A limit that is not made use of does not grow. Answers that failed fast say
/// nothing about load and are not to be handed in.
/// Knows no clock: the time comes in. Any thread, without a lock; of several that find a window complete one moves the
/// limit and the others go on. Kept over a reload while its parameters stay.
class AdaptiveLimit {
public:
    explicit AdaptiveLimit(const AdaptiveParams& params);

    /// True where one more may begin; it then says release(), once.
    [[nodiscard]] bool tryAcquire() noexcept;
    void release() noexcept { m_inFlight.fetch_sub(1, std::memory_order_seq_cst); }
    /// What one attempt took until its answer began, or until its time was up.
    void onSample(Duration latency, TimePoint now) noexcept;

    [[nodiscard]] const AdaptiveParams& params() const noexcept { return m_params; }
    [[nodiscard]] std::uint32_t limit() const noexcept { return m_limit.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t inFlight() const noexcept { return m_inFlight.load(std::memory_order_relaxed); }

    struct View {
        std::uint32_t limit = 0;
        std::uint32_t inFlight = 0;
        Duration unloaded{};  ///< latency of the pool without load; zero: not known yet
        Duration latency{};   ///< median of the last window
        bool probing = false;
    };
    /// Each figure is of its own moment.
    [[nodiscard]] View view() const noexcept;

private:
    enum class Phase : std::uint8_t {
        Steady,
        Settle,  ///< of a probe: waiting until no more than the lowered limit are under way
        Measure  ///< of a probe: only what began since counts
    };

    void step(TimePoint now) noexcept;
    void adapt(Duration median) noexcept;
    [[nodiscard]] bool isComplete(TimePoint now) const noexcept;
    void beginProbe(TimePoint now) noexcept;
    void settle(TimePoint now) noexcept;
    void endProbe(Duration median, TimePoint now) noexcept;
    void restart(TimePoint now, std::int64_t countFrom) noexcept;
    void setLimit(double limit) noexcept;
    [[nodiscard]] Duration takeMedian() noexcept;

    const AdaptiveParams m_params;
    std::atomic<std::uint32_t> m_limit;
    std::atomic<std::uint32_t> m_inFlight{0};
    std::atomic<std::uint32_t> m_peak{0};        // of m_inFlight in this window
    std::atomic<std::int64_t> m_windowEnd;
    std::atomic<std::int64_t> m_countFrom;  // samples of requests that began before do not count
    std::atomic<std::uint32_t> m_count{0};
    std::atomic<std::int64_t> m_unloadedNs{0};
    std::atomic<std::int64_t> m_latencyNs{0};
    std::atomic<Phase> m_phase{Phase::Steady};
    std::array<std::atomic<std::uint32_t>, stats::HistogramLayout::kBuckets> m_buckets{};

    // Of whoever holds m_stepping.
    std::atomic<bool> m_stepping{false};
    double m_exact;
    TimePoint m_nextProbe{};
    TimePoint m_settleUntil{};
    std::uint32_t m_faster = 0;  // windows in a row that were clearly faster than what counts as unloaded
};

}  // namespace signalbox::balance
