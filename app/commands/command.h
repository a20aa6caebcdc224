#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "app/command_line.h"
#include "core/running/running_site.h"
#include "core/site/site.h"

namespace signalbox::app {

/// A command adds its sub-command to the parser and sets `exitCode` when it runs. One file each in this folder, one line
/// in command_line.cpp.
using AddCommand = void (*)(CLI::App& parser, int& exitCode);

void addRun(CLI::App& parser, int& exitCode);
void addCheck(CLI::App& parser, int& exitCode);
void addTraffic(CLI::App& parser, int& exitCode);
void addReplay(CLI::App& parser, int& exitCode);
void addExplain(CLI::App& parser, int& exitCode);

/// Reads a site and prints its problems to standard error; nothing when it has errors.
[[nodiscard]] std::optional<site::Site> loadSite(const std::string& file);
/// Starts a site, printing problems and failures to standard error; null when it could not start.
[[nodiscard]] std::unique_ptr<running::RunningSite> startSite(const site::Site& site, const running::RunningOptions& options);
/// `error: MESSAGE` on standard error.
void printError(const std::string& message);
/// The engine's own counts of a run ("backends", "routes", "rejected"), where the engine runs in this process.
struct EngineCounts {
    std::map<std::string, std::uint64_t> backends, routes, rejected;
};
[[nodiscard]] EngineCounts countsOf(const stats::StatsSnapshot& snapshot);

}  // namespace signalbox::app
