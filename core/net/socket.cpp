#include "core/net/socket.h"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace signalbox::net {
namespace {

tl::unexpected<Error> systemFailure(int errnoValue, const std::string& what)
{
    return fail(errorFromErrno(errnoValue, ErrorOrigin::Us, what));
}

// True when a socket file lies at the address and nobody listens on it any more.
bool leftOver(const sockaddr_storage& address, socklen_t length, const char* path)
{
    struct stat status {};
    if (::lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    const Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return probe && ::connect(probe.fd(), reinterpret_cast<const sockaddr*>(&address), length) != 0 &&
           errno == ECONNREFUSED;
}

void setOptions(int fd, Endpoint::Family family, const ListenOptions& options)
{
    const int on = 1;
    if (family == Endpoint::Family::Unix) {
        return;
    }
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (options.reusePort) {
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    if (family == Endpoint::Family::V6) {
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    // Accepted sockets inherit it, which saves a call for each of them.
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int bindTo(int fd, const sockaddr_storage& address, socklen_t length)
{
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(fd, generic, length) == 0) {
        return 0;
    }
    if (errno != EADDRINUSE || address.ss_family != AF_UNIX) {
        return errno;
    }
    const char* const path = reinterpret_cast<const sockaddr_un&>(address).sun_path;
    if (!leftOver(address, length, path)) {
        return EADDRINUSE;
    }
    ::unlink(path);
    return ::bind(fd, generic, length) == 0 ? 0 : errno;
}

}  // namespace

Socket::~Socket()
{
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

Endpoint Socket::localEndpoint() const
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(m_fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        return {};
    }
    return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&address), length);
}

Result<Socket> Socket::duplicate() const
{
    const int copy = ::fcntl(m_fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) {
        return systemFailure(errno, "cannot duplicate a socket");
    }
    return Socket(copy);
}

Result<Socket> listenOn(const Endpoint& at, const ListenOptions& options)
{
    const std::string what = "cannot listen on " + at.text();
    sockaddr_storage address{};
    const socklen_t length = at.toSockaddr(address);
    if (length == 0) {
        return fail({ErrorCode::InvalidArgument, ErrorOrigin::Us, false, what + ": not an address to listen on"});
    }
    Socket socket(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
        return systemFailure(errno, what);
    }
    setOptions(socket.fd(), at.family(), options);
    if (const int error = bindTo(socket.fd(), address, length); error != 0) {
        return systemFailure(error, what);
    }
    if (::listen(socket.fd(), options.backlog) != 0) {
        return systemFailure(errno, what);
    }
    return socket;
}

}  // namespace signalbox::net
