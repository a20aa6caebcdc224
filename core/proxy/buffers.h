#pragma once

#include "core/net/reactor.h"

namespace signalbox::proxy {

/// `front` followed by `back`, in composed memory with room to grow: received buffers are few and belong to the kernel,
/// so what waits for more is moved out of them. `front` must be empty or have come from here; its memory is used again
/// where it suffices.
[[nodiscard]] net::IoBuffer joined(net::Reactor& reactor, const net::IoBuffer& front, const net::IoBuffer& back);

}  // namespace signalbox::proxy
