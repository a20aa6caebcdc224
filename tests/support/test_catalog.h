#pragma once

#include "core/site/catalog.h"

namespace signalbox::test {

/// A small catalog with every family, for tests of the site alone, which knows no policy and no balancer.
inline const site::Catalog& testCatalog()
{
    using enum ParamKind;
    static const ParamSpec kGroup{.key = "group", .kind = Text};
    static const ObjectSpec kApiKey{
        "api-key",
        "API key",
        "",
        {{.key = "header", .kind = Text, .title = "Header", .help = "", .fallback = "X-Api-Key"}}};
    static const ObjectSpec kRateLimit{
        "rate-limit",
        "Rate limit",
        "",
        {{.key = "rate", .kind = Rate, .title = "Rate", .help = "", .required = true, .max = 1e6},
         {.key = "burst", .kind = Integer, .title = "Burst", .help = "", .min = 1, .max = 1000},
         {.key = "key", .kind = Text, .title = "Key", .help = "", .fallback = "ip"},
         {.key = "store",
          .kind = Choice,
          .title = "Store",
          .help = "",
          .fallback = "memory",
          .choices = {"memory"},
          .laterChoices = {"redis://"}}}};
    static const ObjectSpec kAcl{"acl", "Access list", "", {{.key = "groups", .kind = List, .element = &kGroup}}};
    static const ObjectSpec kRequestId{"request-id", "Request id", "", {{.key = "header", .kind = Text}}};
    static const ObjectSpec kRewrite{"rewrite", "Rewrite", "", {{.key = "strip_prefix", .kind = Text}}};
    static const ObjectSpec kRoundRobin{"round-robin", "Round robin", "", {}};
    static const ObjectSpec kRandom{"random", "Random", "", {}};
    static const ObjectSpec kLeast{"least-connections", "Least connections", "", {}};
    static const ObjectSpec kIpHash{"ip-hash", "IP hash", "", {{.key = "prefix", .kind = Integer, .max = 128}}};
    static const ObjectSpec kConstant{
        "constant", "Constant", "", {{.key = "value", .kind = Duration, .required = true}}};
    static const ObjectSpec kLognormal{
        "lognormal",
        "Log-normal",
        "",
        {{.key = "median", .kind = Duration, .required = true}, {.key = "p99", .kind = Duration}}};
    static const ObjectSpec kPoisson{"poisson", "Poisson", "", {{.key = "rate", .kind = Rate, .required = true}}};
    static const site::Catalog kCatalog{{
        {"policy", {&kApiKey, &kRateLimit, &kAcl, &kRequestId, &kRewrite}, {"jwt", "cors"}},
        {"balancer", {&kRoundRobin, &kRandom, &kLeast, &kIpHash}, {"maglev", "ring-hash"}},
        {"latency", {&kConstant, &kLognormal}, {}},
        {"arrivals", {&kPoisson}, {"trace"}},
    }};
    return kCatalog;
}

}  // namespace signalbox::test
