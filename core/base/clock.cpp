#include "core/base/clock.h"

namespace signalbox {

TimePoint SystemClock::now() const noexcept
{
    return {std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

const SystemClock& SystemClock::instance() noexcept
{
    static const SystemClock clock;
    return clock;
}

std::int64_t wallClockNs() noexcept
{
    return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace signalbox
