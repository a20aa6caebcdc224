#include <QTest>

#include "core/site/site.h"
#include "core/site/value_path.h"
#include "tests/support/test_catalog.h"

using namespace signalbox;

namespace {

site::Site sample()
{
    return site::readSite(
               "signalbox: 1\n"
               "listeners:\n"
               "  - name: api\n"
               "    bind: 127.0.0.1:1\n"
               "    role: api-gateway\n"
               "    policies: [{rate-limit: {rate: 5/s}}]\n"
               "    routes:\n"
               "      - {name: users, match: {method: [GET, POST], headers: {A/b~c: x}}, split: [{pool: shop, weight: "
               "3}]}\n"
               "pools:\n"
               "  - name: shop\n"
               "    balance: {algorithm: ip-hash, prefix: 24}\n"
               "    backends: [{name: a1, address: 127.0.0.1:2, weight: 7}, {name: \"0\", address: 127.0.0.1:3}]\n",
               "s.yaml", test::testCatalog())
        .site;
}

}  // namespace

class TestPaths : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aPathLeadsToItsValueAndSpec_data();
    void aPathLeadsToItsValueAndSpec();
    void aPathThatLeadsNowhereIsNull_data();
    void aPathThatLeadsNowhereIsNull();
    void segmentsAreEscaped();
    void aValueFoundByPathCanBeEdited();
};

void TestPaths::aPathLeadsToItsValueAndSpec_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("specKey");
    const auto row = [](const char* path, const char* text, const char* key) {
        QTest::newRow(path) << QByteArray(path) << QByteArray(text) << QByteArray(key);
    };
    row("signalbox", "1", "signalbox");
    row("pools/shop/backends/a1/weight", "7", "weight");
    row("pools/shop/backends/0/address", "127.0.0.1:3", "address");
    row("pools/shop/balance/prefix", "24", "prefix");
    row("pools/shop/balance/algorithm", "ip-hash", "balance");
    row("listeners/api/policies/0/rate-limit/rate", "5/s", "rate");
    row("listeners/api/routes/users/match/method/1", "POST", "method");
    row("listeners/api/routes/users/split/0/weight", "3", "weight");
}

void TestPaths::aPathLeadsToItsValueAndSpec()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, specKey);
    const auto site = sample();
    const Value* value = site::valueAt(site, path.toStdString());
    QVERIFY(value);
    QCOMPARE(QByteArray::fromStdString(value->text()), text);
    const ParamSpec* spec = site::specAt(site, test::testCatalog(), path.toStdString());
    QVERIFY(spec);
    QCOMPARE(QByteArray(spec->key.data(), static_cast<qsizetype>(spec->key.size())), specKey);
}

void TestPaths::aPathThatLeadsNowhereIsNull_data()
{
    QTest::addColumn<QByteArray>("path");
    for (const char* path : {"nothing", "pools/none", "pools/shop/backends/7", "pools/shop/backends/-1", "signalbox/x",
                             "pools/shop/balance/none"}) {
        QTest::newRow(path) << QByteArray(path);
    }
}

void TestPaths::aPathThatLeadsNowhereIsNull()
{
    QFETCH(QByteArray, path);
    const auto site = sample();
    QVERIFY(!site::valueAt(site, path.toStdString()));
}

void TestPaths::segmentsAreEscaped()
{
    const auto site = sample();
    const ValuePath path = site::childPath("listeners/api/routes/users/match/headers", "A/b~c");
    QCOMPARE(path, std::string("listeners/api/routes/users/match/headers/A~1b~0c"));
    const Value* value = site::valueAt(site, path);
    QVERIFY(value);
    QCOMPARE(value->text(), std::string("x"));
    QVERIFY(!site::specAt(site, test::testCatalog(), path));
}

void TestPaths::aValueFoundByPathCanBeEdited()
{
    auto site = sample();
    *site::valueAt(site, "pools/shop/backends/a1/weight") = Value::scalar("9");
    QCOMPARE(site::valueAt(std::as_const(site), "pools/shop/backends/a1/weight")->text(), std::string("9"));
    QCOMPARE(site::valueAt(site, ""), &site.root);
}

QTEST_GUILESS_MAIN(TestPaths)
#include "tst_paths.moc"
