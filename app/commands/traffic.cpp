#include <iostream>

#include "app/commands/command.h"
#include "app/commands/progress_line.h"
#include "core/catalog/builtin_catalog.h"
#include "core/plan/compiler.h"
#include "core/traffic/traffic_run.h"

namespace signalbox::app {

namespace {

struct TrafficArguments {
    std::string file;
    std::string scenario;
    bool serve = false;
    bool json = false;
    unsigned workers = 0;
};

/// Where the listeners of a site that runs elsewhere are: the file's own addresses.
plan::AddressBook writtenAddresses(const site::Site& site)
{
    plan::AddressBook book;
    for (const auto& listener : site.list("listeners")) {
        const Value* bind = listener.find("bind");
        const auto endpoint = bind ? Endpoint::parse(bind->text()) : fail(Error{});
        if (endpoint && (endpoint->port() != 0 || endpoint->family() == Endpoint::Family::Unix)) {
            book["listener:" + site::Site::nameOf(listener)] = *endpoint;
        }
    }
    return book;
}

int traffic(const TrafficArguments& arguments)
{
    const auto site = loadSite(arguments.file);
    if (!site) {
        return kInvalidInput;
    }
    std::unique_ptr<running::RunningSite> running;
    if (arguments.serve) {
        running::RunningOptions options;
        options.engine.workers = arguments.workers;
        options.engine.traces = proxy::TraceMode::Off;
        running = startSite(*site, options);
        if (!running) {
            return kInvalidInput;
        }
    }
    const auto scenario =
        traffic::scenarioFrom(*site, arguments.scenario, running ? running->addresses() : writtenAddresses(*site));
    if (!scenario) {
        printError(scenario.error().detail);
        return kInvalidInput;
    }
    auto run = traffic::TrafficRun::start(*scenario, scenario->source());
    if (!run) {
        printError(run.error().detail);
        return kInvalidInput;
    }
    watchProgress(**run, !arguments.json);
    auto report = (*run)->report();
    if (running) {
        const auto counts = countsOf(running->engine().stats()->snapshot());
        report.backends = counts.backends;
        report.routes = counts.routes;
        report.rejected = counts.rejected;
    }
    std::cout << (arguments.json ? traffic::toJson(report) : traffic::toText(report)) << std::endl;
    return report.missed.empty() ? kDone : kExpectationMissed;
}

}  // namespace

void addTraffic(CLI::App& parser, int& exitCode)
{
    auto* command = parser.add_subcommand("traffic", "Runs one scenario of a site file and reports what came of it");
    auto arguments = std::make_shared<TrafficArguments>();
    command->add_option("FILE", arguments->file, "Site file")->required();
    command->add_option("SCENARIO", arguments->scenario, "Name of an entry of `traffic`")->required();
    command->add_flag("--serve", arguments->serve, "Start the site in this process; without it the site must be running");
    command->add_flag("--json", arguments->json, "Print one JSON document and nothing else");
    command->add_option("--workers", arguments->workers, "Worker threads of the served site")->check(CLI::Range(1, 64));
    command->footer(
        "Latency counts from the moment a request was due, so a stalled server cannot hide its delay; how late the\n"
        "generator itself was is reported as lateness. Exit code 3: an expectation of the scenario was missed.\n"
        "Example: signalbox traffic side-by-side.yaml rush-hour --serve");
    command->callback([arguments, &exitCode] { exitCode = traffic(*arguments); });
}

}  // namespace signalbox::app
