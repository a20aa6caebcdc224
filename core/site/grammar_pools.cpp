#include "core/site/catalog.h"
#include "core/site/grammar_parts.h"

namespace signalbox::site {

using enum ParamKind;
using enum Availability;

const ObjectSpec& backendSpec()
{
    static const ObjectSpec kSpec{
        "backend",
        "Backend",
        "One server of a pool.",
        {
            {.key = "name",
             .kind = Name,
             .title = "Name",
             .help = "Unique inside its pool; reports count by this name.",
             .required = true},
            {.key = "address",
             .kind = Address,
             .title = "Address",
             .help = "HOST:PORT, [IPV6]:PORT, unix:/PATH, or mock:NAME and listener:NAME of this site. A host name is looked "
                     "up again and again (see the pool's resolve).",
             .required = true,
             .referenceTo = "backend-address"},
            {.key = "weight",
             .kind = Integer,
             .title = "Weight",
             .help = "Share of the requests, relative to the other backends; 0 receives nothing.",
             .fallback = "1",
             .max = 1e6},
            {.key = "max_connections",
             .kind = Integer,
             .title = "Most at once",
             .help = "Requests at the same time over all workers; 0 means no limit.",
             .fallback = "0",
             .advanced = true,
             .max = 4e9},
            {.key = "backup",
             .kind = Boolean,
             .title = "Backup",
             .help = "Only used while no other backend of the pool is usable.",
             .fallback = "false",
             .advanced = true},
            {.key = "priority",
             .kind = Integer,
             .title = "Priority",
             .help = "Tier: backends of the lowest number are used, the next ones while none of them is usable; backups "
                     "come after all tiers.",
             .fallback = "0",
             .advanced = true,
             .max = 1000},
        }};
    return kSpec;
}

const ObjectSpec& poolSpec()
{
    static const ObjectSpec kTimeouts{"pool-timeouts",
                                      "Time-outs",
                                      "How long the pool's backends may take.",
                                      {
                                          {.key = "connect",
                                           .kind = Duration,
                                           .title = "Connect",
                                           .help = "Connecting to a backend; then the next one is tried.",
                                           .fallback = "5s"},
                                      }};
    static const ObjectSpec kSpec{
        "pool",
        "Pool",
        "Backends that do the same work, and how requests are spread over them.",
        {
            {.key = "name", .kind = Name, .title = "Name", .help = "Unique among the pools.", .required = true},
            {.key = "balance",
             .kind = Family,
             .title = "Balancing",
             .help = "How the backend of a request is chosen.",
             .fallback = "round-robin",
             .family = "balancer",
             .familyKey = "algorithm"},
            {.key = "protocol",
             .kind = Choice,
             .title = "Protocol",
             .help = "What is spoken with the backends.",
             .fallback = "http1",
             .advanced = true,
             .choices = {"http1"},
             .laterChoices = {"h2", "tcp", "udp"}},
            {.key = "tls",
             .kind = Anything,
             .title = "TLS",
             .help = "Re-encryption towards the backends.",
             .availability = Later},
            {.key = "proxy_protocol",
             .kind = Choice,
             .title = "PROXY protocol",
             .help = "Whether backends are told of the client with a PROXY line.",
             .fallback = "off",
             .advanced = true,
             .choices = {"off"},
             .laterChoices = {"v1", "v2"}},
            {.key = "sticky",
             .kind = Object,
             .title = "Sticky sessions",
             .help = "The same client to the same backend, by a signed cookie.",
             .advanced = true,
             .object = &stickySpec()},
            {.key = "health",
             .kind = Object,
             .title = "Health checks",
             .help = "What takes a backend out, and what brings it back.",
             .object = &healthSpec()},
            {.key = "slow_start",
             .kind = Duration,
             .title = "Slow start",
             .help = "A backend that comes back, or is new in a running pool, gets a share that grows from 10 % of its "
                     "weight to all of it over this time; 0s gives it all at once.",
             .fallback = "0s",
             .advanced = true},
            {.key = "circuit_breaker",
             .kind = Object,
             .title = "Circuit breaker",
             .help = "Spares a pool that mostly fails, and its clients the wait.",
             .advanced = true,
             .object = &circuitBreakerSpec()},
            {.key = "queue",
             .kind = Object,
             .title = "Queue",
             .help = "Waiting while all backends are full; without it such a request is answered with 503.",
             .advanced = true,
             .object = &queueSpec()},
            {.key = "adaptive_concurrency",
             .kind = Object,
             .title = "Adaptive concurrency",
             .help = "A limit of the requests under way that is found by the latency.",
             .advanced = true,
             .object = &adaptiveConcurrencySpec()},
            {.key = "resolve",
             .kind = Duration,
             .title = "Name look-up",
             .help = "How often the host names of backends are looked up again; a name that cannot be found keeps its last "
                     "address.",
             .fallback = "10s",
             .advanced = true},
            {.key = "timeouts",
             .kind = Object,
             .title = "Time-outs",
             .help = "How long the backends may take.",
             .advanced = true,
             .object = &kTimeouts},
            {.key = "backends",
             .kind = NamedList,
             .title = "Backends",
             .help = "The servers of the pool.",
             .object = &backendSpec()},
        }};
    return kSpec;
}

const ObjectSpec& consumerSpec()
{
    static const ParamSpec kKey{.key = "keys", .kind = Secret, .title = "Key"};
    static const ParamSpec kGroup{.key = "groups", .kind = Text, .title = "Group"};
    static const ObjectSpec kBasic{"basic",
                                   "User and password",
                                   "For the policy basic-auth.",
                                   {
                                       {.key = "user",
                                        .kind = Text,
                                        .title = "User",
                                        .help = "User name; unique among the consumers.",
                                        .required = true},
                                       {.key = "password_sha256",
                                        .kind = Secret,
                                        .title = "SHA-256 of the password",
                                        .help = "64 hexadecimal digits: printf %s PASSWORD | sha256sum.",
                                        .required = true},
                                   }};
    static const ObjectSpec kSpec{
        "consumer",
        "Consumer",
        "Someone who calls the gateway, known by a key or by user and password.",
        {
            {.key = "name", .kind = Name, .title = "Name", .help = "Unique among the consumers.", .required = true},
            {.key = "keys",
             .kind = List,
             .title = "Keys",
             .help = "API keys, for the policy api-key.",
             .element = &kKey},
            {.key = "basic",
             .kind = Object,
             .title = "User and password",
             .help = "For the policy basic-auth.",
             .object = &kBasic},
            {.key = "groups", .kind = List, .title = "Groups", .help = "For the policy acl.", .element = &kGroup},
        }};
    return kSpec;
}

}  // namespace signalbox::site
