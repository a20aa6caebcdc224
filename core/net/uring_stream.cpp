// How the io_uring reactor connects, reads and writes streams.

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <new>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/net/uring_reactor.h"

namespace signalbox::net {

void UringReactor::startConnect(SocketStream& stream, const Endpoint& to)
{
    if (to.family() != Endpoint::Family::Unix) {
        enlist(stream);
        return;
    }
    sockaddr_storage address{};
    const socklen_t length = to.toSockaddr(address);
    stream.m_errno = ::connect(stream.m_fd, reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
    const int flags = ::fcntl(stream.m_fd, F_GETFL);
    ::fcntl(stream.m_fd, F_SETFL, flags & ~O_NONBLOCK);
    defer(stream);
}

void UringReactor::act(SocketStream& stream)
{
    if (stream.m_closed) {
        cancelEverything(stream);
        return;
    }
    if (stream.m_connecting) {
        if (!stream.m_connectSubmitted && !stream.m_deferred && stream.m_peer.family() != Endpoint::Family::Unix) {
            submitConnect(stream);
        }
        return;
    }
    stream.m_bulk = stream.m_bulk || stream.m_paused;
    if (stream.m_receiving) {
        if (stream.m_paused || (stream.m_bulk && !stream.m_bulkArmed)) {
            cancelReceive(stream);
        }
    } else if (stream.wantsToRead() && !stream.m_ready) {
        armReceive(stream);
    }
    if (stream.m_sending) {
        return;
    }
    if (stream.m_first) {
        submitSend(stream);
    } else {
        afterSending(stream);
    }
}

void UringReactor::submitConnect(SocketStream& stream)
{
    stream.m_connectSubmitted = true;
    ++stream.m_operations;
    auto* const address = new (m_arena.allocate(sizeof(sockaddr_storage))) sockaddr_storage{};
    const socklen_t length = stream.m_peer.toSockaddr(*address);
    io_uring_sqe& entry = nextEntry();
    io_uring_prep_connect(&entry, stream.m_fd, reinterpret_cast<const sockaddr*>(address), length);
    submit(entry, &stream, kConnect);
}

void UringReactor::onConnectDone(SocketStream& stream, int result)
{
    --stream.m_operations;
    if (stream.m_closed) {
        releaseIfIdle(stream);
        return;
    }
    finishConnect(stream, -result);
}

void UringReactor::armReceive(SocketStream& stream)
{
    stream.m_receiving = true;
    stream.m_bulkArmed = stream.m_bulk;
    stream.m_fullReceives = 0;
    ++stream.m_operations;
    io_uring_sqe& entry = nextEntry();
    if (stream.m_bulk) {
        io_uring_prep_recv(&entry, stream.m_fd, nullptr, 0, 0);
        entry.buf_group = m_bulkBuffers.group();
    } else {
        io_uring_prep_recv_multishot(&entry, stream.m_fd, nullptr, 0, 0);
        entry.buf_group = m_buffers.group();
    }
    entry.flags |= IOSQE_BUFFER_SELECT;
    submit(entry, &stream, kReceive);
}

void UringReactor::cancelReceive(SocketStream& stream)
{
    if (stream.m_receiveCancelled) {
        return;
    }
    stream.m_receiveCancelled = true;
    io_uring_sqe& entry = nextEntry();
    io_uring_prep_cancel64(&entry, reinterpret_cast<std::uint64_t>(&stream) | kReceive, 0);
    submit(entry, nullptr, kIgnored);
}

void UringReactor::judgeFlow(SocketStream& stream, std::uint32_t size)
{
    if (stream.m_bulkArmed) {
        stream.m_bulk = size > m_buffers.bufferSize();
    } else if (size < m_buffers.bufferSize()) {
        stream.m_fullReceives = 0;
    } else if (!stream.m_bulk && ++stream.m_fullReceives >= kFullReceivesOfBulk) {
        stream.m_bulk = true;
        enlist(stream);
    }
}

void UringReactor::onReceived(SocketStream& stream, int result, std::uint32_t flags)
{
    IoBuffer data;
    if ((flags & IORING_CQE_F_BUFFER) != 0) {
        RingBuffers& source = stream.m_bulkArmed ? m_bulkBuffers : m_buffers;
        data = source.received(static_cast<std::uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT),
                               static_cast<std::uint32_t>(std::max(result, 0)));
    }
    if ((flags & IORING_CQE_F_MORE) == 0) {
        stream.m_receiving = false;
        stream.m_receiveCancelled = false;
        --stream.m_operations;
        enlist(stream);  // to arm again, or to see that it is over
    }
    if (stream.m_closed) {
        releaseIfIdle(stream);
    } else if (result > 0) {
        judgeFlow(stream, data.size());
        deliver(stream, std::move(data));
    } else if (result == 0) {
        deliverEnd(stream);
    } else if (result == -ENOBUFS) {
        // Armed again when buffers have come back.
        stream.m_ready = true;
        stream.m_nextReady = m_firstStarved;
        m_firstStarved = &stream;
    } else if (result != -ECANCELED && result != -EINTR && result != -EAGAIN) {
        deliverError(stream, -result);
    }
}

void UringReactor::submitSend(SocketStream& stream)
{
    if (m_scarce) {
        compact(stream);
    }
    std::size_t count = 0;
    std::size_t bytes = 0;
    Segment* segment = stream.m_first;
    for (; segment && count < kMaxPieces && bytes < kMaxSend; segment = segment->next) {
        bytes += segment->buffer.size();
        ++count;
    }
    stream.m_sending = true;
    stream.m_inFlightSegments = static_cast<std::uint16_t>(count);
    ++stream.m_operations;
    constexpr int kFlags = MSG_NOSIGNAL | MSG_WAITALL;
    io_uring_sqe& entry = nextEntry();
    if (count == 1) {
        const IoBuffer& buffer = stream.m_first->buffer;
        io_uring_prep_send(&entry, stream.m_fd, buffer.data(), std::min<std::size_t>(buffer.size(), kMaxSend), kFlags);
    } else {
        static_assert(sizeof(msghdr) % alignof(iovec) == 0 && sizeof(iovec) % alignof(msghdr) == 0);
        char* const memory = m_arena.allocate(sizeof(msghdr) + count * sizeof(iovec));
        auto* const message = new (memory) msghdr{};
        auto* const pieces = reinterpret_cast<iovec*>(memory + sizeof(msghdr));
        segment = stream.m_first;
        for (std::size_t i = 0; i < count; ++i, segment = segment->next) {
            pieces[i] = {segment->buffer.data(), segment->buffer.size()};
        }
        message->msg_iov = pieces;
        message->msg_iovlen = count;
        io_uring_prep_sendmsg(&entry, stream.m_fd, message, kFlags);
    }
    submit(entry, &stream, kSend);
}

void UringReactor::onSent(SocketStream& stream, int result)
{
    --stream.m_operations;
    stream.m_sending = false;
    stream.m_inFlightSegments = 0;
    if (stream.m_closed) {
        releaseIfIdle(stream);
        return;
    }
    if (result < 0 && result != -EAGAIN && result != -EINTR) {
        failWriting(stream, -result);
        return;
    }
    if (result > 0) {
        stream.consume(static_cast<std::size_t>(result));
    }
    if (stream.m_first) {
        enlist(stream);
    }
    afterSending(stream);
}

void UringReactor::cancelEverything(SocketStream& stream)
{
    if (stream.m_operations == 0 || stream.m_cancelled) {
        return;
    }
    stream.m_cancelled = true;
    io_uring_sqe& entry = nextEntry();
    io_uring_prep_cancel_fd(&entry, stream.m_fd, IORING_ASYNC_CANCEL_ALL);
    submit(entry, nullptr, kIgnored);
}

void UringReactor::releaseDescriptor(SocketStream& stream)
{
    if (stream.m_operations == 0) {
        releaseIfIdle(stream);
    } else {
        enlist(stream);  // the kernel may still read from its queue and holds its socket: cancel first
    }
}

void UringReactor::releaseIfIdle(SocketStream& stream)
{
    if (stream.m_operations != 0) {
        return;
    }
    stream.dropQueue();
    if (stream.m_fd >= 0) {
        io_uring_sqe& entry = nextEntry();
        io_uring_prep_close(&entry, std::exchange(stream.m_fd, -1));
        submit(entry, nullptr, kIgnored);
    }
    bury(stream);
}

}  // namespace signalbox::net
