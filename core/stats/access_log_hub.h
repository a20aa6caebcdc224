#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "core/stats/access_log.h"
#include "core/stats/access_log_file.h"

namespace signalbox::stats {

/// The file that a name in the site means: absolute names, `stdout` and `stderr` as they are, others below `folder`.
[[nodiscard]] std::string accessLogPath(const std::string& written, const std::string& folder);
/// What stands against writing to `path`, or nothing; creates nothing.
[[nodiscard]] Result<void> checkAccessLogPath(const std::string& path);

/// The open access logs of one engine and the thread that writes them. Owned by whoever owns the engine and destroyed
/// after it: the workers hold plain pointers. Control threads, any of them.
class AccessLogHub {
public:
    AccessLogHub();
    ~AccessLogHub();
    AccessLogHub(const AccessLogHub&) = delete;
    AccessLogHub& operator=(const AccessLogHub&) = delete;

    /// Lets `log` write to `path`. A file that is open already stays open, whoever else writes to it; one whose last
    /// log is gone with its plan is closed a little later.
    [[nodiscard]] Result<void> open(const std::shared_ptr<AccessLog>& log, const std::string& path);
    /// Opens every file by its name again: after a rotation. A file that cannot be opened goes on as it is.
    void reopen();
    /// Waits until everything handed over before is written.
    void flush();

    struct Counts {
        std::uint64_t lines = 0;    ///< written
        std::uint64_t dropped = 0;  ///< the ring was full, or the file could not be written
    };
    [[nodiscard]] Counts counts() const;

private:
    struct Entry {
        std::unique_ptr<AccessLogFile> file;
        std::vector<std::weak_ptr<AccessLog>> users;
    };
    void run();
    bool drain();
    void closeUnused();

    // The writer holds m_writing while it writes, which may take as long as a disk does; m_files changes under both, so
    // that counts() need not wait for a disk. Workers take neither.
    std::mutex m_writing;
    mutable std::mutex m_mutex;
    std::map<std::string, Entry> m_files;
    Counts m_closed;  // of files that are closed
    std::mutex m_sleeping;
    std::condition_variable m_wake;
    std::atomic<bool> m_stop{false};
    std::thread m_thread;  // started with the first file
};

}  // namespace signalbox::stats
