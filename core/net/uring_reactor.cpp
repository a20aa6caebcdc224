#include "core/net/uring_reactor.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/uring_listener.h"
#include "core/net/uring_probe.h"

namespace signalbox::net {
namespace {

constexpr unsigned kEntries = 512;

}  // namespace

UringReactor::UringReactor(const ReactorOptions& options)
    : ReactorCore(false),
      m_buffers(0, options.receiveBuffers, options.receiveBufferSize),
      m_bulkBuffers(1, std::max<std::uint32_t>(options.receiveBuffers / 8, 8), kBulkBufferSize)
{}

Result<std::unique_ptr<Reactor>> UringReactor::create(const ReactorOptions& options)
{
    if (std::optional<Error> reason = whyNoUring()) {
        return fail(std::move(*reason));
    }
    std::unique_ptr<UringReactor> reactor(new UringReactor(options));
    if (const int error = reactor->open(); error != 0) {
        return fail(errorFromErrno(error, ErrorOrigin::Us, "cannot set up io_uring"));
    }
    return std::unique_ptr<Reactor>(std::move(reactor));
}

int UringReactor::open()
{
    if (const int error = openRing(m_ring, kEntries); error != 0) {
        return error;
    }
    m_open = true;
    if (const int error = m_buffers.attach(m_ring); error != 0) {
        return error;
    }
    return m_bulkBuffers.attach(m_ring);
}

UringReactor::~UringReactor()
{
    if (m_enabled && m_wakeup.onLoopThread()) {
        cancelAll();
    }
    destroyStreams();
    for (const auto& listener : m_listeners) {
        listener->reactor = nullptr;
        listener->handler = nullptr;
        listener->socket = Socket();
        listener->retry.cancel();
    }
    if (m_open) {
        m_buffers.detach();
        m_bulkBuffers.detach();
        io_uring_queue_exit(&m_ring);
    }
}

void UringReactor::cancelAll()
{
    // What is in flight holds its socket open; on another thread the end of the loop's thread has done this.
    io_uring_sqe& entry = nextEntry();
    io_uring_prep_cancel64(&entry, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
    submit(entry, nullptr, kIgnored);
    for (int round = 0; round < 2; ++round) {
        io_uring_submit_and_get_events(&m_ring);
        io_uring_cq_advance(&m_ring, io_uring_cq_ready(&m_ring));
    }
}

io_uring_sqe& UringReactor::nextEntry()
{
    io_uring_sqe* entry = io_uring_get_sqe(&m_ring);
    while (!entry) {
        const int result = io_uring_submit(&m_ring);
        if (result < 0 && result != -EINTR && result != -EBUSY && result != -EAGAIN) {
            std::abort();  // the ring is broken, and with it every connection
        }
        entry = io_uring_get_sqe(&m_ring);
    }
    return *entry;
}

void UringReactor::submit(io_uring_sqe& entry, const void* owner, Operation operation) noexcept
{
    entry.user_data = reinterpret_cast<std::uint64_t>(owner) | operation;
    if (operation == kIgnored) {
        entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
    }
}

void UringReactor::run()
{
    m_wakeup.enterLoop();
    if (!m_enabled) {
        if (startRing(m_ring) != 0) {
            std::abort();  // it was enabled in the probe with the same flags
        }
        m_enabled = true;
    }
    const bool registered = io_uring_register_ring_fd(&m_ring) == 1;
    updateNow();
    endBatch();
    while (!m_wakeup.stopping()) {
        batch();
    }
    io_uring_submit(&m_ring);
    // The number is this thread's own; whoever closes the ring later must not use it.
    if (registered) {
        io_uring_unregister_ring_fd(&m_ring);
    }
    m_wakeup.leaveLoop();
}

void UringReactor::batch()
{
    wait();
    m_arena.reset();
    updateNow();
    processCompletions();
    endBatch();
}

void UringReactor::endBatch()
{
    runTimersAndTasks();
    supplyBuffers();
    runBatchEnd();
    armListeners();
    armWake();
}

void UringReactor::wait()
{
    const std::optional<Duration> limit = sleepLimit();
    if (!limit) {
        io_uring_submit_and_wait(&m_ring, 1);
        return;
    }
    if (*limit == Duration::zero()) {
        io_uring_submit_and_get_events(&m_ring);
        return;
    }
    __kernel_timespec timeout{};
    timeout.tv_sec = limit->count() / 1'000'000'000;
    timeout.tv_nsec = limit->count() % 1'000'000'000;
    io_uring_cqe* first = nullptr;
    io_uring_submit_and_wait_timeout(&m_ring, &first, 1, &timeout, nullptr);
}

void UringReactor::processCompletions()
{
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&m_ring, head, completion)
    {
        ++count;
        onCompletion(completion->user_data, completion->res, completion->flags);
    }
    io_uring_cq_advance(&m_ring, count);
}

void UringReactor::onCompletion(std::uint64_t userData, int result, std::uint32_t flags)
{
    void* const owner = reinterpret_cast<void*>(userData & ~std::uint64_t{kOperationBits});
    switch (static_cast<Operation>(userData & kOperationBits)) {
        case kReceive: onReceived(*static_cast<SocketStream*>(owner), result, flags); break;
        case kSend: onSent(*static_cast<SocketStream*>(owner), result); break;
        case kConnect: onConnectDone(*static_cast<SocketStream*>(owner), result); break;
        case kAccept: onAccepted(*static_cast<Listener*>(owner), result, flags); break;
        case kWake: m_wakeArmed = (flags & IORING_CQE_F_MORE) != 0; break;
        default: break;
    }
}

void UringReactor::armWake()
{
    if (m_wakeArmed) {
        return;
    }
    // Multishot polls are edge-triggered: every write to the eventfd is one completion, and it need never be read.
    io_uring_sqe& entry = nextEntry();
    io_uring_prep_poll_multishot(&entry, m_wakeup.fd(), POLLIN);
    submit(entry, nullptr, kWake);
    m_wakeArmed = true;
}

void UringReactor::supplyBuffers()
{
    const bool available = m_buffers.replenish();
    const bool bulkAvailable = m_bulkBuffers.replenish();
    m_scarce = m_buffers.scarce() || m_bulkBuffers.scarce();
    if (!available || !bulkAvailable || !m_firstStarved) {
        return;
    }
    for (SocketStream* stream = std::exchange(m_firstStarved, nullptr); stream; stream = stream->m_nextReady) {
        stream->m_ready = false;
        enlist(*stream);
    }
}

}  // namespace signalbox::net
