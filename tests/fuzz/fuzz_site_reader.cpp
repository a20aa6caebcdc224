#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/balance/balancer.h"
#include "core/plan/compiler.h"
#include "core/policy/policy.h"
#include "core/site/site.h"

namespace {

using namespace signalbox;

const site::Catalog& fuzzCatalog()
{
    static const site::Catalog kCatalog = [] {
        site::Catalog out{
            {{"policy", {}, {"jwt"}}, {"balancer", {}, {"maglev"}}, {"latency", {}, {}}, {"arrivals", {}, {}}}};
        for (const auto& descriptor : policy::builtinPolicies().all()) {
            out.families[0].members.push_back(&descriptor.params);
        }
        for (const auto& descriptor : balance::builtinBalancers().all()) {
            out.families[1].members.push_back(&descriptor.params);
        }
        return out;
    }();
    return kCatalog;
}

bool textWasRead(const site::ReadResult& read)
{
    for (const auto& problem : read.problems) {
        if (problem.code == "SB-501" || problem.code == "SB-502" || problem.code == "SB-504" ||
            problem.code == "SB-508") {
            return false;
        }
    }
    return true;
}

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

}  // namespace

/// Any text is read, checked and compiled without a fault, and what was read is written so that it reads back equal.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = site::readSite(text, "fuzz.yaml", fuzzCatalog());
    const auto compiled = plan::compile({read.site, fuzzCatalog(), nullptr, nullptr, {}});
    require(site::hasErrors(compiled.problems) == (compiled.plan == nullptr));
    for (const auto& problem : compiled.problems) {
        require(!problem.code.empty() && !problem.message.empty());
    }
    if (textWasRead(read)) {
        const std::string written = site::writeSite(read.site);
        const auto back = site::readSite(written, "fuzz.yaml", fuzzCatalog());
        require(back.site == read.site);
        require(site::diff(read.site, back.site).empty());
    }
    return 0;
}
