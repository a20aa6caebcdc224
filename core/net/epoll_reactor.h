#pragma once

#include <memory>
#include <vector>

#include "core/net/reactor_core.h"

struct epoll_event;

namespace signalbox::net {

/// The reactor on epoll, for kernels and sandboxes that refuse io_uring. Every socket is registered once,
/// edge-triggered, and the kernel's word on it is kept in the stream's flags, so that a busy connection costs its
/// receives and sends only.
class EpollReactor final : public ReactorCore {
public:
    [[nodiscard]] static Result<std::unique_ptr<Reactor>> create();
    ~EpollReactor() override;

    [[nodiscard]] std::string_view name() const noexcept override { return "epoll"; }
    void run() override;
    [[nodiscard]] Result<std::unique_ptr<Acceptor>> accept(Socket listening, AcceptHandler& handler) override;

private:
    class Listener;
    class ListenerHandle;

    static constexpr std::uint32_t kReadSize = 64 * 1024;
    static constexpr int kReadsPerBatch = 4;
    static constexpr int kAcceptsPerBatch = 64;

    explicit EpollReactor(Socket epoll) : ReactorCore(true), m_epoll(std::move(epoll)) {}

    void startConnect(SocketStream& stream, const Endpoint& to) override;
    void act(SocketStream& stream) override;
    void releaseDescriptor(SocketStream& stream) override;

    [[nodiscard]] bool watch(int fd, std::uint32_t events, std::uint64_t tag) noexcept;
    void batch();
    [[nodiscard]] int wait(epoll_event* events, int capacity);
    void onEvent(std::uint64_t tag, std::uint32_t events);
    void onStreamEvent(SocketStream& stream, std::uint32_t events);
    void makeReady(SocketStream& stream);
    void readReady();
    void read(SocketStream& stream);
    void prepareReadChunk();
    /// One receive. False when there is nothing more to read for now.
    [[nodiscard]] bool readOnce(SocketStream& stream);
    void write(SocketStream& stream);

    void acceptWaiting();
    void adopt(Listener& listener, int fd, Endpoint peer);

    Socket m_epoll;
    ChunkPool m_readPool{kReadSize, 32};
    Chunk* m_readChunk = nullptr;  // receives go behind each other into one chunk, from its start once all are released
    std::uint32_t m_readOffset = 0;
    SocketStream* m_firstReady = nullptr;
    SocketStream* m_lastReady = nullptr;
    std::vector<std::shared_ptr<Listener>> m_listeners;
    bool m_acceptsWaiting = false;
};

}  // namespace signalbox::net
