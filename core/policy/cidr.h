#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"

namespace signalbox::policy {

/// A range of IPv4 or IPv6 addresses: `10.0.0.0/8`, `::1`, `2001:db8::/32`. Bits behind the length are ignored. An IPv4
/// address that arrives inside IPv6 (`::ffff:10.0.0.1`) counts as IPv4. A plain value.
class Cidr {
public:
    [[nodiscard]] static std::optional<Cidr> parse(std::string_view text);
    [[nodiscard]] bool contains(const Endpoint& address) const noexcept;

private:
    std::array<unsigned char, 16> m_bytes{};
    unsigned m_bits = 0;
    bool m_v4 = true;
};

}  // namespace signalbox::policy
