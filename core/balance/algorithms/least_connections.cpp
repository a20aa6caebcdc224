#include "core/balance/balancer.h"
#include "core/balance/smooth_rotation.h"

namespace signalbox::balance {

namespace {

/// Ties are dealt out in turn, so that idle backends share as round-robin would, weights included.
class LeastConnections final : public Balancer {
public:
    explicit LeastConnections(const PoolState& pool) : m_rotation(pool) {}

    std::optional<std::size_t> pick(const PickContext& context, Rng& /*rng*/) override
    {
        const Eligibility eligible(context);
        std::optional<std::size_t> chosen;
        if (eligible.count() > 0) {
            IndexList least;
            collectLeast(context, eligible, least);
            chosen = m_rotation.next(context.pool, least.view(), context.now);
        }
        eligible.trace(context, chosen, &loadOf);
        return chosen;
    }

private:
    static void collectLeast(const PickContext& context, const Eligibility& eligible, IndexList& least)
    {
        std::uint64_t bestActive = 0;
        std::uint64_t bestWeight = 1;
        for (const std::uint32_t at : eligible.usable()) {
            const std::uint64_t active = context.pool.state(at).active();
            const std::uint64_t weight = context.pool.weightNow(at, context.now);
            const bool isLess = least.size() == 0 || active * bestWeight < bestActive * weight;
            if (isLess) {
                least.clear();
                bestActive = active;
                bestWeight = weight;
            }
            if (isLess || active * bestWeight == bestActive * weight) {
                least.push(at);
            }
        }
    }

    SmoothRotation m_rotation;
};

}  // namespace

BalancerDescriptor leastConnections()
{
    return {
        .id = "least-connections",
        .params =
            {.id = "least-connections",
             .title = "Least connections",
             .help =
                 "The usable backend with the fewest requests in flight by weight, counted over all workers; equals "
                 "take "
                 "turns. Slow backends get less by themselves. A backend that fails fast looks idle and draws traffic.",
             .params = {}},
        .honoursWeights = true,
        .create = [](const Params&, const PoolState& pool) -> std::unique_ptr<Balancer> {
            return std::make_unique<LeastConnections>(pool);
        }};
}

}  // namespace signalbox::balance
