#pragma once

#include <array>
#include <string_view>

namespace signalbox::policy {

/// SHA-256. Any thread, no lock, no allocation after the first call of a thread.
[[nodiscard]] std::array<unsigned char, 32> sha256(std::string_view text) noexcept;

}  // namespace signalbox::policy
