#include "core/site/catalog.h"
#include "core/site/grammar_parts.h"

namespace signalbox::site {

using enum ParamKind;

const ObjectSpec& retrySpec()
{
    static const ParamSpec kOn{.key = "on", .kind = Text, .title = "Condition"};
    static const ObjectSpec kSpec{
        "retry",
        "Retry",
        "Further attempts after a failure, on another backend where there is one. Requests that are not idempotent (POST, "
        "PATCH) are only repeated where nothing of them was sent.",
        {
            {.key = "attempts",
             .kind = Integer,
             .title = "Attempts",
             .help = "Retries after the first try; 0 means none at all.",
             .fallback = "2",
             .max = 15},
            {.key = "on",
             .kind = List,
             .title = "On",
             .help = "What is tried again: connect (no connection), reset (closed without an answer, or answered what is not "
                     "HTTP), timeout (of one try), status codes like 503, or 5xx. Without it: connect, reset and timeout.",
             .element = &kOn},
            {.key = "budget",
             .kind = Share,
             .title = "Budget",
             .help = "Retries as a share of the requests of the last 10 s; past it the failure is answered. Three in 10 s "
                     "are always allowed. Without it there is no budget."},
            {.key = "backoff",
             .kind = Duration,
             .title = "Back-off",
             .help = "The first retry goes to another backend at once; each later one, and each to the same backend, waits a "
                     "random time up to this, doubled every time.",
             .fallback = "25ms",
             .advanced = true},
            {.key = "max_backoff",
             .kind = Duration,
             .title = "Longest back-off",
             .help = "Where the doubling ends.",
             .fallback = "250ms",
             .advanced = true},
            {.key = "non_idempotent",
             .kind = Boolean,
             .title = "Also not idempotent",
             .help = "Repeats POST and PATCH as well: the backend must stand getting them twice.",
             .fallback = "false",
             .advanced = true},
        }};
    return kSpec;
}

const ObjectSpec& stickySpec()
{
    static const ObjectSpec kSpec{
        "sticky",
        "Sticky sessions",
        "A cookie that brings a client back to the backend it had, while that is usable.",
        {
            {.key = "cookie",
             .kind = Name,
             .title = "Cookie",
             .help = "Its name. The value is signed: a client can keep it, not choose a backend by it.",
             .fallback = "SBX"},
            {.key = "ttl",
             .kind = Duration,
             .title = "Lifetime",
             .help = "How long the client keeps it; 0s means until the browser closes.",
             .fallback = "0s"},
            {.key = "secret",
             .kind = Secret,
             .title = "Secret",
             .help = "What the value is signed with. Give several instances the same; without it each start draws its own.",
             .advanced = true},
            {.key = "secure",
             .kind = Boolean,
             .title = "Secure",
             .help = "Marks the cookie for https alone.",
             .fallback = "false",
             .advanced = true},
        }};
    return kSpec;
}

const ObjectSpec& queueSpec()
{
    static const ObjectSpec kSpec{
        "queue",
        "Queue",
        "Requests wait, first come first served, while every usable backend is at its max_connections.",
        {
            {.key = "limit",
             .kind = Integer,
             .title = "Limit",
             .help = "Waiting at the same time over all workers; one more is answered with 503.",
             .fallback = "100",
             .max = 1e6},
            {.key = "timeout",
             .kind = Duration,
             .title = "Time-out",
             .help = "How long one waits; then 503.",
             .fallback = "5s"},
        }};
    return kSpec;
}

}  // namespace signalbox::site
