#include <cmath>

#include "core/balance/balancer.h"
#include "core/balance/hash.h"

namespace signalbox::balance {

namespace {

/// Weighted rendezvous hashing: every backend scores -weight / ln(u) with u from the hash of client and backend name,
/// the highest wins. The share is exact by weight, and a backend that goes or comes moves its own clients only. Thaler
/// and Ravishankar (1998); weights after Schindelhauer and Schomaker (2005).
double rendezvousScore(const PickContext& context, std::size_t backend)
{
    const BackendSpec& spec = context.pool.spec(backend);
    const std::uint64_t hash = mix64(hashBytes(context.clientAddress) ^ (hashBytes(spec.name) + 0x9E3779B97F4A7C15ull));
    const double unit = (static_cast<double>(hash >> 11) + 0.5) * 0x1.0p-53;
    return -static_cast<double>(context.pool.weightNow(backend, context.now)) / (kFullShare * std::log(unit));
}

class IpHash final : public Balancer {
public:
    std::optional<std::size_t> pick(const PickContext& context, Rng& /*rng*/) override
    {
        const Eligibility eligible(context);
        std::optional<std::size_t> chosen;
        double best = 0;
        for (const std::uint32_t at : eligible.usable()) {
            const double score = rendezvousScore(context, at);
            if (!chosen.has_value() || score > best) {
                chosen = at;
                best = score;
            }
        }
        eligible.trace(context, chosen, &rendezvousScore);
        return chosen;
    }
};

}  // namespace

BalancerDescriptor ipHash()
{
    return {
        .id = "ip-hash",
        .params = {.id = "ip-hash",
                   .title = "Client address hash",
                   .help =
                       "The same client address goes to the same backend while that is usable; addresses are shared "
                       "out by weight. "
                       "When a backend goes, only its clients move. Many users behind one address land on one backend.",
                   .params = {}},
        .honoursWeights = true,
        .usesKey = true,
        .create = [](const Params&, const PoolState&) -> std::unique_ptr<Balancer> {
            return std::make_unique<IpHash>();
        }};
}

}  // namespace signalbox::balance
