#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/net/io_buffer.h"
#include "core/net/socket.h"
#include "core/net/timer.h"

namespace signalbox::net {

class Stream;

/// Receives what happens on a Stream. Owned by whoever uses the stream; must outlive it or detach with close().
/// All calls come from the reactor's loop, never from inside a call made on the Stream itself.
class StreamHandler {
public:
    virtual ~StreamHandler() = default;
    /// The connection of Reactor::connect is up. Not called for accepted streams.
    virtual void onConnected() {}
    /// Bytes arrived, in order. The buffer may be kept, shared or sent on without a copy; while it is held the memory is
    /// not given back to the kernel, so hold bodies only as long as they are queued to be sent.
    virtual void onData(IoBuffer data) = 0;
    /// The peer finished sending (FIN). Sending is still possible.
    virtual void onEnd() = 0;
    /// The queue fell to or below lowWater() after having been above highWater().
    virtual void onDrained() {}
    /// The stream failed: connect refused or timed out, reset, write error. The stream is gone: do not touch it again.
    virtual void onFailed(const Error& error) = 0;
};

/// One connected, connecting or accepted byte stream. Owned by its Reactor; the pointer is valid until onFailed was
/// delivered or close()/closeAfterSend() was called. After either of those no callback follows.
/// Reactor's thread only.
class Stream {
public:
    static constexpr std::size_t kDefaultHighWater = 256 * 1024;
    static constexpr std::size_t kDefaultLowWater = 64 * 1024;
    static constexpr Duration kLinger = std::chrono::seconds(2);

    /// Hands the stream to another handler (a pooled backend connection finding its next request).
    virtual void setHandler(StreamHandler& handler) noexcept = 0;
    /// Queues bytes. They leave at the end of the current batch, joined with what else is queued then
    /// (one sendmsg, or one submission). Allowed while connecting. Errors arrive through onFailed.
    virtual void send(IoBuffer data) = 0;
    /// Bytes queued and not yet taken by the kernel.
    [[nodiscard]] virtual std::size_t queued() const noexcept = 0;
    [[nodiscard]] bool aboveHighWater() const noexcept { return queued() > kDefaultHighWater; }
    /// Stops reading: onData may still come for what the kernel has already delivered (bounded by a few buffers).
    virtual void pauseReading() = 0;
    virtual void resumeReading() = 0;
    /// Sends FIN after the queue. Reading goes on.
    virtual void shutdownWrite() = 0;
    /// Drops the queue and closes now.
    virtual void close() = 0;
    /// Closes with RST (SO_LINGER 0): for refusing without TIME_WAIT, and for mocks that play a reset.
    virtual void abort() = 0;
    /// Delivers the queue, sends FIN, reads and discards what the peer still sends (so that a refusal is not lost to a
    /// reset; RFC 9112 section 9.6), and closes when the peer does, at the latest `limit` after the queue is gone.
    /// Zero: closes then, for a peer that will say no more. A peer that takes nothing of the queue for 30 s is given up.
    virtual void closeAfterSend(Duration limit = kLinger) = 0;

    /// Address of the other side; for an accepted stream the client's.
    [[nodiscard]] const Endpoint& peer() const noexcept { return m_peer; }
    /// Bytes received and sent so far.
    [[nodiscard]] std::uint64_t received() const noexcept { return m_received; }
    [[nodiscard]] std::uint64_t sent() const noexcept { return m_sent; }

protected:
    virtual ~Stream() = default;
    Endpoint m_peer;
    std::uint64_t m_received = 0;
    std::uint64_t m_sent = 0;
};

/// Receives accepted connections.
class AcceptHandler {
public:
    virtual ~AcceptHandler() = default;
    /// Must set a handler on the stream, or close it.
    virtual void onAccepted(Stream& stream) = 0;
    /// Accepting failed and is tried again by the reactor after a pause (no descriptors left).
    virtual void onAcceptFailed(const Error& /*error*/) {}
};

/// A listening socket that this reactor accepts from. Destroying it stops accepting and closes the socket.
class Acceptor {
public:
    virtual ~Acceptor() = default;
};

enum class ReactorKind : std::uint8_t { Auto, Epoll, IoUring };

struct ReactorOptions {
    ReactorKind kind = ReactorKind::Auto;  ///< Auto: io_uring where it works, else epoll; SIGNALBOX_REACTOR=epoll|io_uring wins over it
    std::uint32_t receiveBuffers = 512;    ///< io_uring: buffers in the provided ring (power of two)
    std::uint32_t receiveBufferSize = 16 * 1024;
};

/// One event loop on one thread: completion-style I/O on sockets, and timers. Two implementations behind this interface
/// (io_uring, epoll), which one suite of tests holds to the same behaviour.
/// Every method is for the loop's thread only (or before run() is called), except post() and stop().
class Reactor {
public:
    using Task = std::function<void()>;

    /// Error when the kind that was asked for is not available, with the reason. Auto always finds one.
    [[nodiscard]] static Result<std::unique_ptr<Reactor>> create(const ReactorOptions& options = {});
    virtual ~Reactor() = default;

    /// "io_uring" or "epoll".
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// Runs until stop(). Returns with streams still open; destroying the reactor closes them without callbacks.
    virtual void run() = 0;
    /// Any thread. Makes run() return after the current batch.
    virtual void stop() noexcept = 0;
    /// Any thread. Runs `task` on the loop's thread, in the order posted. Tasks posted after run() returned are dropped.
    virtual void post(Task task) = 0;

    /// Time at the start of the current batch of completions: monotonic, one clock read a batch.
    [[nodiscard]] TimePoint now() const noexcept { return m_now; }
    /// Reads the clock now and refreshes now().
    TimePoint updateNow() noexcept { return m_now = SystemClock::instance().now(); }

    /// Accepts on a bound and listening socket (see listenOn), which it takes over.
    [[nodiscard]] virtual Result<std::unique_ptr<Acceptor>> accept(Socket listening, AcceptHandler& handler) = 0;
    /// Starts connecting; onConnected or onFailed follows. `from` binds the source address when not empty (port 0 lets the
    /// system choose). `timeout` zero means none. Errors that are known at once are still delivered through onFailed.
    virtual Stream& connect(const Endpoint& to, StreamHandler& handler, Duration timeout = Duration::zero(),
                            const Endpoint& from = {}) = 0;

    /// Memory for bytes that are composed here and then sent: at least `size` bytes of capacity, size() == 0.
    /// Pooled up to 16 KiB; larger ones come from the heap.
    [[nodiscard]] virtual IoBuffer allocate(std::uint32_t size) = 0;

    /// Runs at the end of every batch, before the loop sleeps: for work that is cheaper once a batch. One per reactor user;
    /// kept until the reactor ends.
    virtual void onBatchEnd(Task task) = 0;

    /// Number of open streams, for tests and statistics.
    [[nodiscard]] virtual std::size_t streamCount() const noexcept = 0;

protected:
    friend class Timer;
    [[nodiscard]] virtual TimerQueue& timers() noexcept = 0;
    TimePoint m_now{};
};

}  // namespace signalbox::net
