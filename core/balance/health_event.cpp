#include "core/balance/health_event.h"

namespace signalbox::balance {

std::string_view name(HealthChange change) noexcept
{
    switch (change) {
        case HealthChange::Up: return "up";
        case HealthChange::Down: return "down";
        case HealthChange::Ejected: return "ejected";
        case HealthChange::Back: return "back";
        case HealthChange::Draining: return "draining";
        case HealthChange::Enabled: return "enabled";
        case HealthChange::PanicOn: return "panic";
        case HealthChange::PanicOff: return "panic-over";
        case HealthChange::BreakerOpen: return "breaker-open";
        case HealthChange::BreakerHalfOpen: return "breaker-half-open";
        case HealthChange::BreakerClosed: return "breaker-closed";
    }
    return "unknown";
}

void HealthHistory::add(const HealthEvent& event)
{
    const std::lock_guard lock(m_mutex);
    if (m_events.size() == kMost) {
        m_events.pop_front();
    }
    m_events.push_back(event);
}

std::vector<HealthEvent> HealthHistory::read() const
{
    const std::lock_guard lock(m_mutex);
    return {m_events.begin(), m_events.end()};
}

}  // namespace signalbox::balance
