#include "core/base/log.h"

#include <atomic>
#include <cstdio>
#include <ctime>
#include <string>

#include "core/base/clock.h"

namespace signalbox::log {

namespace {
std::atomic<Level> g_level{Level::Info};

const char* word(Level level) noexcept
{
    switch (level) {
        case Level::Debug: return "debug";
        case Level::Info: return "info";
        case Level::Warning: return "warning";
        case Level::Error: return "error";
    }
    return "";
}
}  // namespace

void write(Level level, std::string_view text)
{
    if (level < g_level.load(std::memory_order_relaxed)) {
        return;
    }
    const std::int64_t now = wallClockNs();
    const std::time_t seconds = now / 1'000'000'000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char stamp[40];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    std::string line;
    line.reserve(text.size() + 48);
    line.append(stamp).append("Z ").append(word(level)).append(": ").append(text).append("\n");
    // One call, so that lines of several threads do not mix.
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void setLevel(Level level) noexcept
{
    g_level.store(level, std::memory_order_relaxed);
}

}  // namespace signalbox::log
