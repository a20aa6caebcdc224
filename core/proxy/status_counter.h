#pragma once

#include "core/stats/worker_stats.h"

namespace signalbox::proxy {

/// The counter of a status code's class.
[[nodiscard]] constexpr stats::Counter counterOf(int status) noexcept
{
    if (status == 429) {
        return stats::Counter::Status429;
    }
    switch (status / 100) {
        case 1: return stats::Counter::Status1xx;
        case 2: return stats::Counter::Status2xx;
        case 3: return stats::Counter::Status3xx;
        case 4: return stats::Counter::Status4xx;
        default: return stats::Counter::Status5xx;
    }
}

}  // namespace signalbox::proxy
