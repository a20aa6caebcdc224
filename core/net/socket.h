#pragma once

#include <utility>

#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace signalbox::net {

/// Owns one socket descriptor.
class Socket {
public:
    Socket() = default;
    explicit Socket(int fd) noexcept : m_fd(fd) {}
    Socket(Socket&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    Socket& operator=(Socket&& other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket();

    [[nodiscard]] int fd() const noexcept { return m_fd; }
    [[nodiscard]] explicit operator bool() const noexcept { return m_fd >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(m_fd, -1); }
    /// The address it is bound to (after port 0: the one the system chose).
    [[nodiscard]] Endpoint localEndpoint() const;
    /// A second descriptor of the same socket.
    [[nodiscard]] Result<Socket> duplicate() const;

private:
    int m_fd = -1;
};

struct ListenOptions {
    bool reusePort = true;  ///< so that each worker may have a socket of its own on the same port
    int backlog = 4096;
};

/// A non-blocking, close-on-exec socket that is bound and listening. A Unix path left over by a dead process is replaced,
/// a live one is "address in use". The error's detail names the address.
[[nodiscard]] Result<Socket> listenOn(const Endpoint& at, const ListenOptions& options = {});

}  // namespace signalbox::net
