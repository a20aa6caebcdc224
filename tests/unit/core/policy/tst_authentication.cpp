#include <QTest>

#include "tests/unit/core/policy/policy_fixture.h"

using namespace signalbox;
using namespace signalbox::policy;

/// api-key, basic-auth and acl.
class TestAuthentication : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void apiKeys_data();
    void apiKeys();
    void keysInTheQuery();
    void basicAuth_data();
    void basicAuth();
    void addresses_data();
    void addresses();
    void groups();
    void impossibleParameters();
};

void TestAuthentication::apiKeys_data()
{
    QTest::addColumn<QByteArrayList>("keys");
    QTest::addColumn<QByteArray>("consumer");
    QTest::addColumn<QByteArray>("title");
    QTest::newRow("a known key") << QByteArrayList{"mobile-key-1"} << QByteArray("mobile") << QByteArray();
    QTest::newRow("no key") << QByteArrayList{} << QByteArray() << QByteArray("Missing API key");
    QTest::newRow("a wrong key") << QByteArrayList{"nope"} << QByteArray() << QByteArray("Wrong API key");
    QTest::newRow("the beginning of a key")
        << QByteArrayList{"mobile-key-"} << QByteArray() << QByteArray("Wrong API key");
    QTest::newRow("an empty key") << QByteArrayList{""} << QByteArray() << QByteArray("Wrong API key");
    QTest::newRow("two keys") << QByteArrayList{"mobile-key-1", "x"} << QByteArray() << QByteArray("Ambiguous API key");
}

void TestAuthentication::apiKeys()
{
    QFETCH(QByteArrayList, keys);
    QFETCH(QByteArray, consumer);
    QFETCH(QByteArray, title);
    PolicyFixture fixture;
    const auto policy = makePolicy("api-key", Value::map());
    for (const QByteArray& key : keys) {
        fixture.request.headers.add("x-api-key",
                                    std::string_view(key.constData(), static_cast<std::size_t>(key.size())));
    }
    const Verdict verdict = fixture.run(**policy);
    QCOMPARE(verdict == Verdict::Proceed, title.isEmpty());
    QCOMPARE(QByteArray::fromStdString(fixture.consumer ? fixture.consumer->name : std::string()), consumer);
    QCOMPARE(std::string(fixture.refusal.title), title.toStdString());
    if (verdict == Verdict::Refuse) {
        QCOMPARE(fixture.refusal.status, 401);
        QVERIFY(fixture.refusal.headers.find("WWW-Authenticate"));
    } else {
        QVERIFY(!fixture.request.headers.find("X-Api-Key"));
    }
}

void TestAuthentication::keysInTheQuery()
{
    const auto policy = makePolicy("api-key", mapOf({{"query", text("key")}}));
    PolicyFixture fixture;
    fixture.request.query = "a=1&key=key%20with+blank&b=2";
    fixture.request.hasQuery = true;
    QCOMPARE(fixture.run(**policy), Verdict::Refuse);
    fixture.request.query = "a=1&k%65y=key%20with%20blank&b=2";
    QCOMPARE(fixture.run(**policy), Verdict::Proceed);
    QCOMPARE(fixture.request.query, std::string_view("a=1&b=2"));
    fixture.request.query = "key=mobile-key-1";
    QCOMPARE(fixture.run(**policy), Verdict::Proceed);
    QVERIFY(!fixture.request.hasQuery);
    const auto keeping = makePolicy("api-key", mapOf({{"query", text("key")}, {"hide", text("false")}}));
    fixture.request.query = "key=mobile-key-1";
    fixture.request.hasQuery = true;
    QCOMPARE(fixture.run(**keeping), Verdict::Proceed);
    QCOMPARE(fixture.request.query, std::string_view("key=mobile-key-1"));
}

void TestAuthentication::basicAuth_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("title");
    QTest::newRow("user and password") << QByteArray("Basic d2ViOnBhc3N3b3Jk") << QByteArray();
    QTest::newRow("the scheme ignores case") << QByteArray("bAsIc d2ViOnBhc3N3b3Jk") << QByteArray();
    QTest::newRow("a wrong password") << QByteArray("Basic d2ViOnBhc3N3b3Jr") << QByteArray("Wrong credentials");
    QTest::newRow("an unknown user") << QByteArray("Basic bm9ib2R5OnBhc3N3b3Jk") << QByteArray("Wrong credentials");
    QTest::newRow("an empty password") << QByteArray("Basic d2ViOg==") << QByteArray("Wrong credentials");
    QTest::newRow("no colon") << QByteArray("Basic d2Vi") << QByteArray("Malformed credentials");
    QTest::newRow("no padding") << QByteArray("Basic d2ViOg") << QByteArray("Malformed credentials");
    QTest::newRow("padding too early") << QByteArray("Basic d2V=OnBh") << QByteArray("Malformed credentials");
    QTest::newRow("unused bits set") << QByteArray("Basic d2ViOh==") << QByteArray("Malformed credentials");
    QTest::newRow("other letters") << QByteArray("Basic d2ViOn-h") << QByteArray("Malformed credentials");
    QTest::newRow("nothing behind the scheme") << QByteArray("Basic") << QByteArray("Wrong kind of credentials");
    QTest::newRow("another scheme") << QByteArray("Bearer d2ViOnBhc3N3b3Jk") << QByteArray("Wrong kind of credentials");
    QTest::newRow("no header") << QByteArray() << QByteArray("Missing credentials");
}

void TestAuthentication::basicAuth()
{
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, title);
    const auto policy = makePolicy("basic-auth", mapOf({{"realm", text("shop")}}));
    PolicyFixture fixture;
    const std::string held = value.toStdString();
    if (!value.isNull()) {
        fixture.request.headers.add("Authorization", held);
    }
    QCOMPARE(fixture.run(**policy) == Verdict::Proceed, title.isEmpty());
    QCOMPARE(std::string(fixture.refusal.title), title.toStdString());
    if (!title.isEmpty()) {
        QCOMPARE(fixture.refusal.status, 401);
        QCOMPARE(fixture.refusal.headers.find("WWW-Authenticate").value(),
                 std::string_view("Basic realm=\"shop\", charset=\"UTF-8\""));
    } else {
        QCOMPARE(fixture.consumer->name, std::string("web"));
        QVERIFY(!fixture.request.headers.find("Authorization"));
    }
}

void TestAuthentication::addresses_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("range");
    QTest::addColumn<QByteArray>("client");
    QTest::addColumn<bool>("passes");
    const auto row = [](const char* name, const char* key, const char* range, const char* client, bool passes) {
        QTest::newRow(name) << QByteArray(key) << QByteArray(range) << QByteArray(client) << passes;
    };
    row("an address that is allowed", "allow", "192.0.2.7", "192.0.2.7:1", true);
    row("an address that is not allowed", "allow", "192.0.2.7", "192.0.2.8:1", false);
    row("the first of a range", "allow", "10.0.0.0/8", "10.0.0.0:1", true);
    row("the last of a range", "allow", "10.0.0.0/8", "10.255.255.255:1", true);
    row("behind a range", "allow", "10.0.0.0/8", "11.0.0.0:1", false);
    row("inside a range of odd length", "allow", "192.0.2.128/25", "192.0.2.129:1", true);
    row("outside a range of odd length", "allow", "192.0.2.128/25", "192.0.2.127:1", false);
    row("bits behind the length are ignored", "allow", "10.1.2.3/8", "10.9.9.9:1", true);
    row("a range of everything", "allow", "0.0.0.0/0", "203.0.113.9:1", true);
    row("everything IPv4 is not IPv6", "allow", "0.0.0.0/0", "[::1]:1", false);
    row("an IPv6 range", "allow", "2001:db8::/33", "[2001:db8:7fff::1]:1", true);
    row("behind an IPv6 range", "allow", "2001:db8::/33", "[2001:db8:8000::1]:1", false);
    row("IPv4 inside IPv6", "allow", "10.0.0.0/8", "[::ffff:10.1.2.3]:1", true);
    row("an address that is denied", "deny", "192.0.2.0/24", "192.0.2.7:1", false);
    row("an address that is not denied", "deny", "192.0.2.0/24", "192.0.3.7:1", true);
    row("a Unix client is in no range", "allow", "0.0.0.0/0", "unix:/run/x", false);
}

void TestAuthentication::addresses()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, range);
    QFETCH(QByteArray, client);
    QFETCH(bool, passes);
    const auto policy = makePolicy("acl", mapOf({{key.constData(), listOf({range.constData()})}}));
    QVERIFY(policy.has_value());
    PolicyFixture fixture;
    fixture.setClient(client.constData());
    QCOMPARE(fixture.run(**policy) == Verdict::Proceed, passes);
    QCOMPARE(fixture.refusal.title.empty(), passes);
    QVERIFY(!fixture.lastWhy().empty());
}

void TestAuthentication::groups()
{
    const auto policy = makePolicy("acl", mapOf({{"groups", listOf({"staff", "paying"})}}));
    PolicyFixture fixture;
    QCOMPARE(fixture.run(**policy), Verdict::Refuse);
    QCOMPARE(fixture.refusal.status, 403);
    QCOMPARE(fixture.refusal.title, std::string_view("Not authenticated"));
    const Consumer paying{"mobile", {"paying"}, 0};
    fixture.consumer = &paying;
    QCOMPARE(fixture.run(**policy), Verdict::Proceed);
    const Consumer other{"web", {"free"}, 1};
    fixture.consumer = &other;
    QCOMPARE(fixture.run(**policy), Verdict::Refuse);
    QCOMPARE(fixture.refusal.title, std::string_view("Group not allowed"));
    const auto both = makePolicy("acl", mapOf({{"allow", listOf({"192.0.2.7"})}, {"deny", listOf({"192.0.2.0/24"})}}));
    QCOMPARE(fixture.run(**both), Verdict::Refuse);
}

void TestAuthentication::impossibleParameters()
{
    QVERIFY(!makePolicy("acl", Value::map()).has_value());
    QVERIFY(!makePolicy("acl", mapOf({{"allow", listOf({"10.0.0.0/33"})}})).has_value());
    QVERIFY(!makePolicy("acl", mapOf({{"deny", listOf({"example.com"})}})).has_value());
    QVERIFY(!makePolicy("api-key", mapOf({{"header", text("X Y")}})).has_value());
    QVERIFY(!makePolicy("api-key", mapOf({{"header", text("Content-Length")}})).has_value());
    QVERIFY(!makePolicy("basic-auth", mapOf({{"realm", text("a\"b")}})).has_value());
}

QTEST_GUILESS_MAIN(TestAuthentication)
#include "tst_authentication.moc"
