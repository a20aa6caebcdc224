#include "core/proxy/engine.h"
#include "core/proxy/health_reporter.h"

namespace signalbox::proxy {
namespace {

struct Found {
    const plan::PoolPlan* pool = nullptr;
    std::size_t backend = 0;
};

std::vector<Found> findBackends(const plan::Plan& plan, std::string_view pool, std::string_view name)
{
    std::vector<Found> out;
    for (const auto& candidate : plan.pools) {
        for (std::size_t at = 0; at < candidate->backends.size(); ++at) {
            const plan::BackendPlan& backend = candidate->backends[at];
            const bool isNamed = backend.name == name || (pool.empty() && backend.id == name);
            if (isNamed && (pool.empty() || candidate->name == pool)) {
                out.push_back({candidate.get(), at});
            }
        }
    }
    return out;
}

Error notOne(const std::vector<Found>& found, std::string_view pool, std::string_view name)
{
    std::string text;
    if (found.empty()) {
        text = "there is no backend '" + std::string(name) + "'";
        text += pool.empty() ? "" : " in pool '" + std::string(pool) + "'";
        return {ErrorCode::NotFound, ErrorOrigin::Client, false, std::move(text)};
    }
    text = "several pools have a backend '" + std::string(name) + "':";
    for (const Found& one : found) {
        text += (&one == &found.front() ? " " : ", ") + one.pool->backends[one.backend].id;
    }
    return {ErrorCode::InvalidArgument, ErrorOrigin::Client, false, std::move(text)};
}

}  // namespace

std::int64_t wallNsOf(TimePoint at)
{
    return at.ns == 0 ? 0 : wallClockNs() - (SystemClock::instance().now() - at).count();
}

Result<std::string> Engine::setDraining(std::string_view pool, std::string_view backend, bool draining)
{
    const std::shared_ptr<const plan::Plan> current = plan();
    const std::vector<Found> found = current ? findBackends(*current, pool, backend) : std::vector<Found>{};
    if (found.size() != 1) {
        return fail(notOne(found, pool, backend));
    }
    const plan::PoolPlan& owner = *found.front().pool;
    if (!owner.health) {
        return fail({ErrorCode::Unsupported, ErrorOrigin::Us, false, "pool '" + owner.name + "' keeps no health"});
    }
    HealthReporter reporter(owner);
    owner.health->setDraining(found.front().backend, draining, SystemClock::instance().now(), reporter);
    return owner.backends[found.front().backend].id;
}

std::vector<BackendStatus> Engine::backends() const
{
    std::vector<BackendStatus> out;
    const std::shared_ptr<const plan::Plan> current = plan();
    if (!current) {
        return out;
    }
    const TimePoint now = SystemClock::instance().now();
    for (const auto& pool : current->pools) {
        for (std::size_t at = 0; at < pool->backends.size(); ++at) {
            const plan::BackendPlan& backend = pool->backends[at];
            const balance::BackendSpec& spec = pool->state->spec(at);
            BackendStatus& status = out.emplace_back();
            status.pool = pool->name;
            status.name = backend.name;
            status.id = backend.id;
            status.address = backend.address.text();
            status.weight = spec.weight;
            status.tier = pool->state->tier(at);
            status.backup = spec.backup;
            status.active = pool->state->state(at).active();
            if (pool->health) {
                status.health = pool->health->view(at, now);
            }
        }
    }
    return out;
}

std::vector<PoolStatus> Engine::pools() const
{
    std::vector<PoolStatus> out;
    const std::shared_ptr<const plan::Plan> current = plan();
    if (!current) {
        return out;
    }
    for (const auto& pool : current->pools) {
        PoolStatus& status = out.emplace_back();
        status.name = pool->name;
        if (pool->health) {
            status.health = pool->health->view(SystemClock::instance().now());
        }
    }
    return out;
}

}  // namespace signalbox::proxy
