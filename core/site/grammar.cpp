#include "core/site/catalog.h"
#include "core/site/grammar_parts.h"

namespace signalbox::site {

using enum ParamKind;
using enum Availability;

const ObjectSpec& siteSpec()
{
    static const ObjectSpec kSpec{
        "site",
        "Site",
        "Everything that is drawn, run, checked and loaded with traffic.",
        {
            {.key = "signalbox", .kind = Choice, .title = "Format", .help = "Version of the file format.",
             .required = true, .advanced = true, .choices = {"1"}},
            {.key = "listeners", .kind = NamedList, .title = "Listeners",
             .help = "Where requests come in: load balancers and API gateways.", .object = &listenerSpec()},
            {.key = "pools", .kind = NamedList, .title = "Pools",
             .help = "Groups of backends that do the same work, each with its way of balancing.", .object = &poolSpec()},
            {.key = "consumers", .kind = NamedList, .title = "Consumers", .help = "Who calls the gateway, and how they prove it.",
             .object = &consumerSpec()},
            {.key = "certificates", .kind = Anything, .title = "Certificates", .help = "Certificates for TLS.", .availability = Later},
            {.key = "mocks", .kind = NamedList, .title = "Mocks", .help = "Services that Signalbox itself plays.",
             .object = &mockSpec()},
            {.key = "traffic", .kind = NamedList, .title = "Traffic",
             .help = "Scenarios of synthetic traffic: the same seed sends the same requests.", .object = &scenarioSpec()},
            {.key = "canvas", .kind = Anything, .title = "Canvas", .help = "Where the editor has put things.", .advanced = true},
        }};
    return kSpec;
}

const ObjectSpec& listenerSpec()
{
    static const ObjectSpec kLimits{
        "limits",
        "Limits",
        "What a client may send at most.",
        {
            {.key = "header_bytes", .kind = Size, .title = "Head size",
             .help = "Largest request head; a longer one is answered with 431.", .fallback = "64KiB"},
            {.key = "body_bytes", .kind = Size, .title = "Body size",
             .help = "Largest request body; a longer one is answered with 413. Without it there is no limit."},
            {.key = "connections", .kind = Integer, .title = "Connections",
             .help = "Client connections at the same time over all workers; 0 means no limit.", .fallback = "0", .max = 4e9},
        }};
    static const ObjectSpec kTimeouts{
        "timeouts",
        "Time-outs",
        "How long each phase of a request may take; 0s means without end.",
        {
            {.key = "header", .kind = Duration, .title = "Head",
             .help = "From the first byte of a request head to its end.", .fallback = "10s"},
            {.key = "idle", .kind = Duration, .title = "Idle",
             .help = "Between two requests of a connection, and without progress of a body.", .fallback = "60s"},
            {.key = "request", .kind = Duration, .title = "Request",
             .help = "A whole request until the last byte of its answer; then 504.", .fallback = "30s"},
            {.key = "connect", .kind = Duration, .title = "Connect",
             .help = "Connecting to a backend; a pool's own time-out goes first.", .fallback = "5s"},
        }};
    static const ObjectSpec kSpec{
        "listener",
        "Listener",
        "An address that takes requests in, as a load balancer or as an API gateway.",
        {
            {.key = "name", .kind = Name, .title = "Name", .help = "Unique among the listeners.", .required = true},
            {.key = "bind", .kind = Address, .title = "Address",
             .help = "HOST:PORT, [IPV6]:PORT or unix:/PATH to listen on. Port 0 takes a free port.", .required = true},
            {.key = "protocol", .kind = Choice, .title = "Protocol", .help = "What is spoken with clients.",
             .fallback = "http", .choices = {"http"}, .laterChoices = {"tcp", "udp"}},
            {.key = "role", .kind = Choice, .title = "Role",
             .help = "A load balancer spreads requests over one pool or routes them by host and path. An API gateway also knows "
                     "methods, headers, policies, consumers, redirects and splits.",
             .fallback = "load-balancer", .choices = {"load-balancer", "api-gateway"}},
            {.key = "pool", .kind = Reference, .title = "Pool", .help = "Where a load balancer without routes sends everything.",
             .referenceTo = "pools"},
            {.key = "tls", .kind = Anything, .title = "TLS", .help = "Certificates and versions.", .availability = Later},
            {.key = "limits", .kind = Object, .title = "Limits", .help = "What a client may send at most.", .advanced = true,
             .object = &kLimits},
            {.key = "timeouts", .kind = Object, .title = "Time-outs", .help = "How long each phase of a request may take.",
             .advanced = true, .object = &kTimeouts},
            {.key = "proxy_protocol", .kind = Choice, .title = "PROXY protocol",
             .help = "Whether clients announce themselves with a PROXY line.", .fallback = "off", .advanced = true,
             .choices = {"off"}, .laterChoices = {"accept"}},
            {.key = "debug_headers", .kind = Boolean, .title = "Debug headers",
             .help = "Answers carry X-Signalbox-Route and X-Signalbox-Backend, so that a client sees who answered.",
             .fallback = "false", .advanced = true},
            {.key = "policies", .kind = Families, .title = "Policies",
             .help = "Run in order on every request of this listener, in reverse on every response.", .family = "policy"},
            {.key = "routes", .kind = NamedList, .title = "Routes",
             .help = "Which requests go where. The most specific route wins, whatever the order.", .object = &routeSpec()},
        }};
    return kSpec;
}

}  // namespace signalbox::site
