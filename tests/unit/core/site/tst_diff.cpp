#include <QTest>

#include "core/site/site.h"
#include "tests/support/test_catalog.h"

using namespace signalbox;

namespace {

const char* const kBefore =
    "signalbox: 1\n"
    "listeners:\n"
    "  - {name: lb, bind: 127.0.0.1:1, routes: [{name: old, pool: shop}, {name: r, pool: shop, timeouts: {try: 1s}}]}\n"
    "pools:\n"
    "  - name: shop\n"
    "    balance: random\n"
    "    backends: [{name: a1, address: 127.0.0.1:2}, {name: a2, address: 127.0.0.1:3, weight: 1}]\n"
    "canvas: {a1: [1, 2]}\n";

}  // namespace

class TestDiff : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachDifferenceIsOneLine_data();
    void eachDifferenceIsOneLine();
};

void TestDiff::eachDifferenceIsOneLine_data()
{
    QTest::addColumn<QByteArray>("from");
    QTest::addColumn<QByteArray>("to");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const char* from, const char* to, const char* expected) {
        QTest::newRow(name) << QByteArray(from) << QByteArray(to) << QByteArray(expected);
    };
    row("the same site", "", "", "");
    row("things moved on the canvas are no change", "[1, 2]", "[3, 4]", "");
    row("another style is no change", "balance: random", "balance: \"random\"", "");
    row("a new backend", "weight: 1}]", "weight: 1}, {name: a4, address: 127.0.0.1:4}]", "+ backend a4 in pool shop");
    row("a backend gone", "{name: a1, address: 127.0.0.1:2}, ", "", "- backend a1 in pool shop");
    row("another weight", "weight: 1", "weight: 3", "~ weight of shop/a2: 1 -> 3");
    row("a new key", "127.0.0.1:2}", "127.0.0.1:2, backup: true}", "+ backup of shop/a1: true");
    row("a key gone", ", weight: 1", "", "- weight of shop/a2");
    row("a route gone", "{name: old, pool: shop}, ", "", "- route old in listener lb");
    row("a key inside a map", "try: 1s", "try: 2s", "~ try of lb/r/timeouts: 1s -> 2s");
    row("a map in the place of a text", "balance: random", "balance: {algorithm: random}",
        "~ balance of shop: random -> {algorithm: random}");
    row("routes in another order", "{name: old, pool: shop}, {name: r, pool: shop, timeouts: {try: 1s}}",
        "{name: r, pool: shop, timeouts: {try: 1s}}, {name: old, pool: shop}", "~ order of the routes in listener lb");
    row("a new pool", "canvas:", "  - {name: extra}\ncanvas:", "+ pool extra");
}

void TestDiff::eachDifferenceIsOneLine()
{
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, to);
    QFETCH(QByteArray, expected);
    QByteArray after(kBefore);
    if (!from.isEmpty()) {
        QVERIFY(after.contains(from));
        after.replace(after.indexOf(from), from.size(), to);
    }
    const auto read = [](const QByteArray& text) {
        return site::readSite(text.toStdString(), "s.yaml", test::testCatalog()).site;
    };
    QByteArrayList lines;
    for (const auto& line : site::diff(read(kBefore), read(after))) {
        lines << QByteArray::fromStdString(line);
    }
    QCOMPARE(lines.join('\n'), expected);
}

QTEST_GUILESS_MAIN(TestDiff)
#include "tst_diff.moc"
