#include "core/proxy/explain.h"

#include <algorithm>
#include <utility>

#include "core/http/h1_parser.h"
#include "core/http/header_rules.h"
#include "core/proxy/own_answer.h"

namespace signalbox::proxy {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string requestText(const ExplainRequest& request, const plan::ListenerPlan& listener)
{
    std::string out = request.method + ' ' + request.target + " HTTP/1.1\r\n";
    const bool hasHost = std::any_of(request.headers.begin(), request.headers.end(),
                                     [](const auto& header) { return http::equalsIgnoreCase(header.first, "host"); });
    if (!hasHost) {
        const std::string bind = listener.bind.family() == Endpoint::Family::Unix ? "localhost" : listener.bind.text();
        out += "Host: " + bind + "\r\n";
    }
    for (const auto& [name, value] : request.headers) {
        out.append(name).append(": ").append(value).append("\r\n");
    }
    return out + "\r\n";
}

Lines headerLines(std::string_view head)
{
    Lines out;
    head.remove_prefix(std::min(head.find("\r\n") + 2, head.size()));
    while (!head.empty() && head.substr(0, 2) != "\r\n") {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        const std::size_t colon = line.find(": ");
        out.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
        head.remove_prefix(end + 2);
    }
    return out;
}

/// One imagined request on its way through a plan. Takes the same turns as Exchange, by the same objects.
class Walk {
public:
    Walk(const plan::Plan& plan, const plan::ListenerPlan& listener, const Endpoint& client, std::uint64_t seed)
        : m_plan(plan), m_listener(listener), m_client(client), m_clientAddress(client.host()), m_rng(seed)
    {
        m_out.trace.complete = true;
        m_out.trace.planEpoch = plan.epoch;
        m_out.trace.listener.assign(listener.name);
        m_out.trace.client.assign(m_clientAddress);
        m_out.trace.clientPort = client.port();
    }

    Result<Explanation> run(const std::string& text);

private:
    stats::DecisionTrace& trace() noexcept { return m_out.trace; }
    void follow();
    const plan::RoutePlan* findRoute(std::string_view& allow);
    bool passes(const policy::PolicyChain& chain);
    void split(const plan::RoutePlan& route);
    void forward(const plan::PoolPlan& pool);
    void mirror(const plan::MirrorPlan& mirror);
    void answer(int status, stats::Outcome outcome, std::string_view detail);

    const plan::Plan& m_plan;
    const plan::ListenerPlan& m_listener;
    const Endpoint& m_client;
    const std::string m_clientAddress;
    Rng m_rng;
    Arena m_arena;
    http::RequestHead m_request;
    http::ResponseHead m_response;
    std::string_view m_matchedPrefix;
    const plan::RoutePlan* m_route = nullptr;
    const policy::Consumer* m_consumer = nullptr;
    const policy::PolicyChain* m_policies = nullptr;
    std::size_t m_policiesRun = 0;
    Explanation m_out;
};

Result<Explanation> Walk::run(const std::string& text)
{
    http::RequestParser parser;
    http::HeadScan scan;
    http::HeadLimits limits;
    limits.headBytes = static_cast<std::uint32_t>(m_listener.limits.headerBytes);
    const http::ParseResult parsed = parser.parse(text, scan, limits, m_arena, m_request);
    if (parsed.state == http::HeadScan::State::NeedMore) {
        return fail({ErrorCode::InvalidArgument, ErrorOrigin::Client, false, "this is not a whole HTTP request"});
    }
    trace().method.assign(m_request.methodText);
    trace().target.assign(m_request.target);
    trace().host.assign(m_request.host);
    if (parsed.state == http::HeadScan::State::Refused) {
        answer(parsed.error.status, stats::Outcome::BadRequest, parsed.error.detail);
    } else {
        follow();
    }
    return std::move(m_out);
}

void Walk::follow()
{
    std::string_view allow;
    const plan::RoutePlan* const route = findRoute(allow);
    if (!route) {
        if (!passes(m_listener.policies)) {
            return;
        }
        if (!allow.empty()) {
            m_response.headers.add("Allow", allow);
        }
        answer(allow.empty() ? 404 : 405, stats::Outcome::NoRoute,
               allow.empty() ? "no route matches this request" : m_arena.concat("this path answers to ", allow));
        return;
    }
    m_route = route;
    trace().route.assign(route->name);
    if (route->action == plan::RoutePlan::Action::Split) {
        split(*route);
    } else if (passes(route->policies)) {
        switch (route->action) {
            case plan::RoutePlan::Action::Redirect:
                m_response.headers.add("Location",
                                       redirectTarget(route->redirect, m_request, m_matchedPrefix, m_arena));
                answer(route->redirect.status, stats::Outcome::Ok, {});
                break;
            case plan::RoutePlan::Action::Respond:
                for (const auto& [name, value] : route->respond.headers) {
                    m_response.headers.add(name, value);
                }
                answer(route->respond.status, stats::Outcome::Ok, {});
                break;
            default: forward(*route->pool);
        }
    }
}

const plan::RoutePlan* Walk::findRoute(std::string_view& allow)
{
    if (m_listener.onlyRoute) {
        return &m_listener.routes[*m_listener.onlyRoute];
    }
    const route::RouteMatch match = m_listener.table.match(m_request, m_arena, &trace());
    allow = match.allow;
    if (match.kind != route::RouteMatch::Kind::Found) {
        return nullptr;
    }
    m_matchedPrefix = m_request.path.substr(0, match.matchedPrefix);
    return &m_listener.routes[match.route];
}

bool Walk::passes(const policy::PolicyChain& chain)
{
    m_policies = &chain;
    policy::Refusal refusal;
    policy::RequestContext context{m_request,
                                   m_client,
                                   m_clientAddress,
                                   m_listener.name,
                                   m_route ? std::string_view(m_route->name) : std::string_view(),
                                   m_matchedPrefix,
                                   m_plan.consumers,
                                   m_arena,
                                   m_rng,
                                   SystemClock::instance().now(),
                                   false,
                                   nullptr,
                                   &trace()};
    const std::size_t stopped = chain.run(context, refusal);
    m_consumer = context.consumer;
    if (m_consumer) {
        trace().consumer.assign(m_consumer->name);
    }
    m_policiesRun = std::min(stopped + 1, chain.links.size());
    if (stopped == chain.links.size()) {
        return true;
    }
    trace().refusedBy.assign(chain.links[stopped].id);
    for (const http::HeaderField& field : refusal.headers.fields()) {
        m_response.headers.add(field.name, field.value);
    }
    answer(refusal.status, refusal.status == 429 ? stats::Outcome::RateLimited : stats::Outcome::Rejected,
           refusal.detail);
    return false;
}

void Walk::split(const plan::RoutePlan& route)
{
    std::uint64_t draw = m_rng.below(route.split.totalWeight);
    for (const plan::SplitPlan::Member& member : route.split.members) {
        if (draw < member.weight) {
            if (passes(member.policies)) {
                forward(*member.pool);
            }
            return;
        }
        draw -= member.weight;
    }
    if (passes(route.policies)) {
        answer(503, stats::Outcome::NoBackend, "every member of the split has weight 0");
    }
}

void Walk::forward(const plan::PoolPlan& pool)
{
    trace().pool.assign(pool.name);
    trace().algorithm.assign(pool.algorithm);
    balance::PickContext context{*pool.state, m_client.bytes(), 0, 0, &trace(), SystemClock::instance().now()};
    std::optional<std::size_t> chosen = stickyBackend(pool, m_request);
    if (chosen && balance::candidateState(context, *chosen) == stats::CandidateState::Usable) {
        trace().algorithm.assign("sticky cookie");
        balance::Eligibility(context).trace(context, chosen, nullptr);
    } else {
        chosen = pool.balancer->pick(context, m_rng);
    }
    if (pool.limit) {
        trace().concurrencyLimit = pool.limit->limit();
        trace().concurrency = pool.limit->inFlight() + 1;
    }
    if (!chosen) {
        std::string why;
        whyNoBackend(pool, context.now, why);
        answer(503, stats::Outcome::NoBackend, why);
        return;
    }
    trace().backend.assign(pool.backends[*chosen].name);
    m_out.pathToBackend = m_request.path;
    if (m_request.hasQuery) {
        m_out.pathToBackend.append("?").append(m_request.query);
    }
    http::RequestForward forward;
    forward.clientAddress = m_clientAddress;
    std::string head(http::writeRequestHead(m_request, forward, {}), '\0');
    (void)http::writeRequestHead(m_request, forward, head);
    m_out.toBackend = headerLines(head);
    for (const plan::MirrorPlan& mirror : m_route->mirrors) {
        this->mirror(mirror);
    }
}

void Walk::mirror(const plan::MirrorPlan& mirror)
{
    stats::MirrorStep* const step = trace().mirrors.add();
    if (step) {
        step->pool.assign(mirror.pool->name);
    }
    if (!mirror.draw()) {
        return;
    }
    const balance::PickContext context{*mirror.pool->state, m_client.bytes(), 0, 0, nullptr,
                                       SystemClock::instance().now()};
    const auto chosen = mirror.pool->balancer->pick(context, m_rng);
    if (step) {
        step->result = chosen ? stats::MirrorResult::Sent : stats::MirrorResult::Dropped;
        step->backend.assign(chosen ? std::string_view(mirror.pool->backends[*chosen].name) : std::string_view());
        step->why.assign(chosen ? "" : "no backend is usable");
    }
}

void Walk::answer(int status, stats::Outcome outcome, std::string_view detail)
{
    m_response.status = status;
    if (status >= 400) {
        m_response.headers.add("Content-Type", "application/problem+json");
    }
    if (m_policies && m_policiesRun > 0) {
        policy::ResponseContext context{
            m_response, m_request, m_route ? std::string_view(m_route->name) : std::string_view(),
            m_consumer, m_arena,   SystemClock::instance().now(),
            &trace()};
        m_policies->runResponse(context, m_policiesRun);
    }
    trace().status = m_response.status;
    trace().outcome = outcome;
    trace().detail.assign(detail);
    for (const http::HeaderField& field : m_response.headers.fields()) {
        m_out.answerHeaders.emplace_back(field.name, field.value);
    }
}

/// `http://HOST/PATH` is taken apart here, so that the request reaches the site in origin form like a browser's.
void splitTarget(ExplainRequest& request)
{
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!std::string_view(request.target).starts_with(scheme)) {
            continue;
        }
        const std::string rest = request.target.substr(scheme.size());
        const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
        std::erase_if(request.headers, [](const auto& header) { return http::equalsIgnoreCase(header.first, "host"); });
        request.headers.insert(request.headers.begin(), {"Host", rest.substr(0, slash)});
        request.target = slash < rest.size() && rest[slash] == '/' ? rest.substr(slash) : '/' + rest.substr(slash);
        return;
    }
}

}  // namespace

Result<Explanation> explain(const plan::Plan& plan, const ExplainRequest& request, std::uint64_t seed)
{
    const plan::ListenerPlan* listener = nullptr;
    for (const plan::ListenerPlan& candidate : plan.listeners) {
        if (request.listener.empty() || candidate.name == request.listener) {
            listener = &candidate;
            break;
        }
    }
    if (!listener) {
        return fail({ErrorCode::NotFound, ErrorOrigin::Us, false,
                     request.listener.empty() ? "the site has no listener"
                                              : "there is no listener '" + request.listener + "'"});
    }
    ExplainRequest origin = request;
    splitTarget(origin);
    return Walk(plan, *listener, origin.client, seed).run(requestText(origin, *listener));
}

}  // namespace signalbox::proxy
