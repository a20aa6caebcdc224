#include "core/stats/access_log_spec.h"

namespace signalbox::stats {

const ObjectSpec& accessLogSpec()
{
    static const ObjectSpec kSpec{
        "access-log",
        "Access log",
        "One line for each request when it ends, also for refused, aborted and timed-out ones. Written by a thread of "
        "its "
        "own; when that cannot keep up, lines are dropped and counted. SIGUSR1 opens the files anew after a rotation.",
        {
            {.key = "path",
             .kind = ParamKind::Text,
             .title = "File",
             .help = "Where the lines go: a file, relative to the site's, or stdout or stderr.",
             .required = true},
            {.key = "format",
             .kind = ParamKind::Choice,
             .title = "Format",
             .help =
                 "combined: the line that web servers write. json: one object a line, with the route, the backend and "
                 "the outcome.",
             .fallback = "combined",
             .choices = {"combined", "json"}},
            {.key = "sample",
             .kind = ParamKind::Share,
             .title = "Share",
             .help = "The share of the requests that is written, drawn at random.",
             .fallback = "100%",
             .advanced = true},
        }};
    return kSpec;
}

}  // namespace signalbox::stats
