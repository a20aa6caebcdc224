#include <QtTest>

#include "core/proxy/explain.h"
#include "tests/support/hand_made_plan.h"

using namespace signalbox;
using plan::RoutePlan;
using route::RouteRule;

namespace {

class Refusing final : public policy::Policy {
public:
    policy::Verdict onRequest(policy::RequestContext& context, policy::Refusal& refusal) override
    {
        if (context.request.headers.find("X-Api-Key")) {
            policy::note(context.trace, "api-key", stats::PolicyVerdict::Passed, "consumer 'mobile'");
            return policy::Verdict::Proceed;
        }
        policy::note(context.trace, "api-key", stats::PolicyVerdict::Refused, "no key in X-Api-Key", 401);
        refusal.status = 401;
        refusal.detail = "no key in X-Api-Key";
        refusal.headers.add("WWW-Authenticate", "ApiKey");
        return policy::Verdict::Refuse;
    }
    void onResponse(policy::ResponseContext& context) override { context.response.headers.add("X-Seen", "1"); }
    bool hasResponsePhase() const noexcept override { return true; }
};

RouteRule rule(std::string name, RouteRule::PathKind kind, std::string path)
{
    RouteRule out;
    out.name = std::move(name);
    out.pathKind = kind;
    out.path = std::move(path);
    return out;
}

std::string lineOf(const std::vector<std::pair<std::string, std::string>>& lines, std::string_view name)
{
    for (const auto& [known, value] : lines) {
        if (known == name) {
            return value;
        }
    }
    return {};
}

}  // namespace

class tst_Explain final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_plan = test::HandMadePlan(std::make_shared<stats::StatsHub>());
        std::vector<RoutePlan> routes(2);
        m_pool = m_plan.pool("users", {{"u1", Endpoint::v4(0x7F000001, 1)}, {"u2", Endpoint::v4(0x7F000001, 2)}});
        routes[0].pool = m_pool;
        routes[0].policies.links.push_back({std::make_shared<Refusing>(), "api-key", 0});
        routes[0].policies.hasResponsePhase = true;
        routes[1].action = RoutePlan::Action::Redirect;
        routes[1].redirect.prefix = "/user";
        m_plan.gateway(
            "api",
            {rule("users", RouteRule::PathKind::Prefix, "/user"), rule("old", RouteRule::PathKind::Prefix, "/old")},
            std::move(routes));
    }

    void aForwardedRequestShowsWhatTheBackendGets()
    {
        proxy::ExplainRequest request;
        request.target = "/user/./1?full=1";
        request.headers = {{"X-Api-Key", "k"}, {"Connection", "X-Hop"}, {"X-Hop", "1"}, {"Host", "shop.example"}};
        const auto explained = proxy::explain(*m_plan.plan, request);
        QVERIFY(explained.has_value());
        QCOMPARE(explained->pathToBackend, std::string("/user/1?full=1"));
        QCOMPARE(lineOf(explained->toBackend, "Host"), std::string("shop.example"));
        QCOMPARE(lineOf(explained->toBackend, "X-Api-Key"), std::string("k"));
        QCOMPARE(lineOf(explained->toBackend, "X-Forwarded-For"), std::string("127.0.0.1"));
        QCOMPARE(lineOf(explained->toBackend, "X-Hop"), std::string());
        QCOMPARE(explained->trace.backend.view(), std::string_view("u1"));
        const std::string text = proxy::describe(explained->trace);
        QVERIFY2(text.starts_with("1. GET /user/./1?full=1 for host shop.example came to listener 'api' from "
                                  "127.0.0.1.\n2. Route 'users' won.\n"),
                 text.c_str());
        QVERIFY2(text.find("Policy api-key passed: consumer 'mobile'\n") != std::string::npos, text.c_str());
        QVERIFY2(text.find("Pool 'users' by round-robin: backend u1.\n   - u1: chosen (0 active, weight 1") !=
                     std::string::npos,
                 text.c_str());
        QVERIFY2(text.find("   - u2: could have been chosen") != std::string::npos, text.c_str());
    }

    void aRefusalNamesThePolicy()
    {
        proxy::ExplainRequest request;
        request.target = "/user";
        const auto explained = proxy::explain(*m_plan.plan, request);
        QCOMPARE(explained->trace.status, 401);
        QCOMPARE(explained->trace.refusedBy.view(), std::string_view("api-key"));
        QCOMPARE(lineOf(explained->answerHeaders, "WWW-Authenticate"), std::string("ApiKey"));
        QCOMPARE(lineOf(explained->answerHeaders, "X-Seen"), std::string("1"));
        QVERIFY(explained->toBackend.empty());
        const std::string text = proxy::describe(explained->trace);
        QVERIFY2(text.find("Policy api-key refused with 401: no key in X-Api-Key\n") != std::string::npos,
                 text.c_str());
        QVERIFY2(text.find("Answered 401 (rejected): no key in X-Api-Key\n") != std::string::npos, text.c_str());
    }

    void aRedirectShowsItsTarget()
    {
        proxy::ExplainRequest request;
        request.target = "http://shop.example/old/7?x=1";
        const auto explained = proxy::explain(*m_plan.plan, request);
        QCOMPARE(explained->trace.host.view(), std::string_view("shop.example"));
        QCOMPARE(explained->trace.status, 308);
        QCOMPARE(lineOf(explained->answerHeaders, "Location"), std::string("/user/7?x=1"));
    }

    void anUnknownPathIs404WithTheRoutesThatLost()
    {
        proxy::ExplainRequest request;
        request.target = "/users";
        const auto explained = proxy::explain(*m_plan.plan, request);
        QCOMPARE(explained->trace.status, 404);
        QCOMPARE(explained->trace.routes.size(), std::size_t{2});
        QVERIFY(proxy::describe(explained->trace).find("No route matches.\n   - 'users' lost: the path differs") !=
                std::string::npos);
    }

    void mirrorsAndTheAdaptiveLimitAreShown()
    {
        const auto shadow = m_plan.pool("shadow", {{"s1", Endpoint::v4(0x7F000001, 3)}});
        RoutePlan& route = m_plan.plan->listeners[0].routes[0];
        route.mirrors.push_back({shadow, 1.0});
        route.mirrors.push_back({shadow, 0.0});
        m_pool->limit = std::make_shared<balance::AdaptiveLimit>(balance::AdaptiveParams{});
        proxy::ExplainRequest request;
        request.target = "/user";
        request.headers = {{"X-Api-Key", "k"}};
        const std::string text = proxy::describe(proxy::explain(*m_plan.plan, request)->trace);
        QVERIFY2(text.find("Mirror to pool 'shadow': a copy for backend s1, whose answer is not waited for.\n") !=
                     std::string::npos,
                 text.c_str());
        QVERIFY2(text.find("Mirror to pool 'shadow': this request is not among the share") != std::string::npos,
                 text.c_str());
        QVERIFY2(text.find("adaptive concurrency: 1 under way, at most 20\n") != std::string::npos, text.c_str());
    }

    void aPoolWithoutUsableBackendSaysWhy()
    {
        m_pool->state->state(0).healthy = false;
        m_pool->state->state(1).draining = true;
        proxy::ExplainRequest request;
        request.target = "/user";
        request.headers = {{"X-Api-Key", "k"}};
        const auto explained = proxy::explain(*m_plan.plan, request);
        QCOMPARE(explained->trace.status, 503);
        QCOMPARE(explained->trace.detail.view(),
                 std::string_view("pool 'users' has no usable backend: u1 is unhealthy, u2 is draining"));
    }

    void aBadRequestIsAnsweredAsTheEngineWould()
    {
        proxy::ExplainRequest request;
        request.target = "/a b";
        QCOMPARE(proxy::explain(*m_plan.plan, request)->trace.status, 400);
    }

    void anUnknownListenerIsAnError()
    {
        proxy::ExplainRequest request;
        request.listener = "nope";
        const auto explained = proxy::explain(*m_plan.plan, request);
        QVERIFY(!explained);
        QCOMPARE(explained.error().code, ErrorCode::NotFound);
    }

private:
    test::HandMadePlan m_plan{std::make_shared<stats::StatsHub>()};
    std::shared_ptr<plan::PoolPlan> m_pool;
};

QTEST_GUILESS_MAIN(tst_Explain)
#include "tst_explain.moc"
