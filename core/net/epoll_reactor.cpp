#include "core/net/epoll_reactor.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/epoll_listener.h"

namespace signalbox::net {
namespace {

// The lowest bits of an epoll tag say what the rest points to.
constexpr std::uint64_t kStreamTag = 0;
constexpr std::uint64_t kListenerTag = 1;
constexpr std::uint64_t kWakeTag = 2;
constexpr std::uint64_t kTagBits = 7;

constexpr std::uint32_t kStreamEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

}  // namespace

Result<std::unique_ptr<Reactor>> EpollReactor::create()
{
    Socket epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) {
        return fail(errorFromErrno(errno, ErrorOrigin::Us, "cannot create an epoll descriptor"));
    }
    std::unique_ptr<EpollReactor> reactor(new EpollReactor(std::move(epoll)));
    // Edge-triggered: every write to the eventfd is one event, and it need never be read.
    if (!reactor->watch(reactor->m_wakeup.fd(), EPOLLIN | EPOLLET, kWakeTag)) {
        return fail(errorFromErrno(errno, ErrorOrigin::Us, "cannot watch an eventfd"));
    }
    return std::unique_ptr<Reactor>(std::move(reactor));
}

EpollReactor::~EpollReactor()
{
    destroyStreams();
    if (m_readChunk) {
        m_readPool.release(*m_readChunk);
    }
    for (const auto& listener : m_listeners) {
        listener->reactor = nullptr;
        listener->handler = nullptr;
        listener->socket = Socket();
        listener->retry.cancel();
    }
}

bool EpollReactor::watch(int fd, std::uint32_t events, std::uint64_t tag) noexcept
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    return ::epoll_ctl(m_epoll.fd(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EpollReactor::run()
{
    m_wakeup.enterLoop();
    updateNow();
    runTimersAndTasks();
    runBatchEnd();
    while (!m_wakeup.stopping()) {
        batch();
    }
    m_wakeup.leaveLoop();
}

void EpollReactor::batch()
{
    std::array<epoll_event, 256> events;
    const int count = wait(events.data(), static_cast<int>(events.size()));
    updateNow();
    for (int i = 0; i < count; ++i) {
        onEvent(events[static_cast<std::size_t>(i)].data.u64, events[static_cast<std::size_t>(i)].events);
    }
    acceptWaiting();
    readReady();
    runTimersAndTasks();
    runBatchEnd();
}

int EpollReactor::wait(epoll_event* events, int capacity)
{
    std::optional<Duration> limit = Duration::zero();
    if (!m_firstReady && !m_acceptsWaiting) {
        limit = sleepLimit();
    }
    timespec timeout{};
    if (limit) {
        timeout.tv_sec = limit->count() / 1'000'000'000;
        timeout.tv_nsec = limit->count() % 1'000'000'000;
    }
    const int count = ::epoll_pwait2(m_epoll.fd(), events, capacity, limit ? &timeout : nullptr, nullptr);
    if (count >= 0 || errno != ENOSYS) {
        return count;
    }
    // Before Linux 5.11 only whole milliseconds, rounded up so that the loop does not spin towards a deadline.
    const auto milliseconds = limit ? std::chrono::ceil<std::chrono::milliseconds>(*limit).count() : -1;
    return ::epoll_wait(m_epoll.fd(), events, capacity, static_cast<int>(milliseconds));
}

void EpollReactor::onEvent(std::uint64_t tag, std::uint32_t events)
{
    switch (tag & kTagBits) {
        case kStreamTag: onStreamEvent(*reinterpret_cast<SocketStream*>(tag), events); break;
        case kListenerTag:
            reinterpret_cast<Listener*>(tag & ~kTagBits)->waiting = true;
            m_acceptsWaiting = true;
            break;
        default: break;
    }
}

// --- connecting and listening ---------------------------------------------------------------------------------------

void EpollReactor::startConnect(SocketStream& stream, const Endpoint& to)
{
    sockaddr_storage address{};
    const socklen_t length = to.toSockaddr(address);
    const int result = ::connect(stream.m_fd, reinterpret_cast<const sockaddr*>(&address), length);
    const int error = result == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        if (!watch(stream.m_fd, kStreamEvents, reinterpret_cast<std::uint64_t>(&stream))) {
            stream.m_errno = errno;
            defer(stream);
        }
        return;
    }
    stream.m_errno = error;
    if (error == 0 && !watch(stream.m_fd, kStreamEvents, reinterpret_cast<std::uint64_t>(&stream))) {
        stream.m_errno = errno;
    }
    defer(stream);
}

class EpollReactor::ListenerHandle final : public Acceptor {
public:
    explicit ListenerHandle(std::shared_ptr<Listener> listener) : m_listener(std::move(listener)) {}
    ~ListenerHandle() override
    {
        EpollReactor* const reactor = m_listener->reactor;
        if (!reactor) {
            return;
        }
        m_listener->handler = nullptr;
        // Closing alone would not end the watch when the socket has a second descriptor.
        ::epoll_ctl(reactor->m_epoll.fd(), EPOLL_CTL_DEL, m_listener->socket.fd(), nullptr);
        m_listener->socket = Socket();
        m_listener->retry.cancel();
        // Freed by the reactor: the current batch may hold an event that points to it.
        reactor->m_acceptsWaiting = true;
    }

private:
    std::shared_ptr<Listener> m_listener;
};

Result<std::unique_ptr<Acceptor>> EpollReactor::accept(Socket listening, AcceptHandler& handler)
{
    auto listener = std::make_shared<Listener>(*this, std::move(listening), handler);
    if (!watch(listener->socket.fd(), EPOLLIN | EPOLLET,
               reinterpret_cast<std::uint64_t>(listener.get()) | kListenerTag)) {
        return fail(errorFromErrno(errno, ErrorOrigin::Us, "cannot watch a listening socket"));
    }
    m_listeners.push_back(listener);
    return std::unique_ptr<Acceptor>(std::make_unique<ListenerHandle>(std::move(listener)));
}

void EpollReactor::acceptWaiting()
{
    if (!m_acceptsWaiting) {
        return;
    }
    m_acceptsWaiting = false;
    std::erase_if(m_listeners, [](const auto& listener) { return !listener->handler; });
    // A callback may add or close listeners, so no iterator is kept.
    for (std::size_t i = 0; i < m_listeners.size(); ++i) {
        const std::shared_ptr<Listener> listener = m_listeners[i];
        if (!listener->waiting) {
            continue;
        }
        for (int left = kAcceptsPerBatch; left > 0 && listener->handler && listener->waiting; --left) {
            sockaddr_storage address;
            socklen_t length = sizeof address;
            auto* const generic = reinterpret_cast<sockaddr*>(&address);
            const int fd = ::accept4(listener->socket.fd(), generic, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd >= 0) {
                adopt(*listener, fd, Endpoint::fromSockaddr(generic, length));
            } else if (errno == EAGAIN) {
                listener->waiting = false;
            } else if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
                listener->waiting = false;
                listener->retry.start(kAcceptPause);
                listener->handler->onAcceptFailed(errorFromErrno(errno, ErrorOrigin::Us, "cannot accept a connection"));
            }
        }
        m_acceptsWaiting = m_acceptsWaiting || listener->waiting;
    }
}

void EpollReactor::adopt(Listener& listener, int fd, Endpoint peer)
{
    SocketStream& stream = newStream(fd, ErrorOrigin::Client);
    stream.m_peer = std::move(peer);
    if (!watch(fd, kStreamEvents, reinterpret_cast<std::uint64_t>(&stream))) {
        closeStream(stream);
        return;
    }
    listener.handler->onAccepted(stream);
    if (!stream.m_handler && !stream.m_lingering) {
        closeStream(stream);
    }
}

}  // namespace signalbox::net
