#pragma once

#include <cstdint>

namespace signalbox::admin {

/// What the system says of this process. Zero where it says nothing.
struct ProcessStatus {
    double cpuSeconds = 0;
    std::uint64_t residentBytes = 0;
    std::uint64_t virtualBytes = 0;
    std::uint64_t openDescriptors = 0;
    std::uint64_t mostDescriptors = 0;
    double startedAt = 0;  ///< seconds since 1970
};

/// Any thread; reads /proc.
[[nodiscard]] ProcessStatus processStatus();

}  // namespace signalbox::admin
