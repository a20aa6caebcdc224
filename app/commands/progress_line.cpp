#include "app/commands/progress_line.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "core/base/clock.h"

namespace signalbox::app {

namespace {

std::atomic<bool> g_interrupted{false};

void printLine(const traffic::Progress& progress, bool terminal)
{
    const double seconds = std::chrono::duration<double>(progress.elapsed).count();
    const double rate = seconds > 0 ? static_cast<double>(progress.sent) / seconds : 0;
    std::fprintf(stderr, "%s%6.1f s  sent %llu  answered %llu  failed %llu  in flight %u  %.0f/s  late p99 %.1f ms%s",
                 terminal ? "\r" : "", seconds, static_cast<unsigned long long>(progress.sent),
                 static_cast<unsigned long long>(progress.answered), static_cast<unsigned long long>(progress.failed),
                 progress.inFlight, rate, std::chrono::duration<double, std::milli>(progress.latenessP99).count(),
                 terminal ? "   " : "\n");
    std::fflush(stderr);
}

}  // namespace

void watchProgress(traffic::TrafficRun& run, bool show)
{
    g_interrupted = false;
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) { g_interrupted = true; };
    sigaction(SIGINT, &action, &before);

    const bool terminal = isatty(STDERR_FILENO) != 0;
    const Duration pace = terminal ? Duration(std::chrono::milliseconds(250)) : Duration(std::chrono::seconds(5));
    TimePoint nextLine = SystemClock::instance().now() + pace;
    while (!run.wait(std::chrono::milliseconds(100))) {
        if (g_interrupted.exchange(false)) {
            run.stop();
        }
        if (show && SystemClock::instance().now() >= nextLine) {
            nextLine = nextLine + pace;
            printLine(run.progress(), terminal);
        }
    }
    if (show) {
        printLine(run.progress(), terminal);
        if (terminal) {
            std::fputc('\n', stderr);
        }
    }
    sigaction(SIGINT, &before, nullptr);
}

}  // namespace signalbox::app
