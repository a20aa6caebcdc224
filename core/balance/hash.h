#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/rng.h"

namespace signalbox::balance {

/// FNV-1a with splitmix64's finaliser: the same on every machine, which keeps clients on their backends across restarts
/// and between the engine and the simulator. Not for untrusted hash tables.
[[nodiscard]] inline std::uint64_t hashBytes(std::string_view bytes) noexcept
{
    std::uint64_t hash = 0xCBF29CE484222325ull;
    for (const char byte : bytes) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ull;
    }
    return mix64(hash);
}

}  // namespace signalbox::balance
