#include "core/net/wakeup.h"

#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace signalbox::net {

Wakeup::Wakeup() : m_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Wakeup::wake() noexcept
{
    const std::uint64_t one = 1;
    // It fails only when the counter is full, and then the loop is being woken already.
    [[maybe_unused]] const auto written = ::write(m_event.fd(), &one, sizeof one);
}

void Wakeup::post(Task task)
{
    bool first = false;
    {
        const std::lock_guard lock(m_mutex);
        m_tasks.push_back(std::move(task));
        first = !m_posted.exchange(true, std::memory_order_acq_rel);
    }
    // The loop looks for tasks before it sleeps, so its own thread need not wake it.
    if (first && !onLoopThread()) {
        wake();
    }
}

void Wakeup::stop() noexcept
{
    m_stop.store(true, std::memory_order_release);
    wake();
}

void Wakeup::runTasks()
{
    if (!hasTasks()) {
        return;
    }
    {
        const std::lock_guard lock(m_mutex);
        m_running.swap(m_tasks);
        m_posted.store(false, std::memory_order_release);
    }
    for (Task& task : m_running) {
        task();
    }
    m_running.clear();
}

}  // namespace signalbox::net
