#include "core/net/reactor_core.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace signalbox::net {
namespace {

int bindSource(int fd, const Endpoint& from)
{
    sockaddr_storage address{};
    const socklen_t length = from.toSockaddr(address);
    if (length == 0) {
        return EINVAL;
    }
    if (from.port() == 0 && from.family() != Endpoint::Family::Unix) {
        const int on = 1;  // the port is then chosen at connect, from all that are free towards that address
        ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    }
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
}

int openSocket(const Endpoint& to, const Endpoint& from, bool nonBlocking, int& fd)
{
    sockaddr_storage address{};
    if (to.toSockaddr(address) == 0) {
        return EINVAL;
    }
    // Connecting to a Unix path is done at once by both drivers, so it must not block.
    const int mode = nonBlocking || to.family() == Endpoint::Family::Unix ? SOCK_NONBLOCK : 0;
    fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | mode, 0);
    if (fd < 0) {
        return errno;
    }
    if (to.family() != Endpoint::Family::Unix) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return from.family() == Endpoint::Family::None ? 0 : bindSource(fd, from);
}

}  // namespace

ReactorCore::~ReactorCore()
{
    destroyStreams();
}

Stream& ReactorCore::connect(const Endpoint& to, StreamHandler& handler, Duration timeout, const Endpoint& from)
{
    int fd = -1;
    const int error = openSocket(to, from, m_nonBlocking, fd);
    SocketStream& stream = newStream(fd, ErrorOrigin::Backend);
    stream.m_peer = to;
    stream.m_handler = &handler;
    stream.m_connecting = true;
    if (error != 0) {
        stream.m_errno = error;
        defer(stream);
        return stream;
    }
    if (timeout > Duration::zero()) {
        stream.m_timer.start(timeout);
    }
    startConnect(stream, to);
    return stream;
}

SocketStream& ReactorCore::newStream(int fd, ErrorOrigin origin)
{
    SocketStream* const stream = m_streamSlab.create(*this, fd, origin);
    stream->m_index = static_cast<std::uint32_t>(m_all.size());
    m_all.push_back(stream);
    ++m_openStreams;
    return *stream;
}

void ReactorCore::enlist(SocketStream& stream)
{
    if (!stream.m_listed) {
        stream.m_listed = true;
        m_listed.push_back(&stream);
    }
}

void ReactorCore::defer(SocketStream& stream)
{
    if (!stream.m_deferred) {
        stream.m_deferred = true;
        m_deferred.push_back(&stream);
    }
}

void ReactorCore::closeStream(SocketStream& stream)
{
    if (stream.m_closed) {
        return;
    }
    stream.m_closed = true;
    stream.m_handler = nullptr;
    stream.m_timer.cancel();
    --m_openStreams;
    releaseDescriptor(stream);
}

void ReactorCore::failStream(SocketStream& stream, const Error& error)
{
    StreamHandler* const handler = stream.m_handler;
    closeStream(stream);
    if (handler) {
        handler->onFailed(error);
    }
}

void ReactorCore::failStream(SocketStream& stream, int errnoValue, std::string_view what)
{
    if (!stream.m_handler) {
        closeStream(stream);
        return;
    }
    std::string text(what);
    text += ' ';
    text += stream.m_peer.text();
    Error error = errorFromErrno(errnoValue, stream.m_origin, text);
    if (!stream.m_connecting && error.code == ErrorCode::ConnectTimeout) {
        error.code = ErrorCode::Timeout;
    }
    failStream(stream, error);
}

void ReactorCore::failWriting(SocketStream& stream, int errnoValue)
{
    if (stream.m_lingering) {
        closeStream(stream);
        return;
    }
    if (stream.m_ended || stream.m_paused) {
        failStream(stream, errnoValue, "send to");
        return;
    }
    stream.dropQueue();
    stream.m_writeFailed = true;
    stream.m_errno = errnoValue;
    // Makes reading end after what has already arrived, whatever state the connection is in.
    ::shutdown(stream.m_fd, SHUT_RDWR);
    stream.m_readable = true;
    stream.m_hungUp = true;
    enlist(stream);
}

void ReactorCore::finishConnect(SocketStream& stream, int errnoValue)
{
    if (errnoValue != 0) {
        failStream(stream, errnoValue, "connect to");
        return;
    }
    stream.m_connecting = false;
    if (!stream.m_lingering) {
        stream.m_timer.cancel();
    }
    enlist(stream);
    if (stream.m_handler) {
        stream.m_handler->onConnected();
    }
}

void ReactorCore::deliver(SocketStream& stream, IoBuffer data)
{
    stream.m_received += data.size();
    if (stream.m_handler) {
        stream.m_handler->onData(std::move(data));
    }
}

void ReactorCore::deliverEnd(SocketStream& stream)
{
    if (stream.m_writeFailed) {
        failStream(stream, stream.m_errno, "send to");
        return;
    }
    stream.m_ended = true;
    if (stream.m_lingering && !stream.m_first) {
        closeStream(stream);
    } else if (stream.m_handler) {
        stream.m_handler->onEnd();
    }
}

void ReactorCore::deliverError(SocketStream& stream, int errnoValue)
{
    failStream(stream, stream.m_writeFailed ? stream.m_errno : errnoValue,
               stream.m_writeFailed ? "send to" : "receive from");
}

void ReactorCore::afterSending(SocketStream& stream)
{
    if (stream.m_aboveHighWater && stream.m_queued <= Stream::kDefaultLowWater) {
        stream.m_aboveHighWater = false;
        if (stream.m_handler) {
            stream.m_handler->onDrained();
        }
        if (stream.m_closed) {
            return;
        }
    }
    if (stream.m_first || stream.m_connecting) {
        return;
    }
    if (stream.m_shutdownWanted && !stream.m_shutdownDone) {
        stream.m_shutdownDone = true;
        ::shutdown(stream.m_fd, SHUT_WR);
    }
    if (stream.m_lingering) {
        linger(stream);
    }
}

void ReactorCore::linger(SocketStream& stream)
{
    if (stream.m_ended || stream.m_lingerMilliseconds == 0) {
        closeStream(stream);
    } else if (!stream.m_sentAll) {
        stream.m_sentAll = true;
        stream.m_timer.start(std::chrono::milliseconds(stream.m_lingerMilliseconds));
    }
}

void ReactorCore::compact(SocketStream& stream)
{
    Segment** link = &stream.m_first;
    for (std::uint32_t i = 0; i < stream.m_inFlightSegments && *link; ++i) {
        link = &(*link)->next;
    }
    while (Segment* const first = *link) {
        // A run of neighbours that are worth copying becomes one chunk.
        std::uint32_t bytes = 0;
        Segment* end = first;
        while (end && SocketStream::worthCopying(end->buffer) && bytes + end->buffer.size() <= ComposeMemory::kLarge) {
            bytes += end->buffer.size();
            end = end->next;
        }
        if (end == first) {
            link = &first->next;
            continue;
        }
        IoBuffer copy = m_memory.allocate(bytes);
        for (Segment* segment = first; segment != end;) {
            std::memcpy(copy.data() + copy.size(), segment->buffer.data(), segment->buffer.size());
            copy.resize(copy.size() + segment->buffer.size());
            Segment* const next = segment->next;
            if (segment != first) {
                m_segments.destroy(segment);
            }
            segment = next;
        }
        first->buffer = std::move(copy);
        first->next = end;
        if (!end) {
            stream.m_last = first;
        }
        link = &first->next;
    }
}

void ReactorCore::bury(SocketStream& stream)
{
    if (!stream.m_buried) {
        stream.m_buried = true;
        m_graveyard.push_back(&stream);
    }
}

void ReactorCore::runTimersAndTasks()
{
    m_timers.expire(m_now);
    m_wakeup.runTasks();
    tellDeferred();
}

void ReactorCore::tellDeferred()
{
    if (m_deferred.empty()) {
        return;
    }
    m_telling.swap(m_deferred);
    for (SocketStream* const stream : m_telling) {
        stream->m_deferred = false;
        if (!stream->m_closed) {
            finishConnect(*stream, stream->m_errno);
        }
    }
    m_telling.clear();
}

void ReactorCore::runBatchEnd()
{
    for (std::size_t i = 0; i < m_batchEndTasks.size(); ++i) {
        m_batchEndTasks[i]();
    }
    actOnListed();
    freeBuried();
}

void ReactorCore::actOnListed()
{
    m_heavy = false;
    if (m_listed.empty()) {
        return;
    }
    m_acting.swap(m_listed);
    for (SocketStream* const stream : m_acting) {
        stream->m_listed = false;
        if (stream->m_writeFailed && stream->m_paused && !stream->m_closed) {
            failStream(*stream, stream->m_errno, "send to");
        }
        act(*stream);
    }
    m_acting.clear();
}

void ReactorCore::freeBuried()
{
    std::size_t kept = 0;
    for (SocketStream* const stream : m_graveyard) {
        if (stream->m_listed || stream->m_deferred || stream->m_ready) {
            m_graveyard[kept++] = stream;
            continue;
        }
        m_all[stream->m_index] = m_all.back();
        m_all[stream->m_index]->m_index = stream->m_index;
        m_all.pop_back();
        m_streamSlab.destroy(stream);
    }
    m_graveyard.resize(kept);
}

std::optional<Duration> ReactorCore::sleepLimit()
{
    if (hasWork()) {
        return Duration::zero();
    }
    const std::optional<TimePoint> next = m_timers.next();
    if (!next) {
        return std::nullopt;
    }
    return std::max(*next - updateNow(), Duration::zero());
}

void ReactorCore::onStreamTimer(SocketStream& stream)
{
    const auto sent = static_cast<std::uint32_t>(stream.m_sent);
    if (stream.m_lingering && stream.m_first && sent != stream.m_sentAtTimer) {
        stream.m_sentAtTimer = sent;
        stream.m_timer.start(SocketStream::kSendStall);
        return;
    }
    if (!stream.m_connecting || stream.m_lingering) {
        closeStream(stream);
        return;
    }
    failStream(stream, {ErrorCode::ConnectTimeout, stream.m_origin, true,
                        "connect to " + stream.m_peer.text() + ": no answer within the time-out"});
}

void ReactorCore::destroyStreams() noexcept
{
    for (SocketStream* const stream : m_all) {
        stream->dropQueue();
        if (stream->m_fd >= 0) {
            ::close(stream->m_fd);
        }
        m_streamSlab.destroy(stream);
    }
    m_all.clear();
    m_listed.clear();
    m_deferred.clear();
    m_graveyard.clear();
    m_openStreams = 0;
}

}  // namespace signalbox::net
