#include "app/command_line.h"

#include <csignal>
#include <iostream>

#include "app/application.h"
#include "app/commands/command.h"
#include "core/base/units.h"

namespace signalbox::app {

namespace {

constexpr AddCommand kCommands[] = {addRun, addCheck, addTraffic, addReplay, addExplain};

void addWindowOptions(CLI::App& parser, WindowOptions& options, std::string& after)
{
    parser.add_option("FILE", options.file, "Site file to open in the window");
    parser.add_flag("--run", options.run, "Start the site at once");
    parser.add_option("--mode", options.mode, "Mode to open in")->check(CLI::IsMember({"design", "run", "replay"}));
    parser.add_option("--screenshot", options.screenshot, "Write a picture of the window to this PNG file and end");
    parser.add_option("--size", options.size, "Size of the window, like 1440x900");
    parser.add_option("--theme", options.theme, "Colours")->check(CLI::IsMember({"light", "dark", "system"}));
    parser.add_option("--scale", options.scale, "Scale of the picture")->check(CLI::Range(0.5, 4.0));
    parser.add_option("--traffic", options.traffic, "Scenario to start with --run; may be given more than once");
    parser.add_option("--after", after, "Time to wait before the picture is taken, like 5s");
}

}  // namespace

int runCommandLine(int argc, char** argv)
{
    // A peer that closes its end is an error to handle, not a reason to die.
    std::signal(SIGPIPE, SIG_IGN);

    CLI::App parser{"Signalbox draws load balancers and API gateways, runs them as a real proxy and shows what each decides.",
                    "signalbox"};
    parser.set_version_flag("--version", std::string("signalbox ") + SIGNALBOX_VERSION);
    parser.require_subcommand(0, 1);
    int exitCode = kDone;
    WindowOptions window;
    std::string after;
    addWindowOptions(parser, window, after);
    for (const auto add : kCommands) {
        add(parser, exitCode);
    }
    try {
        parser.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Help and version are asked for and so no mistake.
        return parser.exit(error) == 0 ? kDone : kWrongUsage;
    }
    if (!parser.get_subcommands().empty()) {
        return exitCode;
    }
    if (!after.empty()) {
        const auto parsed = parseDuration(after);
        if (!parsed) {
            printError("--after: '" + after + "' is not a duration (like 500ms, 5s)");
            return kWrongUsage;
        }
        window.after = *parsed;
    }
    return runWindow(window);
}

}  // namespace signalbox::app
