#include "core/site/catalog.h"
#include "core/site/grammar_parts.h"

namespace signalbox::site {

using enum ParamKind;

namespace {

const ObjectSpec& activeSpec()
{
    static const ParamSpec kStatus{.key = "expect", .kind = Text, .title = "Status"};
    static const ObjectSpec kSpec{
        "active-check",
        "Active checks",
        "Each backend is asked at intervals, on connections of their own.",
        {
            {.key = "type",
             .kind = Choice,
             .title = "Type",
             .help = "http asks for a path and judges the status; tcp is content with a connection.",
             .fallback = "http",
             .choices = {"http", "tcp"}},
            {.key = "path",
             .kind = Text,
             .title = "Path",
             .help = "What is asked for, with a query where needed.",
             .fallback = "/healthz"},
            {.key = "interval",
             .kind = Duration,
             .title = "Interval",
             .help = "From the start of one check to the next. A dead backend is out after `fall` of them.",
             .fallback = "2s"},
            {.key = "timeout",
             .kind = Duration,
             .title = "Time-out",
             .help = "Of a whole check, connecting included.",
             .fallback = "1s"},
            {.key = "rise",
             .kind = Integer,
             .title = "Rise",
             .help = "Passed checks in a row that bring a backend back.",
             .fallback = "2",
             .min = 1,
             .max = 1000},
            {.key = "fall",
             .kind = Integer,
             .title = "Fall",
             .help = "Failed checks in a row that take a backend out. Until the first judgement it counts as well.",
             .fallback = "3",
             .min = 1,
             .max = 1000},
            {.key = "expect",
             .kind = List,
             .title = "Expected status",
             .help = "Statuses that pass: numbers and ranges like 200,204,300-399.",
             .fallback = "200-399",
             .element = &kStatus},
            {.key = "host",
             .kind = Text,
             .title = "Host",
             .help = "The Host line; the backend's address where absent.",
             .advanced = true},
            {.key = "method",
             .kind = Choice,
             .title = "Method",
             .help = "HEAD spares backends the body; GET is understood by all.",
             .fallback = "GET",
             .advanced = true,
             .choices = {"GET", "HEAD", "OPTIONS"}},
            {.key = "jitter",
             .kind = Share,
             .title = "Jitter",
             .help = "Each interval is up to this part longer or shorter, so that checks do not march in step.",
             .fallback = "10%",
             .advanced = true},
            {.key = "port",
             .kind = Integer,
             .title = "Port",
             .help = "Where checks connect, if not to the backend's own port.",
             .advanced = true,
             .min = 1,
             .max = 65535},
        }};
    return kSpec;
}

const ObjectSpec& passiveSpec()
{
    static const ObjectSpec kSuccessRate{
        "success-rate",
        "Success rate",
        "A backend that succeeds clearly less often than the others is ejected.",
        {
            {.key = "factor",
             .kind = Number,
             .title = "Standard deviations",
             .help = "Ejected is who succeeds less often than the mean less this many standard deviations.",
             .fallback = "1.9",
             .min = 0.1,
             .max = 10},
            {.key = "interval",
             .kind = Duration,
             .title = "Interval",
             .help = "How often backends are compared.",
             .fallback = "10s"},
            {.key = "min_hosts",
             .kind = Integer,
             .title = "Fewest backends",
             .help = "With enough requests in the interval; with fewer nobody is ejected.",
             .fallback = "5",
             .min = 2,
             .max = 10000},
            {.key = "min_requests",
             .kind = Integer,
             .title = "Fewest requests",
             .help = "Of a backend in the interval, for its rate to count.",
             .fallback = "100",
             .min = 1,
             .max = 1e9},
        }};
    static const ObjectSpec kSpec{
        "passive-check",
        "Passive checks",
        "The outcome of real requests: no connection, a reset, a time-out, an unreadable answer and 5xx are failures.",
        {
            {.key = "failures",
             .kind = Integer,
             .title = "Failures",
             .help = "In a row that eject a backend; 0 does not count them.",
             .fallback = "5",
             .max = 1e6},
            {.key = "eject",
             .kind = Duration,
             .title = "Ejection",
             .help =
                 "How long a backend is left alone: once this, the second time twice as long and so on, at most 5m.",
             .fallback = "10s"},
            {.key = "max_ejected",
             .kind = Share,
             .title = "Most ejected",
             .help = "Of the pool's backends at a time; one of several may always be, the last usable one never.",
             .fallback = "50%"},
            {.key = "error_share",
             .kind = Share,
             .title = "Error share",
             .help = "A backend of whose requests within the window this share failed is ejected as well.",
             .advanced = true},
            {.key = "window",
             .kind = Duration,
             .title = "Window",
             .help = "Of the error share.",
             .fallback = "10s",
             .advanced = true},
            {.key = "min_requests",
             .kind = Integer,
             .title = "Fewest requests",
             .help = "Within the window, before the error share means something.",
             .fallback = "20",
             .advanced = true,
             .min = 1,
             .max = 1e9},
            {.key = "success_rate",
             .kind = Object,
             .title = "Success rate",
             .help = "Compares the backends with each other.",
             .advanced = true,
             .object = &kSuccessRate},
        }};
    return kSpec;
}

}  // namespace

const ObjectSpec& healthSpec()
{
    static const ObjectSpec kSpec{
        "health",
        "Health checks",
        "What takes a backend out of its pool, and what brings it back.",
        {
            {.key = "active",
             .kind = Object,
             .title = "Active",
             .help = "Backends are asked at intervals.",
             .object = &activeSpec()},
            {.key = "passive",
             .kind = Object,
             .title = "Passive",
             .help = "Backends are judged by the requests they serve.",
             .object = &passiveSpec()},
            {.key = "panic",
             .kind = Share,
             .title = "Panic below",
             .help = "When fewer than this share of a tier's backends are healthy, all of them are used: for large "
                     "pools, where the checks are likelier to be wrong than most backends. 0% never sends to a backend "
                     "that is known to be down, which is right for small pools: nobody usable is answered with 503.",
             .fallback = "0%",
             .advanced = true},
        }};
    return kSpec;
}

const ObjectSpec& circuitBreakerSpec()
{
    static const ObjectSpec kSpec{
        "circuit-breaker",
        "Circuit breaker",
        "Answers 503 at once while a pool mostly fails, and tries again with a few requests.",
        {
            {.key = "failures",
             .kind = Share,
             .title = "Failures",
             .help = "Share of failed attempts within the window that opens it.",
             .fallback = "50%"},
            {.key = "min_requests",
             .kind = Integer,
             .title = "Fewest requests",
             .help = "Within the window, before the share means something.",
             .fallback = "20",
             .min = 1,
             .max = 1e9},
            {.key = "window",
             .kind = Duration,
             .title = "Window",
             .help = "What is looked back on.",
             .fallback = "10s"},
            {.key = "open",
             .kind = Duration,
             .title = "Open",
             .help = "How long everything is refused before trials begin.",
             .fallback = "10s"},
            {.key = "trials",
             .kind = Integer,
             .title = "Trials",
             .help = "Requests at a time while half-open; as many successes close it, one failure opens it again.",
             .fallback = "3",
             .min = 1,
             .max = 1000},
        }};
    return kSpec;
}

}  // namespace signalbox::site
