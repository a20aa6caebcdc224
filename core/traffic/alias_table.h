#pragma once

#include <cstdint>
#include <vector>

#include "core/base/rng.h"

namespace signalbox::traffic {

/// Draws an index with given weights in constant time (Walker's alias method as stated by Vose 1991). Exact to the
/// rounding of doubles. Immutable after construction; any thread, with its own Rng.
class AliasTable {
public:
    AliasTable() = default;
    /// At least one weight must be above 0.
    explicit AliasTable(std::vector<double> weights);

    [[nodiscard]] std::size_t draw(Rng& rng) const noexcept
    {
        const auto slot = static_cast<std::size_t>(rng.below(m_share.size()));
        return rng.unit() < m_share[slot] ? slot : m_alias[slot];
    }
    [[nodiscard]] std::size_t size() const noexcept { return m_share.size(); }

private:
    std::vector<double> m_share;
    std::vector<std::uint32_t> m_alias;
};

}  // namespace signalbox::traffic
