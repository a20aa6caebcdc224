#include <cstring>

#include "core/http/problem.h"
#include "core/proxy/exchange.h"
#include "core/proxy/own_answer.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace

void Exchange::answer(const Answer& answer)
{
    m_response.status = m_status = answer.status;
    m_detail = answer.detail;
    m_refusedBy = answer.policy;
    const std::string_view pool = m_pool ? std::string_view(m_pool->plan->name) : std::string_view();
    const http::ProblemMember members[] = {{"pool", pool}};
    http::Problem problem;
    problem.status = answer.status;
    problem.title = answer.title.empty() ? http::reasonPhrase(answer.status) : answer.title;
    problem.detail = answer.detail;
    problem.policy = answer.policy;
    problem.route = m_route ? std::string_view(m_route->plan->name) : std::string_view();
    problem.members = {members, m_pool ? 1U : 0U};
    m_text.clear();
    http::appendProblem(m_text, problem);
    m_response.headers.add("Content-Type", http::kProblemType);
    sendLocal(m_text, answer.outcome, answer.close);
}

/// TRACE would show the client what we and others add to its request.
void Exchange::answerTrace()
{
    m_response.headers.add("Allow", kMethods);
    answer({405, "Method Not Allowed", "TRACE is not offered here", {}, stats::Outcome::BadRequest});
}

/// OPTIONS whose Max-Forwards is used up (RFC 9110 section 7.6.2).
void Exchange::answerLastHop()
{
    m_response.status = m_status = 204;
    m_response.headers.add("Allow", kMethods);
    sendLocal({}, stats::Outcome::Ok, false);
}

void Exchange::answerRespond(const plan::RespondPlan& respond)
{
    m_response.status = m_status = respond.status;
    for (const auto& [name, value] : respond.headers) {
        m_response.headers.add(name, value);
    }
    sendLocal(respond.body, stats::Outcome::Ok, false);
}

void Exchange::answerRedirect(const plan::RedirectPlan& redirect)
{
    m_response.status = m_status = redirect.status;
    m_response.headers.add("Location", redirectTarget(redirect, m_request, m_matchedPrefix, m_arena));
    sendLocal({}, stats::Outcome::Ok, false);
}

void Exchange::discardInput()
{
    while (m_input && !m_input->empty() && !m_bodyIn.done()) {
        const http::BodyReader::Step step = m_bodyIn.next(m_input->view());
        if (step.error) {
            return;  // the body stays unfinished, so the connection ends
        }
        m_bytesIn += step.data.size();
        m_input->removePrefix(static_cast<std::uint32_t>(step.used));
    }
}

void Exchange::sendLocal(std::string_view body, stats::Outcome outcome, bool close)
{
    discardInput();
    m_keepClient = !close && keepsClient() && m_bodyIn.done();
    const bool hasBody = m_status >= 200 && m_status != 204 && m_status != 304;
    m_response.body = hasBody ? http::BodyKind::Length : http::BodyKind::None;
    m_response.contentLength = body.size();
    if (hasBody) {
        m_response.headers.set("Content-Length", decimal(m_arena, body.size()));
    }
    runResponsePolicies();
    addDebugHeaders();
    http::ResponseForward forward;
    forward.close = !m_keepClient;
    forward.keepAliveLine = m_keepClient && m_request.versionMinor == 0;
    forward.via = false;
    const bool sendsBody = hasBody && m_request.method != http::Method::Head;
    net::IoBuffer bytes = composeResponse(forward, 0);
    if (sendsBody && !body.empty()) {
        if (bytes.capacity() - bytes.size() < body.size()) {
            sendDown(std::move(bytes));
            bytes = m_worker.reactor().allocate(static_cast<std::uint32_t>(body.size()));
        }
        std::memcpy(bytes.data() + bytes.size(), body.data(), body.size());
        bytes.resize(bytes.size() + static_cast<std::uint32_t>(body.size()));
        m_bytesOut = body.size();
    }
    sendDown(std::move(bytes));
    m_answering = true;
    finish(outcome, m_keepClient ? HttpSession::After::KeepAlive : HttpSession::After::Close);
}

}  // namespace signalbox::proxy
