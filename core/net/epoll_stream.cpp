// How the epoll reactor reads and writes streams.

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/net/epoll_reactor.h"

namespace signalbox::net {

void EpollReactor::onStreamEvent(SocketStream& stream, std::uint32_t events)
{
    if (stream.m_closed) {
        return;
    }
    // Noted first: an edge is told once, also while the stream is not ready for it.
    const bool hungUp = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    stream.m_hungUp = stream.m_hungUp || hungUp;
    stream.m_readable = stream.m_readable || hungUp || (events & EPOLLIN) != 0;
    if (stream.m_connecting) {
        if (stream.m_deferred || (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) {
            return;
        }
        int error = 0;
        socklen_t length = sizeof error;
        ::getsockopt(stream.m_fd, SOL_SOCKET, SO_ERROR, &error, &length);
        finishConnect(stream, error);
        if (stream.m_closed) {
            return;
        }
    }
    if ((events & EPOLLOUT) != 0 && stream.m_writeBlocked) {
        stream.m_writeBlocked = false;
        enlist(stream);
    }
    makeReady(stream);
}

void EpollReactor::makeReady(SocketStream& stream)
{
    if (stream.m_ready || !stream.m_readable || !stream.wantsToRead()) {
        return;
    }
    stream.m_ready = true;
    stream.m_nextReady = nullptr;
    (m_lastReady ? m_lastReady->m_nextReady : m_firstReady) = &stream;
    m_lastReady = &stream;
}

void EpollReactor::readReady()
{
    // Those that have more to read than one batch allows go behind all others, into the next batch.
    SocketStream* stream = std::exchange(m_firstReady, nullptr);
    m_lastReady = nullptr;
    while (stream) {
        SocketStream* const next = stream->m_nextReady;
        stream->m_ready = false;
        read(*stream);
        makeReady(*stream);
        stream = next;
    }
}

void EpollReactor::read(SocketStream& stream)
{
    for (int left = kReadsPerBatch; left > 0 && stream.m_readable && stream.wantsToRead(); --left) {
        if (!readOnce(stream)) {
            return;
        }
        // Large bodies leave while they are still in the cache, and their buffer serves the next read.
        if (m_heavy) {
            actOnListed();
        }
    }
}

void EpollReactor::prepareReadChunk()
{
    if (m_readChunk && m_readChunk->references == 1) {
        m_readOffset = 0;
        return;
    }
    if (m_readChunk && m_readChunk->capacity - m_readOffset >= kReadSize / 2) {
        return;
    }
    if (m_readChunk) {
        --m_readChunk->references;  // its other holders return it
    }
    m_readChunk = &m_readPool.take();
    m_readOffset = 0;
}

bool EpollReactor::readOnce(SocketStream& stream)
{
    prepareReadChunk();
    char* const bytes = m_readChunk->bytes + m_readOffset;
    const std::uint32_t room = m_readChunk->capacity - m_readOffset;
    const ssize_t count = ::recv(stream.m_fd, bytes, room, 0);
    if (count > 0) {
        const auto size = static_cast<std::uint32_t>(count);
        // A short read emptied the socket, unless the peer hung up: then its end is still to be read.
        if (size < room && !stream.m_hungUp) {
            stream.m_readable = false;
        }
        constexpr std::uint32_t kLine = 64;
        m_readOffset = std::min(m_readChunk->capacity, (m_readOffset + size + kLine - 1) / kLine * kLine);
        ++m_readChunk->references;
        deliver(stream, IoBuffer(m_readChunk, bytes, size));
        return true;
    }
    if (count == 0) {
        stream.m_readable = false;
        deliverEnd(stream);
    } else if (errno == EAGAIN) {
        stream.m_readable = false;
        if (stream.m_writeFailed) {
            deliverError(stream, stream.m_errno);
        }
    } else if (errno != EINTR) {
        deliverError(stream, errno);
    }
    return false;
}

void EpollReactor::write(SocketStream& stream)
{
    while (stream.m_first && !stream.m_writeBlocked) {
        std::array<iovec, 64> pieces;
        std::size_t count = 0;
        std::size_t bytes = 0;
        for (Segment* segment = stream.m_first; segment && count < pieces.size(); segment = segment->next) {
            pieces[count++] = {segment->buffer.data(), segment->buffer.size()};
            bytes += segment->buffer.size();
        }
        ssize_t sent = 0;
        if (count == 1) {
            sent = ::send(stream.m_fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
        } else {
            msghdr message{};
            message.msg_iov = pieces.data();
            message.msg_iovlen = count;
            sent = ::sendmsg(stream.m_fd, &message, MSG_NOSIGNAL);
        }
        if (sent < 0) {
            if (errno == EAGAIN) {
                stream.m_writeBlocked = true;
            } else if (errno != EINTR) {
                failWriting(stream, errno);
                return;
            }
            continue;
        }
        stream.consume(static_cast<std::size_t>(sent));
        stream.m_writeBlocked = static_cast<std::size_t>(sent) < bytes;
    }
    if (stream.m_writeBlocked) {
        compact(stream);
    }
    afterSending(stream);
}

void EpollReactor::act(SocketStream& stream)
{
    if (stream.m_closed || stream.m_connecting) {
        return;
    }
    if (!stream.m_writeBlocked) {
        write(stream);
    }
    makeReady(stream);
}

void EpollReactor::releaseDescriptor(SocketStream& stream)
{
    stream.dropQueue();
    if (stream.m_fd >= 0) {
        ::close(std::exchange(stream.m_fd, -1));
    }
    bury(stream);
}

}  // namespace signalbox::net
