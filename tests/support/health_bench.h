#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/balance/pool_health.h"
#include "tests/support/pools.h"

namespace signalbox::test {

/// Remembers what it was told.
class RecordingListener final : public balance::HealthListener {
public:
    void onBackendEvent(std::size_t backend, const balance::HealthEvent& event) override
    {
        lines.push_back(std::to_string(backend) + " " + std::string(balance::name(event.change)) + ": " + event.cause);
    }
    void onPoolEvent(const balance::HealthEvent& event) override
    {
        lines.push_back("pool " + std::string(balance::name(event.change)) + ": " + event.cause);
    }
    std::vector<std::string> lines;
};

/// A pool of equal backends and its health, over time that a test moves by hand.
struct HealthBench {
    HealthBench(std::size_t backends, balance::HealthParams params, balance::PoolTraits traits = {})
        : HealthBench(std::vector<balance::BackendSpec>(backends), std::move(params), traits)
    {}
    HealthBench(std::vector<balance::BackendSpec> specs, balance::HealthParams params, balance::PoolTraits traits = {})
    {
        std::vector<std::shared_ptr<balance::BackendState>> states;
        for (std::size_t at = 0; at < specs.size(); ++at) {
            specs[at].name = "b" + std::to_string(at);
            states.push_back(std::make_shared<balance::BackendState>());
        }
        pool = std::make_shared<balance::PoolState>(std::move(specs), std::move(states), traits);
        health = std::make_shared<balance::PoolHealth>(std::move(params), pool, nullptr);
        health->adopt(now);
    }

    void after(Duration by) { now = now + by; }
    void outcome(std::size_t at, bool success, std::uint32_t ticket = 0)
    {
        health->onOutcome(at, success, ticket, now, listener);
    }
    void outcomes(std::size_t at, bool success, int count)
    {
        for (int i = 0; i < count; ++i) {
            outcome(at, success);
        }
    }
    void check(std::size_t at, bool passed)
    {
        health->onCheck(at, passed, passed ? "status 200" : "connect refused", now, listener);
    }
    void tick() { health->tick(now, listener); }
    [[nodiscard]] bool isOut(std::size_t at) const { return !pool->state(at).takesRequests(now); }
    [[nodiscard]] std::size_t ejected() const
    {
        std::size_t out = 0;
        for (std::size_t at = 0; at < pool->size(); ++at) {
            out += pool->state(at).ejected(now) ? 1 : 0;
        }
        return out;
    }
    [[nodiscard]] balance::BackendView view(std::size_t at) const { return health->view(at, now); }

    TimePoint now{1'000'000'000};
    std::shared_ptr<balance::PoolState> pool;
    std::shared_ptr<balance::PoolHealth> health;
    RecordingListener listener;
};

}  // namespace signalbox::test
