#include "core/stats/access_log_file.h"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <unistd.h>

#include "core/base/log.h"

namespace signalbox::stats {
namespace {

constexpr int kStreamPatience = 1000;  // milliseconds
constexpr Duration kComplainEvery = std::chrono::seconds(60);

bool isStream(std::string_view path) noexcept
{
    return path == "stdout" || path == "stderr";
}

Result<int> openForAppending(const std::string& path)
{
    if (isStream(path)) {
        return path == "stdout" ? STDOUT_FILENO : STDERR_FILENO;
    }
    // Not blocking: a pipe that nobody reads must not stop the engine from starting.
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
    if (fd < 0) {
        return fail(errorFromErrno(errno, ErrorOrigin::Us, "cannot write the access log '" + path + "'"));
    }
    return fd;
}

}  // namespace

Result<std::unique_ptr<AccessLogFile>> AccessLogFile::open(const std::string& path, std::function<void()> wake)
{
    auto fd = openForAppending(path);
    if (!fd) {
        return fail(fd.error());
    }
    return std::unique_ptr<AccessLogFile>(new AccessLogFile(path, *fd, std::move(wake)));
}

AccessLogFile::~AccessLogFile()
{
    drain();
    for (auto& ring : m_rings) {
        delete ring.load(std::memory_order_relaxed);
    }
    if (!isStream(m_path)) {
        ::close(m_fd);
    }
}

AccessLogLine* AccessLogFile::prepare(std::uint32_t worker) noexcept
{
    auto& cell = m_rings[worker % kWorkers];
    Ring* ring = cell.load(std::memory_order_relaxed);
    if (!ring) {
        // A worker's first line of this file; all others find their memory ready.
        ring = new (std::nothrow) Ring;
        if (!ring) {
            return nullptr;
        }
        cell.store(ring, std::memory_order_release);
    }
    AccessLogLine* const line = ring->lines.prepare();
    if (!line) {
        ring->dropped.store(ring->dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    return line;
}

void AccessLogFile::commit(std::uint32_t worker) noexcept
{
    Ring& ring = *m_rings[worker % kWorkers].load(std::memory_order_relaxed);
    ring.lines.commit();
    if (++ring.sinceWake >= kWakeEvery) {
        ring.sinceWake = 0;
        m_wake();
    }
}

bool AccessLogFile::drain()
{
    std::uint64_t waiting = 0;
    bool any = false;
    AccessLogLine line;
    for (auto& cell : m_rings) {
        Ring* const ring = cell.load(std::memory_order_acquire);
        // Bounded by what one ring holds, so that one busy worker does not keep the others waiting.
        for (std::size_t left = ring ? kLinesPerWorker : 0; left > 0 && ring->lines.pop(line); --left) {
            any = true;
            m_batch.append(line.text, line.size);
            ++waiting;
            if (m_batch.size() >= kBatchBytes) {
                flushBatch(std::exchange(waiting, 0));
            }
        }
    }
    flushBatch(waiting);
    return any;
}

ssize_t AccessLogFile::writeSome(std::string_view bytes) const noexcept
{
    if (!isStream(m_path)) {
        return ::write(m_fd, bytes.data(), bytes.size());
    }
    // Whoever reads the program's output may have stopped; a pipe that is ready takes PIPE_BUF bytes without waiting.
    pollfd ready{m_fd, POLLOUT, 0};
    if (::poll(&ready, 1, kStreamPatience) != 1) {
        errno = EAGAIN;
        return -1;
    }
    return ::write(m_fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
}

void AccessLogFile::flushBatch(std::uint64_t lines)
{
    std::string_view rest = m_batch;
    while (!rest.empty()) {
        const ssize_t written = writeSome(rest);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            const TimePoint now = SystemClock::instance().now();
            if (m_complainedAt.ns == 0 || now - m_complainedAt >= kComplainEvery) {
                m_complainedAt = now;
                log::warning(
                    errorFromErrno(errno, ErrorOrigin::Us, "access log '" + m_path + "': lines are lost").detail);
            }
            m_lost.fetch_add(lines, std::memory_order_relaxed);
            lines = 0;
            break;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    m_lines.fetch_add(lines, std::memory_order_relaxed);
    m_batch.clear();
}

Result<void> AccessLogFile::reopen()
{
    if (isStream(m_path)) {
        return {};
    }
    auto fd = openForAppending(m_path);
    if (!fd) {
        return fail(fd.error());
    }
    drain();
    ::close(std::exchange(m_fd, *fd));
    return {};
}

std::uint64_t AccessLogFile::dropped() const noexcept
{
    std::uint64_t sum = m_lost.load(std::memory_order_relaxed);
    for (const auto& cell : m_rings) {
        const Ring* const ring = cell.load(std::memory_order_acquire);
        sum += ring ? ring->dropped.load(std::memory_order_relaxed) : 0;
    }
    return sum;
}

}  // namespace signalbox::stats
