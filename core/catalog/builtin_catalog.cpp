#include "core/catalog/builtin_catalog.h"

#include "core/balance/balancer.h"
#include "core/mock/latency.h"
#include "core/policy/policy.h"
#include "core/traffic/arrivals.h"

namespace signalbox::catalog {

namespace {

/// The words of the contract that this build does not have are "not supported yet" rather than unknown.
template <typename Descriptor>
site::Catalog::Family family(std::string_view name, const Registry<Descriptor>& registry,
                             std::initializer_list<std::string_view> words)
{
    site::Catalog::Family out{name, {}, {}};
    for (const auto& descriptor : registry.all()) {
        out.members.push_back(&descriptor.params);
    }
    for (const auto word : words) {
        if (!registry.find(word)) {
            out.laterMembers.push_back(word);
        }
    }
    return out;
}

}  // namespace

const site::Catalog& builtinCatalog()
{
    static const site::Catalog kCatalog{{
        family("policy", policy::builtinPolicies(),
               {"api-key",
                "basic-auth",
                "jwt",
                "mtls",
                "hmac",
                "oauth2-introspection",
                "external-auth",
                "acl",
                "rate-limit",
                "concurrency-limit",
                "quota",
                "request-headers",
                "response-headers",
                "rewrite",
                "json-transform",
                "version",
                "cors",
                "cache",
                "compress",
                "validate",
                "graphql",
                "request-id",
                "trace-context",
                "access-log"}),
        family("balancer", balance::builtinBalancers(),
               {"round-robin", "random", "least-connections", "two-choices", "least-latency", "ip-hash", "ring-hash",
                "maglev", "bounded-hash", "prequal", "first"}),
        family("latency", mock::builtinLatencies(),
               {"constant", "uniform", "exponential", "normal", "lognormal", "pareto"}),
        family("arrivals", traffic::builtinArrivals(), {"constant", "poisson", "burst", "ramp", "sine", "trace"}),
    }};
    return kCatalog;
}

}  // namespace signalbox::catalog
