#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace signalbox::balance {

enum class HealthChange : std::uint8_t {
    Up,        ///< enough checks passed
    Down,      ///< enough checks failed
    Ejected,   ///< by the outcome of requests
    Back,      ///< the ejection is over
    Draining,  ///< by an operator
    Enabled,   ///< by an operator
    PanicOn,   ///< of a pool: so few are healthy that all are used
    PanicOff,
    BreakerOpen,
    BreakerHalfOpen,
    BreakerClosed
};
[[nodiscard]] std::string_view name(HealthChange change) noexcept;  ///< "up", "down", "ejected", ...

/// Something that changed about a backend or a pool, and why.
struct HealthEvent {
    TimePoint at{};
    HealthChange change = HealthChange::Up;
    std::string cause;  ///< "connect refused (3 of 3 checks)"
};

/// The last events of one backend or pool, oldest first. Any thread.
class HealthHistory {
public:
    static constexpr std::size_t kMost = 32;
    void add(const HealthEvent& event);
    [[nodiscard]] std::vector<HealthEvent> read() const;

private:
    mutable std::mutex m_mutex;
    std::deque<HealthEvent> m_events;
};

/// Told of each change when it happens, by the thread that caused it: for log lines and counters. Must not call back.
class HealthListener {
public:
    virtual void onBackendEvent(std::size_t backend, const HealthEvent& event) = 0;
    virtual void onPoolEvent(const HealthEvent& event) = 0;

protected:
    ~HealthListener() = default;
};

}  // namespace signalbox::balance
