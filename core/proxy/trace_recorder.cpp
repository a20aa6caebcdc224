#include "core/proxy/trace_recorder.h"

#include <algorithm>

namespace signalbox::proxy {
namespace {

/// Room in the identifier for the worker's number; above it counts the sequence.
constexpr unsigned kWorkerBits = 8;
constexpr std::uint32_t kSummaryShare = 4;

}  // namespace

TraceRecorder::TraceRecorder(std::uint32_t worker, const TraceSettings& settings, stats::WorkerStats& stats)
    : m_worker(worker), m_settings(settings), m_stats(stats)
{}

stats::DecisionTrace* TraceRecorder::begin(TimePoint now)
{
    const TraceMode mode = m_settings.mode.load(std::memory_order_relaxed);
    if (mode == TraceMode::Off ||
        (mode == TraceMode::Sampled && !due(now, m_next, m_settings.perSecond.load(std::memory_order_relaxed)))) {
        return nullptr;
    }
    stats::DecisionTrace& record = take();
    record.complete = true;
    return &record;
}

stats::DecisionTrace* TraceRecorder::beginSummary(TimePoint now)
{
    const std::uint32_t share = m_settings.perSecond.load(std::memory_order_relaxed) / kSummaryShare;
    if (m_settings.mode.load(std::memory_order_relaxed) != TraceMode::Sampled ||
        !due(now, m_nextSummary, std::max(share, 1U))) {
        return nullptr;
    }
    return &take();
}

bool TraceRecorder::due(TimePoint now, TimePoint& next, std::uint32_t perSecond) const noexcept
{
    if (now < next || perSecond == 0) {
        return false;
    }
    const Duration gap = Duration(std::chrono::seconds(1)) / perSecond;
    // Catching up at most one gap keeps the mean rate without a burst after a pause.
    next = std::max(next + gap, now);
    return true;
}

stats::DecisionTrace& TraceRecorder::take()
{
    if (m_free.empty()) {
        m_records.push_back(std::make_unique<stats::DecisionTrace>());
        m_free.reserve(m_records.size());
        m_free.push_back(m_records.back().get());
    }
    stats::DecisionTrace& record = *m_free.back();
    m_free.pop_back();
    stats::reset(record);
    record.id = (++m_sequence << kWorkerBits) | m_worker;
    record.worker = m_worker;
    return record;
}

void TraceRecorder::finish(stats::DecisionTrace& record)
{
    if (stats::DecisionTrace* const slot = m_ring.prepare()) {
        *slot = record;
        m_ring.commit();
    } else {
        m_stats.addDroppedTrace();
    }
    m_free.push_back(&record);
}

}  // namespace signalbox::proxy
