#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

namespace signalbox::balance {

/// Requests that wait for a free place in a full pool: first come, first served, over all workers. Any thread; the lock
/// is only taken while the pool is full. Kept over a reload while the pool stays, so that nobody loses his place.
class WaitQueue {
public:
    /// One place in the line, embedded in whoever waits.
    class Waiter {
    public:
        Waiter() = default;
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        virtual ~Waiter() = default;
        /// Its turn has come, and it is out of the line. Called on any thread with the line locked: only hand over to
        /// the own thread.
        virtual void onTurn() noexcept = 0;

    private:
        friend class WaitQueue;
        Waiter* m_previous = nullptr;
        Waiter* m_next = nullptr;
        bool m_inLine = false;
    };

    /// False when `limit` wait already.
    [[nodiscard]] bool enter(Waiter& waiter, std::size_t limit) noexcept;
    /// Back to the front: its turn came, but somebody else was faster.
    void enterFirst(Waiter& waiter) noexcept;
    /// Does nothing for one that is not in the line.
    void leave(Waiter& waiter) noexcept;
    /// A place is free: gives the first one its turn.
    void wakeOne() noexcept;

    [[nodiscard]] std::size_t waiting() const noexcept { return m_waiting.load(std::memory_order_acquire); }

private:
    void unlink(Waiter& waiter) noexcept;

    std::mutex m_mutex;
    Waiter* m_first = nullptr;
    Waiter* m_last = nullptr;
    std::atomic<std::size_t> m_waiting{0};
};

}  // namespace signalbox::balance
