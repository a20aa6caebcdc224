#include <chrono>
#include <cstdio>
#include <string>

#include "core/balance/balancer.h"
#include "core/base/clock.h"
#include "core/plan/compiler.h"
#include "core/policy/policy.h"
#include "core/site/site.h"

using namespace signalbox;

namespace {

site::Catalog realCatalog()
{
    site::Catalog out{{{"policy", {}, {}}, {"balancer", {}, {}}}};
    for (const auto& descriptor : policy::builtinPolicies().all()) {
        out.families[0].members.push_back(&descriptor.params);
    }
    for (const auto& descriptor : balance::builtinBalancers().all()) {
        out.families[1].members.push_back(&descriptor.params);
    }
    return out;
}

/// 100 pools of 10 backends, and 10,000 routes of which every tenth has policies.
std::string largeSite()
{
    std::string text =
        "signalbox: 1\nlisteners:\n  - name: api\n    bind: 127.0.0.1:8080\n    role: api-gateway\n    routes:\n";
    for (int route = 0; route < 10'000; ++route) {
        const std::string n = std::to_string(route);
        text +=
            "      - {name: r" + n + ", match: {host: h" + std::to_string(route % 50) + ".example, path: /p" + n + "}";
        text += route % 10 == 0 ? ", policies: [{request-id: {}}, {rate-limit: {rate: 50/s}}]" : "";
        text += ", pool: pool" + std::to_string(route % 100) + "}\n";
    }
    text += "pools:\n";
    for (int pool = 0; pool < 100; ++pool) {
        text += "  - name: pool" + std::to_string(pool) + "\n    backends:\n";
        for (int backend = 0; backend < 10; ++backend) {
            text += "      - {name: b" + std::to_string(backend) +
                    ", address: 127.0.0.1:" + std::to_string(1000 + pool * 10 + backend) + "}\n";
        }
    }
    return text;
}

template <typename Work>
double milliseconds(const Work& work)
{
    double best = 1e9;
    for (int round = 0; round < 7; ++round) {
        const TimePoint start = SystemClock().now();
        work();
        const double took = std::chrono::duration<double, std::milli>(SystemClock().now() - start).count();
        best = took < best ? took : best;
    }
    return best;
}

}  // namespace

/// Best of seven rounds each: reading, checking and compiling a site of 1,000 backends and 10,000 routes.
int main()
{
    const site::Catalog catalog = realCatalog();
    const std::string text = largeSite();
    const auto read = site::readSite(text, "large.yaml", catalog);
    const auto first = plan::compile({read.site, catalog, nullptr, nullptr, {}});
    if (!first.plan) {
        std::printf("%s", site::format(first.problems, "large.yaml").c_str());
        return 1;
    }
    std::printf("text            %8.2f MiB\n", static_cast<double>(text.size()) / 1024 / 1024);
    std::printf("read and check  %8.1f ms\n", milliseconds([&] { (void)site::readSite(text, "large.yaml", catalog); }));
    std::printf("check           %8.1f ms\n", milliseconds([&] { (void)site::check(read.site, catalog); }));
    std::printf("compile         %8.1f ms\n", milliseconds([&] {
                    (void)plan::compile({read.site, catalog, nullptr, nullptr, {}});
                }));
    std::printf("compile again   %8.1f ms\n", milliseconds([&] {
                    (void)plan::compile({read.site, catalog, nullptr, first.plan, {}});
                }));
    std::printf("write           %8.1f ms\n", milliseconds([&] { (void)site::writeSite(read.site); }));
    return 0;
}
