#include "core/balance/pool_health.h"

#include <algorithm>
#include <cstdio>
#include <unordered_set>

#include "core/base/units.h"

namespace signalbox::balance {

namespace {

std::string percent(double share)
{
    char out[32];
    std::snprintf(out, sizeof out, "%.1f%%", share * 100);
    return out;
}

/// How many backends of the tier in use are asked, and how many of them are healthy.
struct TierCount {
    std::size_t asked = 0;
    std::size_t healthy = 0;
};

TierCount countTierInUse(const PoolState& pool, TimePoint now)
{
    TierCount first;
    for (std::uint32_t tier = 0; tier < pool.tiers(); ++tier) {
        TierCount count;
        for (std::size_t at = 0; at < pool.size(); ++at) {
            const BackendState& state = pool.state(at);
            if (pool.tier(at) == tier && pool.spec(at).weight > 0 && !state.draining.load(std::memory_order_relaxed)) {
                ++count.asked;
                count.healthy += state.takesRequests(now) ? 1 : 0;
            }
        }
        if (count.healthy > 0) {
            return count;
        }
        first = first.asked > 0 ? first : count;
    }
    return first;
}

}  // namespace

PoolHealth::PoolHealth(HealthParams params, std::shared_ptr<const PoolState> pool, const PoolHealth* previous)
    : m_params(std::move(params)), m_pool(std::move(pool))
{
    m_core = previous ? previous->m_core : std::make_shared<Core>();
    if (m_params.breaker) {
        const bool same = previous && previous->m_breaker && previous->m_params.breaker == m_params.breaker;
        m_breaker = same ? previous->m_breaker : std::make_shared<CircuitBreaker>(*m_params.breaker);
    }
    if (previous) {
        m_checksChanged = previous->m_params.active != m_params.active;
        std::unordered_set<const BackendState*> known;
        for (std::size_t at = 0; at < previous->m_pool->size(); ++at) {
            known.insert(&previous->m_pool->state(at));
        }
        for (std::size_t at = 0; at < m_pool->size(); ++at) {
            if (!known.contains(&m_pool->state(at))) {
                m_new.push_back(at);
            }
        }
    }
}

void PoolHealth::adopt(TimePoint now)
{
    if (m_adopted.exchange(true)) {
        return;
    }
    const std::lock_guard lock(m_core->mutex);
    for (const std::size_t at : m_new) {
        startSlowly(m_pool->state(at), now);
    }
    for (std::size_t at = 0; at < m_pool->size(); ++at) {
        BackendState& state = m_pool->state(at);
        if (!m_params.active && !state.healthy.load(std::memory_order_relaxed)) {
            state.health.checks = {};
            state.health.changedAt = now;
            state.health.cause = "its checks were taken away";
            state.health.history.add({now, HealthChange::Up, state.health.cause});
            state.healthy.store(true, std::memory_order_relaxed);
            startSlowly(state, now);
        } else if (m_checksChanged) {
            state.health.checks.restart();
        }
        if (!m_params.passive) {
            state.ejectedUntilNs.store(kNeverNs, std::memory_order_relaxed);
            state.health.failuresInRow.store(0, std::memory_order_relaxed);
        }
    }
}

void PoolHealth::startSlowly(BackendState& state, TimePoint at) noexcept
{
    const bool slow = m_pool->traits().slowStart > Duration::zero();
    state.slowFromNs.store(slow ? at.ns : kNeverNs, std::memory_order_relaxed);
}

void PoolHealth::tell(std::size_t backend, HealthEvent event, HealthListener& listener)
{
    BackendHealth& health = m_pool->state(backend).health;
    health.changedAt = event.at;
    health.cause = event.cause;
    health.history.add(event);
    listener.onBackendEvent(backend, event);
}

void PoolHealth::tellPool(const std::optional<HealthEvent>& event, HealthListener& listener)
{
    if (event) {
        m_core->history.add(*event);
        listener.onPoolEvent(*event);
    }
}

void PoolHealth::onOutcome(std::size_t backend, bool success, std::uint32_t ticket, TimePoint now,
                           HealthListener& listener)
{
    if (m_breaker) {
        std::optional<HealthEvent> event;
        m_breaker->onOutcome(success, ticket, now, event);
        tellPool(event, listener);
    }
    if (!m_params.passive) {
        return;
    }
    const PassiveParams& passive = *m_params.passive;
    BackendHealth& health = m_pool->state(backend).health;
    if (passive.errorShare > 0) {
        health.recent.add(!success, passive.window, now);
    }
    if (passive.successRate) {
        health.roundTotal.fetch_add(1, std::memory_order_relaxed);
        health.roundFailed.fetch_add(success ? 0 : 1, std::memory_order_relaxed);
    }
    if (success) {
        if (health.failuresInRow.load(std::memory_order_relaxed) != 0) {
            health.failuresInRow.store(0, std::memory_order_relaxed);
        }
        return;
    }
    const std::uint32_t inRow = health.failuresInRow.fetch_add(1, std::memory_order_relaxed) + 1;
    const OutcomeWindow::Sum sum =
        passive.errorShare > 0 ? health.recent.sum(passive.window, now) : OutcomeWindow::Sum{};
    if (passive.failures > 0 && inRow >= passive.failures) {
        const std::lock_guard lock(m_core->mutex);
        eject(backend, std::to_string(inRow) + " failed requests in a row", now, listener);
        judgePanic(now, listener);
    } else if (passive.errorShare > 0 && sum.reaches(passive.errorShare, passive.minRequests)) {
        const std::lock_guard lock(m_core->mutex);
        eject(backend,
              std::to_string(sum.failed) + " of " + std::to_string(sum.total) + " requests failed within " +
                  formatDuration(passive.window),
              now, listener);
        judgePanic(now, listener);
    }
}

bool PoolHealth::mayEject(std::size_t backend, TimePoint now) const noexcept
{
    const BackendState& state = m_pool->state(backend);
    if (!state.healthy.load(std::memory_order_relaxed) || state.ejected(now)) {
        return false;
    }
    std::size_t out = 0;
    bool hasOther = false;
    for (std::size_t at = 0; at < m_pool->size(); ++at) {
        const BackendState& other = m_pool->state(at);
        out += other.ejected(now) ? 1 : 0;
        hasOther = hasOther || (at != backend && m_pool->spec(at).weight > 0 && other.takesRequests(now));
    }
    // Observation never empties a pool: a backend that answers some requests is worth more than none.
    return hasOther && out < mostEjected(*m_params.passive, m_pool->size());
}

void PoolHealth::eject(std::size_t backend, const std::string& cause, TimePoint now, HealthListener& listener)
{
    if (!mayEject(backend, now)) {
        return;
    }
    settleEjection(backend, now, listener);
    BackendState& state = m_pool->state(backend);
    const Duration out = state.health.ejections.begin(*m_params.passive, now);
    // It comes back by time alone, and so begins its slow start.
    startSlowly(state, now + out);
    state.ejectedUntilNs.store((now + out).ns, std::memory_order_relaxed);
    state.health.failuresInRow.store(0, std::memory_order_relaxed);
    state.health.recent.clear();
    tell(backend, {now, HealthChange::Ejected, cause + ", for " + formatDuration(out)}, listener);
}

void PoolHealth::settleEjection(std::size_t backend, TimePoint now, HealthListener& listener)
{
    BackendState& state = m_pool->state(backend);
    const std::int64_t until = state.ejectedUntilNs.load(std::memory_order_relaxed);
    if (until == kNeverNs || now.ns < until) {
        return;
    }
    state.ejectedUntilNs.store(kNeverNs, std::memory_order_relaxed);
    state.health.failuresInRow.store(0, std::memory_order_relaxed);
    tell(backend, {TimePoint{until}, HealthChange::Back, "its ejection is over"}, listener);
}

CircuitBreaker::Admission PoolHealth::admit(TimePoint now, HealthListener& listener)
{
    if (!m_breaker) {
        return {};
    }
    std::optional<HealthEvent> event;
    const CircuitBreaker::Admission admission = m_breaker->admit(now, event);
    tellPool(event, listener);
    return admission;
}

void PoolHealth::leave(std::uint32_t ticket)
{
    if (m_breaker) {
        m_breaker->leave(ticket);
    }
}

void PoolHealth::onCheck(std::size_t backend, bool passed, std::string_view text, TimePoint now,
                         HealthListener& listener)
{
    if (!m_params.active) {
        return;
    }
    const std::lock_guard lock(m_core->mutex);
    BackendState& state = m_pool->state(backend);
    BackendHealth& health = state.health;
    ++health.checksDone;
    health.checksFailed += passed ? 0 : 1;
    health.lastCheckAt = now;
    health.lastCheckPassed = passed;
    health.lastCheckText = text;
    const std::optional<bool> change = health.checks.add(passed, *m_params.active);
    if (!change) {
        return;
    }
    if (*change) {
        startSlowly(state, now);
        health.failuresInRow.store(0, std::memory_order_relaxed);
    }
    state.healthy.store(*change, std::memory_order_relaxed);
    const std::string count = std::to_string(*change ? m_params.active->rise : m_params.active->fall);
    tell(backend,
         {now, *change ? HealthChange::Up : HealthChange::Down,
          std::string(text) + " (" + count + " of " + count + " checks)"},
         listener);
    judgePanic(now, listener);
}

bool PoolHealth::setDraining(std::size_t backend, bool draining, TimePoint now, HealthListener& listener)
{
    const std::lock_guard lock(m_core->mutex);
    BackendState& state = m_pool->state(backend);
    if (state.draining.load(std::memory_order_relaxed) == draining) {
        return false;
    }
    if (!draining) {
        startSlowly(state, now);
    }
    state.draining.store(draining, std::memory_order_relaxed);
    tell(backend, {now, draining ? HealthChange::Draining : HealthChange::Enabled, "asked for by an operator"},
         listener);
    judgePanic(now, listener);
    return true;
}

void PoolHealth::tick(TimePoint now, HealthListener& listener)
{
    const std::lock_guard lock(m_core->mutex);
    for (std::size_t at = 0; at < m_pool->size(); ++at) {
        settleEjection(at, now, listener);
    }
    judgeRound(now, listener);
    judgePanic(now, listener);
}

void PoolHealth::judgeRound(TimePoint now, HealthListener& listener)
{
    if (!m_params.passive || !m_params.passive->successRate) {
        return;
    }
    const PassiveParams::SuccessRate& params = *m_params.passive->successRate;
    if (m_core->roundAt.ns != 0 && now < m_core->roundAt + params.interval) {
        return;
    }
    m_core->roundAt = now;
    std::vector<RequestRound> rounds;
    for (std::size_t at = 0; at < m_pool->size(); ++at) {
        BackendHealth& health = m_pool->state(at).health;
        rounds.push_back({health.roundTotal.exchange(0, std::memory_order_relaxed),
                          health.roundFailed.exchange(0, std::memory_order_relaxed)});
    }
    for (const Outlier& outlier : findOutliers(params, rounds)) {
        eject(outlier.backend,
              "success rate " + percent(outlier.rate) + " within " + formatDuration(params.interval) +
                  ", the pool's limit is " + percent(outlier.limit),
              now, listener);
    }
}

void PoolHealth::judgePanic(TimePoint now, HealthListener& listener)
{
    const double limit = m_pool->traits().panic;
    const TierCount count = limit > 0 ? countTierInUse(*m_pool, now) : TierCount{};
    const bool panic = static_cast<double>(count.healthy) < limit * static_cast<double>(count.asked);
    if (panic == m_core->panic) {
        return;
    }
    m_core->panic = panic;
    const std::string share = std::to_string(count.healthy) + " of " + std::to_string(count.asked) +
                              (count.asked == 1 ? " backend is healthy" : " backends are healthy");
    tellPool(HealthEvent{now, panic ? HealthChange::PanicOn : HealthChange::PanicOff,
                         panic ? share + ", fewer than " + formatShare(limit) + ": all are used" : share},
             listener);
}

std::string_view name(BackendCondition condition) noexcept
{
    switch (condition) {
        case BackendCondition::Up: return "up";
        case BackendCondition::Starting: return "starting";
        case BackendCondition::Ejected: return "ejected";
        case BackendCondition::Down: return "down";
        case BackendCondition::Draining: return "draining";
    }
    return "unknown";
}

BackendView PoolHealth::view(std::size_t backend, TimePoint now) const
{
    const std::lock_guard lock(m_core->mutex);
    const BackendState& state = m_pool->state(backend);
    const BackendHealth& health = state.health;
    BackendView out;
    out.healthy = state.healthy.load(std::memory_order_relaxed);
    out.draining = state.draining.load(std::memory_order_relaxed);
    out.ejected = state.ejected(now);
    out.ejectedUntil = {out.ejected ? state.ejectedUntilNs.load(std::memory_order_relaxed) : 0};
    out.share = m_pool->share(backend, now);
    out.condition = out.draining             ? BackendCondition::Draining
                    : !out.healthy           ? BackendCondition::Down
                    : out.ejected            ? BackendCondition::Ejected
                    : out.share < kFullShare ? BackendCondition::Starting
                                             : BackendCondition::Up;
    out.since = health.changedAt;
    out.cause = health.cause;
    out.ejections = health.ejections.total();
    out.failuresInRow = health.failuresInRow.load(std::memory_order_relaxed);
    out.checks = health.checksDone;
    out.checksFailed = health.checksFailed;
    out.lastCheckAt = health.lastCheckAt;
    out.lastCheckPassed = health.lastCheckPassed;
    out.lastCheck = health.lastCheckText;
    out.history = health.history.read();
    return out;
}

PoolHealthView PoolHealth::view(TimePoint now) const
{
    PoolHealthView out;
    {
        const std::lock_guard lock(m_core->mutex);
        out.panic = m_core->panic;
    }
    if (m_breaker) {
        out.breaker = m_breaker->view(now);
    }
    out.history = m_core->history.read();
    return out;
}

}  // namespace signalbox::balance
