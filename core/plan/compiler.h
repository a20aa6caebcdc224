#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "core/site/site.h"

namespace signalbox::plan {

/// Where mocks and listeners of the site are really bound ("mock:a1", "listener:api" -> endpoint), and what the host names
/// of backends stand for ("api.internal:80" -> endpoint).
using AddressBook = std::map<std::string, Endpoint, std::less<>>;

struct CompileInput {
    const site::Site& site;
    const site::Catalog& catalog;
    std::shared_ptr<stats::StatsHub> stats;      ///< gives the slots; a new hub is made when null
    std::shared_ptr<const Plan> previous;        ///< balancers, limiters and backend states that did not change are taken over
    AddressBook addresses;                       ///< fixed ports of the file are known without it
};

struct CompileOutput {
    std::shared_ptr<Plan> plan;            ///< null where there are errors
    std::vector<site::Problem> problems;   ///< check()'s and the compiler's own, in file order
};

/// The one place where a Site's values become route tables, policy chains and pools. Also says what only it can see: roles
/// ("a load balancer does not authenticate: 'api-key' needs role api-gateway"), a listener without pool or routes, two
/// listeners on one address, regular expressions, parameters that exclude each other; warnings for unused pools,
/// unreachable routes, weights that are all 0. Any thread; never throws.
[[nodiscard]] CompileOutput compile(const CompileInput& input);

/// The folder that relative paths of a site start from: its file's; empty for the present one.
[[nodiscard]] std::string folderOf(const std::string& file);

}  // namespace signalbox::plan
