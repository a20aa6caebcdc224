#include "core/net/timer_queue.h"

#include <algorithm>
#include <bit>

namespace signalbox::net {
namespace {

constexpr std::int64_t kTick = Timer::kCoarseTick.count();

// Rounded up, so that a timer never fires early.
std::int64_t tickOf(TimePoint deadline) noexcept
{
    if (deadline.ns <= 0) {
        return 0;
    }
    return (deadline.ns - 1) / kTick + 1;
}

}  // namespace

void TimerQueue::start(Timer& timer, TimePoint deadline)
{
    const TimePoint earlier = timer.m_deadline;
    timer.m_deadline = deadline;
    if (timer.m_precision == Timer::Precision::Precise) {
        if (!timer.m_queued) {
            timer.m_queued = true;
            m_heap.emplace_back();
            timer.m_where = static_cast<std::uint32_t>(m_heap.size() - 1);
        }
        timer.m_active = true;
        place(timer.m_where, Entry{deadline, m_order++, &timer});
        siftUp(timer.m_where);
        siftDown(timer.m_where);
        return;
    }
    if (!timer.m_active) {
        timer.m_active = true;
        ++m_activeCoarse;
    }
    if (timer.m_queued) {
        if (deadline >= earlier) {
            return;
        }
        unlink(timer);
    }
    hang(timer);
}

void TimerQueue::cancel(Timer& timer) noexcept
{
    if (!timer.m_active) {
        return;
    }
    timer.m_active = false;
    if (timer.m_precision == Timer::Precision::Precise) {
        removeFromHeap(timer.m_where);
        timer.m_queued = false;
    } else {
        --m_activeCoarse;  // stays on the wheel until its slot comes by, where a restart finds it
    }
}

void TimerQueue::forget(Timer& timer) noexcept
{
    cancel(timer);
    if (timer.m_queued) {
        unlink(timer);
    }
}

void TimerQueue::hang(Timer& timer) noexcept
{
    const std::int64_t tick = std::clamp<std::int64_t>(tickOf(timer.m_deadline), m_tick + 1, m_tick + kSlots - 1);
    const auto slot = static_cast<std::uint32_t>(tick % kSlots);
    timer.m_where = slot;
    timer.m_queued = true;
    timer.m_previous = nullptr;
    timer.m_next = m_heads[slot];
    if (timer.m_next) {
        timer.m_next->m_previous = &timer;
    }
    m_heads[slot] = &timer;
    m_occupied[slot / 64] |= std::uint64_t{1} << (slot % 64);
    m_nextTick = std::min(m_nextTick, tick);
}

void TimerQueue::unlink(Timer& timer) noexcept
{
    if (timer.m_previous) {
        timer.m_previous->m_next = timer.m_next;
    } else {
        m_heads[timer.m_where] = timer.m_next;
        if (!timer.m_next && timer.m_where != kExpiring) {
            m_occupied[timer.m_where / 64] &= ~(std::uint64_t{1} << (timer.m_where % 64));
        }
    }
    if (timer.m_next) {
        timer.m_next->m_previous = timer.m_previous;
    }
    timer.m_next = nullptr;
    timer.m_previous = nullptr;
    timer.m_queued = false;
}

void TimerQueue::expire(TimePoint at)
{
    expireWheel(at);
    if (!m_heap.empty() && m_heap.front().deadline <= at) {
        expireHeap(at);
    }
}

void TimerQueue::expireWheel(TimePoint at)
{
    const std::int64_t target = at.ns / kTick;
    if (target < m_nextTick) {
        // Nothing to do, but the wheel must not fall behind by more than a turn.
        m_tick = std::max(m_tick, target);
        return;
    }
    // Slots that came by between the last call and this one, each at most once.
    std::int64_t tick = std::max({m_tick + 1, m_nextTick, target - kSlots + 1});
    m_tick = std::max(m_tick, target);
    for (; tick <= target; ++tick) {
        const auto slot = static_cast<std::uint32_t>(tick % kSlots);
        if (m_heads[slot]) {
            expireSlot(slot, at);
        }
    }
    m_nextTick = nextOccupiedTick();
}

void TimerQueue::expireSlot(std::uint32_t slot, TimePoint at)
{
    m_heads[kExpiring] = m_heads[slot];
    m_heads[slot] = nullptr;
    m_occupied[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    for (Timer* timer = m_heads[kExpiring]; timer; timer = timer->m_next) {
        timer->m_where = kExpiring;
    }
    while (Timer* const timer = m_heads[kExpiring]) {
        unlink(*timer);
        if (!timer->m_active) {
            continue;
        }
        if (timer->m_deadline > at) {
            hang(*timer);
            continue;
        }
        timer->m_active = false;
        --m_activeCoarse;
        timer->m_callback(timer->m_owner);
    }
}

void TimerQueue::expireHeap(TimePoint at)
{
    // Counted, so that a timer which keeps starting itself in the past cannot hold the loop.
    for (std::size_t left = m_heap.size(); left > 0 && !m_heap.empty() && m_heap.front().deadline <= at; --left) {
        Timer* const timer = m_heap.front().timer;
        removeFromHeap(0);
        timer->m_active = false;
        timer->m_queued = false;
        timer->m_callback(timer->m_owner);
    }
}

std::int64_t TimerQueue::nextOccupiedTick() const noexcept
{
    const std::int64_t first = m_tick + 1;
    const auto start = static_cast<std::uint32_t>(first % kSlots);
    constexpr std::uint32_t kWords = kSlots / 64;
    for (std::uint32_t i = 0; i <= kWords; ++i) {
        const std::uint32_t word = (start / 64 + i) % kWords;
        std::uint64_t bits = m_occupied[word];
        if (i == 0) {
            bits &= ~std::uint64_t{0} << (start % 64);
        } else if (i == kWords) {
            bits &= ~(~std::uint64_t{0} << (start % 64));
        }
        if (bits != 0) {
            const std::uint32_t slot = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
            return first + (slot + kSlots - start) % kSlots;
        }
    }
    return kNever;
}

std::optional<TimePoint> TimerQueue::next() const noexcept
{
    std::optional<TimePoint> at;
    if (m_activeCoarse != 0) {
        at = TimePoint{m_nextTick * kTick};
    }
    if (!m_heap.empty() && (!at || m_heap.front().deadline < *at)) {
        at = m_heap.front().deadline;
    }
    return at;
}

bool TimerQueue::before(const Entry& a, const Entry& b) noexcept
{
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.order < b.order;
}

void TimerQueue::place(std::size_t index, const Entry& entry) noexcept
{
    m_heap[index] = entry;
    entry.timer->m_where = static_cast<std::uint32_t>(index);
}

void TimerQueue::siftUp(std::size_t index) noexcept
{
    const Entry entry = m_heap[index];
    while (index > 0) {
        const std::size_t parent = (index - 1) / 2;
        if (!before(entry, m_heap[parent])) {
            break;
        }
        place(index, m_heap[parent]);
        index = parent;
    }
    place(index, entry);
}

void TimerQueue::siftDown(std::size_t index) noexcept
{
    const Entry entry = m_heap[index];
    for (;;) {
        std::size_t child = 2 * index + 1;
        if (child >= m_heap.size()) {
            break;
        }
        if (child + 1 < m_heap.size() && before(m_heap[child + 1], m_heap[child])) {
            ++child;
        }
        if (!before(m_heap[child], entry)) {
            break;
        }
        place(index, m_heap[child]);
        index = child;
    }
    place(index, entry);
}

void TimerQueue::removeFromHeap(std::size_t index) noexcept
{
    const Entry last = m_heap.back();
    m_heap.pop_back();
    if (index == m_heap.size()) {
        return;
    }
    place(index, last);
    siftUp(index);
    siftDown(last.timer->m_where);
}

}  // namespace signalbox::net
