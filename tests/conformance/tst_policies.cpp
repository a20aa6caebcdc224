#include <QTest>

#include <thread>

#include "tests/unit/core/policy/policy_fixture.h"

using namespace signalbox;
using namespace signalbox::policy;

namespace {

/// The least that each policy needs beside its defaults. A policy that is not named here must work with none.
Value leastParams(std::string_view id)
{
    if (id == "acl") {
        return mapOf({{"deny", listOf({"192.0.2.0/24"})}});
    }
    if (id == "rate-limit") {
        return mapOf({{"rate", text("1/h")}, {"burst", text("1")}});
    }
    if (id == "request-headers" || id == "response-headers") {
        return mapOf({{"set", mapOf({{"X-A", text("${consumer} ${request_id}")}})}});
    }
    if (id == "rewrite") {
        return mapOf({{"strip_prefix", text("/a")}});
    }
    if (id == "access-log") {
        return mapOf({{"path", text("stderr")}});
    }
    return Value::map();
}

bool mayRefuse(std::string_view id)
{
    return id == "acl" || id == "rate-limit" || id == "api-key" || id == "basic-auth";
}

}  // namespace

/// What holds for every policy of this build, whatever it does.
class TestPolicies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void descriptions_data() { everyPolicy(); }
    void descriptions();
    void verdictsAreExplained_data() { everyPolicy(); }
    void verdictsAreExplained();
    void parallelCallsAreSafe_data() { everyPolicy(); }
    void parallelCallsAreSafe();

private:
    static void everyPolicy()
    {
        QTest::addColumn<QByteArray>("id");
        QVERIFY(!builtinPolicies().all().empty());
        for (const PolicyDescriptor& descriptor : builtinPolicies().all()) {
            QTest::newRow(std::string(descriptor.id).c_str())
                << QByteArray(descriptor.id.data(), static_cast<qsizetype>(descriptor.id.size()));
        }
    }
};

void TestPolicies::descriptions()
{
    QFETCH(QByteArray, id);
    const PolicyDescriptor* const descriptor = builtinPolicies().find(id.toStdString());
    QCOMPARE(descriptor->params.id, descriptor->id);
    QVERIFY(!descriptor->params.title.empty());
    QVERIFY(descriptor->params.help.size() > 40);
    for (const ParamSpec& param : descriptor->params.params) {
        QVERIFY2(!param.title.empty() && param.help.size() > 10, param.key.data());
        QVERIFY2(param.fallback.empty() || !checkScalar(param, param.fallback), param.key.data());
        QVERIFY2(param.kind != ParamKind::List || param.element != nullptr, param.key.data());
    }
    QVERIFY(descriptor->create != nullptr);
    const auto made = descriptor->create(Params(descriptor->params, nullptr));
    QVERIFY(made.has_value() || !made.error().detail.empty());
}

void TestPolicies::verdictsAreExplained()
{
    QFETCH(QByteArray, id);
    const auto policy = makePolicy(id.toStdString(), leastParams(id.toStdString()));
    QVERIFY2(policy.has_value(), policy ? "" : policy.error().detail.c_str());
    if (id == "access-log") {
        PolicyFixture silent;
        QCOMPARE(silent.run(**policy), Verdict::Proceed);
        return;  // it decides nothing, so it has nothing to explain
    }
    PolicyFixture fixture;
    bool refused = false;
    for (int call = 0; call < 3; ++call) {
        fixture.trace.policies.clear();
        const Verdict verdict = fixture.run(**policy);
        QCOMPARE(fixture.trace.policies.size(), std::size_t{1});
        const stats::PolicyStep& step = *fixture.trace.policies.begin();
        QCOMPARE(QByteArray::fromStdString(std::string(step.policy.view())), id);
        QVERIFY(!step.why.view().empty());
        QCOMPARE(step.verdict == stats::PolicyVerdict::Refused, verdict == Verdict::Refuse);
        if (verdict == Verdict::Refuse) {
            refused = true;
            QVERIFY(fixture.refusal.status >= 400 && fixture.refusal.status < 600);
            QCOMPARE(step.status, fixture.refusal.status);
            QVERIFY(!fixture.refusal.title.empty());
            QVERIFY(fixture.refusal.detail.ends_with('.'));
            QVERIFY(fixture.refusal.status != 401 || fixture.refusal.headers.find("WWW-Authenticate"));
        }
    }
    QCOMPARE(refused, mayRefuse(id.toStdString()));
}

void TestPolicies::parallelCallsAreSafe()
{
    QFETCH(QByteArray, id);
    const auto policy = makePolicy(id.toStdString(), leastParams(id.toStdString()));
    QVERIFY(policy.has_value());
    std::atomic<int> broken{0};
    const auto work = [&](std::uint64_t seed) {
        PolicyFixture fixture;
        fixture.rng.reseed(seed);
        for (int call = 0; call < 2000; ++call) {
            fixture.trace.policies.clear();
            fixture.now = fixture.now + Duration(fixture.rng.below(1000));
            const Verdict verdict = fixture.run(**policy);
            http::ResponseHead response;
            ResponseContext context{.response = response,
                                    .request = fixture.request,
                                    .route = "r",
                                    .consumer = fixture.consumer,
                                    .arena = fixture.arena};
            (*policy)->onResponse(context);
            broken += (verdict == Verdict::Refuse) == fixture.refusal.title.empty() ? 1 : 0;
            fixture.request.headers.clear();
            fixture.arena.reset();
        }
    };
    std::vector<std::thread> threads;
    for (std::uint64_t at = 1; at <= 4; ++at) {
        threads.emplace_back(work, at);
    }
    for (auto& thread : threads) {
        thread.join();
    }
    QCOMPARE(broken.load(), 0);
}

QTEST_GUILESS_MAIN(TestPolicies)
#include "tst_policies.moc"
