#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "core/balance/balancer.h"

namespace signalbox::test {

/// A pool whose backends are called a, b, c ... (past z: b26, b27 ...), all healthy and idle.
inline balance::PoolState poolOf(std::vector<balance::BackendSpec> specs, balance::PoolTraits traits = {})
{
    std::vector<std::shared_ptr<balance::BackendState>> states;
    for (std::size_t at = 0; at < specs.size(); ++at) {
        if (specs[at].name.empty()) {
            specs[at].name = at < 26 ? std::string(1, static_cast<char>('a' + at)) : "b" + std::to_string(at);
        }
        states.push_back(std::make_shared<balance::BackendState>());
    }
    return {std::move(specs), std::move(states), traits};
}

inline balance::PoolState poolOf(std::initializer_list<std::uint32_t> weights)
{
    std::vector<balance::BackendSpec> specs;
    for (const std::uint32_t weight : weights) {
        specs.push_back({.name = {}, .weight = weight});
    }
    return poolOf(std::move(specs));
}

inline std::unique_ptr<balance::Balancer> balancerOf(const balance::BalancerDescriptor& descriptor,
                                                     const balance::PoolState& pool)
{
    return descriptor.create(Params(descriptor.params, nullptr), pool);
}

/// The n-th of many client addresses, as the four bytes that a pick looks at.
inline std::string clientOf(std::uint32_t n)
{
    return {static_cast<char>(10), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

}  // namespace signalbox::test
