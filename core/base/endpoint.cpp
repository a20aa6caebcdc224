#include "core/base/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/base/units.h"

namespace signalbox {

namespace {

Error badAddress(std::string_view text, std::string_view why)
{
    return {ErrorCode::InvalidArgument, ErrorOrigin::Us, false,
            "'" + std::string(text) + "' is not an address: " + std::string(why)};
}

// For every accepted connection; inet_ntop formats through printf.
std::string dottedQuad(const unsigned char* bytes)
{
    char buffer[16];
    char* end = buffer;
    for (int i = 0; i < 4; ++i) {
        end = std::to_chars(end, buffer + sizeof buffer, bytes[i]).ptr;
        *end++ = '.';
    }
    return {buffer, static_cast<std::size_t>(end - buffer) - 1};
}

}  // namespace

Endpoint Endpoint::v4(std::uint32_t hostOrderAddress, std::uint16_t port) noexcept
{
    Endpoint out;
    out.m_family = Family::V4;
    out.m_port = port;
    const std::uint32_t network = htonl(hostOrderAddress);
    std::memcpy(out.m_bytes, &network, sizeof network);
    return out;
}

Result<Endpoint> Endpoint::parse(std::string_view text)
{
    Endpoint out;
    if (text.starts_with("unix:")) {
        const std::string_view path = text.substr(5);
        if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
            return fail(badAddress(text, "a Unix path has 1 to 107 characters"));
        }
        out.m_family = Family::Unix;
        out.m_path = path;
        return out;
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return fail(badAddress(text, "write HOST:PORT, [IPV6]:PORT or unix:/PATH"));
    }
    const auto port = parseInteger(text.substr(colon + 1));
    if (!port || *port < 0 || *port > 65535) {
        return fail(badAddress(text, "the port is a number from 0 to 65535"));
    }
    std::string host(text.substr(0, colon));
    out.m_port = static_cast<std::uint16_t>(*port);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        out.m_family = Family::V6;
        if (inet_pton(AF_INET6, host.c_str(), out.m_bytes) != 1) {
            return fail(badAddress(text, "between brackets stands an IPv6 address"));
        }
        return out;
    }
    if (host == "localhost") {
        host = "127.0.0.1";
    } else if (host == "*") {
        host = "0.0.0.0";
    }
    out.m_family = Family::V4;
    if (inet_pton(AF_INET, host.c_str(), out.m_bytes) != 1) {
        return fail(badAddress(text, "the host is a numeric address or localhost"));
    }
    return out;
}

Endpoint Endpoint::fromSockaddr(const sockaddr* address, socklen_t length)
{
    Endpoint out;
    if (address == nullptr) {
        return out;
    }
    if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        out.m_family = Family::V4;
        out.m_port = ntohs(in.sin_port);
        std::memcpy(out.m_bytes, &in.sin_addr, 4);
    } else if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
        sockaddr_in6 in{};
        std::memcpy(&in, address, sizeof in);
        out.m_family = Family::V6;
        out.m_port = ntohs(in.sin6_port);
        std::memcpy(out.m_bytes, &in.sin6_addr, 16);
    } else if (address->sa_family == AF_UNIX) {
        out.m_family = Family::Unix;
        sockaddr_un un{};
        std::memcpy(&un, address, std::min<std::size_t>(length, sizeof un));
        out.m_path.assign(un.sun_path, strnlen(un.sun_path, sizeof un.sun_path));
    }
    return out;
}

std::string_view Endpoint::bytes() const noexcept
{
    const std::size_t size = m_family == Family::V4 ? 4 : m_family == Family::V6 ? 16 : 0;
    return {reinterpret_cast<const char*>(m_bytes), size};
}

bool Endpoint::isLoopback() const noexcept
{
    static constexpr unsigned char kV6Loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    switch (m_family) {
        case Family::V4: return m_bytes[0] == 127;
        case Family::V6: return std::memcmp(m_bytes, kV6Loopback, 16) == 0;
        case Family::Unix: return true;
        case Family::None: return false;
    }
    return false;
}

std::string Endpoint::host() const
{
    char buffer[INET6_ADDRSTRLEN] = "";
    switch (m_family) {
        case Family::V4: return dottedQuad(m_bytes);
        case Family::V6: inet_ntop(AF_INET6, m_bytes, buffer, sizeof buffer); return buffer;
        case Family::Unix: return "unix";
        case Family::None: return {};
    }
    return {};
}

std::string Endpoint::text() const
{
    switch (m_family) {
        case Family::V4: return host() + ":" + std::to_string(m_port);
        case Family::V6: return "[" + host() + "]:" + std::to_string(m_port);
        case Family::Unix: return "unix:" + m_path;
        case Family::None: return {};
    }
    return {};
}

socklen_t Endpoint::toSockaddr(sockaddr_storage& out) const noexcept
{
    std::memset(&out, 0, sizeof out);
    switch (m_family) {
        case Family::V4: {
            auto& in = reinterpret_cast<sockaddr_in&>(out);
            in.sin_family = AF_INET;
            in.sin_port = htons(m_port);
            std::memcpy(&in.sin_addr, m_bytes, 4);
            return sizeof(sockaddr_in);
        }
        case Family::V6: {
            auto& in = reinterpret_cast<sockaddr_in6&>(out);
            in.sin6_family = AF_INET6;
            in.sin6_port = htons(m_port);
            std::memcpy(&in.sin6_addr, m_bytes, 16);
            return sizeof(sockaddr_in6);
        }
        case Family::Unix: {
            auto& un = reinterpret_cast<sockaddr_un&>(out);
            un.sun_family = AF_UNIX;
            if (m_path.size() >= sizeof un.sun_path) {
                return 0;
            }
            std::memcpy(un.sun_path, m_path.data(), m_path.size());
            return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + m_path.size() + 1);
        }
        case Family::None: return 0;
    }
    return 0;
}

namespace {

bool isLabel(std::string_view label) noexcept
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), fits);
}

bool isHostName(std::string_view host) noexcept
{
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    if (host.empty() || host.size() > 253 || host == "localhost") {
        return false;
    }
    for (;;) {
        const std::size_t dot = host.find('.');
        const std::string_view label = host.substr(0, dot);
        if (!isLabel(label)) {
            return false;
        }
        if (dot == std::string_view::npos) {
            return label.find_first_not_of("0123456789") != std::string_view::npos;
        }
        host.remove_prefix(dot + 1);
    }
}

}  // namespace

std::optional<NamedAddress> parseNamedAddress(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    const auto port = colon == std::string_view::npos ? std::nullopt : parseInteger(text.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535 || !isHostName(text.substr(0, colon))) {
        return std::nullopt;
    }
    return NamedAddress{std::string(text.substr(0, colon)), static_cast<std::uint16_t>(*port)};
}

}  // namespace signalbox
