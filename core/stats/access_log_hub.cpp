#include "core/stats/access_log_hub.h"

#include <cerrno>
#include <chrono>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/stats/access_log_file.h"

namespace signalbox::stats {
namespace {

// How long a line may wait while there is little to do. A worker with many lines wakes the writer earlier.
constexpr auto kTurn = std::chrono::milliseconds(20);
constexpr auto kIdleTurn = std::chrono::milliseconds(100);
constexpr Duration kLookEvery = std::chrono::seconds(1);

}  // namespace

std::string accessLogPath(const std::string& written, const std::string& folder)
{
    const bool asItIs = written.starts_with('/') || written == "stdout" || written == "stderr" || folder.empty();
    return asItIs ? written : folder + '/' + written;
}

Result<void> checkAccessLogPath(const std::string& path)
{
    if (path == "stdout" || path == "stderr") {
        return {};
    }
    struct stat info {};
    int wrong = 0;
    if (::stat(path.c_str(), &info) == 0) {
        wrong = S_ISDIR(info.st_mode) ? EISDIR : ::access(path.c_str(), W_OK) == 0 ? 0 : errno;
    } else if (wrong = errno; wrong == ENOENT) {
        const std::size_t slash = path.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
        wrong = ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
    }
    if (wrong != 0) {
        return fail(errorFromErrno(wrong, ErrorOrigin::Us, "cannot write the access log '" + path + "'"));
    }
    return {};
}

AccessLogHub::AccessLogHub() = default;

AccessLogHub::~AccessLogHub()
{
    m_stop.store(true, std::memory_order_relaxed);
    m_wake.notify_one();
    if (m_thread.joinable()) {
        m_thread.join();
    }
}

Result<void> AccessLogHub::open(const std::shared_ptr<AccessLog>& log, const std::string& path)
{
    const std::scoped_lock lock(m_writing, m_mutex);
    Entry& entry = m_files[path];
    if (!entry.file) {
        // A lost wake-up costs one turn, so workers need not take the lock.
        auto opened = AccessLogFile::open(path, [this] { m_wake.notify_one(); });
        if (!opened) {
            m_files.erase(path);
            return fail(opened.error());
        }
        entry.file = std::move(*opened);
    }
    if (log->m_file.exchange(entry.file.get(), std::memory_order_acq_rel) != entry.file.get()) {
        entry.users.push_back(log);
    }
    if (!m_thread.joinable()) {
        m_thread = std::thread([this] { run(); });
    }
    return {};
}

void AccessLogHub::reopen()
{
    const std::lock_guard lock(m_writing);
    for (const auto& [path, entry] : m_files) {
        if (auto done = entry.file->reopen(); !done) {
            log::error(done.error().detail + "; the old file stays open");
        }
    }
}

void AccessLogHub::flush()
{
    const std::lock_guard lock(m_writing);
    drain();
}

bool AccessLogHub::drain()
{
    bool any = false;
    for (const auto& [path, entry] : m_files) {
        any = entry.file->drain() || any;
    }
    return any;
}

/// A log lives as long as a plan that names it, and requests pin their plan: without logs nobody writes any more.
void AccessLogHub::closeUnused()
{
    const std::lock_guard lock(m_mutex);
    for (auto at = m_files.begin(); at != m_files.end();) {
        std::erase_if(at->second.users, [](const auto& user) { return user.expired(); });
        if (!at->second.users.empty()) {
            ++at;
            continue;
        }
        at->second.file->drain();
        m_closed.lines += at->second.file->lines();
        m_closed.dropped += at->second.file->dropped();
        at = m_files.erase(at);
    }
}

AccessLogHub::Counts AccessLogHub::counts() const
{
    const std::lock_guard lock(m_mutex);
    Counts out = m_closed;
    for (const auto& [path, entry] : m_files) {
        out.lines += entry.file->lines();
        out.dropped += entry.file->dropped();
    }
    return out;
}

void AccessLogHub::run()
{
    ::pthread_setname_np(::pthread_self(), "access-log");
    bool any = false;
    TimePoint looked{};
    while (!m_stop.load(std::memory_order_relaxed)) {
        {
            std::unique_lock sleeping(m_sleeping);
            m_wake.wait_for(sleeping, any ? kTurn : kIdleTurn);
        }
        const std::lock_guard lock(m_writing);
        any = drain();
        if (const TimePoint now = SystemClock::instance().now(); now - looked > kLookEvery) {
            looked = now;
            closeUnused();
        }
    }
}

}  // namespace signalbox::stats
