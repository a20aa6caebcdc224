#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace signalbox {

/// A socket address: IPv4, IPv6 or a Unix path. A plain value of 32 bytes plus the path, if any.
class Endpoint {
public:
    enum class Family : std::uint8_t { None, V4, V6, Unix };

    Endpoint() = default;
    /// `HOST:PORT`, `[IPV6]:PORT` or `unix:/PATH`. Numeric hosts and `localhost`, nothing is looked up; `*:PORT` is every IPv4 address.
    [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
    [[nodiscard]] static Endpoint v4(std::uint32_t hostOrderAddress, std::uint16_t port) noexcept;
    [[nodiscard]] static Endpoint fromSockaddr(const sockaddr* address, socklen_t length);

    [[nodiscard]] Family family() const noexcept { return m_family; }
    [[nodiscard]] std::uint16_t port() const noexcept { return m_port; }
    void setPort(std::uint16_t port) noexcept { m_port = port; }
    /// The 4 or 16 address bytes in network order; empty for a Unix path.
    [[nodiscard]] std::string_view bytes() const noexcept;
    [[nodiscard]] bool isLoopback() const noexcept;

    /// Address without port ("127.0.0.1", "::1", "unix").
    [[nodiscard]] std::string host() const;
    /// As `parse` reads it.
    [[nodiscard]] std::string text() const;
    /// Fills `out` and returns the length to pass to the system; 0 for an empty or overlong address.
    socklen_t toSockaddr(sockaddr_storage& out) const noexcept;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;

private:
    Family m_family = Family::None;
    std::uint16_t m_port = 0;
    unsigned char m_bytes[16] = {};
    std::string m_path;
};

/// A host name and a port, as a backend's address may have them.
struct NamedAddress {
    std::string host;
    std::uint16_t port = 0;
};
/// `HOST:PORT` where HOST is a name to be looked up (RFC 1123, and underscores): labels of letters, digits, - and _, the
/// last one no number, so that a mistyped IPv4 address is no name. Nothing for everything else, `localhost` too.
[[nodiscard]] std::optional<NamedAddress> parseNamedAddress(std::string_view text);

}  // namespace signalbox
