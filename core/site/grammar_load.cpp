#include "core/site/catalog.h"
#include "core/site/grammar_parts.h"

namespace signalbox::site {

using enum ParamKind;

const ObjectSpec& hedgeSpec()
{
    static const ObjectSpec kSpec{
        "hedge",
        "Hedge",
        "A second attempt at another backend beside one that is slow to answer: the first answer is passed on, the other "
        "attempt is closed and not held against its backend. Only for idempotent requests (GET, HEAD, PUT, DELETE, OPTIONS) "
        "that are here as a whole with at most 64 KiB of body, and not for those whose sticky cookie names their backend.",
        {
            {.key = "after",
             .kind = Duration,
             .title = "After",
             .help = "How long an attempt may take to begin its answer before another joins it. The 95th percentile of the "
                     "latency is a good value: then one request in twenty is sent twice. Up to 16 ms may be added.",
             .fallback = "50ms"},
            {.key = "attempts",
             .kind = Integer,
             .title = "Attempts",
             .help = "Hedges of one request, each this much after the one before. They count against the budget of retry, "
                     "where there is one.",
             .fallback = "1",
             .min = 1,
             .max = 3},
        }};
    return kSpec;
}

const ObjectSpec& mirrorSpec()
{
    static const ObjectSpec kSpec{
        "mirror",
        "Mirror",
        "Copies of requests to another pool, for trying it out: the answers are thrown away, and nothing that happens to a "
        "copy reaches the client. A copy is not retried, and dropped where 256 KiB of its body wait to be sent or 1,024 "
        "copies of a worker are under way.",
        {
            {.key = "pool",
             .kind = Reference,
             .title = "Pool",
             .help = "Whose balancer picks the backend that gets the copy.",
             .required = true,
             .referenceTo = "pools"},
            {.key = "share",
             .kind = Share,
             .title = "Share",
             .help = "Of the requests that this route sends to a pool.",
             .fallback = "100%"},
        }};
    return kSpec;
}

const ObjectSpec& adaptiveConcurrencySpec()
{
    static const ObjectSpec kSpec{
        "adaptive-concurrency",
        "Adaptive concurrency",
        "Finds out how many requests the pool can serve at a time: while answers come about as fast as without load the "
        "limit grows, when they slow down it shrinks. What is over it waits in the pool's queue, or gets a 503 at once.",
        {
            {.key = "min",
             .kind = Integer,
             .title = "Lowest",
             .help = "The limit never falls below this.",
             .fallback = "4",
             .min = 1,
             .max = 1e6},
            {.key = "max",
             .kind = Integer,
             .title = "Highest",
             .help = "The limit never grows above this.",
             .fallback = "1000",
             .min = 1,
             .max = 1e6},
            {.key = "initial",
             .kind = Integer,
             .title = "Initial",
             .help = "The limit before anything is known, within the two.",
             .fallback = "20",
             .advanced = true,
             .min = 1,
             .max = 1e6},
            {.key = "tolerance",
             .kind = Share,
             .title = "Tolerance",
             .help = "How much slower than without load answers may be before the limit shrinks.",
             .fallback = "25%"},
            {.key = "window",
             .kind = Duration,
             .title = "Window",
             .help = "Whose median latency each step of the limit looks at.",
             .fallback = "200ms",
             .advanced = true},
            {.key = "min_samples",
             .kind = Integer,
             .title = "Fewest answers",
             .help = "Within a window; until then it goes on.",
             .fallback = "10",
             .advanced = true,
             .min = 1,
             .max = 1e6},
            {.key = "probe",
             .kind = Duration,
             .title = "Probe",
             .help = "How often the limit is halved for some windows to see the latency without load: a pool that is kept full "
                     "never shows it. Sooner while that still finds a lower one.",
             .fallback = "30s",
             .advanced = true},
        }};
    return kSpec;
}

}  // namespace signalbox::site
