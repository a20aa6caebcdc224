#pragma once

#include <liburing.h>
#include <optional>

#include "core/base/error.h"

namespace signalbox::net {

/// Sets up a ring with the best flags the kernel takes, still disabled; 0 or an errno.
[[nodiscard]] int openRing(io_uring& ring, unsigned entries);

/// Enables it for the calling thread, the only one that may use it from then on; 0 or an errno.
[[nodiscard]] int startRing(io_uring& ring);

/// Tries once a process whether io_uring works here with all that the reactor needs. Any thread.
[[nodiscard]] std::optional<Error> whyNoUring();

}  // namespace signalbox::net
