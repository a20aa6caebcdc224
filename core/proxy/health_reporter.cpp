#include "core/proxy/health_reporter.h"

#include <string>

#include "core/base/log.h"

namespace signalbox::proxy {
namespace {

using balance::HealthChange;

std::string_view words(HealthChange change)
{
    switch (change) {
        case HealthChange::Up: return "is up";
        case HealthChange::Down: return "is down";
        case HealthChange::Ejected: return "is ejected";
        case HealthChange::Back: return "is back";
        case HealthChange::Draining: return "is draining";
        case HealthChange::Enabled: return "is enabled";
        case HealthChange::PanicOn: return "is in panic mode";
        case HealthChange::PanicOff: return "is out of panic mode";
        case HealthChange::BreakerOpen: return "has opened its circuit breaker";
        case HealthChange::BreakerHalfOpen: return "has half opened its circuit breaker";
        case HealthChange::BreakerClosed: return "has closed its circuit breaker";
    }
    return "changed";
}

bool isBad(HealthChange change)
{
    return change == HealthChange::Down || change == HealthChange::Ejected || change == HealthChange::PanicOn ||
           change == HealthChange::BreakerOpen;
}

void write(std::string_view kind, const std::string& name, const balance::HealthEvent& event)
{
    std::string line(kind);
    line.append(name).append(" ").append(words(event.change)).append(": ").append(event.cause);
    log::write(isBad(event.change) ? log::Level::Warning : log::Level::Info, line);
}

}  // namespace

void HealthReporter::onBackendEvent(std::size_t backend, const balance::HealthEvent& event)
{
    const plan::BackendPlan& plan = m_pool.backends[backend];
    write("backend ", plan.id, event);
    if (!m_stats || plan.slot == stats::kNoSlot) {
        return;
    }
    stats::SlotStats& slot = m_stats->slot(stats::Scope::Backend, plan.slot);
    if (event.change != HealthChange::Draining && event.change != HealthChange::Enabled) {
        slot.add(stats::Counter::HealthTransitions);
    }
    if (event.change == HealthChange::Ejected) {
        slot.add(stats::Counter::Ejections);
    }
}

void HealthReporter::onPoolEvent(const balance::HealthEvent& event)
{
    write("pool ", m_pool.name, event);
}

}  // namespace signalbox::proxy
