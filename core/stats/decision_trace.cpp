#include "core/stats/decision_trace.h"

#include <type_traits>

namespace signalbox::stats {

static_assert(std::is_trivially_copyable_v<DecisionTrace>);

std::string_view name(Outcome outcome) noexcept
{
    switch (outcome) {
        case Outcome::Ok: return "ok";
        case Outcome::Rejected: return "rejected";
        case Outcome::RateLimited: return "rate-limited";
        case Outcome::NoRoute: return "no-route";
        case Outcome::NoBackend: return "no-backend";
        case Outcome::BackendError: return "backend-error";
        case Outcome::BadGateway: return "bad-gateway";
        case Outcome::Timeout: return "timeout";
        case Outcome::BadRequest: return "bad-request";
        case Outcome::ClientAborted: return "client-aborted";
    }
    return "unknown";
}

void reset(DecisionTrace& trace) noexcept
{
    trace.id = 0;
    trace.planEpoch = 0;
    trace.wallNs = 0;
    trace.worker = 0;
    trace.complete = false;
    trace.client.clear();
    trace.clientPort = 0;
    trace.method.clear();
    trace.host.clear();
    trace.target.clear();
    trace.listener.clear();
    trace.route.clear();
    trace.pool.clear();
    trace.backend.clear();
    trace.consumer.clear();
    trace.refusedBy.clear();
    trace.detail.clear();
    trace.status = 0;
    trace.outcome = Outcome::Ok;
    trace.attempts = 0;
    trace.bytesIn = 0;
    trace.bytesOut = 0;
    trace.parsedNs = 0;
    trace.routedNs = 0;
    trace.policiesNs = 0;
    trace.pickedNs = 0;
    trace.connectedNs = 0;
    trace.sentNs = 0;
    trace.firstByteNs = 0;
    trace.totalNs = 0;
    trace.routes.clear();
    trace.policies.clear();
    trace.algorithm.clear();
    trace.candidates.clear();
    trace.draws.clear();
    trace.tries.clear();
    trace.queuedNs = 0;
    trace.panic = false;
    trace.mirrors.clear();
    trace.concurrencyLimit = 0;
    trace.concurrency = 0;
}

}  // namespace signalbox::stats
