#include "app/commands/command.h"

#include <iostream>

#include "core/catalog/builtin_catalog.h"

namespace signalbox::app {

void printError(const std::string& message)
{
    std::cerr << "error: " << message << std::endl;
}

std::optional<site::Site> loadSite(const std::string& file)
{
    auto read = site::readSiteFile(file, catalog::builtinCatalog());
    if (!site::hasErrors(read.problems)) {
        return std::move(read.site);
    }
    std::cerr << site::format(read.problems, file) << std::flush;
    return std::nullopt;
}

std::unique_ptr<running::RunningSite> startSite(const site::Site& site, const running::RunningOptions& options)
{
    auto running = running::RunningSite::create(options);
    if (!running) {
        printError(running.error().detail);
        return nullptr;
    }
    const auto applied = (*running)->apply(site);
    std::cerr << site::format(applied.problems, site.file) << std::flush;
    if (applied.error.code != ErrorCode::None) {
        printError(applied.error.detail);
    }
    return applied.ok() ? std::move(*running) : nullptr;
}

EngineCounts countsOf(const stats::StatsSnapshot& snapshot)
{
    EngineCounts counts;
    const auto lastPart = [](const std::string& name) { return name.substr(name.rfind('/') + 1); };
    for (const auto& slot : snapshot.slots) {
        const std::uint64_t requests = slot.value(stats::Counter::Requests);
        switch (slot.scope) {
            case stats::Scope::Backend:
                if (requests > 0) {
                    counts.backends[lastPart(slot.name)] += requests;
                }
                break;
            case stats::Scope::Route:
                if (requests > 0) {
                    counts.routes[lastPart(slot.name)] += requests;
                }
                break;
            case stats::Scope::Policy:
                if (const std::uint64_t rejected = slot.value(stats::Counter::Rejected); rejected > 0) {
                    counts.rejected[lastPart(slot.name)] += rejected;
                }
                break;
            default: break;
        }
    }
    return counts;
}

}  // namespace signalbox::app
