#include <QTemporaryDir>
#include <QTest>

#include "core/site/site.h"
#include "tests/support/test_catalog.h"

using namespace signalbox;

namespace {

site::ReadResult read(const std::string& text)
{
    return site::readSite(text, "s.yaml", test::testCatalog());
}

QByteArray shown(const site::ReadResult& result)
{
    return QByteArray::fromStdString(site::format(result.problems, "s.yaml"));
}

}  // namespace

class TestReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void valuesKeepTheirPlacesAndOrder();
    void syntaxErrorsHaveAPlace_data();
    void syntaxErrorsHaveAPlace();
    void whatCameBeforeASyntaxErrorIsKept();
    void commentsBelongToWhatTheyStandBeside();
    void aHashInsideAScalarIsNoComment_data();
    void aHashInsideAScalarIsNoComment();
    void limitsAreRefusedRatherThanReached_data();
    void limitsAreRefusedRatherThanReached();
    void filesThatCannotBeReadAreOneProblem();
    void theTemplatesReadWithoutSyntaxErrors_data();
    void theTemplatesReadWithoutSyntaxErrors();
};

void TestReader::valuesKeepTheirPlacesAndOrder()
{
    const auto result = read("signalbox: 1\npools:\n  - name: b\n    balance: random\n  - {name: \"1\"}\n");
    QCOMPARE(shown(result), QByteArray());
    const auto& pools = result.site.list("pools");
    QCOMPARE(pools.size(), std::size_t{2});
    QCOMPARE(site::Site::nameOf(pools[0]), std::string("b"));
    QVERIFY((pools[0].place == Place{3, 5}));
    const Value* balance = pools[0].find("balance");
    QVERIFY((balance->keyPlace == Place{4, 5}));
    QVERIFY((balance->place == Place{4, 14}));
    QCOMPARE(pools[0].style, Value::Style::Block);
    QCOMPARE(pools[1].style, Value::Style::Flow);
    QVERIFY(!balance->quoted());
    QVERIFY(pools[1].find("name")->quoted());
}

void TestReader::syntaxErrorsHaveAPlace_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::newRow("a tab as indentation") << QByteArray("pools:\n\t- name: a\n") << 2;
    QTest::newRow("an open quote") << QByteArray("signalbox: 1\npools: \"a\n") << 2;
    QTest::newRow("an open flow list") << QByteArray("signalbox: 1\npools: [a, b\n") << 3;
    QTest::newRow("an open single quote") << QByteArray("a: 'it''s\n") << 1;
    QTest::newRow("a list item beside a key") << QByteArray("signalbox: 1\n- a\n") << 2;
    QTest::newRow("an alias of nothing") << QByteArray("pools: *nothing\n") << 1;
    QTest::newRow("two colons on a line") << QByteArray("a: b: c\n") << 1;
    QTest::newRow("an escape that does not exist") << QByteArray("a: \"\\q\"\n") << 1;
}

void TestReader::syntaxErrorsHaveAPlace()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    const auto result = read(text.toStdString());
    QCOMPARE(result.problems.size(), std::size_t{1});
    QCOMPARE(result.problems[0].code, std::string("SB-501"));
    QCOMPARE(result.problems[0].place.line, line);
    QVERIFY(result.problems[0].place.column >= 1);
}

void TestReader::whatCameBeforeASyntaxErrorIsKept()
{
    const auto result = read("signalbox: 1\npools:\n  - name: a\n  - name: b\n    balance: [x\nmocks: }\n");
    QCOMPARE(result.problems.size(), std::size_t{1});
    QCOMPARE(result.site.list("pools").size(), std::size_t{2});
    QVERIFY(result.site.named("pools", "a"));
}

void TestReader::commentsBelongToWhatTheyStandBeside()
{
    const auto result = read(
        "# head\n"
        "signalbox: 1  # version\n"
        "\n"
        "# before pools\n"
        "# in two lines\n"
        "pools:  # all pools\n"
        "  # first\n"
        "  - name: a  # its name\n"
        "    # how\n"
        "    balance: random # chance\n"
        "    backends:\n"
        "      - {name: x, address: 127.0.0.1:1} # only one\n"
        "# the end\n");
    QCOMPARE(shown(result), QByteArray());
    using Lines = std::vector<std::string>;
    const Value& root = result.site.root;
    QVERIFY(root.find("signalbox")->comments == Lines{" head"});
    QCOMPARE(root.find("signalbox")->trailing, std::string(" version"));
    const Value& pools = *root.find("pools");
    QVERIFY((pools.comments == Lines{"\n", " before pools", " in two lines"}));
    QCOMPARE(pools.trailing, std::string(" all pools"));
    const Value& pool = pools.items()[0];
    QVERIFY(pool.comments == Lines{" first"});
    QCOMPARE(pool.find("name")->trailing, std::string(" its name"));
    QVERIFY(pool.find("balance")->comments == Lines{" how"});
    QCOMPARE(pool.find("balance")->trailing, std::string(" chance"));
    QCOMPARE(pool.find("backends")->items()[0].trailing, std::string(" only one"));
    QVERIFY(root.footer == Lines{" the end"});
}

void TestReader::aHashInsideAScalarIsNoComment_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("in double quotes") << QByteArray("\"a # b\"") << QByteArray("a # b");
    QTest::newRow("in single quotes") << QByteArray("'a # ''b # c'") << QByteArray("a # 'b # c");
    QTest::newRow("behind an escaped quote") << QByteArray("\"a \\\" # b\"") << QByteArray("a \" # b");
    QTest::newRow("within a word") << QByteArray("a#b") << QByteArray("a#b");
    QTest::newRow("in a literal block") << QByteArray("|\n  a\n  # b\n\n  c # d") << QByteArray("a\n# b\n\nc # d\n");
    QTest::newRow("in a folded block") << QByteArray(">-\n  a\n  # b") << QByteArray("a # b");
    QTest::newRow("on the second line of a quote") << QByteArray("\"a\n  # b\"") << QByteArray("a # b");
    QTest::newRow("behind an anchor") << QByteArray("&x \"a # b\"") << QByteArray("a # b");
}

void TestReader::aHashInsideAScalarIsNoComment()
{
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, expected);
    const auto result = read("canvas: " + value.toStdString() + "\nsignalbox: 1 # real\n");
    QCOMPARE(shown(result), QByteArray());
    const Value& canvas = *result.site.root.find("canvas");
    QCOMPARE(QByteArray::fromStdString(canvas.text()), expected);
    QVERIFY(canvas.trailing.empty());
    const Value& version = *result.site.root.find("signalbox");
    QVERIFY(version.comments.empty());
    QCOMPARE(version.trailing, std::string(" real"));
}

void TestReader::limitsAreRefusedRatherThanReached_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("flow lists nested 100,000 deep") << QByteArray(100'000, '[');
    QTest::newRow("block lists nested 100,000 deep") << QByteArray("- ").repeated(100'000);
    QTest::newRow("complex keys nested 100,000 deep") << QByteArray("? ").repeated(100'000);
    QTest::newRow("flow maps nested 100,000 deep") << QByteArray("{a: ").repeated(100'000);
    QTest::newRow("a file of 17 MiB") << QByteArray(17 * 1024 * 1024, ' ');
    QByteArray bomb = "canvas:\n  - &a0 [1,1,1,1,1,1,1,1,1,1]\n";
    for (int level = 1; level < 10; ++level) {
        bomb += "  - &a" + QByteArray::number(level) + " [";
        bomb += ("*a" + QByteArray::number(level - 1) + ",").repeated(9) + "*a" + QByteArray::number(level - 1) + "]\n";
    }
    QTest::newRow("aliases that expand ten billion times") << bomb;
    QTest::newRow("a key of a thousand letters") << QByteArray(1000, 'k') + ": 1\n";
    QTest::newRow("six hundred thousand values") << "canvas: [" + QByteArray("1,").repeated(600'000) + "1]\n";
}

void TestReader::limitsAreRefusedRatherThanReached()
{
    QFETCH(QByteArray, text);
    const auto result = read(text.toStdString());
    QCOMPARE(result.problems.size(), std::size_t{1});
    QVERIFY2(result.problems[0].code == "SB-508" || result.problems[0].code == "SB-501",
             result.problems[0].message.c_str());
}

void TestReader::filesThatCannotBeReadAreOneProblem()
{
    const QTemporaryDir folder;
    const auto missing =
        site::readSiteFile(folder.filePath(QStringLiteral("none.yaml")).toStdString(), test::testCatalog());
    QCOMPARE(missing.problems.size(), std::size_t{1});
    QCOMPARE(missing.problems[0].message, std::string("the file cannot be read: No such file or directory"));
    const auto aFolder = site::readSiteFile(folder.path().toStdString(), test::testCatalog());
    QCOMPARE(aFolder.problems.size(), std::size_t{1});
    QCOMPARE(aFolder.problems[0].message, std::string("the file cannot be read: it is a folder"));
}

void TestReader::theTemplatesReadWithoutSyntaxErrors_data()
{
    QTest::addColumn<QString>("file");
    for (const char* name : {"load-balancer", "api-gateway", "gateway-and-balancers", "side-by-side"}) {
        QTest::newRow(name) << QStringLiteral(SIGNALBOX_SOURCE_DIR "/resources/sites/%1.yaml").arg(QLatin1String(name));
    }
}

void TestReader::theTemplatesReadWithoutSyntaxErrors()
{
    QFETCH(QString, file);
    const auto result = site::readSiteFile(file.toStdString(), test::testCatalog());
    for (const auto& problem : result.problems) {
        // The small catalog of this test lacks some policies; everything else must be known.
        QVERIFY2(problem.code == "SB-510" || problem.code == "SB-503", problem.message.c_str());
    }
    QVERIFY(!result.site.list("listeners").empty());
    QVERIFY(!result.site.list("mocks").empty());
    QVERIFY(result.site.named("traffic", "rush-hour"));
}

QTEST_GUILESS_MAIN(TestReader)
#include "tst_reader.moc"
