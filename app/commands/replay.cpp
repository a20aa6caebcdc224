#include <iostream>

#include "app/commands/command.h"
#include "app/commands/progress_line.h"
#include "core/net/socket.h"
#include "core/traffic/trace_reader.h"
#include "core/traffic/traffic_run.h"

namespace signalbox::app {

namespace {

struct ReplayArguments {
    std::string trace;
    std::string file;
    std::string target;
    std::string speed = "1";
    bool serve = false;
    bool json = false;
    unsigned workers = 0;
};

/// "http://HOST:PORT" or "HOST:PORT" on this machine.
Result<Endpoint> parseTarget(std::string text)
{
    if (text.starts_with("http://")) {
        text = text.substr(7);
    }
    if (!text.empty() && text.back() == '/') {
        text.pop_back();
    }
    auto endpoint = Endpoint::parse(text);
    if (endpoint && !endpoint->isLoopback()) {
        return fail(Error{ErrorCode::InvalidArgument, ErrorOrigin::Us, false,
                          "'" + text + "' is not on this machine: traffic is sent to loopback addresses only"});
    }
    return endpoint;
}

/// The listener that takes the trace: the named one, or the only or first of the site.
const Value* targetListener(const site::Site& site, const std::string& name)
{
    if (!name.empty()) {
        return site.named("listeners", name);
    }
    const auto& listeners = site.list("listeners");
    return listeners.empty() ? nullptr : &listeners.front();
}

std::optional<double> parseSpeed(const std::string& text)
{
    if (text == "max") {
        return 0;
    }
    std::string_view number = text;
    if (number.ends_with('x')) {
        number.remove_suffix(1);
    }
    const auto speed = parseNumber(number);
    return speed && *speed >= 0.1 && *speed <= 100 ? speed : std::nullopt;
}

struct Target {
    std::unique_ptr<running::RunningSite> running;
    traffic::Scenario scenario;
};

/// Finds where to send, starting the site if that was asked for or if nothing listens there. Prints why not.
std::optional<Target> prepare(const ReplayArguments& arguments)
{
    Target out;
    out.scenario.name = "replay";
    if (arguments.file.empty()) {
        const auto endpoint = parseTarget(arguments.target);
        if (!endpoint) {
            printError(endpoint.error().detail);
            return std::nullopt;
        }
        out.scenario.target = *endpoint;
    } else {
        const auto site = loadSite(arguments.file);
        if (!site) {
            return std::nullopt;
        }
        const Value* listener = targetListener(*site, arguments.target);
        if (!listener) {
            printError("'" + arguments.target + "' is not a listener of " + arguments.file);
            return std::nullopt;
        }
        const auto endpoint = Endpoint::parse(listener->find("bind")->text());
        // An address that can still be bound has nobody listening on it.
        const bool free = endpoint && net::listenOn(*endpoint, {.reusePort = false}).has_value();
        if (arguments.serve || free) {
            running::RunningOptions options;
            options.engine.workers = arguments.workers;
            options.engine.traces = proxy::TraceMode::Off;
            out.running = startSite(*site, options);
            if (!out.running) {
                return std::nullopt;
            }
            out.scenario.target = out.running->addresses().at("listener:" + site::Site::nameOf(*listener));
        } else if (endpoint) {
            out.scenario.target = *endpoint;
        }
    }
    out.scenario.host = out.scenario.target.text();
    return out;
}

int replay(const ReplayArguments& arguments)
{
    if (arguments.file.empty() == arguments.target.empty() && arguments.file.empty()) {
        printError("give a site file, or --target http://127.0.0.1:PORT");
        return kWrongUsage;
    }
    const auto speed = parseSpeed(arguments.speed);
    if (!speed) {
        printError("--speed: '" + arguments.speed + "' is not a factor from 0.1 to 100, or max");
        return kWrongUsage;
    }
    auto trace = traffic::readTrace(arguments.trace);
    if (!trace) {
        printError(trace.error().detail);
        return kInvalidInput;
    }
    for (const auto& skipped : trace->skipped) {
        std::cerr << arguments.trace << ':' << skipped.line << ": warning: skipped: " << skipped.why << std::endl;
    }
    auto target = prepare(arguments);
    if (!target) {
        return kInvalidInput;
    }
    const auto shared = std::make_shared<const traffic::Trace>(std::move(*trace));
    target->scenario.clients = shared->clients;
    target->scenario.duration = shared->duration();
    traffic::RunOptions options;
    options.speed = *speed;
    options.keepClientOrder = true;
    auto run = traffic::TrafficRun::start(target->scenario, traffic::sourceOf(shared), options);
    if (!run) {
        printError(run.error().detail);
        return kInvalidInput;
    }
    watchProgress(**run, !arguments.json);
    auto report = (*run)->report();
    report.skippedLines = shared->skipped.size();
    for (const auto& skipped : shared->skipped) {
        report.skipped.push_back(std::to_string(skipped.line) + ": " + skipped.why);
    }
    if (target->running) {
        const auto counts = countsOf(target->running->engine().stats()->snapshot());
        report.backends = counts.backends;
        report.routes = counts.routes;
        report.rejected = counts.rejected;
    }
    std::cout << (arguments.json ? traffic::toJson(report) : traffic::toText(report)) << std::endl;
    return kDone;
}

}  // namespace

void addReplay(CLI::App& parser, int& exitCode)
{
    auto* command = parser.add_subcommand("replay", "Sends the requests of a recorded trace again");
    auto arguments = std::make_shared<ReplayArguments>();
    command->add_option("TRACE", arguments->trace, "NCSA common or combined log, or JSON lines")->required();
    command->add_option("FILE", arguments->file, "Site file; started here when nothing listens on its listener");
    command->add_option("--target", arguments->target,
                        "Listener of the site (default: the first), or a loopback URL where no site is given");
    command->add_option("--speed", arguments->speed, "0.1 to 100 times the original pace, or max")->capture_default_str();
    command->add_flag("--serve", arguments->serve, "Start the site in this process");
    command->add_flag("--json", arguments->json, "Print one JSON document and nothing else on standard output");
    command->add_option("--workers", arguments->workers, "Worker threads of the served site")->check(CLI::Range(1, 64));
    command->footer(
        "Each client's requests keep their order; every line is sent once. Broken lines are named and skipped.\n"
        "Example: signalbox replay access.log api-gateway.yaml --speed 100");
    command->callback([arguments, &exitCode] { exitCode = replay(*arguments); });
}

}  // namespace signalbox::app
