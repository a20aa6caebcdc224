#include "core/proxy/exchange.h"

#include "core/http/h1_parser.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {

Exchange::Exchange(Worker& worker) : m_worker(worker), m_up(worker.reactor()), m_down(worker.reactor()) {}

void Exchange::resetState() noexcept
{
    m_response.clear();
    m_bodyIn.start(http::BodyKind::None);
    m_bodyOut.start(http::BodyKind::None);
    m_scan.reset();
    m_route = nullptr;
    m_pool = nullptr;
    m_policies = nullptr;
    m_policiesRun = 0;
    m_consumer = nullptr;
    m_upstream = nullptr;
    m_try = nullptr;
    m_matchedPrefix = {};
    m_detail = {};
    m_refusedBy = {};
    m_tried = 0;
    m_bytesIn = 0;
    m_bytesOut = 0;
    m_requestDeadline = {};
    m_tryDeadline = {};
    m_status = 0;
    m_lastStatus = 0;
    m_attempts = 0;
    m_retries = 0;
    m_hedgesSent = 0;
    m_hedgeAt = {};
    m_hedgeServes = false;
    m_overLimit = false;
    m_waitUntil = {};
    m_idempotent = false;
    m_repeatable = false;
    m_overBudget = false;
    m_byCookie = false;
    m_keepsCookie = false;
    m_replayable = true;
    m_repeatedReused = false;
    m_answering = false;
    m_firstByte = false;
    m_upstreamPaused = false;
    m_keepClient = true;
}

void Exchange::begin(HttpSession& session, WorkerPlan& plan, const ListenerBinding& listener, TimePoint since)
{
    resetState();
    m_session = &session;
    m_plan = &plan;
    m_listener = &listener;
    m_since = since;
    plan.pin();
    if (listener.stats) {
        listener.stats->add(stats::Counter::Requests);
        listener.stats->addActive(1);
    }
    m_trace = m_worker.recorder().begin(m_worker.now());
}

void Exchange::keepHead(std::string_view bytes)
{
    const std::string_view kept = m_arena.copy(bytes);
    http::rebase(m_request, bytes.data(), bytes.size(), kept.data());
    m_idempotent = http::isIdempotent(m_request.method);
    m_bodyIn.start(m_request.body, m_request.contentLength);
    if (m_trace) {
        traceBegin();
    }
}

void Exchange::refuseHead(const http::HeadError& error)
{
    if (m_trace) {
        traceBegin();
    }
    m_bodyIn.start(http::BodyKind::None);
    answer({error.status,
            error.title,
            error.detail,
            {},
            error.status == 408 ? stats::Outcome::Timeout : stats::Outcome::BadRequest,
            true});
}

bool Exchange::bodyTooLarge() const noexcept
{
    const std::uint64_t limit = m_listener->plan->limits.bodyBytes;
    return limit > 0 &&
           (m_bytesIn > limit || (m_request.body == http::BodyKind::Length && m_request.contentLength > limit));
}

void Exchange::serve(net::IoBuffer& data)
{
    m_input = &data;
    std::string_view allow;
    if (bodyTooLarge()) {
        answer({413,
                "Content Too Large",
                "the body is larger than the listener's limit",
                {},
                stats::Outcome::Rejected,
                true});
    } else if (m_request.method == http::Method::Connect) {
        answer({501, "Not Implemented", "CONNECT is not offered here", {}, stats::Outcome::BadRequest, true});
    } else if (m_request.method == http::Method::Trace) {
        answerTrace();
    } else if (m_request.lastHop) {
        answerLastHop();
    } else if (!findRoute(allow)) {
        if (!runPolicies(m_listener->plan->policies)) {
            // answered
        } else if (allow.empty()) {
            answer({404, "Not Found", "no route matches this request", {}, stats::Outcome::NoRoute});
        } else {
            m_response.headers.add("Allow", allow);
            answer({405,
                    "Method Not Allowed",
                    m_arena.concat("this path answers to ", allow),
                    {},
                    stats::Outcome::NoRoute});
        }
    } else {
        act();
    }
    m_input = nullptr;
}

bool Exchange::findRoute(std::string_view& allow)
{
    const plan::ListenerPlan& listener = *m_listener->plan;
    if (listener.onlyRoute) {
        m_route = &m_listener->routes[*listener.onlyRoute];
    } else {
        const route::RouteMatch match = listener.table.match(m_request, m_arena, m_trace);
        allow = match.allow;
        if (match.kind == route::RouteMatch::Kind::Found) {
            m_route = &m_listener->routes[match.route];
            m_matchedPrefix = m_request.path.substr(0, match.matchedPrefix);
        }
    }
    if (m_trace) {
        m_trace->routedNs = sinceBegin();
    }
    if (!m_route) {
        return false;
    }
    if (m_route->stats) {
        m_route->stats->add(stats::Counter::Requests);
        m_route->stats->addActive(1);
    }
    if (const Duration limit = timeouts().request; limit > Duration::zero()) {
        m_requestDeadline = m_since + limit;
    }
    return true;
}

bool Exchange::runPolicies(const policy::PolicyChain& chain)
{
    m_policies = &chain;
    m_policiesRun = 0;
    if (chain.links.empty()) {
        return true;
    }
    m_refusal.status = 403;
    m_refusal.title = m_refusal.detail = {};
    m_refusal.headers.clear();
    policy::RequestContext context{m_request,
                                   m_session->stream().peer(),
                                   m_session->clientAddress(),
                                   m_listener->plan->name,
                                   m_route ? std::string_view(m_route->plan->name) : std::string_view(),
                                   m_matchedPrefix,
                                   m_plan->plan().consumers,
                                   m_arena,
                                   m_worker.rng(),
                                   m_worker.now(),
                                   false,
                                   nullptr,
                                   m_trace};
    const std::size_t stopped = chain.run(context, m_refusal);
    if (context.consumer && !m_consumer) {
        m_consumer = context.consumer;
        if (stats::SlotStats* const slot = m_plan->consumerStats(*m_consumer)) {
            slot->add(stats::Counter::Requests);
            slot->addActive(1);
        }
    }
    if (m_trace) {
        m_trace->policiesNs = sinceBegin();
    }
    if (stopped == chain.links.size()) {
        m_policiesRun = stopped;
        return true;
    }
    m_policiesRun = stopped + 1;
    refused(chain, stopped, m_refusal);
    return false;
}

void Exchange::refused(const policy::PolicyChain& chain, std::size_t link, policy::Refusal& refusal)
{
    const policy::PolicyChain::Link& by = chain.links[link];
    m_worker.stats().slot(stats::Scope::Policy, by.slot).add(stats::Counter::Rejected);
    count(stats::Counter::Rejected);
    for (const http::HeaderField& field : refusal.headers.fields()) {
        m_response.headers.add(field.name, field.value);
    }
    const stats::Outcome outcome = refusal.status == 429 ? stats::Outcome::RateLimited : stats::Outcome::Rejected;
    answer({refusal.status, refusal.title, refusal.detail, by.id, outcome});
}

void Exchange::act()
{
    const plan::RoutePlan& route = *m_route->plan;
    if (route.action == plan::RoutePlan::Action::Split) {
        actOnSplit();
        return;
    }
    if (!runPolicies(route.policies)) {
        return;
    }
    switch (route.action) {
        case plan::RoutePlan::Action::Redirect: answerRedirect(route.redirect); break;
        case plan::RoutePlan::Action::Respond: answerRespond(route.respond); break;
        default: forwardTo(m_route->pools.front());
    }
}

void Exchange::actOnSplit()
{
    const plan::RoutePlan& route = *m_route->plan;
    std::uint64_t draw = route.split.draws->below(route.split.totalWeight);
    for (std::size_t i = 0; i < route.split.members.size(); ++i) {
        const plan::SplitPlan::Member& member = route.split.members[i];
        if (draw < member.weight) {
            if (runPolicies(member.policies)) {
                forwardTo(m_route->pools[i]);
            }
            return;
        }
        draw -= member.weight;
    }
    if (runPolicies(route.policies)) {
        answer({503, "Service Unavailable", "every member of the split has weight 0", {}, stats::Outcome::NoBackend});
    }
}

void Exchange::forwardTo(const PoolBinding* pool)
{
    m_pool = pool;
    if (pool->stats) {
        pool->stats->add(stats::Counter::Requests);
        pool->stats->addActive(1);
    }
    if (breakerRefuses()) {
        return;
    }
    if (const auto& retry = m_route->plan->retry) {
        m_repeatable = m_idempotent || retry->nonIdempotent;
        if (retry->budget) {
            retry->budget->onRequest(m_worker.now());
        }
    } else {
        m_repeatable = m_idempotent;
    }
    composeRequest();
    if (!m_route->mirrors.empty()) {
        beginMirrors();
    }
    firstAttempt();
}

void Exchange::onClientBody(net::IoBuffer& data)
{
    m_input = &data;
    progress();
    while (!data.empty() && !m_bodyIn.done()) {
        const http::BodyReader::Step step = m_bodyIn.next(data.view());
        if (step.error) {
            dropUpstream();
            if (m_answering) {
                cutAnswer(stats::Outcome::BadRequest, stats::Counter::ClientAborts, step.error.detail);
            } else {
                m_bodyIn.start(http::BodyKind::None);
                answer({step.error.status, step.error.title, step.error.detail, {}, stats::Outcome::BadRequest, true});
            }
            return;
        }
        if (!step.data.empty()) {
            m_bytesIn += step.data.size();
            if (bodyTooLarge() && !m_answering) {
                dropUpstream();
                answer({413,
                        "Content Too Large",
                        "the body is larger than the listener's limit",
                        {},
                        stats::Outcome::Rejected,
                        true});
                return;
            }
            Mirrors::write(m_mirrors, step.data);
            const auto offset = static_cast<std::uint32_t>(step.data.data() - data.data());
            m_up.write(data.share(offset, static_cast<std::uint32_t>(step.data.size())),
                       [this](net::IoBuffer piece) { sendUp(std::move(piece)); });
        }
        data.removePrefix(static_cast<std::uint32_t>(step.used));
    }
    const auto sink = [this](net::IoBuffer piece) { sendUp(std::move(piece)); };
    if (m_bodyIn.done()) {
        Mirrors::finish(m_mirrors, m_bodyIn.trailers());
        m_up.finish(m_bodyIn.trailers(), sink);
        if (m_pool && m_route->plan->hedge && !m_answering) {
            armHedge();
            setDeadline();
        }
    } else {
        m_up.flush(sink);
    }
    if (m_upstream && m_upstream->stream().aboveHighWater()) {
        m_session->pauseBody();
    }
    m_input = nullptr;
}

void Exchange::onClientEnd()
{
    if (wantsBody()) {
        cutAnswer(stats::Outcome::ClientAborted, stats::Counter::ClientAborts, "the client ended its body early");
    }
    // Otherwise it only said that no further request follows.
}

void Exchange::onClientDrained()
{
    progress();
    if (m_upstreamPaused && m_upstream) {
        m_upstreamPaused = false;
        m_upstream->stream().resumeReading();
    }
}

void Exchange::onClientGone()
{
    dropUpstream();
    count(stats::Counter::ClientAborts);
    m_detail = "the client went away";
    closeBooks(stats::Outcome::ClientAborted);
    m_session = nullptr;
}

}  // namespace signalbox::proxy
