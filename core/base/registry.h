#pragma once

#include <algorithm>
#include <cassert>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace signalbox {

/// An ordered list of descriptors looked up by `id`. Filled once at start, then read-only,
/// so readers on any thread need no lock.
template <typename Descriptor>
class Registry {
public:
    void add(Descriptor descriptor)
    {
        assert(find(descriptor.id) == nullptr && "duplicate id");
        m_items.push_back(std::move(descriptor));
    }

    [[nodiscard]] const Descriptor* find(std::string_view id) const noexcept
    {
        const auto it = std::ranges::find(m_items, id, &Descriptor::id);
        return it == m_items.end() ? nullptr : &*it;
    }

    [[nodiscard]] std::span<const Descriptor> all() const noexcept { return m_items; }

private:
    std::vector<Descriptor> m_items;
};

}  // namespace signalbox
