#include <cstdio>
#include <string>

#include "core/base/units.h"
#include "core/proxy/explain.h"

namespace signalbox::proxy {
namespace {

using stats::AttemptResult;
using stats::CandidateState;
using stats::DecisionTrace;
using stats::MirrorResult;
using stats::PolicyVerdict;
using stats::RouteVerdict;

/// Numbered lines with indented particulars below them.
class Text {
public:
    template <typename... Parts>
    void step(const Parts&... parts)
    {
        m_out += std::to_string(++m_number);
        m_out += ". ";
        (add(parts), ...);
        m_out += '\n';
    }
    template <typename... Parts>
    void detail(const Parts&... parts)
    {
        m_out += "   - ";
        (add(parts), ...);
        m_out += '\n';
    }
    [[nodiscard]] std::string take() { return std::move(m_out); }

private:
    void add(std::string_view text) { m_out += text; }
    void add(std::uint64_t number) { m_out += std::to_string(number); }

    std::string m_out;
    int m_number = 0;
};

std::string took(std::int64_t ns)
{
    char out[32];
    const double us = static_cast<double>(ns) / 1e3;
    std::snprintf(out, sizeof out, us < 1000 ? "%.0f us" : "%.1f ms", us < 1000 ? us : us / 1e3);
    return out;
}

std::string shortest(double number)
{
    char out[32];
    std::snprintf(out, sizeof out, "%.6g", number);
    return out;
}

std::string_view word(RouteVerdict verdict)
{
    switch (verdict) {
        case RouteVerdict::Won: return "won";
        case RouteVerdict::LessSpecific: return "also matches, but is less specific";
        case RouteVerdict::HostDiffers: return "lost: the host differs";
        case RouteVerdict::PathDiffers: return "lost: the path differs";
        case RouteVerdict::MethodDiffers: return "lost: the method differs";
        case RouteVerdict::HeaderDiffers: return "lost: a header differs";
        case RouteVerdict::QueryDiffers: return "lost: the query differs";
    }
    return "";
}

std::string_view word(CandidateState state)
{
    switch (state) {
        case CandidateState::Usable: return "could have been chosen";
        case CandidateState::Chosen: return "chosen";
        case CandidateState::Full: return "full";
        case CandidateState::Unhealthy: return "unhealthy";
        case CandidateState::Draining: return "draining";
        case CandidateState::Tried: return "tried before, or refused a connection a moment ago";
        case CandidateState::Backup: return "a backup, not needed";
        case CandidateState::ZeroWeight: return "weight 0, receives nothing";
        case CandidateState::Ejected: return "ejected, because its requests failed";
        case CandidateState::LaterTier: return "of a later tier, not needed";
    }
    return "";
}

std::string_view word(AttemptResult result)
{
    switch (result) {
        case AttemptResult::Answered: return "answered";
        case AttemptResult::ConnectRefused: return "refused the connection";
        case AttemptResult::ConnectTimeout: return "did not accept the connection in time";
        case AttemptResult::Reset: return "closed the connection without an answer";
        case AttemptResult::Timeout: return "did not answer in time";
        case AttemptResult::BadResponse: return "gave an answer that cannot be passed on";
        case AttemptResult::Lost: return "lost: another try answered first, and it was closed";
        case AttemptResult::Retried: return "had closed the idle connection; once more on a new one";
    }
    return "";
}

void addRoutes(Text& text, const DecisionTrace& trace)
{
    if (trace.routes.size() == 0) {
        if (trace.complete && !trace.route.view().empty()) {
            text.step("Route '", trace.route.view(), "'.");
        } else if (trace.complete && !trace.pool.view().empty()) {
            text.step("The listener has one pool, nothing is matched.");
        }
        return;
    }
    if (trace.route.view().empty()) {
        text.step("No route matches.");
    } else {
        text.step("Route '", trace.route.view(), "' won.");
    }
    for (const stats::RouteStep& step : trace.routes) {
        text.detail("'", step.route.view(), "' ", word(step.verdict), step.why.view().empty() ? "" : ": ",
                    step.why.view());
    }
    if (trace.routes.dropped() > 0) {
        text.detail("and ", std::uint64_t{trace.routes.dropped()}, " more");
    }
}

void addPolicies(Text& text, const DecisionTrace& trace)
{
    for (const stats::PolicyStep& step : trace.policies) {
        const std::string_view colon = step.why.view().empty() ? "." : ": ";
        if (step.verdict == PolicyVerdict::Refused) {
            text.step("Policy ", step.policy.view(), " refused with ", std::to_string(step.status), colon,
                      step.why.view());
        } else {
            const std::string_view verb = step.verdict == PolicyVerdict::Changed ? " changed the message" : " passed";
            text.step("Policy ", step.policy.view(), verb, colon, step.why.view());
        }
    }
}

void addPick(Text& text, const DecisionTrace& trace)
{
    if (trace.pool.view().empty()) {
        return;
    }
    text.step("Pool '", trace.pool.view(), "'", trace.algorithm.view().empty() ? "" : " by ", trace.algorithm.view(),
              trace.backend.view().empty() ? ": no backend" : ": backend ", trace.backend.view(), ".");
    if (trace.panic) {
        text.detail("panic mode: so few backends are healthy that all of them are used");
    }
    if (trace.concurrencyLimit > 0) {
        text.detail("adaptive concurrency: ", std::uint64_t{trace.concurrency}, " under way, at most ",
                    std::uint64_t{trace.concurrencyLimit});
    }
    for (const stats::Candidate& candidate : trace.candidates) {
        std::string numbers = std::to_string(candidate.active) + " active, weight " + std::to_string(candidate.weight);
        if (candidate.share < 100) {
            numbers += ", slow start at " + std::to_string(candidate.share) + "%";
        }
        if (candidate.score != 0) {
            numbers += ", score " + shortest(candidate.score);
        }
        text.detail(candidate.backend.view(), ": ", word(candidate.state), " (", numbers, ")");
    }
    if (trace.draws.size() > 0) {
        std::string drawn;
        for (const std::uint32_t draw : trace.draws) {
            drawn += (drawn.empty() ? "" : ", ") + std::to_string(draw);
        }
        text.detail("drawn at random: ", drawn);
    }
}

void addMirrors(Text& text, const DecisionTrace& trace)
{
    for (const stats::MirrorStep& mirror : trace.mirrors) {
        const std::string_view backend = mirror.backend.view();
        const std::string_view why = mirror.why.view();
        switch (mirror.result) {
            case MirrorResult::NotDrawn:
                text.step("Mirror to pool '", mirror.pool.view(), "': this request is not among the share that is copied.");
                break;
            case MirrorResult::Sent:
                text.step("Mirror to pool '", mirror.pool.view(), "': a copy for backend ", backend,
                          ", whose answer is not waited for.");
                break;
            case MirrorResult::Answered:
                text.step("Mirror to pool '", mirror.pool.view(), "': backend ", backend, " answered the copy with ",
                          static_cast<std::uint64_t>(mirror.status), ", which was thrown away.");
                break;
            case MirrorResult::Failed:
                text.step("Mirror to pool '", mirror.pool.view(), "': backend ", backend, " ", why,
                          ", which the client does not notice.");
                break;
            case MirrorResult::Dropped:
                text.step("Mirror to pool '", mirror.pool.view(), "': the copy was dropped: ", why, ".");
                break;
        }
    }
}

void addTries(Text& text, const DecisionTrace& trace)
{
    if (trace.queuedNs > 0) {
        text.step("Waited ", took(trace.queuedNs), " in the pool's queue for a free backend.");
    }
    std::uint64_t number = 0;
    for (const stats::Attempt& attempt : trace.tries) {
        std::string result(word(attempt.result));
        if (attempt.result == AttemptResult::Answered) {
            result =
                attempt.status == 0 ? "was let go before it answered" : "answered " + std::to_string(attempt.status);
        }
        const std::string_view how = attempt.reusedConnection ? " (kept connection) " : " (new connection) ";
        const std::int64_t until = attempt.firstByteNs != 0 ? attempt.firstByteNs : attempt.endNs;
        text.step("Try ", ++number, attempt.hedge ? " (hedge): " : ": ", attempt.backend.view(), how, result, " after ", took(until - attempt.startNs),
                  ".");
    }
}

void addEnd(Text& text, const DecisionTrace& trace)
{
    if (trace.status == 0 && trace.detail.view().empty()) {
        return;
    }
    const std::string status =
        trace.status == 0 ? std::string("No answer") : "Answered " + std::to_string(trace.status);
    const std::string time = trace.totalNs > 0 ? " after " + took(trace.totalNs) : std::string();
    text.step(status, time, " (", stats::name(trace.outcome), ")", trace.detail.view().empty() ? "." : ": ",
              trace.detail.view());
}

}  // namespace

std::string describe(const DecisionTrace& trace)
{
    Text text;
    text.step(trace.method.view(), " ", trace.target.view(), trace.host.view().empty() ? "" : " for host ",
              trace.host.view(), " came to listener '", trace.listener.view(), "' from ", trace.client.view(), ".");
    addRoutes(text, trace);
    addPolicies(text, trace);
    addPick(text, trace);
    addMirrors(text, trace);
    addTries(text, trace);
    addEnd(text, trace);
    return text.take();
}

}  // namespace signalbox::proxy
