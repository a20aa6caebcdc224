#pragma once

namespace signalbox::net {

/// Lets this process open as many descriptors as it may: the soft limit becomes the hard one. Each connection is one,
/// and the usual soft limit of 1,024 is a habit of programs that use select(). Call before threads start.
void raiseDescriptorLimit() noexcept;

}  // namespace signalbox::net
