#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/spsc_ring.h"
#include "core/stats/access_log.h"

namespace signalbox::stats {

/// One line on its way from a worker to the writer.
struct AccessLogLine {
    std::uint16_t size;
    char text[kMostAccessLine];
};

/// An open file and the lines that wait for it, one ring a worker. Workers fill, the hub's thread writes.
class AccessLogFile {
public:
    static constexpr std::size_t kWorkers = 64;
    static constexpr std::size_t kLinesPerWorker = 2048;
    /// After so many lines a worker wakes the writer instead of leaving them to its next turn.
    static constexpr std::uint32_t kWakeEvery = 512;

    /// Opens for appending, and makes the file where there is none.
    [[nodiscard]] static Result<std::unique_ptr<AccessLogFile>> open(const std::string& path,
                                                                     std::function<void()> wake);
    ~AccessLogFile();
    AccessLogFile(const AccessLogFile&) = delete;
    AccessLogFile& operator=(const AccessLogFile&) = delete;

    // Its worker alone.
    /// Where to write a line; null, and one dropped, where the ring is full.
    [[nodiscard]] AccessLogLine* prepare(std::uint32_t worker) noexcept;
    void commit(std::uint32_t worker) noexcept;

    // The writer, under the hub's lock.
    /// Writes what waits; true where there was something.
    bool drain();
    [[nodiscard]] Result<void> reopen();

    // Any thread.
    [[nodiscard]] std::uint64_t lines() const noexcept { return m_lines.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t dropped() const noexcept;

private:
    static constexpr std::size_t kBatchBytes = 64 * 1024;
    struct Ring {
        SpscRing<AccessLogLine> lines{kLinesPerWorker};
        std::atomic<std::uint64_t> dropped{0};
        std::uint32_t sinceWake = 0;
    };

    AccessLogFile(std::string path, int fd, std::function<void()> wake)
        : m_path(std::move(path)), m_fd(fd), m_wake(std::move(wake))
    {
        m_batch.reserve(kBatchBytes + kMostAccessLine);
    }
    [[nodiscard]] ssize_t writeSome(std::string_view bytes) const noexcept;
    void flushBatch(std::uint64_t lines);

    std::string m_path;
    int m_fd;
    std::function<void()> m_wake;
    std::array<std::atomic<Ring*>, kWorkers> m_rings{};
    std::string m_batch;
    std::atomic<std::uint64_t> m_lines{0};
    std::atomic<std::uint64_t> m_lost{0};  // could not be written
    TimePoint m_complainedAt{};
};

}  // namespace signalbox::stats
