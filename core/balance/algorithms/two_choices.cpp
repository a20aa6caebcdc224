#include "core/balance/balancer.h"

namespace signalbox::balance {

namespace {

/// Two different backends drawn by weight without replacement; of equal loads the first drawn wins, so that an idle
/// pool is shared exactly by weight. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001).
class TwoChoices final : public Balancer {
public:
    std::optional<std::size_t> pick(const PickContext& context, Rng& rng) override
    {
        const Eligibility eligible(context);
        std::optional<std::size_t> chosen;
        if (eligible.count() == 1) {
            chosen = eligible.nth(0);
        } else if (eligible.count() > 1) {
            const std::size_t first = drawByWeight(context, eligible, rng);
            const std::size_t second = drawByWeight(context, eligible, rng, first);
            chosen = isLess(context, second, first) ? second : first;
        }
        eligible.trace(context, chosen, &loadOf);
        return chosen;
    }

private:
    static bool isLess(const PickContext& context, std::size_t a, std::size_t b)
    {
        const std::uint64_t activeA = context.pool.state(a).active();
        const std::uint64_t activeB = context.pool.state(b).active();
        return activeA * context.pool.weightNow(b, context.now) < activeB * context.pool.weightNow(a, context.now);
    }
};

}  // namespace

BalancerDescriptor twoChoices()
{
    return {
        .id = "two-choices",
        .params = {.id = "two-choices",
                   .title = "Two choices",
                   .help = "Draws two different usable backends by weight and takes the one with fewer requests in "
                           "flight by weight. "
                           "Nearly as even as least connections, without everyone running to the same idle backend.",
                   .params = {}},
        .honoursWeights = true,
        .create = [](const Params&, const PoolState&) -> std::unique_ptr<Balancer> {
            return std::make_unique<TwoChoices>();
        }};
}

}  // namespace signalbox::balance
