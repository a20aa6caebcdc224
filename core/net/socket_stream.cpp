#include "core/net/socket_stream.h"

#include <cstring>
#include <sys/socket.h>

#include "core/net/reactor_core.h"

namespace signalbox::net {

SocketStream::SocketStream(ReactorCore& core, int fd, ErrorOrigin origin) noexcept
    : m_core(core), m_fd(fd), m_origin(origin), m_timer(core, &SocketStream::onTimer, this)
{}

void SocketStream::send(IoBuffer data)
{
    if (m_closed || m_shutdownWanted || m_writeFailed || data.empty()) {
        return;
    }
    const std::uint32_t size = data.size();
    const bool waits = m_writeBlocked || (m_sending && m_core.m_scarce);
    if (waits && worthCopying(data)) {
        appendCopy(data);
    } else {
        Segment* const segment = m_core.m_segments.create(std::move(data));
        (m_last ? m_last->next : m_first) = segment;
        m_last = segment;
    }
    m_queued += size;
    if (m_queued >= ReactorCore::kHeavy) {
        m_core.m_heavy = true;
        if (m_queued > kDefaultHighWater) {
            m_aboveHighWater = true;
        }
    }
    m_core.enlist(*this);
}

void SocketStream::pauseReading()
{
    if (!m_paused && !m_closed && !m_lingering) {
        m_paused = true;
        m_core.enlist(*this);
    }
}

void SocketStream::resumeReading()
{
    if (m_paused && !m_closed) {
        m_paused = false;
        m_core.enlist(*this);
    }
}

void SocketStream::shutdownWrite()
{
    if (!m_shutdownWanted && !m_closed) {
        m_shutdownWanted = true;
        m_core.enlist(*this);
    }
}

void SocketStream::close()
{
    m_core.closeStream(*this);
}

void SocketStream::abort()
{
    if (m_closed) {
        return;
    }
    if (m_fd >= 0) {
        const linger reset{1, 0};
        ::setsockopt(m_fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    m_core.closeStream(*this);
}

void SocketStream::closeAfterSend(Duration limit)
{
    if (m_closed) {
        return;
    }
    m_handler = nullptr;
    m_lingering = true;
    m_shutdownWanted = m_shutdownWanted || limit > Duration::zero();
    m_paused = false;
    m_lingerMilliseconds =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
    m_sentAtTimer = static_cast<std::uint32_t>(m_sent);
    m_timer.start(m_connecting ? limit : kSendStall);
    m_core.enlist(*this);
}

void SocketStream::consume(std::size_t count) noexcept
{
    m_queued -= count;
    m_sent += count;
    while (count > 0) {
        Segment* const segment = m_first;
        if (count < segment->buffer.size()) {
            segment->buffer.removePrefix(static_cast<std::uint32_t>(count));
            return;
        }
        count -= segment->buffer.size();
        m_first = segment->next;
        m_core.m_segments.destroy(segment);
    }
    if (!m_first) {
        m_last = nullptr;
    }
}

void SocketStream::dropQueue() noexcept
{
    while (m_first) {
        Segment* const segment = m_first;
        m_first = segment->next;
        m_core.m_segments.destroy(segment);
    }
    m_last = nullptr;
    m_queued = 0;
    m_aboveHighWater = false;
}

bool SocketStream::worthCopying(const IoBuffer& data) noexcept
{
    const Chunk* const chunk = data.chunk();
    return chunk && chunk->capacity > ComposeMemory::kSmall && chunk->capacity / 8 >= data.size();
}

void SocketStream::appendCopy(const IoBuffer& data)
{
    // The last segment has room when it is such a copy itself.
    if (m_last) {
        IoBuffer& last = m_last->buffer;
        const Chunk* const chunk = last.chunk();
        if (chunk && chunk->composed && chunk->references == 1 && last.capacity() - last.size() >= data.size()) {
            std::memcpy(last.data() + last.size(), data.data(), data.size());
            last.resize(last.size() + data.size());
            return;
        }
    }
    IoBuffer copy = m_core.allocate(data.size());
    std::memcpy(copy.data(), data.data(), data.size());
    copy.resize(data.size());
    Segment* const segment = m_core.m_segments.create(std::move(copy));
    (m_last ? m_last->next : m_first) = segment;
    m_last = segment;
}

void SocketStream::onTimer(void* self)
{
    auto& stream = *static_cast<SocketStream*>(self);
    stream.m_core.onStreamTimer(stream);
}

}  // namespace signalbox::net
