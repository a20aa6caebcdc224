#include "core/plan/compiler.h"

#include <algorithm>
#include <iterator>

#include "core/plan/draft.h"
#include "core/site/problem_codes.h"

namespace signalbox::plan {

Draft::Draft(const CompileInput& from) : input(from), site(from.site), plan(std::make_shared<Plan>())
{
    plan->stats = input.stats                               ? input.stats
                  : input.previous && input.previous->stats ? input.previous->stats
                                                            : std::make_shared<stats::StatsHub>();
}

void Draft::error(std::string_view code, std::string message, ValuePath path, Place place)
{
    problems.push_back({site::Severity::Error, std::string(code), std::move(message), std::move(path), place});
}

void Draft::warning(std::string_view code, std::string message, ValuePath path, Place place)
{
    problems.push_back({site::Severity::Warning, std::string(code), std::move(message), std::move(path), place});
}

std::shared_ptr<const PoolPlan> Draft::poolOf(const Value* reference) const
{
    if (!reference) {
        return nullptr;
    }
    const auto found = pools.find(reference->text());
    return found == pools.end() ? nullptr : found->second;
}

void appendCanonical(std::string& out, const Value& value)
{
    const auto text = [&](std::string_view part) {
        out += std::to_string(part.size());
        out += ':';
        out += part;
    };
    switch (value.kind()) {
        case Value::Kind::Null: out += '~'; break;
        case Value::Kind::Scalar: text(value.text()); break;
        case Value::Kind::List:
            out += '[';
            for (const auto& item : value.items()) {
                appendCanonical(out, item);
                out += ',';
            }
            out += ']';
            break;
        case Value::Kind::Map:
            out += '{';
            for (const auto& [key, member] : value.members()) {
                text(key);
                out += '=';
                appendCanonical(out, member);
                out += ',';
            }
            out += '}';
            break;
    }
}

namespace {

bool isWithin(std::string_view inner, std::string_view outer) noexcept
{
    return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

/// What the grammar found wrong already explains what the compiler finds around it.
bool isExplained(const site::Problem& problem, const std::vector<site::Problem>& known)
{
    return std::ranges::any_of(known, [&](const site::Problem& other) {
        return !other.path.empty() && (isWithin(other.path, problem.path) || isWithin(problem.path, other.path));
    });
}

}  // namespace

CompileOutput compile(const CompileInput& input)
{
    CompileOutput out;
    out.problems = site::check(input.site, input.catalog);
    Draft draft(input);
    compileAddresses(draft);
    compileConsumers(draft);
    compilePools(draft);
    compileListeners(draft);
    checkScenarios(draft);
    warnAboutPools(draft);
    warnAboutLoops(draft);
    const std::vector<site::Problem> grammar = out.problems;
    std::ranges::copy_if(std::move(draft.problems), std::back_inserter(out.problems),
                         [&](const site::Problem& problem) { return !isExplained(problem, grammar); });
    std::ranges::stable_sort(out.problems, {}, &site::Problem::place);
    if (!site::hasErrors(out.problems)) {
        out.plan = std::move(draft.plan);
    }
    return out;
}

}  // namespace signalbox::plan
