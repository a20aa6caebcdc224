#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/net/socket.h"

namespace signalbox::net {

/// How other threads reach a loop: tasks, the wish to stop, and the eventfd that ends its sleep.
/// `post` and `stop` may be called by any thread, everything else by the loop's.
class Wakeup {
public:
    using Task = std::function<void()>;

    Wakeup();

    void post(Task task);
    void stop() noexcept;

    [[nodiscard]] int fd() const noexcept { return m_event.fd(); }
    [[nodiscard]] bool stopping() const noexcept { return m_stop.load(std::memory_order_acquire); }
    /// True when a task waits: the loop must not sleep.
    [[nodiscard]] bool hasTasks() const noexcept { return m_posted.load(std::memory_order_acquire); }
    void runTasks();
    void enterLoop() noexcept { m_loop.store(std::this_thread::get_id(), std::memory_order_relaxed); }
    /// The wish to stop is used up, so that the loop may run again.
    void leaveLoop() noexcept { m_stop.store(false, std::memory_order_release); }
    /// True on the thread that runs the loop, or ran it last.
    [[nodiscard]] bool onLoopThread() const noexcept
    {
        return m_loop.load(std::memory_order_relaxed) == std::this_thread::get_id();
    }

private:
    void wake() noexcept;

    Socket m_event;
    std::atomic<bool> m_stop{false};
    std::atomic<bool> m_posted{false};
    std::atomic<std::thread::id> m_loop{};
    std::mutex m_mutex;
    std::vector<Task> m_tasks;
    std::vector<Task> m_running;  // swapped with m_tasks, so that both keep their memory
};

}  // namespace signalbox::net
