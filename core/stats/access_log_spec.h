#pragma once

#include "core/base/param_spec.h"

namespace signalbox::stats {

/// What is written of an access log, whether as the policy `access-log` or as a listener's key `access_log`.
[[nodiscard]] const ObjectSpec& accessLogSpec();

}  // namespace signalbox::stats
