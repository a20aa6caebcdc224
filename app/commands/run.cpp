#include <csignal>
#include <iostream>
#include <poll.h>
#include <sstream>
#include <sys/stat.h>

#include "app/commands/command.h"
#include "core/admin/admin_server.h"
#include "core/base/log.h"
#include "core/base/units.h"

namespace signalbox::app {

namespace {

struct RunArguments {
    std::string file;
    unsigned workers = 0;
    std::string forText;
    bool watch = false;
    std::string admin;
    std::string adminTokenFile;
};

/// What decides whether a watched file has changed.
struct FileStamp {
    std::int64_t changedNs = 0;
    std::int64_t size = 0;
    ino_t inode = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;

    static FileStamp of(const std::string& file)
    {
        struct stat info {};
        if (stat(file.c_str(), &info) != 0) {
            return {};
        }
        return {info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_size, info.st_ino};
    }
};

std::string boundLines(running::RunningSite& site)
{
    std::ostringstream out;
    for (const auto& listener : site.view().listeners) {
        out << "listener " << listener.name << ' ' << listener.address.text() << '\n';
    }
    for (const auto& [name, address] : site.mocks().addresses()) {
        out << "mock " << name << ' ' << address.text() << '\n';
    }
    return out.str();
}

void reload(running::RunningSite& running, const std::string& file)
{
    const auto site = loadSite(file);
    if (!site) {
        log::error("reload refused: " + file + " is not valid; the running configuration stays");
        return;
    }
    const auto applied = running.apply(*site);
    std::cerr << site::format(applied.problems, file) << std::flush;
    if (applied.ok()) {
        log::info("reloaded " + file);
        return;
    }
    log::error("reload refused; the running configuration stays" +
               (applied.error.code == ErrorCode::None ? std::string() : ": " + applied.error.detail));
}

/// Waits for one of the blocked signals, at most `limit`; 0 when none came.
int waitForSignal(const sigset_t& signals, Duration limit)
{
    const timespec timeout{limit.count() / 1'000'000'000, limit.count() % 1'000'000'000};
    const int got = sigtimedwait(&signals, nullptr, &timeout);
    return got > 0 ? got : 0;
}

/// Serves until a signal or the time limit ends it. True where it was told to drain.
void serve(running::RunningSite& running, const RunArguments& arguments, const sigset_t& signals, Duration limit)
{
    const TimePoint end = SystemClock::instance().now() + limit;
    FileStamp stamp = FileStamp::of(arguments.file);
    for (;;) {
        Duration wait = arguments.watch ? Duration(std::chrono::milliseconds(200)) : Duration(std::chrono::hours(1));
        if (limit > Duration::zero()) {
            wait = std::min(wait, end - SystemClock::instance().now());
            if (wait <= Duration::zero()) {
                return;
            }
        }
        switch (waitForSignal(signals, wait)) {
            case SIGHUP: reload(running, arguments.file); break;
            case SIGUSR1:
                running.reopenAccessLogs();
                log::info("access logs were opened anew");
                break;
            case SIGTERM:
            case SIGINT: return;
            default:
                if (const FileStamp now = FileStamp::of(arguments.file);
                    arguments.watch && now != stamp && now != FileStamp{}) {
                    stamp = now;
                    reload(running, arguments.file);
                }
        }
    }
}

/// What --admin and --admin-token-file ask for; nothing, said on standard error, where they do not go together.
std::optional<admin::AdminOptions> adminOptions(const RunArguments& arguments)
{
    admin::AdminOptions options;
    const auto bind = Endpoint::parse(arguments.admin);
    if (!bind) {
        printError("--admin: " + bind.error().detail);
        return std::nullopt;
    }
    options.bind = *bind;
    if (!arguments.adminTokenFile.empty()) {
        auto token = admin::readToken(arguments.adminTokenFile);
        if (!token) {
            printError("--admin-token-file: " + token.error().detail);
            return std::nullopt;
        }
        options.token = std::move(*token);
    } else if (!options.bind.isLoopback()) {
        printError("--admin: " + options.bind.text() +
                   " would be open to everyone: bind a loopback address, or give a token with --admin-token-file");
        return std::nullopt;
    }
    return options;
}

int run(const RunArguments& arguments)
{
    std::optional<admin::AdminOptions> adminAt;
    if (!arguments.admin.empty()) {
        adminAt = adminOptions(arguments);
        if (!adminAt) {
            return kWrongUsage;
        }
    }
    Duration limit{};
    if (!arguments.forText.empty()) {
        const auto parsed = parseDuration(arguments.forText);
        if (!parsed) {
            printError("--for: '" + arguments.forText + "' is not a duration (like 500ms, 10s, 1m)");
            return kWrongUsage;
        }
        limit = *parsed;
    }
    // Blocked before any thread starts, so that they all inherit it and only the wait below sees a signal.
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGHUP, SIGUSR1, SIGTERM, SIGINT}) {
        sigaddset(&signals, number);
    }
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const auto site = loadSite(arguments.file);
    if (!site) {
        return kInvalidInput;
    }
    running::RunningOptions options;
    options.engine.workers = arguments.workers;
    const auto running = startSite(*site, options);
    if (!running) {
        return kInvalidInput;
    }
    std::unique_ptr<admin::AdminServer> admin;  // until all is drained: it says that it is draining
    std::string adminLine;
    if (adminAt) {
        auto started = admin::AdminServer::start(*running, *adminAt);
        if (!started) {
            printError(started.error().detail);
            return kInvalidInput;
        }
        admin = std::move(*started);
        adminLine = "admin " + admin->address().text() + "\n";
    }
    std::cout << "ready\n" + boundLines(*running) + adminLine << std::flush;
    serve(*running, arguments, signals, limit);
    if (!running->drain(std::chrono::seconds(30))) {
        log::warning("some connections were still busy after 30s and were cut");
    }
    return kDone;
}

}  // namespace

void addRun(CLI::App& parser, int& exitCode)
{
    auto* command = parser.add_subcommand("run", "Runs a site's listeners and mocks without a window");
    auto arguments = std::make_shared<RunArguments>();
    command->add_option("FILE", arguments->file, "Site file")->required();
    command->add_option("--workers", arguments->workers, "Worker threads (default: one a CPU)")
        ->check(CLI::Range(1, 64));
    command->add_option("--for", arguments->forText, "Stop by itself after a duration, like 10s");
    command->add_flag("--watch", arguments->watch, "Reload when the file changes");
    command->add_option("--admin", arguments->admin,
                        "HOST:PORT of the admin interface: /metrics, /api/stats, /api/site, /api/backends, /healthz");
    command
        ->add_option("--admin-token-file", arguments->adminTokenFile,
                     "File with the token that the admin interface asks for; needed where it is not on loopback")
        ->needs("--admin");
    command->footer(
        "Prints `ready` and each bound address before it serves. SIGHUP reloads the file without losing a request; an\n"
        "invalid file never replaces the running one. SIGUSR1 opens the access logs anew after a rotation. SIGTERM "
        "and\n"
        "SIGINT drain: what has begun is answered, then it ends. The limit of open files is raised as far as it may "
        "be.\n"
        "SIGNALBOX_REACTOR=epoll or io_uring chooses how it talks to the kernel.\n"
        "Example: signalbox run site.yaml --workers 2 --admin 127.0.0.1:9090");
    command->callback([arguments, &exitCode] { exitCode = run(*arguments); });
}

}  // namespace signalbox::app
