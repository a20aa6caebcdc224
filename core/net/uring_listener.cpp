// How the io_uring reactor accepts connections.

#include "core/net/uring_listener.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace signalbox::net {

class UringReactor::ListenerHandle final : public Acceptor {
public:
    explicit ListenerHandle(std::shared_ptr<Listener> listener) : m_listener(std::move(listener)) {}
    ~ListenerHandle() override
    {
        UringReactor* const reactor = m_listener->reactor;
        if (!reactor) {
            return;
        }
        m_listener->handler = nullptr;
        m_listener->retry.cancel();
        m_listener->socket = Socket();
        reactor->m_listenersWaiting = true;
        if (m_listener->armed && reactor->m_wakeup.onLoopThread()) {
            // The accept in flight keeps the address in use, so it is ended here and now.
            io_uring_sqe& entry = reactor->nextEntry();
            io_uring_prep_cancel64(&entry, reinterpret_cast<std::uint64_t>(m_listener.get()) | kAccept, 0);
            reactor->submit(entry, nullptr, kIgnored);
            io_uring_submit_and_get_events(&reactor->m_ring);
        }
    }

private:
    std::shared_ptr<Listener> m_listener;
};

Result<std::unique_ptr<Acceptor>> UringReactor::accept(Socket listening, AcceptHandler& handler)
{
    // io_uring would answer "try again" for a non-blocking socket instead of waiting.
    const int flags = ::fcntl(listening.fd(), F_GETFL);
    if (flags < 0 || ::fcntl(listening.fd(), F_SETFL, flags & ~O_NONBLOCK) != 0) {
        return fail(errorFromErrno(errno, ErrorOrigin::Us, "cannot accept on this socket"));
    }
    auto listener = std::make_shared<Listener>(*this, std::move(listening), handler);
    m_listeners.push_back(listener);
    m_listenersWaiting = true;
    return std::unique_ptr<Acceptor>(std::make_unique<ListenerHandle>(std::move(listener)));
}

void UringReactor::armListeners()
{
    if (!m_listenersWaiting) {
        return;
    }
    m_listenersWaiting = false;
    std::erase_if(m_listeners, [](const auto& listener) { return !listener->handler && !listener->armed; });
    for (const auto& listener : m_listeners) {
        if (!listener->handler || listener->armed || listener->retry.active()) {
            continue;
        }
        io_uring_sqe& entry = nextEntry();
        io_uring_prep_multishot_accept(&entry, listener->socket.fd(), nullptr, nullptr, SOCK_CLOEXEC);
        submit(entry, listener.get(), kAccept);
        listener->armed = true;
    }
}

void UringReactor::onAccepted(Listener& listener, int result, std::uint32_t flags)
{
    if ((flags & IORING_CQE_F_MORE) == 0) {
        listener.armed = false;
        m_listenersWaiting = true;
    }
    if (result >= 0) {
        adopt(listener, result);
        return;
    }
    if (!listener.handler || result == -ECONNABORTED || result == -EINTR || result == -EAGAIN || result == -EPROTO) {
        return;
    }
    listener.retry.start(kAcceptPause);
    listener.handler->onAcceptFailed(errorFromErrno(-result, ErrorOrigin::Us, "cannot accept a connection"));
}

void UringReactor::adopt(Listener& listener, int fd)
{
    if (!listener.handler) {
        ::close(fd);
        return;
    }
    SocketStream& stream = newStream(fd, ErrorOrigin::Client);
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
        stream.m_peer = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&address), length);
    }
    listener.handler->onAccepted(stream);
    if (!stream.m_handler && !stream.m_lingering) {
        closeStream(stream);
        return;
    }
    enlist(stream);
}

}  // namespace signalbox::net
