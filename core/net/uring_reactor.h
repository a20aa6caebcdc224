#pragma once

#include <liburing.h>
#include <memory>
#include <vector>

#include "core/base/arena.h"
#include "core/net/reactor_core.h"
#include "core/net/ring_buffers.h"

namespace signalbox::net {

/// The reactor on io_uring: multishot accepts and receives into provided buffers, everything else submitted once a
/// batch, so that a loaded loop makes one system call for many messages.
class UringReactor final : public ReactorCore {
public:
    /// Error with the reason when the kernel lacks or refuses what is needed.
    [[nodiscard]] static Result<std::unique_ptr<Reactor>> create(const ReactorOptions& options);
    ~UringReactor() override;

    [[nodiscard]] std::string_view name() const noexcept override { return "io_uring"; }
    void run() override;
    [[nodiscard]] Result<std::unique_ptr<Acceptor>> accept(Socket listening, AcceptHandler& handler) override;

private:
    class Listener;
    class ListenerHandle;

    /// What a completion belongs to: the lowest bits of its user data; the rest is a pointer.
    enum Operation : std::uint64_t { kIgnored, kReceive, kSend, kConnect, kAccept, kWake, kOperationBits = 7 };

    static constexpr std::size_t kMaxPieces = 64;        // of one sendmsg
    static constexpr std::size_t kMaxSend = 256 * 1024;  // bytes of one send, so that buffers come back bit by bit

    static constexpr std::uint32_t kBulkBufferSize = 256 * 1024;
    static constexpr std::uint8_t kFullReceivesOfBulk = 1;

    explicit UringReactor(const ReactorOptions& options);

    void startConnect(SocketStream& stream, const Endpoint& to) override;
    void act(SocketStream& stream) override;
    void releaseDescriptor(SocketStream& stream) override;

    [[nodiscard]] int open();
    [[nodiscard]] io_uring_sqe& nextEntry();
    void submit(io_uring_sqe& entry, const void* owner, Operation operation) noexcept;
    void batch();
    void wait();
    void endBatch();
    void processCompletions();
    void onCompletion(std::uint64_t userData, int result, std::uint32_t flags);
    void cancelAll();

    void onReceived(SocketStream& stream, int result, std::uint32_t flags);
    void onSent(SocketStream& stream, int result);
    void onConnectDone(SocketStream& stream, int result);
    void armReceive(SocketStream& stream);
    void cancelReceive(SocketStream& stream);
    void judgeFlow(SocketStream& stream, std::uint32_t size);
    void submitSend(SocketStream& stream);
    void submitConnect(SocketStream& stream);
    void cancelEverything(SocketStream& stream);
    void releaseIfIdle(SocketStream& stream);
    void supplyBuffers();

    void armWake();
    void armListeners();
    void onAccepted(Listener& listener, int result, std::uint32_t flags);
    void adopt(Listener& listener, int fd);

    io_uring m_ring{};
    bool m_open = false;     // m_ring is set up
    bool m_enabled = false;  // run() was called: the ring belongs to its thread
    bool m_wakeArmed = false;
    bool m_listenersWaiting = false;
    RingBuffers m_buffers;
    // A multishot receive takes all that the kernel has, which after a pause is megabytes. Streams with that much to
    // say receive one large buffer at a time, so that pausing is exact, and cheaper per byte.
    RingBuffers m_bulkBuffers;
    Arena m_arena{16 * 1024};  // what submitted entries point to, until the kernel has read it
    SocketStream* m_firstStarved = nullptr;
    std::vector<std::shared_ptr<Listener>> m_listeners;
};

}  // namespace signalbox::net
