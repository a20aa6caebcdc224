#include <QTest>

#include <nlohmann/json.hpp>

#include "core/http/date.h"
#include "core/http/message.h"
#include "core/http/problem.h"

using namespace signalbox;
using namespace signalbox::http;

/// Header lists, problem bodies, dates.
class TestHttpValues : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void headerList();
    void combinedValues();
    void methods();
    void problemBodiesAreJson_data();
    void problemBodiesAreJson();
    void dates_data();
    void dates();
};

void TestHttpValues::headerList()
{
    HeaderList list;
    list.add("A", "1");
    list.add("b", "2");
    list.add("a", "3");
    list.set("A", "9");
    QCOMPARE(list.size(), std::size_t{2});
    QCOMPARE(list.find("a").value(), std::string_view("9"));
    list.set("C", "4");
    QCOMPARE(list.remove("B"), std::size_t{1});
    QCOMPARE(list.remove("B"), std::size_t{0});
    QVERIFY(!list.find("b"));
    QCOMPARE(list.size(), std::size_t{2});
}

void TestHttpValues::combinedValues()
{
    Arena arena;
    HeaderList list;
    QVERIFY(!list.combined("A", arena));
    list.add("A", "");
    QCOMPARE(list.combined("a", arena).value(), std::string_view(""));
    list.add("a", "2");
    list.add("b", "x");
    list.add("A", "3");
    QCOMPARE(list.combined("a", arena).value(), std::string_view(", 2, 3"));
}

void TestHttpValues::methods()
{
    QCOMPARE(parseMethod("GET"), Method::Get);
    QCOMPARE(parseMethod("get"), Method::Other);
    QVERIFY(isIdempotent(Method::Put));
    QVERIFY(!isIdempotent(Method::Post));
    QVERIFY(!isIdempotent(Method::Other));
    QCOMPARE(reasonPhrase(421), std::string_view("Misdirected Request"));
    QCOMPARE(reasonPhrase(299), std::string_view("Unknown"));
}

void TestHttpValues::problemBodiesAreJson_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("read");
    QTest::newRow("plain") << QByteArray("abc") << QByteArray("abc");
    QTest::newRow("quotes and backslashes") << QByteArray("a\"b\\c/") << QByteArray("a\"b\\c/");
    QTest::newRow("control bytes") << QByteArray("\x01\x1F\n\r\t\x7F", 6) << QByteArray("\x01\x1F\n\r\t\x7F", 6);
    QTest::newRow("NUL") << QByteArray("a\0b", 3) << QByteArray("a\0b", 3);
    QTest::newRow("UTF-8") << QByteArray("é€😀") << QByteArray("é€😀");
    QTest::newRow("a lone lead byte") << QByteArray("a\xC3") << QByteArray("a\uFFFD");
    QTest::newRow("an overlong form") << QByteArray("\xC0\x80") << QByteArray("\uFFFD\uFFFD");
    QTest::newRow("a surrogate") << QByteArray("\xED\xA0\x80") << QByteArray("\uFFFD\uFFFD\uFFFD");
}

void TestHttpValues::problemBodiesAreJson()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, read);
    const std::string in = text.toStdString();
    const ProblemMember members[] = {{"backend", in}, {"tries", "[1,2]", true}};
    std::string out;
    appendProblem(out, {.status = 429, .title = in, .detail = in, .policy = in, .route = {}, .members = members});
    const auto json = nlohmann::json::parse(out);
    QCOMPARE(json["type"].get<std::string>(), std::string("about:blank"));
    QCOMPARE(json["status"].get<int>(), 429);
    for (const char* key : {"title", "detail", "policy", "backend"}) {
        QCOMPARE(QByteArray::fromStdString(json[key].get<std::string>()), read);
    }
    QVERIFY(!json.contains("route"));
    QCOMPARE(json["tries"].size(), std::size_t{2});
}

void TestHttpValues::dates_data()
{
    QTest::addColumn<qint64>("second");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("the epoch") << qint64{0} << QByteArray("Thu, 01 Jan 1970 00:00:00 GMT");
    QTest::newRow("the RFC's example") << qint64{784111777} << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT");
    QTest::newRow("a leap day") << qint64{1709251199} << QByteArray("Thu, 29 Feb 2024 23:59:59 GMT");
}

void TestHttpValues::dates()
{
    QFETCH(qint64, second);
    CachedDate date;
    const std::string_view text = date.at(second * 1'000'000'000 + 5);
    QTEST(QByteArray(text.data(), static_cast<qsizetype>(text.size())), "text");
}

QTEST_GUILESS_MAIN(TestHttpValues)
#include "tst_http_values.moc"
