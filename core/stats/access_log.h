#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/param_spec.h"
#include "core/base/rng.h"
#include "core/stats/decision_trace.h"

namespace signalbox::stats {

class AccessLogFile;

enum class AccessLogFormat : std::uint8_t { Combined, Json };

/// What is known of a request when it ends. Views that live as long as the call; a text that is not known is empty.
struct AccessRecord {
    std::int64_t wallNs = 0;  ///< since 1970, when its first byte arrived
    Duration took{};
    std::string_view client;  ///< address without port
    std::string_view method;
    std::string_view target;  ///< as received; empty where the head could not be read
    std::string_view host;
    std::string_view path;
    int versionMinor = 1;
    int status = 0;  ///< 0: the client went away before an answer
    std::uint64_t bytesIn = 0;
    std::uint64_t bytesOut = 0;
    std::string_view listener;
    std::string_view route;
    std::string_view pool;
    std::string_view backend;
    std::uint32_t attempts = 0;
    std::string_view consumer;
    std::string_view refusedBy;
    std::string_view userAgent;
    std::string_view referer;
    std::string_view requestId;
    Outcome outcome = Outcome::Ok;
};

/// The longest line, with its line feed. Texts inside are bounded one by one, so that a line stays whole.
inline constexpr std::size_t kMostAccessLine = 3070;

/// Writes one line with its line feed into `out` of kMostAccessLine bytes; how many bytes. Nothing that a client sends
/// can begin a line, end a quoted text or break the JSON: combined writes quotes, backslashes and every byte outside of
/// printable ASCII as \xHH (as nginx and Apache do), JSON replaces what is not UTF-8. A text that is too long ends in
/// "...".
std::size_t writeAccessLine(AccessLogFormat format, const AccessRecord& record, char* out) noexcept;

/// One access log as the site names it: where, how, and how many of the requests. Shared by the workers; opened by
/// AccessLogHub, and until then it writes nothing.
class AccessLog {
public:
    explicit AccessLog(const Params& params);

    /// Worker `worker` of the engine alone. Never waits and never allocates but on a worker's first line of a file.
    void write(std::uint32_t worker, const AccessRecord& record, Rng& rng) noexcept;

    /// As written in the site.
    [[nodiscard]] const std::string& path() const noexcept { return m_path; }
    [[nodiscard]] AccessLogFormat format() const noexcept { return m_format; }

private:
    friend class AccessLogHub;
    std::string m_path;
    AccessLogFormat m_format;
    double m_share;
    std::atomic<AccessLogFile*> m_file{nullptr};  // owned by the hub, which outlives the workers
};

}  // namespace signalbox::stats
