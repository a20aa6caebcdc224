#include "core/balance/balancer.h"
#include "core/balance/smooth_rotation.h"

namespace signalbox::balance {

namespace {

class RoundRobin final : public Balancer {
public:
    explicit RoundRobin(const PoolState& pool) : m_rotation(pool) {}

    std::optional<std::size_t> pick(const PickContext& context, Rng& /*rng*/) override
    {
        const Eligibility eligible(context);
        std::optional<std::size_t> chosen;
        if (eligible.count() > 0) {
            chosen = m_rotation.next(context.pool, eligible.usable(), context.now);
        }
        eligible.trace(context, chosen, nullptr);
        return chosen;
    }

private:
    SmoothRotation m_rotation;
};

}  // namespace

BalancerDescriptor roundRobin()
{
    return {
        .id = "round-robin",
        .params = {.id = "round-robin",
                   .title = "Round robin",
                   .help =
                       "Each usable backend in turn, as often as its weight says and spread evenly: weights 2, 1, 1 "
                       "give a b a c. It looks at nothing but the turn, so a slow backend gets as much as a fast one.",
                   .params = {}},
        .honoursWeights = true,
        .create = [](const Params&, const PoolState& pool) -> std::unique_ptr<Balancer> {
            return std::make_unique<RoundRobin>(pool);
        }};
}

}  // namespace signalbox::balance
