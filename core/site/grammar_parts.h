#pragma once

#include "core/base/param_spec.h"

namespace signalbox::site {

/// Parts of the grammar that only other tables refer to.
[[nodiscard]] const ObjectSpec& splitMemberSpec();
[[nodiscard]] const ObjectSpec& redirectSpec();
[[nodiscard]] const ObjectSpec& respondSpec();
[[nodiscard]] const ObjectSpec& retrySpec();
[[nodiscard]] const ObjectSpec& hedgeSpec();
[[nodiscard]] const ObjectSpec& mirrorSpec();
[[nodiscard]] const ObjectSpec& adaptiveConcurrencySpec();
[[nodiscard]] const ObjectSpec& stickySpec();
[[nodiscard]] const ObjectSpec& queueSpec();
[[nodiscard]] const ObjectSpec& healthSpec();
[[nodiscard]] const ObjectSpec& circuitBreakerSpec();

}  // namespace signalbox::site
