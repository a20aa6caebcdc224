#pragma once

#include "core/balance/health_params.h"
#include "core/balance/pool_state.h"
#include "core/plan/draft.h"

namespace signalbox::plan {

/// What a pool says about its health. Values that cannot be used are reported and replaced by their defaults.
struct HealthDraft {
    balance::HealthParams params;
    balance::PoolTraits traits;
};
[[nodiscard]] HealthDraft compileHealth(Draft& draft, const Value& pool, const ValuePath& path);

/// Warns about what is allowed and yet does not do what it seems to.
void warnAboutHealth(Draft& draft, const Value& pool, const ValuePath& path);

}  // namespace signalbox::plan
