#include <QTest>

#include "core/catalog/builtin_catalog.h"
#include "core/running/running_site.h"
#include "tests/support/fake_resolver.h"
#include "tests/support/plain_client.h"

using namespace signalbox;
using namespace signalbox::test;

namespace {

site::Site siteOf(const std::string& text)
{
    return site::readSite("signalbox: 1\n" + text, "s.yaml", catalog::builtinCatalog()).site;
}

std::string mockAt(const std::string& name, const std::string& bind)
{
    return "  - {name: " + name + ", bind: '" + bind + "'}\n";
}

/// Two mocks on one port of two loopback addresses, and a site whose backend is found by name.
struct Named {
    std::shared_ptr<FakeResolver> resolver = std::make_shared<FakeResolver>();
    std::unique_ptr<running::RunningSite> servers = std::move(*running::RunningSite::create());
    std::unique_ptr<running::RunningSite> front;
    std::string port;
    running::RunningSite::ApplyResult applied;

    Named()
    {
        apply(*servers, "mocks:\n" + mockAt("m1", "127.0.0.1:0"));
        port = std::to_string(servers->addresses().find("mock:m1")->second.port());
        apply(*servers, "mocks:\n" + mockAt("m1", "127.0.0.1:" + port) + mockAt("m2", "127.0.0.2:" + port));
        running::RunningOptions options;
        options.engine.workers = 1;
        options.resolver = resolver;
        options.firstResolution = std::chrono::milliseconds(300);
        front = std::move(*running::RunningSite::create(options));
    }
    void start(const std::string& more = {})
    {
        applied = front->apply(
            siteOf("listeners: [{name: lb, bind: '127.0.0.1:0', pool: p}]\npools:\n  - name: p\n    resolve: 20ms\n    "
                   "backends:\n      - {name: a, address: 'svc.test:" +
                   port + "'}\n" + more));
        if (!applied.ok()) {
            qFatal("%s%s", site::format(applied.problems, "s.yaml").c_str(), applied.error.detail.c_str());
        }
    }
    [[nodiscard]] PlainClient::Answer ask() const
    {
        PlainClient client(front->addresses().find("listener:lb")->second);
        return client.get("/");
    }
    [[nodiscard]] std::string answeredBy() const { return ask().header("X-Mock"); }

    static void apply(running::RunningSite& to, const std::string& text)
    {
        const auto result = to.apply(siteOf(text));
        if (!result.ok()) {
            qFatal("%s%s", site::format(result.problems, "s.yaml").c_str(), result.error.detail.c_str());
        }
    }
};

}  // namespace

/// Backends that are found by name, over real sockets and a resolver that says what the test wants.
class tst_Names : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aNameIsFoundBeforeTheFirstRequest()
    {
        Named at;
        at.resolver->set("svc.test", {"127.0.0.1"});
        at.start();
        QVERIFY(at.applied.problems.empty());
        QCOMPARE(at.answeredBy(), std::string("m1"));
    }

    void requestsFollowAChangedAnswer()
    {
        Named at;
        at.resolver->set("svc.test", {"127.0.0.1"});
        at.start();
        QCOMPARE(at.answeredBy(), std::string("m1"));
        const auto epoch = at.front->view().plan->epoch;
        at.resolver->set("svc.test", {"127.0.0.2"});
        QTRY_COMPARE(at.answeredBy(), std::string("m2"));
        QVERIFY(at.front->view().plan->epoch > epoch);
        at.resolver->set("svc.test", {});
        const int asked = at.resolver->asked("svc.test");
        QTRY_VERIFY(at.resolver->asked("svc.test") > asked + 3);
        QCOMPARE(at.answeredBy(), std::string("m2"));
    }

    void aNameThatIsNotFoundStopsNothing()
    {
        Named at;
        at.start("      - {name: b, address: '127.0.0.2:" + at.port + "'}\n");
        QCOMPARE(at.applied.problems.size(), std::size_t{1});
        QCOMPARE(at.applied.problems[0].code, std::string("SB-259"));
        QCOMPARE(at.applied.problems[0].severity, site::Severity::Warning);
        QCOMPARE(at.applied.problems[0].path, std::string("pools/p/backends/a/address"));
        QVERIFY(at.applied.problems[0].place.line > 0);
        for (int i = 0; i < 10; ++i) {
            QCOMPARE(at.answeredBy(), std::string("m2"));
        }
        const auto* const kept = &at.front->view().plan->pools[0]->state->state(1);
        at.resolver->set("svc.test", {"127.0.0.1"});
        QTRY_COMPARE(at.answeredBy(), std::string("m1"));
        QCOMPARE(&at.front->view().plan->pools[0]->state->state(1), kept);
    }

    void aPoolOfUnknownNamesSaysSo()
    {
        Named at;
        at.start();
        const auto answer = at.ask();
        QCOMPARE(answer.status, 503);
        QVERIFY2(answer.body.find("a has no address yet") != std::string::npos, answer.body.c_str());
    }

    void aHangingResolverDoesNotStopTheStart()
    {
        Named at;
        at.resolver->hang("svc.test");
        at.resolver->set("svc.test", {"127.0.0.1"});
        at.start("      - {name: b, address: '127.0.0.2:" + at.port + "'}\n");
        QCOMPARE(at.answeredBy(), std::string("m2"));
        at.resolver->release();
        QTRY_COMPARE(at.answeredBy(), std::string("m1"));
    }

    void theSystemKnowsThisMachine()
    {
        const auto found = net::systemResolver()->resolve("localhost");
        QVERIFY(found);
        QVERIFY(found->front().isLoopback());
        QVERIFY(!net::systemResolver()->resolve("does-not-exist.invalid"));
    }

    void whatIsAName_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("isName");
        QTest::newRow("a host and a port") << u"api.internal:80"_qs << true;
        QTest::newRow("one label") << u"redis:6379"_qs << true;
        QTest::newRow("underscores, as containers have them") << u"my_app-1:80"_qs << true;
        QTest::newRow("a final dot") << u"api.internal.:80"_qs << true;
        QTest::newRow("an address") << u"10.0.0.1:80"_qs << false;
        QTest::newRow("a mistyped address") << u"10.0.0.256:80"_qs << false;
        QTest::newRow("localhost is no look-up") << u"localhost:80"_qs << false;
        QTest::newRow("no port") << u"api.internal"_qs << false;
        QTest::newRow("port 0") << u"api.internal:0"_qs << false;
        QTest::newRow("an empty label") << u"api..internal:80"_qs << false;
        QTest::newRow("a dash in front") << u"-api:80"_qs << false;
        QTest::newRow("a blank") << u"a b:80"_qs << false;
        QTest::newRow("a mock") << u"mock:a1"_qs << false;
    }

    void whatIsAName()
    {
        QFETCH(QString, text);
        QFETCH(bool, isName);
        QCOMPARE(parseNamedAddress(text.toStdString()).has_value(), isName);
    }
};

QTEST_GUILESS_MAIN(tst_Names)
#include "tst_names.moc"
