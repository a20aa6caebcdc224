#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/balance/pool_state.h"
#include "core/base/arena.h"
#include "core/http/message.h"
#include "core/plan/plan.h"

namespace signalbox::proxy {

/// The Location of a redirect, as site-format.md says: parts that are absent stay as the request has them, a given
/// scheme without a port drops the port, `prefix` replaces the matched prefix. In `arena` or in the plan.
[[nodiscard]] std::string_view redirectTarget(const plan::RedirectPlan& redirect, const http::RequestHead& request,
                                              std::string_view matchedPrefix, Arena& arena);

/// "pool 'a' has no usable backend: a1 is full, a2 is unhealthy", into `out`, whose storage is kept.
void whyNoBackend(const plan::PoolPlan& pool, TimePoint now, std::string& out);

/// The backend that the request's cookie of a sticky pool stands for, usable or not.
[[nodiscard]] std::optional<std::size_t> stickyBackend(const plan::PoolPlan& pool, const http::RequestHead& request) noexcept;

[[nodiscard]] std::string_view decimal(Arena& arena, std::uint64_t number);

}  // namespace signalbox::proxy
