#include "core/balance/balancer.h"

#include <algorithm>

namespace signalbox::balance {

namespace {

using stats::CandidateState;

bool isTried(const PickContext& context, std::size_t at) noexcept
{
    return at < 64 && ((context.tried >> at) & 1) != 0;
}

/// Why a backend may not take a request, whatever its tier; Usable when it may. Panic ignores health.
CandidateState stateOf(const PickContext& context, std::size_t at, bool panic) noexcept
{
    const BackendSpec& spec = context.pool.spec(at);
    const BackendState& state = context.pool.state(at);
    if (spec.weight == 0) {
        return CandidateState::ZeroWeight;
    }
    if (state.draining.load(std::memory_order_relaxed)) {
        return CandidateState::Draining;
    }
    if (!panic && !state.healthy.load(std::memory_order_relaxed)) {
        return CandidateState::Unhealthy;
    }
    if (!panic && state.ejected(context.now)) {
        return CandidateState::Ejected;
    }
    if (isTried(context, at)) {
        return CandidateState::Tried;
    }
    if (spec.maxConnections > 0 && state.active() >= spec.maxConnections) {
        return CandidateState::Full;
    }
    return CandidateState::Usable;
}

}  // namespace

CandidateState candidateState(const PickContext& context, std::size_t backend) noexcept
{
    return stateOf(context, backend, false);
}

Eligibility::Eligibility(const PickContext& context)
{
    if (context.trace != nullptr) {
        context.trace->candidates.clear();
        context.trace->draws.clear();
    }
    const std::uint32_t tiers = context.pool.tiers();
    for (std::uint32_t tier = 0; tier < tiers && m_usable.size() == 0; ++tier) {
        collect(context, tier);
    }
    if (m_usable.size() == 0 && context.pool.traits().panic > 0) {
        for (std::uint32_t tier = 0; tier < tiers && m_usable.size() == 0; ++tier) {
            collectAnyHealth(context, tier);
        }
    }
    if (context.trace != nullptr) {
        context.trace->panic = m_panic;
    }
}

void Eligibility::collect(const PickContext& context, std::uint32_t tier)
{
    const PoolState& pool = context.pool;
    const std::size_t size = pool.size();
    std::size_t members = 0;
    std::size_t considered = 0;
    std::size_t healthy = 0;
    m_tier = tier;
    for (std::size_t at = 0; at < size; ++at) {
        if (pool.tier(at) != tier) {
            continue;
        }
        ++members;
        const CandidateState state = stateOf(context, at, false);
        if (state == CandidateState::Usable) {
            m_usable.push(at);
        }
        const bool isAsked = state != CandidateState::ZeroWeight && state != CandidateState::Draining;
        considered += isAsked ? 1 : 0;
        healthy += isAsked && state != CandidateState::Unhealthy && state != CandidateState::Ejected ? 1 : 0;
    }
    m_all = tier == 0 && m_usable.size() == members;
    if (healthy > 0 && static_cast<double>(healthy) < pool.traits().panic * static_cast<double>(considered)) {
        m_usable.clear();
        collectAnyHealth(context, tier);
    }
}

void Eligibility::collectAnyHealth(const PickContext& context, std::uint32_t tier)
{
    m_tier = tier;
    for (std::size_t at = 0; at < context.pool.size(); ++at) {
        if (context.pool.tier(at) == tier && stateOf(context, at, true) == CandidateState::Usable) {
            m_usable.push(at);
        }
    }
    m_panic = m_panic || m_usable.size() > 0;
}

bool Eligibility::contains(std::size_t backend) const noexcept
{
    return std::ranges::binary_search(usable(), static_cast<std::uint32_t>(backend));
}

void Eligibility::trace(const PickContext& context, std::optional<std::size_t> chosen,
                        double (*score)(const PickContext&, std::size_t)) const
{
    if (context.trace == nullptr) {
        return;
    }
    auto& list = context.trace->candidates;
    list.clear();
    const std::size_t size = context.pool.size();
    std::size_t passedOver = 0;
    for (std::size_t at = 0; at < size; ++at) {
        const bool isChosen = chosen == at;
        // The last place is kept for the chosen one while that is still to come.
        if (list.size() + 1 == list.capacity() && chosen.has_value() && at < *chosen) {
            ++passedOver;
            continue;
        }
        stats::Candidate* const out = list.add();
        if (out == nullptr) {
            continue;
        }
        const BackendSpec& spec = context.pool.spec(at);
        out->backend.assign(spec.name);
        out->active = context.pool.state(at).active();
        out->weight = spec.weight;
        out->share = static_cast<std::uint8_t>(context.pool.share(at, context.now));
        out->state =
            isChosen ? CandidateState::Chosen : stateOf(context, at, m_panic && context.pool.tier(at) == m_tier);
        const bool isUsable = contains(at);
        if (out->state == CandidateState::Usable && !isUsable) {
            const bool isLater = context.pool.tier(at) > m_tier;
            out->state = !isLater      ? CandidateState::Full
                         : spec.backup ? CandidateState::Backup
                                       : CandidateState::LaterTier;
        }
        if (score != nullptr && isUsable) {
            out->score = score(context, at);
        }
    }
    for (; passedOver > 0; --passedOver) {
        list.add();  // full by now: counts them as dropped
    }
}

void traceDraw(const PickContext& context, std::size_t backend) noexcept
{
    if (context.trace != nullptr) {
        if (std::uint32_t* const draw = context.trace->draws.add(); draw != nullptr) {
            *draw = static_cast<std::uint32_t>(backend);
        }
    }
}

double loadOf(const PickContext& context, std::size_t backend)
{
    return kFullShare * static_cast<double>(context.pool.state(backend).active()) /
           static_cast<double>(context.pool.weightNow(backend, context.now));
}

std::size_t drawByWeight(const PickContext& context, const Eligibility& eligible, Rng& rng,
                         std::optional<std::size_t> without)
{
    std::uint64_t total = 0;
    for (const std::uint32_t at : eligible.usable()) {
        total += at == without ? 0 : context.pool.weightNow(at, context.now);
    }
    std::uint64_t drawn = rng.below(total);
    std::size_t last = 0;
    for (const std::uint32_t at : eligible.usable()) {
        if (at == without) {
            continue;
        }
        last = at;
        const std::uint64_t weight = context.pool.weightNow(at, context.now);
        if (drawn < weight) {
            break;
        }
        drawn -= weight;
    }
    traceDraw(context, last);
    return last;
}

}  // namespace signalbox::balance
