#include "core/site/problems.h"

#include <algorithm>

namespace signalbox::site {

bool hasErrors(const std::vector<Problem>& problems) noexcept
{
    return std::ranges::any_of(problems, [](const Problem& problem) { return problem.severity == Severity::Error; });
}

std::string format(const std::vector<Problem>& problems, const std::string& file)
{
    std::vector<const Problem*> ordered;
    ordered.reserve(problems.size());
    for (const auto& problem : problems) {
        ordered.push_back(&problem);
    }
    std::ranges::stable_sort(ordered, {}, [](const Problem* problem) { return problem->place; });
    std::string out;
    for (const Problem* problem : ordered) {
        out += file + ":" + std::to_string(problem->place.line) + ":" + std::to_string(problem->place.column) + ": ";
        out += problem->severity == Severity::Error ? "error: " : "warning: ";
        out += problem->message + "\n";
    }
    return out;
}

}  // namespace signalbox::site
