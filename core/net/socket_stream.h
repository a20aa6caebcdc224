#pragma once

#include <cstddef>
#include <cstdint>

#include "core/net/io_buffer.h"
#include "core/net/reactor.h"
#include "core/net/timer.h"

namespace signalbox::net {

class ReactorCore;

/// One queued piece of a stream's output.
struct Segment {
    IoBuffer buffer;
    Segment* next = nullptr;
};

/// The stream of both reactors. The calls of its user only note what is wanted and put the stream on the reactor's
/// list; the driver acts at the end of the batch. That keeps callbacks out of calls and joins what is sent.
/// Slab-allocated by its reactor, which alone sees more than the Stream interface; its thread only.
class SocketStream final : public Stream {
public:
    SocketStream(ReactorCore& core, int fd, ErrorOrigin origin) noexcept;
    ~SocketStream() override = default;

    void setHandler(StreamHandler& handler) noexcept override { m_handler = &handler; }
    void send(IoBuffer data) override;
    [[nodiscard]] std::size_t queued() const noexcept override { return m_queued; }
    void pauseReading() override;
    void resumeReading() override;
    void shutdownWrite() override;
    void close() override;
    void abort() override;
    void closeAfterSend(Duration limit) override;

private:
    /// How long a peer may take nothing of what is queued on a stream that only waits to be closed.
    static constexpr Duration kSendStall = std::chrono::seconds(30);

    friend class ReactorCore;
    friend class EpollReactor;
    friend class UringReactor;

    [[nodiscard]] bool wantsToRead() const noexcept { return !m_paused && !m_ended && !m_closed && !m_connecting; }
    /// Removes `count` sent bytes from the queue.
    void consume(std::size_t count) noexcept;
    void dropQueue() noexcept;
    /// True when a copy of `data` takes much less memory than keeping the chunk it lies in.
    [[nodiscard]] static bool worthCopying(const IoBuffer& data) noexcept;
    void appendCopy(const IoBuffer& data);
    static void onTimer(void* self);

    ReactorCore& m_core;
    StreamHandler* m_handler = nullptr;
    Segment* m_first = nullptr;
    Segment* m_last = nullptr;
    std::size_t m_queued = 0;
    SocketStream* m_nextReady = nullptr;  // epoll: list of streams with bytes to read; io_uring: those out of buffers
    int m_fd;
    std::uint32_t m_index = 0;  // among all streams of the core
    int m_errno = 0;            // of a failure that is still to be told
    std::uint16_t m_inFlightSegments = 0;
    std::uint8_t m_operations = 0;    // io_uring: submitted and not yet completed
    std::uint8_t m_fullReceives = 0;  // io_uring: full buffers in a row
    ErrorOrigin m_origin;

    bool m_connecting : 1 = false;
    bool m_closed : 1 = false;     // for the user it is gone
    bool m_lingering : 1 = false;  // closeAfterSend: what arrives is thrown away
    bool m_sentAll : 1 = false;    // lingering, and its limit runs
    bool m_paused : 1 = false;
    bool m_ended : 1 = false;  // the peer's FIN was delivered
    bool m_shutdownWanted : 1 = false;
    bool m_shutdownDone : 1 = false;
    bool m_aboveHighWater : 1 = false;    // onDrained is owed
    bool m_writeFailed : 1 = false;       // reads what is left, then fails with m_errno
    bool m_listed : 1 = false;            // on the core's list of streams to act on
    bool m_deferred : 1 = false;          // on the core's list of events to tell
    bool m_ready : 1 = false;             // on the list of m_nextReady
    bool m_readable : 1 = false;          // epoll: the kernel may have bytes
    bool m_hungUp : 1 = false;            // epoll: read until the end, a short read says nothing
    bool m_writeBlocked : 1 = false;      // epoll: wait for EPOLLOUT
    bool m_connectSubmitted : 1 = false;  // io_uring
    bool m_receiving : 1 = false;         // io_uring: a receive is armed
    bool m_bulk : 1 = false;              // io_uring: receive one large buffer at a time
    bool m_bulkArmed : 1 = false;         // io_uring: the armed receive is such a one
    bool m_receiveCancelled : 1 = false;  // io_uring
    bool m_cancelled : 1 = false;         // io_uring: everything on the descriptor was cancelled
    bool m_sending : 1 = false;           // io_uring
    bool m_buried : 1 = false;            // its memory is about to be reused

    std::uint32_t m_lingerMilliseconds = 0;
    std::uint32_t m_sentAtTimer = 0;  // while lingering with a queue: the low bits of m_sent, to see whether it moves
    Timer m_timer;                    // connect time-out, later the limit of lingering
};

}  // namespace signalbox::net
