#include <algorithm>
#include <iostream>

#include "app/commands/command.h"
#include "core/catalog/builtin_catalog.h"
#include "core/mock/mock_host.h"
#include "core/plan/compiler.h"

namespace signalbox::app {

namespace {

int check(const std::string& file)
{
    auto read = site::readSiteFile(file, catalog::builtinCatalog());
    auto problems = read.problems;
    // The compiler repeats what the reader's check says, and adds what only it can see.
    for (auto& problem : plan::compile({read.site, catalog::builtinCatalog(), nullptr, nullptr, {}}).problems) {
        const bool known = std::ranges::any_of(problems, [&](const site::Problem& other) {
            return other.place == problem.place && other.message == problem.message;
        });
        if (!known) {
            problems.push_back(std::move(problem));
        }
    }
    std::ranges::stable_sort(problems, {}, &site::Problem::place);
    std::cout << site::format(problems, file);
    if (site::hasErrors(problems)) {
        return kInvalidInput;
    }
    if (const auto mocks = mock::mockSpecs(read.site); !mocks) {
        std::cout << file << ": error: " << mocks.error().detail << '\n';
        return kInvalidInput;
    }
    std::cout << file << ": valid";
    if (!problems.empty()) {
        std::cout << ", " << problems.size() << (problems.size() == 1 ? " warning" : " warnings");
    }
    std::cout << std::endl;
    return kDone;
}

}  // namespace

void addCheck(CLI::App& parser, int& exitCode)
{
    auto* command = parser.add_subcommand("check", "Says what is wrong with a site file: every error and warning at once");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "Site file")->required();
    command->footer("Exit code 0: valid (perhaps with warnings), 1: not.\nExample: signalbox check site.yaml");
    command->callback([file, &exitCode] { exitCode = check(*file); });
}

}  // namespace signalbox::app
