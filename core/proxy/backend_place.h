#pragma once

#include <atomic>

#include "core/plan/plan.h"

namespace signalbox::proxy {

/// Gives the first in the pool's line its turn, after a place became free. The place is given back before the line is
/// looked at; whoever enters the line looks the other way round.
inline void wakeNext(const plan::PoolPlan& pool) noexcept
{
    if (pool.queue) {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (pool.queue->line->waiting() > 0) {
            pool.queue->line->wakeOne();
        }
    }
}

/// One request less within the pool's adaptive limit.
inline void leaveLimit(const plan::PoolPlan& pool) noexcept
{
    pool.limit->release();
    wakeNext(pool);
}

}  // namespace signalbox::proxy
