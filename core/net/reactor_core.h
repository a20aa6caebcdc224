#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "core/net/chunk_pool.h"
#include "core/net/reactor.h"
#include "core/net/slab.h"
#include "core/net/socket_stream.h"
#include "core/net/timer_queue.h"
#include "core/net/wakeup.h"

namespace signalbox::net {

/// What both reactors share: streams and their life cycle, timers, posted tasks, memory, the order of a batch.
/// A driver derives from it and does the I/O.
class ReactorCore : public Reactor {
public:
    ~ReactorCore() override;
    ReactorCore(const ReactorCore&) = delete;
    ReactorCore& operator=(const ReactorCore&) = delete;

    void stop() noexcept final { m_wakeup.stop(); }
    void post(Task task) final { m_wakeup.post(std::move(task)); }
    Stream& connect(const Endpoint& to, StreamHandler& handler, Duration timeout, const Endpoint& from) final;
    [[nodiscard]] IoBuffer allocate(std::uint32_t size) final { return m_memory.allocate(size); }
    void onBatchEnd(Task task) final { m_batchEndTasks.push_back(std::move(task)); }
    [[nodiscard]] std::size_t streamCount() const noexcept final { return m_openStreams; }

protected:
    friend class SocketStream;

    /// Bytes queued in one stream from which on the epoll driver does not wait for the end of the batch.
    static constexpr std::size_t kHeavy = 32 * 1024;
    static constexpr Duration kAcceptPause = std::chrono::milliseconds(100);

    /// `nonBlocking` is how the driver wants its sockets to be.
    explicit ReactorCore(bool nonBlocking) : m_nonBlocking(nonBlocking) { updateNow(); }
    [[nodiscard]] TimerQueue& timers() noexcept final { return m_timers; }

    // What the driver does. `act` runs for listed streams and brings the kernel in line with the stream's flags.
    virtual void startConnect(SocketStream& stream, const Endpoint& to) = 0;
    virtual void act(SocketStream& stream) = 0;
    /// Lets go of the descriptor of a stream that was just marked closed; ends in `bury`, perhaps later.
    virtual void releaseDescriptor(SocketStream& stream) = 0;

    [[nodiscard]] SocketStream& newStream(int fd, ErrorOrigin origin);
    void enlist(SocketStream& stream);
    void defer(SocketStream& stream);
    void closeStream(SocketStream& stream);
    /// Closes and tells the handler, if there is one.
    void failStream(SocketStream& stream, const Error& error);
    void failStream(SocketStream& stream, int errnoValue, std::string_view what);
    /// A write failed: what the peer has sent before is still read (a refusal, say), then the stream fails.
    void failWriting(SocketStream& stream, int errnoValue);
    void finishConnect(SocketStream& stream, int errnoValue);
    /// Hands on received bytes; the stream may be closed afterwards.
    void deliver(SocketStream& stream, IoBuffer data);
    void deliverEnd(SocketStream& stream);
    void deliverError(SocketStream& stream, int errnoValue);
    /// After bytes were sent: onDrained, FIN, end of lingering.
    void afterSending(SocketStream& stream);
    /// Copies small pieces of large received chunks into fitting ones, skipping those in flight: a peer that reads
    /// slowly must not pin whole receive buffers.
    void compact(SocketStream& stream);

    /// The stream's memory may be reused when the batch has ended.
    void bury(SocketStream& stream);
    void runTimersAndTasks();
    void runBatchEnd();
    void actOnListed();
    void freeBuried();
    [[nodiscard]] bool hasWork() const noexcept
    {
        return !m_listed.empty() || !m_deferred.empty() || m_wakeup.hasTasks();
    }
    /// How long the loop may sleep; nothing: until something happens.
    [[nodiscard]] std::optional<Duration> sleepLimit();
    /// Destroys every stream without callbacks. The driver's destructor calls it, after its descriptors are of no use.
    void destroyStreams() noexcept;

    ComposeMemory m_memory;
    Slab<Segment, 256> m_segments;
    TimerQueue m_timers{m_now};
    Wakeup m_wakeup;
    bool m_scarce = false;  // receive buffers are short: copy what would pin them
    bool m_heavy = false;   // a stream went over kHeavy since this was last cleared

private:
    void onStreamTimer(SocketStream& stream);
    /// The queue of a stream that is to be closed is empty.
    void linger(SocketStream& stream);
    void tellDeferred();

    const bool m_nonBlocking;
    Slab<SocketStream> m_streamSlab;
    std::size_t m_openStreams = 0;
    std::vector<SocketStream*> m_all;  // slot order is of no meaning
    std::vector<SocketStream*> m_listed;
    std::vector<SocketStream*> m_acting;
    std::vector<SocketStream*> m_deferred;
    std::vector<SocketStream*> m_telling;
    std::vector<SocketStream*> m_graveyard;
    std::deque<Task> m_batchEndTasks;  // a task may add one
};

}  // namespace signalbox::net
