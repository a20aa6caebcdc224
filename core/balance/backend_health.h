#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/balance/active_check.h"
#include "core/balance/ejection.h"
#include "core/balance/health_event.h"
#include "core/balance/outcome_window.h"

namespace signalbox::balance {

/// The memory behind a backend's flags: part of its BackendState, so that it survives plans with it. What requests
/// touch is atomic; the rest belongs to whoever holds the pool's mutex (PoolHealth).
struct alignas(64) BackendHealth {
    // With every request of a pool that watches them.
    std::atomic<std::uint32_t> failuresInRow{0};
    OutcomeWindow recent;
    std::atomic<std::uint32_t> roundTotal{0};
    std::atomic<std::uint32_t> roundFailed{0};

    // Rare.
    CheckCount checks;
    EjectionCount ejections;
    std::uint64_t checksDone = 0;
    std::uint64_t checksFailed = 0;
    TimePoint lastCheckAt{};
    bool lastCheckPassed = false;
    std::string lastCheckText;
    TimePoint changedAt{};  ///< zero: never
    std::string cause;      ///< of the last change
    HealthHistory history;
};

}  // namespace signalbox::balance
