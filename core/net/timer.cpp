#include "core/net/timer.h"

#include "core/net/reactor.h"
#include "core/net/timer_queue.h"

namespace signalbox::net {

Timer::Timer(Reactor& reactor, Callback callback, void* owner, Precision precision) noexcept
    : Timer(reactor.timers(), callback, owner, precision)
{}

Timer::Timer(TimerQueue& queue, Callback callback, void* owner, Precision precision) noexcept
    : m_queue(queue), m_callback(callback), m_owner(owner), m_precision(precision)
{}

Timer::~Timer()
{
    m_queue.forget(*this);
}

void Timer::startAt(TimePoint deadline)
{
    m_queue.start(*this, deadline);
}

void Timer::start(Duration delay)
{
    m_queue.start(*this, m_queue.m_now + delay);
}

void Timer::cancel() noexcept
{
    m_queue.cancel(*this);
}

}  // namespace signalbox::net
