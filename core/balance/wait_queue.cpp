#include "core/balance/wait_queue.h"

namespace signalbox::balance {

bool WaitQueue::enter(Waiter& waiter, std::size_t limit) noexcept
{
    const std::lock_guard lock(m_mutex);
    if (m_waiting.load(std::memory_order_relaxed) >= limit) {
        return false;
    }
    waiter.m_previous = m_last;
    waiter.m_next = nullptr;
    (m_last ? m_last->m_next : m_first) = &waiter;
    m_last = &waiter;
    waiter.m_inLine = true;
    m_waiting.fetch_add(1, std::memory_order_release);
    return true;
}

void WaitQueue::enterFirst(Waiter& waiter) noexcept
{
    const std::lock_guard lock(m_mutex);
    waiter.m_previous = nullptr;
    waiter.m_next = m_first;
    (m_first ? m_first->m_previous : m_last) = &waiter;
    m_first = &waiter;
    waiter.m_inLine = true;
    m_waiting.fetch_add(1, std::memory_order_release);
}

void WaitQueue::leave(Waiter& waiter) noexcept
{
    const std::lock_guard lock(m_mutex);
    if (waiter.m_inLine) {
        unlink(waiter);
    }
}

void WaitQueue::wakeOne() noexcept
{
    const std::lock_guard lock(m_mutex);
    if (Waiter* const first = m_first) {
        unlink(*first);
        first->onTurn();
    }
}

void WaitQueue::unlink(Waiter& waiter) noexcept
{
    (waiter.m_previous ? waiter.m_previous->m_next : m_first) = waiter.m_next;
    (waiter.m_next ? waiter.m_next->m_previous : m_last) = waiter.m_previous;
    waiter.m_inLine = false;
    m_waiting.fetch_sub(1, std::memory_order_release);
}

}  // namespace signalbox::balance
