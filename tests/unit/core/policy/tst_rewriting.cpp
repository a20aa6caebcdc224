#include <QTest>

#include "tests/unit/core/policy/policy_fixture.h"

using namespace signalbox;
using namespace signalbox::policy;

/// rewrite, request-headers, response-headers and request-id.
class TestRewriting : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void paths_data();
    void paths();
    void host();
    void badResultsAreRefused();
    void impossibleParameters_data();
    void impossibleParameters();
    void requestHeaders();
    void responseHeaders();
    void requestIds_data();
    void requestIds();
    void theChainRunsInOrderAndBack();
};

void TestRewriting::paths_data()
{
    QTest::addColumn<QByteArrayList>("params");
    QTest::addColumn<QByteArray>("in");
    QTest::addColumn<QByteArray>("out");
    const auto row = [](const char* name, const QByteArrayList& params, const char* in, const char* out) {
        QTest::newRow(name) << params << QByteArray(in) << QByteArray(out);
    };
    row("a prefix is stripped", {"strip_prefix", "/a"}, "/a/x/y", "/x/y");
    row("stripping all leaves the root", {"strip_prefix", "/a"}, "/a", "/");
    row("a closing slash stays", {"strip_prefix", "/a"}, "/a/", "/");
    row("whole segments only", {"strip_prefix", "/a"}, "/ab/x", "/ab/x");
    row("a closing slash of the parameter plays no part", {"strip_prefix", "/a/"}, "/a/x", "/x");
    row("another path stays", {"strip_prefix", "/a"}, "/b/a/x", "/b/a/x");
    row("one prefix for another", {"strip_prefix", "/a", "prefix", "/b"}, "/a/x", "/b/x");
    row("one prefix for another, nothing behind", {"strip_prefix", "/a", "prefix", "/b"}, "/a", "/b");
    row("the matched prefix is replaced", {"prefix", "/v2"}, "/user/7", "/v2/7");
    row("a new prefix of the root strips", {"strip_prefix", "/a", "prefix", "/"}, "/a/x", "/x");
    row("a pattern with groups", {"regex", "^/user/([0-9]+)$", "to", "/users/\\1/profile"}, "/user/42",
        "/users/42/profile");
    row("every match of a pattern", {"regex", "-", "to", "_"}, "/a-b-c", "/a_b_c");
    row("a pattern that does not match", {"regex", "^/x", "to", "/y"}, "/a", "/a");
    row("a slash is put in front", {"regex", "^/a/", "to", ""}, "/a/b", "/b");
    row("the result is normalised", {"regex", "^/a", "to", "/x/../y/"}, "/a/b", "/y/b");
}

void TestRewriting::paths()
{
    QFETCH(QByteArrayList, params);
    QFETCH(QByteArray, in);
    Value value = Value::map();
    for (qsizetype at = 0; at < params.size(); at += 2) {
        value.set(params[at].toStdString(), Value::scalar(params[at + 1].toStdString()));
    }
    const auto policy = makePolicy("rewrite", value);
    QVERIFY(policy.has_value());
    PolicyFixture fixture;
    const std::string path = in.toStdString();
    fixture.request.path = path;
    fixture.request.query = "q=1";
    fixture.matchedPrefix = "/user";
    QCOMPARE(fixture.run(**policy), Verdict::Proceed);
    QTEST(QByteArray::fromStdString(std::string(fixture.request.path)), "out");
    QCOMPARE(fixture.request.query, std::string_view("q=1"));
    QVERIFY(!fixture.lastWhy().empty());
}

void TestRewriting::host()
{
    const auto policy = makePolicy("rewrite", mapOf({{"host", text("inner.example:8080")}}));
    PolicyFixture fixture;
    QCOMPARE(fixture.run(**policy), Verdict::Proceed);
    QCOMPARE(fixture.request.host, std::string_view("inner.example:8080"));
    QCOMPARE(fixture.request.path, std::string_view("/"));
}

void TestRewriting::badResultsAreRefused()
{
    const auto policy = makePolicy("rewrite", mapOf({{"regex", text("^/a")}, {"to", text("/../..")}}));
    PolicyFixture fixture;
    fixture.request.path = "/a/b";
    QCOMPARE(fixture.run(**policy), Verdict::Refuse);
    QCOMPARE(fixture.refusal.status, 400);
}

void TestRewriting::impossibleParameters_data()
{
    QTest::addColumn<QByteArrayList>("params");
    QTest::addColumn<QByteArray>("error");
    QTest::newRow("nothing") << QByteArrayList{} << QByteArray("needs one of");
    QTest::newRow("regex without to") << QByteArrayList{"regex", "a"} << QByteArray("needs 'to'");
    QTest::newRow("to without regex") << QByteArrayList{"to", "a"} << QByteArray("needs 'regex'");
    QTest::newRow("regex with a prefix") << QByteArrayList{"regex", "a", "to", "b", "prefix", "/x"}
                                         << QByteArray("cannot be combined");
    QTest::newRow("a broken regex") << QByteArrayList{"regex", "(", "to", "b"}
                                    << QByteArray("not a regular expression");
    QTest::newRow("a missing group") << QByteArrayList{"regex", "a", "to", "\\1"} << QByteArray("does not fit");
    QTest::newRow("a query in to") << QByteArrayList{"regex", "a", "to", "/b?c"} << QByteArray("path alone");
    QTest::newRow("a prefix without slash") << QByteArrayList{"strip_prefix", "a"} << QByteArray("not a path");
    QTest::newRow("a host with a path") << QByteArrayList{"host", "a/b"} << QByteArray("not a host");
}

void TestRewriting::impossibleParameters()
{
    QFETCH(QByteArrayList, params);
    QFETCH(QByteArray, error);
    Value value = Value::map();
    for (qsizetype at = 0; at < params.size(); at += 2) {
        value.set(params[at].toStdString(), Value::scalar(params[at + 1].toStdString()));
    }
    const auto made = makePolicy("rewrite", value);
    QVERIFY(!made.has_value());
    QVERIFY2(made.error().detail.find(error.toStdString()) != std::string::npos, made.error().detail.c_str());
}

void TestRewriting::requestHeaders()
{
    const auto policy = makePolicy(
        "request-headers", mapOf({{"set", mapOf({{"X-Who", text("${consumer} at ${client_ip}")}, {"A", text("new")}})},
                                  {"add", mapOf({{"B", text("2")}})},
                                  {"remove", listOf({"C"})}}));
    QVERIFY(policy.has_value());
    PolicyFixture fixture;
    const Consumer mobile{"mobile", {}, 0};
    fixture.consumer = &mobile;
    for (const auto& [name, value] : {std::pair{"a", "old"}, {"b", "1"}, {"c", "x"}, {"A", "old"}}) {
        fixture.request.headers.add(name, value);
    }
    QCOMPARE(fixture.run(**policy), Verdict::Proceed);
    const auto& headers = fixture.request.headers;
    QCOMPARE(headers.find("X-Who").value(), std::string_view("mobile at 192.0.2.7"));
    QCOMPARE(headers.combined("A", fixture.arena).value(), std::string_view("new"));
    QCOMPARE(headers.combined("B", fixture.arena).value(), std::string_view("1, 2"));
    QVERIFY(!headers.find("C"));
    for (const char* bad : {"Content-Length", "Host", "Connection", "a b"}) {
        QVERIFY(!makePolicy("request-headers", mapOf({{"set", mapOf({{bad, text("1")}})}})).has_value());
        QVERIFY(!makePolicy("request-headers", mapOf({{"remove", listOf({bad})}})).has_value());
    }
    QVERIFY(!makePolicy("request-headers", mapOf({{"set", mapOf({{"A", text("a\r\nB: 1")}})}})).has_value());
    QVERIFY(!makePolicy("request-headers", mapOf({{"set", mapOf({{"A", text("${nothing}")}})}})).has_value());
    QVERIFY(!makePolicy("request-headers", mapOf({{"set", mapOf({{"A", text("${consumer")}})}})).has_value());
    QVERIFY(!makePolicy("response-headers", mapOf({{"set", mapOf({{"A", text("${client_ip}")}})}})).has_value());
    QVERIFY(!makePolicy("request-headers", Value::map()).has_value());
}

void TestRewriting::responseHeaders()
{
    const auto policy = makePolicy(
        "response-headers", mapOf({{"set", mapOf({{"X-Id", text("${request_id}")}})}, {"remove", listOf({"Server"})}}));
    PolicyFixture fixture;
    fixture.request.headers.add("X-Request-Id", "42");
    http::ResponseHead response;
    response.headers.add("server", "x");
    ResponseContext context{.response = response, .request = fixture.request, .route = "r", .arena = fixture.arena};
    QVERIFY((*policy)->hasResponsePhase());
    (*policy)->onResponse(context);
    QCOMPARE(response.headers.size(), std::size_t{1});
    QCOMPARE(response.headers.find("x-id").value(), std::string_view("42"));
}

void TestRewriting::requestIds_data()
{
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<bool>("kept");
    QTest::newRow("a plain id is kept") << QByteArray("abc-123_~./+=") << true;
    QTest::newRow("an id of 128 characters is kept") << QByteArray(128, 'a') << true;
    QTest::newRow("an id of 129 characters is not") << QByteArray(129, 'a') << false;
    QTest::newRow("an id with a blank is not") << QByteArray("a b") << false;
    QTest::newRow("an id with a quote is not") << QByteArray("a\"b") << false;
    QTest::newRow("an empty id is not") << QByteArray("") << false;
    QTest::newRow("an absent id is made") << QByteArray() << false;
}

void TestRewriting::requestIds()
{
    QFETCH(QByteArray, given);
    QFETCH(bool, kept);
    const auto policy = makePolicy("request-id", Value::map());
    PolicyFixture fixture;
    const std::string held = given.toStdString();
    if (!given.isNull()) {
        fixture.request.headers.add("x-request-id", held);
    }
    QCOMPARE(fixture.run(**policy), Verdict::Proceed);
    const std::string first(fixture.request.headers.find("X-Request-Id").value());
    QCOMPARE(first == held && !given.isNull(), kept);
    if (!kept) {
        QCOMPARE(first.size(), std::size_t{32});
        QVERIFY(first.find_first_not_of("0123456789abcdef") == std::string::npos);
        PolicyFixture other;
        other.rng.reseed(8);
        QCOMPARE(other.run(**policy), Verdict::Proceed);
        QVERIFY(other.request.headers.find("X-Request-Id").value() != first);
    }
    http::ResponseHead response;
    ResponseContext context{.response = response, .request = fixture.request, .route = "r", .arena = fixture.arena};
    (*policy)->onResponse(context);
    QCOMPARE(std::string(response.headers.find("x-request-id").value()), first);
}

void TestRewriting::theChainRunsInOrderAndBack()
{
    const auto setter = [](const char* value) {
        return std::shared_ptr<Policy>(
            std::move(*makePolicy("response-headers", mapOf({{"add", mapOf({{"X", text(value)}})}}))));
    };
    PolicyChain chain;
    chain.links.push_back({setter("first"), "response-headers", 0});
    chain.links.push_back({std::shared_ptr<Policy>(std::move(*makePolicy("api-key", Value::map()))), "api-key", 1});
    chain.links.push_back({setter("last"), "response-headers", 2});
    chain.hasResponsePhase = true;
    PolicyFixture fixture;
    auto context = fixture.context();
    const std::size_t refused = chain.run(context, fixture.refusal);
    QCOMPARE(refused, std::size_t{1});
    QCOMPARE(fixture.refusal.status, 401);
    http::ResponseHead response;
    ResponseContext answer{.response = response, .request = fixture.request, .route = "r", .arena = fixture.arena};
    chain.runResponse(answer, refused + 1);
    QCOMPARE(response.headers.combined("X", fixture.arena).value(), std::string_view("first"));
    response.headers.clear();
    chain.runResponse(answer, chain.links.size());
    QCOMPARE(response.headers.combined("X", fixture.arena).value(), std::string_view("last, first"));
}

QTEST_GUILESS_MAIN(TestRewriting)
#include "tst_rewriting.moc"
