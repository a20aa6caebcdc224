#include "core/policy/cidr.h"

#include <arpa/inet.h>
#include <cstring>

#include "core/base/units.h"

namespace signalbox::policy {

namespace {
constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
}

std::optional<Cidr> Cidr::parse(std::string_view text)
{
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    Cidr out;
    if (inet_pton(AF_INET, address.c_str(), out.m_bytes.data()) == 1) {
        out.m_bits = 32;
    } else if (inet_pton(AF_INET6, address.c_str(), out.m_bytes.data()) == 1) {
        out.m_v4 = false;
        out.m_bits = 128;
    } else {
        return std::nullopt;
    }
    if (slash != std::string_view::npos) {
        const auto bits = parseInteger(text.substr(slash + 1));
        if (!bits || *bits < 0 || *bits > out.m_bits) {
            return std::nullopt;
        }
        out.m_bits = static_cast<unsigned>(*bits);
    }
    return out;
}

bool Cidr::contains(const Endpoint& address) const noexcept
{
    std::string_view bytes = address.bytes();
    if (bytes.size() == 16 && std::memcmp(bytes.data(), kMapped, sizeof kMapped) == 0 && m_v4) {
        bytes.remove_prefix(sizeof kMapped);
    }
    if (bytes.size() != (m_v4 ? 4u : 16u)) {
        return false;
    }
    const unsigned whole = m_bits / 8;
    const unsigned rest = m_bits % 8;
    if (std::memcmp(bytes.data(), m_bytes.data(), whole) != 0) {
        return false;
    }
    const auto mask = static_cast<unsigned char>(0xFF00u >> rest);
    return rest == 0 || ((static_cast<unsigned char>(bytes[whole]) ^ m_bytes[whole]) & mask) == 0;
}

}  // namespace signalbox::policy
