#include <algorithm>

#include "core/plan/compile_health.h"
#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

std::uint64_t fnv1a(std::string_view text) noexcept
{
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    return hash;
}

Endpoint resolve(const Draft& draft, const std::string& address)
{
    if (address.starts_with("mock:") || address.starts_with("listener:") || parseNamedAddress(address)) {
        const auto found = draft.addresses.find(address);
        return found == draft.addresses.end() ? Endpoint{} : found->second;
    }
    return Endpoint::parse(address).value_or(Endpoint{});
}

/// What a pool is made from, before it is known whether the previous plan has it already.
struct PoolDraft {
    std::string name;
    std::string algorithm;
    const Value* balancerParams = nullptr;
    std::vector<balance::BackendSpec> specs;
    std::vector<BackendPlan> backends;
    std::optional<Duration> connectTimeout;
    const Value* value = nullptr;
    ValuePath path;
    HealthDraft health;
    Duration resolveEvery{};
    std::string balancerText;  ///< algorithm, parameters, names and weights: what a balancer's memory is about
    std::string text;          ///< everything
};

PoolDraft readPool(Draft& draft, const Value& value, const ValuePath& path)
{
    const Params params(site::poolSpec(), &value);
    PoolDraft out;
    out.name = params.text("name");
    out.value = &value;
    out.path = path;
    if (const Params timeouts = params.object("timeouts"); timeouts.has("connect")) {
        out.connectTimeout = timeouts.duration("connect");
    }
    out.health = compileHealth(draft, value, path);
    out.resolveEvery = params.duration("resolve");
    const Value* balance = params.value("balance");
    const bool isMap = balance && balance->isMap();
    const Value* algorithm = isMap ? balance->find("algorithm") : balance;
    out.algorithm = algorithm ? algorithm->text() : params.text("balance");
    out.balancerParams = isMap ? balance : nullptr;
    out.balancerText = out.algorithm + "\n";
    if (isMap) {
        appendCanonical(out.balancerText, *balance);
    }
    static const Value kNone = Value::list();
    const Value* backends = params.value("backends");
    for (const auto& item : (backends ? *backends : kNone).items()) {
        const Params backend(site::backendSpec(), &item);
        balance::BackendSpec spec;
        spec.name = backend.text("name");
        spec.weight = static_cast<std::uint32_t>(backend.integer("weight"));
        spec.maxConnections = static_cast<std::uint32_t>(backend.integer("max_connections"));
        spec.backup = backend.boolean("backup");
        spec.priority = static_cast<std::uint32_t>(backend.integer("priority"));
        BackendPlan plan;
        plan.name = spec.name;
        plan.id = out.name + "/" + spec.name;
        plan.addressText = backend.text("address");
        plan.address = resolve(draft, plan.addressText);
        const bool isReference = plan.addressText.starts_with("mock:") || plan.addressText.starts_with("listener:");
        if (!isReference && plan.address.family() == Endpoint::Family::None) {
            spec.weight = 0;  // nothing can be sent there yet, and whoever balances need not know why
        }
        out.balancerText += "\n" + spec.name + "*" + std::to_string(spec.weight);
        out.text += "\n" + spec.name + " " + plan.addressText + " " + plan.address.text() + " " +
                    std::to_string(spec.maxConnections) + (spec.backup ? " backup" : "") + " tier " +
                    std::to_string(spec.priority);
        out.specs.push_back(std::move(spec));
        out.backends.push_back(std::move(plan));
    }
    out.text = out.name + "\n" + out.balancerText + "\n" +
               (out.connectTimeout ? std::to_string(out.connectTimeout->count()) : std::string("-")) + " " +
               std::to_string(out.resolveEvery.count()) + out.text;
    for (const std::string_view key : {"sticky", "queue", "health", "slow_start", "circuit_breaker",
                                       "adaptive_concurrency"}) {
        if (const Value* const part = params.value(key)) {
            out.text.append("\n").append(key).append(" ");
            appendCanonical(out.text, *part);
        }
    }
    return out;
}

/// What an operator said holds for the name, also where its address is another one now.
bool wasDraining(const PoolPlan* previous, const std::string& name)
{
    for (std::size_t at = 0; previous && at < previous->backends.size(); ++at) {
        if (previous->backends[at].name == name) {
            return previous->state->state(at).draining.load(std::memory_order_relaxed);
        }
    }
    return false;
}

/// A backend keeps its state while it stays in its pool at its address; an address not yet known is no other address.
std::shared_ptr<balance::BackendState> keptState(const PoolPlan* previous, const BackendPlan& backend)
{
    if (previous) {
        for (std::size_t at = 0; at < previous->backends.size(); ++at) {
            const BackendPlan& old = previous->backends[at];
            const auto none = Endpoint::Family::None;
            const bool sameEndpoint =
                old.address == backend.address || old.address.family() == none || backend.address.family() == none;
            if (old.name == backend.name && old.addressText == backend.addressText && sameEndpoint) {
                return previous->state->sharedState(at);
            }
        }
    }
    auto out = std::make_shared<balance::BackendState>();
    out->draining.store(wasDraining(previous, backend.name), std::memory_order_relaxed);
    return out;
}

std::shared_ptr<const PoolPlan> buildPool(Draft& draft, PoolDraft&& from, const PoolPlan* previous)
{
    auto out = std::make_shared<PoolPlan>();
    std::vector<std::shared_ptr<balance::BackendState>> states;
    for (auto& backend : from.backends) {
        states.push_back(keptState(previous, backend));
        backend.slot = draft.plan->stats->slotFor(stats::Scope::Backend, backend.id);
    }
    out->slot = draft.plan->stats->slotFor(stats::Scope::Pool, from.name);
    out->name = std::move(from.name);
    out->algorithm = std::move(from.algorithm);
    out->state = std::make_shared<balance::PoolState>(std::move(from.specs), std::move(states), from.health.traits);
    out->health = std::make_shared<balance::PoolHealth>(std::move(from.health.params), out->state,
                                                        previous ? previous->health.get() : nullptr);
    out->backends = std::move(from.backends);
    out->connectTimeout = from.connectTimeout;
    out->resolveEvery = from.resolveEvery;
    out->fingerprint = fnv1a(from.text);
    compileWaiting(Params(site::poolSpec(), from.value), previous, *out);
    compileLimit(draft, Params(site::poolSpec(), from.value), from.path, previous, *out);
    out->balancerFingerprint = fnv1a(from.balancerText);
    if (previous && previous->balancerFingerprint == out->balancerFingerprint) {
        out->balancer = previous->balancer;
    } else if (const auto* descriptor = balance::builtinBalancers().find(out->algorithm)) {
        out->balancer = descriptor->create(Params(descriptor->params, from.balancerParams), *out->state);
    }
    return out;
}

std::shared_ptr<const PoolPlan> previousPool(const Draft& draft, std::string_view name)
{
    const auto& previous = draft.input.previous;
    if (!previous) {
        return nullptr;
    }
    const auto it =
        std::ranges::find(previous->pools, name, [](const auto& pool) -> std::string_view { return pool->name; });
    return it == previous->pools.end() ? nullptr : *it;
}

}  // namespace

void compilePools(Draft& draft)
{
    // Slots are numbers of one hub: with another hub nothing that holds them can be shared.
    const bool sameHub = draft.input.previous && draft.input.previous->stats == draft.plan->stats;
    const auto& pools = draft.site.list("pools");
    for (std::size_t at = 0; at < pools.size(); ++at) {
        PoolDraft from = readPool(draft, pools[at], site::childPath("pools", site::elementSegment(pools[at], at)));
        const auto previous = previousPool(draft, from.name);
        const bool unchanged = sameHub && previous && previous->fingerprint == fnv1a(from.text);
        auto pool = unchanged ? previous : buildPool(draft, std::move(from), previous.get());
        draft.pools.try_emplace(pool->name, pool);
        draft.plan->pools.push_back(std::move(pool));
    }
}

}  // namespace signalbox::plan
