#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/param_spec.h"

namespace signalbox::site {

/// The ParamSpecs of every family ("policy", "balancer", "latency", "arrivals", ...), handed in by whoever knows the
/// registries, so that the site knows no implementation. Built once, then read-only; any thread.
struct Catalog {
    struct Family {
        std::string_view name;
        std::vector<const ObjectSpec*> members;      ///< what this build has, in the order shown
        std::vector<std::string_view> laterMembers;  ///< words of the contract that a later version brings: "not supported yet"
    };
    std::vector<Family> families;

    [[nodiscard]] const Family* family(std::string_view name) const noexcept;
    [[nodiscard]] const ObjectSpec* member(std::string_view familyName, std::string_view id) const noexcept;
};

/// The grammar of site-format.md: the object of the whole document and, below it, of every list. Static tables.
[[nodiscard]] const ObjectSpec& siteSpec();
[[nodiscard]] const ObjectSpec& listenerSpec();
[[nodiscard]] const ObjectSpec& routeSpec();
[[nodiscard]] const ObjectSpec& matchSpec();
[[nodiscard]] const ObjectSpec& poolSpec();
[[nodiscard]] const ObjectSpec& backendSpec();
[[nodiscard]] const ObjectSpec& consumerSpec();
[[nodiscard]] const ObjectSpec& mockSpec();
[[nodiscard]] const ObjectSpec& scenarioSpec();
[[nodiscard]] const ObjectSpec& requestSpec();  ///< one entry of a scenario's `requests`

}  // namespace signalbox::site
