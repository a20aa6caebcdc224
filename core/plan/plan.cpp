#include "core/plan/plan.h"

#include <algorithm>

namespace signalbox::plan {

const ListenerPlan* Plan::listener(std::string_view name) const noexcept
{
    const auto it = std::ranges::find(listeners, name, &ListenerPlan::name);
    return it == listeners.end() ? nullptr : &*it;
}

const PoolPlan* Plan::pool(std::string_view name) const noexcept
{
    const auto it = std::ranges::find(pools, name, [](const auto& pool) -> const std::string& { return pool->name; });
    return it == pools.end() ? nullptr : it->get();
}

}  // namespace signalbox::plan
