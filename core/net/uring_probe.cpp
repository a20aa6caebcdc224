#include "core/net/uring_probe.h"

#include <cerrno>
#include <string>
#include <sys/socket.h>

#include "core/net/ring_buffers.h"
#include "core/net/socket.h"

namespace signalbox::net {
namespace {

constexpr std::uint16_t kProbeGroup = 0;

// Receives one byte the way the reactor does; 0 or an errno.
int tryMultishotReceive(io_uring& ring)
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return errno;
    }
    const Socket reader(pair[0]);
    const Socket writer(pair[1]);
    if (::send(writer.fd(), "x", 1, MSG_NOSIGNAL) != 1) {
        return errno;
    }
    io_uring_sqe* const entry = io_uring_get_sqe(&ring);
    io_uring_prep_recv_multishot(entry, reader.fd(), nullptr, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = kProbeGroup;
    __kernel_timespec limit{5, 0};
    io_uring_cqe* completion = nullptr;
    if (const int result = io_uring_submit_and_wait_timeout(&ring, &completion, 1, &limit, nullptr); result < 0) {
        return -result;
    }
    if (!completion) {
        return ETIME;
    }
    const bool works = completion->res == 1 && (completion->flags & IORING_CQE_F_BUFFER) != 0 &&
                       (completion->flags & IORING_CQE_F_MORE) != 0;
    const int error = completion->res < 0 ? -completion->res : EOPNOTSUPP;
    io_uring_cqe_seen(&ring, completion);
    return works ? 0 : error;
}

int tryRing()
{
    io_uring ring{};
    if (const int error = openRing(ring, 8); error != 0) {
        return error;
    }
    int error = EOPNOTSUPP;
    constexpr unsigned kNeeded = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE;
    if ((ring.features & kNeeded) == kNeeded) {
        RingBuffers buffers(kProbeGroup, 2, 512);
        error = buffers.attach(ring);
        if (error == 0) {
            error = startRing(ring);
        }
        if (error == 0) {
            error = tryMultishotReceive(ring);
        }
    }
    io_uring_queue_exit(&ring);
    return error;
}

}  // namespace

int openRing(io_uring& ring, unsigned entries)
{
    constexpr unsigned kAlways = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;
    // From the flags of Linux 6.1 down to those of 5.19.
    const unsigned choices[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN, 0};
    int result = 0;
    for (const unsigned flags : choices) {
        io_uring_params parameters{};
        parameters.flags = kAlways | flags;
        parameters.cq_entries = entries * 16;
        result = io_uring_queue_init_params(entries, &ring, &parameters);
        if (result != -EINVAL) {
            break;
        }
    }
    return -result;
}

int startRing(io_uring& ring)
{
    // liburing 2.3 declares io_uring_enable_rings but does not export it.
    const int result = io_uring_register(static_cast<unsigned>(ring.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    return result < 0 ? -result : 0;
}

std::optional<Error> whyNoUring()
{
    static const int error = tryRing();
    if (error == 0) {
        return std::nullopt;
    }
    Error reason = errorFromErrno(error, ErrorOrigin::Us, "io_uring is not usable here");
    reason.code = ErrorCode::Unsupported;
    return reason;
}

}  // namespace signalbox::net
