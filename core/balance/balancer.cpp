#include "core/balance/balancer.h"

#include <algorithm>

namespace signalbox::balance {

namespace {

using stats::CandidateState;

bool isTried(const PickContext& context, std::size_t at) noexcept
{
    return at < 64 && ((context.tried >> at) & 1) != 0;
}

CandidateState stateOf(const PickContext& context, std::size_t at) noexcept
{
    const BackendSpec& spec = context.pool.spec(at);
    const BackendState& state = context.pool.state(at);
    if (spec.weight == 0) {
        return CandidateState::ZeroWeight;
    }
    if (state.draining.load(std::memory_order_relaxed)) {
        return CandidateState::Draining;
    }
    if (!state.healthy.load(std::memory_order_relaxed)) {
        return CandidateState::Unhealthy;
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
    return stateOf(context, backend);
}

Eligibility::Eligibility(const PickContext& context)
{
    if (context.trace != nullptr) {
        context.trace->candidates.clear();
        context.trace->draws.clear();
    }
    const std::size_t size = context.pool.size();
    std::size_t primaries = 0;
    for (std::size_t at = 0; at < size; ++at) {
        if (!context.pool.spec(at).backup) {
            ++primaries;
            if (stateOf(context, at) == CandidateState::Usable) {
                m_usable.push(at);
            }
        }
    }
    m_all = primaries > 0 && m_usable.size() == primaries;
    if (m_usable.size() > 0) {
        return;
    }
    for (std::size_t at = 0; at < size; ++at) {
        if (context.pool.spec(at).backup && stateOf(context, at) == CandidateState::Usable) {
            m_usable.push(at);
        }
    }
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
        out->state = isChosen ? CandidateState::Chosen : stateOf(context, at);
        const bool isUsable = contains(at);
        if (out->state == CandidateState::Usable && !isUsable) {
            out->state = spec.backup ? CandidateState::Backup : CandidateState::Full;
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
    return static_cast<double>(context.pool.state(backend).active()) / context.pool.spec(backend).weight;
}

std::size_t drawByWeight(const PickContext& context, const Eligibility& eligible, Rng& rng,
                         std::optional<std::size_t> without)
{
    std::uint64_t total = 0;
    for (const std::uint32_t at : eligible.usable()) {
        total += at == without ? 0 : context.pool.spec(at).weight;
    }
    std::uint64_t drawn = rng.below(total);
    std::size_t last = 0;
    for (const std::uint32_t at : eligible.usable()) {
        if (at == without) {
            continue;
        }
        last = at;
        const std::uint64_t weight = context.pool.spec(at).weight;
        if (drawn < weight) {
            break;
        }
        drawn -= weight;
    }
    traceDraw(context, last);
    return last;
}

}  // namespace signalbox::balance
