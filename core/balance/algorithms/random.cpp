#include "core/balance/balancer.h"

namespace signalbox::balance {

namespace {

class Random final : public Balancer {
public:
    std::optional<std::size_t> pick(const PickContext& context, Rng& rng) override
    {
        const Eligibility eligible(context);
        std::optional<std::size_t> chosen;
        if (eligible.count() > 0) {
            chosen = drawByWeight(context, eligible, rng);
        }
        eligible.trace(context, chosen, nullptr);
        return chosen;
    }
};

}  // namespace

BalancerDescriptor random()
{
    return {
        .id = "random",
        .params =
            {.id = "random",
             .title = "Random",
             .help =
                 "A usable backend drawn by weight. Even in the long run, lumpy in the short: with few requests some "
                 "backends get several in a row. Needs no shared state at all.",
             .params = {}},
        .honoursWeights = true,
        .create = [](const Params&, const PoolState&) -> std::unique_ptr<Balancer> {
            return std::make_unique<Random>();
        }};
}

}  // namespace signalbox::balance
