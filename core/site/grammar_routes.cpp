#include "core/site/catalog.h"
#include "core/site/grammar_parts.h"

namespace signalbox::site {

using enum ParamKind;
using enum Availability;

const ObjectSpec& matchSpec()
{
    static const ParamSpec kHost{.key = "host", .kind = Text, .title = "Host"};
    static const ParamSpec kMethod{.key = "method", .kind = Text, .title = "Method"};
    static const ObjectSpec kSpec{
        "match",
        "Match",
        "What a request must have for this route; all of it must hold.",
        {
            {.key = "host",
             .kind = List,
             .title = "Hosts",
             .help = "Exact hosts, or *.example.com for everything below it; the port plays no part.",
             .element = &kHost},
            {.key = "path",
             .kind = Text,
             .title = "Path prefix",
             .help = "Matches whole segments: /user matches /user and /user/1, not /users. Paths are compared and sent "
                     "on in one spelling: dot segments resolved, // merged, letters and other unreserved characters "
                     "out of their escapes; above the root, %00, broken and overlong escapes are refused with 400. "
                     "%2F and %5C are never decoded and ;parameters stay, but for matching the former end a segment and "
                     "the latter play no part, and dots hidden beside them (..%2F, ..;) are refused."},
            {.key = "path_exact", .kind = Text, .title = "Exact path", .help = "Matches this path alone, in the spelling described under path."},
            {.key = "path_regex",
             .kind = Pattern,
             .title = "Path pattern",
             .help = "A regular expression (RE2 syntax) that the whole path must match."},
            {.key = "method",
             .kind = List,
             .title = "Methods",
             .help =
                 "GET, HEAD, POST and so on. A path that matches with another method is answered with 405 and Allow.",
             .element = &kMethod},
            {.key = "headers",
             .kind = Anything,
             .title = "Headers",
             .help = "Header names with the value they must have, or {regex: RE}, {present: true}, {not: VALUE}."},
            {.key = "query",
             .kind = Anything,
             .title = "Query",
             .help = "Query parameters with the value they must have, or {regex: RE}, {present: true}, {not: VALUE}."},
            {.key = "sni",
             .kind = Anything,
             .title = "SNI",
             .help = "Server name of a TLS connection.",
             .availability = Later},
            {.key = "version",
             .kind = Anything,
             .title = "Version",
             .help = "API version, see the version policy.",
             .availability = Later},
            {.key = "graphql",
             .kind = Anything,
             .title = "GraphQL",
             .help = "GraphQL operation and field.",
             .availability = Later},
        }};
    return kSpec;
}

const ObjectSpec& splitMemberSpec()
{
    static const ObjectSpec kSpec{
        "split-member",
        "Share",
        "One pool of a split and how much of the traffic it gets.",
        {
            {.key = "pool",
             .kind = Reference,
             .title = "Pool",
             .help = "Where this share goes.",
             .required = true,
             .referenceTo = "pools"},
            {.key = "weight",
             .kind = Integer,
             .title = "Weight",
             .help = "Share of the traffic, relative to the other members; 0 receives nothing.",
             .fallback = "1",
             .max = 1e6},
            {.key = "policies",
             .kind = Families,
             .title = "Policies",
             .help = "Run after the route's, for this share alone.",
             .advanced = true,
             .family = "policy"},
        }};
    return kSpec;
}

const ObjectSpec& redirectSpec()
{
    static const ObjectSpec kSpec{
        "redirect",
        "Redirect",
        "Sends the client elsewhere: a whole target, or parts of it that replace those of the request.",
        {
            {.key = "to",
             .kind = Text,
             .title = "To",
             .help = "The whole target: a path or a URL. Excludes the parts."},
            {.key = "scheme",
             .kind = Choice,
             .title = "Scheme",
             .help = "Replaces the scheme; without a port of its own the port is dropped.",
             .choices = {"http", "https"}},
            {.key = "host", .kind = Text, .title = "Host", .help = "Replaces the host."},
            {.key = "port", .kind = Integer, .title = "Port", .help = "Replaces the port.", .min = 1, .max = 65535},
            {.key = "path", .kind = Text, .title = "Path", .help = "Replaces the whole path."},
            {.key = "prefix",
             .kind = Text,
             .title = "Prefix",
             .help = "Replaces the part of the path that the route matched."},
            {.key = "status",
             .kind = Choice,
             .title = "Status",
             .help = "301 and 308 are for good, 302, 303 and 307 for now; 307 and 308 keep the method.",
             .fallback = "308",
             .choices = {"301", "302", "303", "307", "308"}},
        }};
    return kSpec;
}

const ObjectSpec& respondSpec()
{
    static const ObjectSpec kSpec{
        "respond",
        "Respond",
        "Answers at once, without a backend.",
        {
            {.key = "status",
             .kind = Integer,
             .title = "Status",
             .help = "Status code of the answer.",
             .fallback = "200",
             .min = 200,
             .max = 599},
            {.key = "body", .kind = Text, .title = "Body", .help = "Body of the answer."},
            {.key = "headers", .kind = TextMap, .title = "Headers", .help = "Headers of the answer."},
        }};
    return kSpec;
}

const ObjectSpec& routeSpec()
{
    static const ParamSpec kMember{.key = "split", .kind = Object, .title = "Share", .object = &splitMemberSpec()};
    static const ParamSpec kMirror{.key = "mirror", .kind = Object, .title = "Mirror", .object = &mirrorSpec()};
    static const ObjectSpec kTimeouts{
        "route-timeouts",
        "Time-outs",
        "The listener's with these on top; 0s means without end.",
        {
            {.key = "request",
             .kind = Duration,
             .title = "Request",
             .help = "From a request until its answer begins, tries included; then 504."},
            {.key = "try",
             .kind = Duration,
             .title = "Try",
             .help = "One attempt until the head of its answer is here; then the next backend or 504."},
        }};
    static const ObjectSpec kSpec{
        "route",
        "Route",
        "Which requests, what is done to them and where they go: one of pool, split, redirect and respond.",
        {
            {.key = "name",
             .kind = Name,
             .title = "Name",
             .help = "Unique among the routes of its listener.",
             .required = true},
            {.key = "match",
             .kind = Object,
             .title = "Match",
             .help = "What a request must have; without it every request.",
             .object = &matchSpec()},
            {.key = "policies",
             .kind = Families,
             .title = "Policies",
             .help = "Run in order after the listener's, in reverse on the response.",
             .family = "policy"},
            {.key = "pool",
             .kind = Reference,
             .title = "Pool",
             .help = "The pool whose backends answer.",
             .referenceTo = "pools"},
            {.key = "split",
             .kind = List,
             .title = "Split",
             .help = "Several pools, each with a share of the traffic.",
             .element = &kMember},
            {.key = "redirect",
             .kind = Object,
             .title = "Redirect",
             .help = "Sends the client elsewhere.",
             .object = &redirectSpec()},
            {.key = "respond",
             .kind = Object,
             .title = "Respond",
             .help = "Answers at once, without a backend.",
             .object = &respondSpec()},
            {.key = "timeouts",
             .kind = Object,
             .title = "Time-outs",
             .help = "On top of the listener's.",
             .advanced = true,
             .object = &kTimeouts},
            {.key = "retry",
             .kind = Object,
             .title = "Retry",
             .help = "Further attempts after a failure; without it another backend is tried where that is safe.",
             .advanced = true,
             .object = &retrySpec()},
            {.key = "hedge",
             .kind = Object,
             .title = "Hedge",
             .help = "A second attempt beside one that is slow to answer; the first answer wins.",
             .advanced = true,
             .object = &hedgeSpec()},
            {.key = "mirror",
             .kind = List,
             .title = "Mirror",
             .help = "Copies of requests to other pools, whose answers are thrown away: {pool: P, share: 5%}, or a list of such.",
             .advanced = true,
             .element = &kMirror,
             .loneObject = true},
        }};
    return kSpec;
}

}  // namespace signalbox::site
