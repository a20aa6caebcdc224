#include "core/plan/plan.h"

#include <algorithm>

namespace signalbox::plan {

std::optional<std::size_t> StickyPlan::backendOf(std::string_view value) const noexcept
{
    const auto at = std::ranges::find(values, value);
    return at == values.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - values.begin()));
}

bool RetryPlan::covers(int status) const noexcept
{
    return (on5xx && status >= 500) || std::ranges::find(statuses, status) != statuses.end();
}

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
