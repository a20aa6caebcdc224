#include "core/admin/process_status.h"

#include <dirent.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace signalbox::admin {
namespace {

std::uint64_t countDescriptors()
{
    DIR* const folder = ::opendir("/proc/self/fd");
    if (!folder) {
        return 0;
    }
    std::uint64_t count = 0;
    while (const dirent* const entry = ::readdir(folder)) {
        count += entry->d_name[0] == '.' ? 0 : 1;
    }
    ::closedir(folder);
    return count > 0 ? count - 1 : 0;  // the folder itself
}

std::uint64_t bootTime()
{
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) {
            return std::stoull(line.substr(6));
        }
    }
    return 0;
}

/// Fields 22 to 24 of /proc/self/stat (proc(5)), counted behind the program's name, which may hold anything.
void readStat(ProcessStatus& out)
{
    std::ifstream file("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t end = text.rfind(')');
    if (end == std::string::npos) {
        return;
    }
    std::istringstream fields(text.substr(end + 1));
    std::string skipped;
    for (int at = 3; at < 22; ++at) {
        fields >> skipped;
    }
    std::uint64_t startTicks = 0;
    std::uint64_t pages = 0;
    fields >> startTicks >> out.virtualBytes >> pages;
    out.residentBytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    out.startedAt =
        static_cast<double>(bootTime()) + static_cast<double>(startTicks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double seconds(const timeval& time) noexcept
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

ProcessStatus processStatus()
{
    ProcessStatus out;
    readStat(out);
    out.openDescriptors = countDescriptors();
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        out.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        out.mostDescriptors = limit.rlim_cur;
    }
    return out;
}

}  // namespace signalbox::admin
