#pragma once

#include <array>
#include <string>
#include <string_view>

namespace signalbox::policy {

/// SHA-256. Any thread, no lock, no allocation after the first call of a thread.
[[nodiscard]] std::array<unsigned char, 32> sha256(std::string_view text) noexcept;

/// HMAC with SHA-256 (RFC 2104). Any thread.
[[nodiscard]] std::array<unsigned char, 32> hmacSha256(std::string_view key, std::string_view text) noexcept;

/// 256 random bits of the kind that keys are made from. Any thread.
[[nodiscard]] std::string newSecret();

}  // namespace signalbox::policy
