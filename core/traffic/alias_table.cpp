#include "core/traffic/alias_table.h"

#include <numeric>

namespace signalbox::traffic {

AliasTable::AliasTable(std::vector<double> weights) : m_share(std::move(weights)), m_alias(m_share.size())
{
    const double total = std::accumulate(m_share.begin(), m_share.end(), 0.0);
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::uint32_t i = 0; i < m_share.size(); ++i) {
        m_share[i] *= static_cast<double>(m_share.size()) / total;
        m_alias[i] = i;
        (m_share[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
        const std::uint32_t poor = small.back();
        const std::uint32_t rich = large.back();
        small.pop_back();
        m_alias[poor] = rich;
        m_share[rich] -= 1 - m_share[poor];
        if (m_share[rich] < 1) {
            large.pop_back();
            small.push_back(rich);
        }
    }
    // What is left is 1 but for rounding.
    for (const std::uint32_t i : small) {
        m_share[i] = 1;
    }
    for (const std::uint32_t i : large) {
        m_share[i] = 1;
    }
}

}  // namespace signalbox::traffic
