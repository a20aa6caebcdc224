#include <QTest>

#include "core/http/path.h"

using namespace signalbox;
using namespace signalbox::http;

class TestPath : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void normalises_data();
    void normalises();
    void routesReadHiddenSegments_data();
    void routesReadHiddenSegments();
    void aNormalPathIsNotCopied();
};

void TestPath::normalises_data()
{
    QTest::addColumn<QByteArray>("in");
    QTest::addColumn<QByteArray>("out");
    QTest::addColumn<PathFault>("fault");
    const auto row = [](const char* name, const char* in, const char* out, PathFault fault = PathFault::None) {
        QTest::newRow(name) << QByteArray(in) << QByteArray(out) << fault;
    };
    row("the root", "/", "/");
    row("a plain path", "/a/b.c/d-e_f~g", "/a/b.c/d-e_f~g");
    row("a closing slash stays", "/a/", "/a/");
    row("slashes are merged", "//a///b//", "/a/b/");
    row("a single dot goes", "/a/./b", "/a/b");
    row("a closing dot leaves the slash", "/a/.", "/a/");
    row("two dots take a segment", "/a/b/../c", "/a/c");
    row("closing dots leave the slash", "/a/b/..", "/a/");
    row("dots back to the root", "/a/..", "/");
    row("dots behind merged slashes", "/a//../b", "/b");
    row("encoded dots count", "/a/%2e%2E/b/%2e/c", "/b/c");
    row("half encoded dots count", "/a/.%2e/b", "/b");
    row("three dots are a name", "/a/.../b", "/a/.../b");
    row("a hidden file is a name", "/.well-known/x", "/.well-known/x");
    row("unreserved escapes are decoded", "/%41%7e%2D", "/A~-");
    row("other escapes are in upper case", "/%c3%a9%20", "/%C3%A9%20");
    row("an encoded slash stays", "/a%2fb", "/a%2Fb");
    row("an encoded backslash stays", "/a%5cb", "/a%5Cb");
    row("parameters stay", "/a;x=1/b;", "/a;x=1/b;");
    row("Latin-1 escapes stay", "/%C0%20%E9%80", "/%C0%20%E9%80");
    row("a whole UTF-8 escape of three bytes stays", "/%e2%82%ac", "/%E2%82%AC");
    row("dots beside an encoded slash", "/a/..%2fb", "", PathFault::HiddenDots);
    row("dots behind an encoded slash", "/a%2F..", "", PathFault::HiddenDots);
    row("a dot between encoded backslashes", "/a%5c%2e%5Cb", "", PathFault::HiddenDots);
    row("dots with a parameter", "/a/..;x/b", "", PathFault::HiddenDots);
    row("a dot with a parameter", "/.;", "", PathFault::HiddenDots);
    row("dots in a parameter are no segment", "/a;../b", "/a;../b");
    row("an overlong slash", "/%c0%af", "", PathFault::OverlongEscape);
    row("an overlong letter", "/%c1%81", "", PathFault::OverlongEscape);
    row("an overlong slash of three bytes", "/%e0%80%af", "", PathFault::OverlongEscape);
    row("an overlong slash of four bytes", "/%F0%80%80%AF", "", PathFault::OverlongEscape);
    row("a double escape is left alone", "/%252e", "/%252e");
    row("an encoded percent stays", "/%25", "/%25");
    row("sub-delims stay", "/a;v=1,2!$&'()*+:@", "/a;v=1,2!$&'()*+:@");
    row("above the root", "/..", "", PathFault::AboveRoot);
    row("above the root later", "/a/../../b", "", PathFault::AboveRoot);
    row("above the root encoded", "/%2e%2e/b", "", PathFault::AboveRoot);
    row("above the root behind slashes", "///../b", "", PathFault::AboveRoot);
    row("an escape cut off", "/a%", "", PathFault::BadEscape);
    row("an escape of one digit", "/a%4", "", PathFault::BadEscape);
    row("an escape of other letters", "/%gg", "", PathFault::BadEscape);
    row("an escape in unicode style", "/%u002e", "", PathFault::BadEscape);
    row("an encoded NUL", "/%00", "", PathFault::NulEscape);
    row("a backslash", "/a\\b", "", PathFault::BadCharacter);
    row("a quote", "/a\"b", "", PathFault::BadCharacter);
    row("angle brackets", "/<a>", "", PathFault::BadCharacter);
    row("a byte outside ASCII", "/\xC3\xA9", "", PathFault::BadCharacter);
    row("a question mark", "/a?b", "", PathFault::BadCharacter);
    row("no slash", "a", "", PathFault::NotAbsolute);
    row("nothing", "", "", PathFault::NotAbsolute);
}

void TestPath::normalises()
{
    QFETCH(QByteArray, in);
    Arena arena;
    const std::string text = in.toStdString();
    const PathResult result = normalisePath(text, arena);
    QTEST(QByteArray(result.path.data(), static_cast<qsizetype>(result.path.size())), "out");
    QTEST(result.fault, "fault");
    QCOMPARE(describe(result.fault).empty(), result.fault == PathFault::None);
    if (result.fault == PathFault::None) {
        QCOMPARE(normalisePath(result.path, arena).path, result.path);
    }
}

void TestPath::routesReadHiddenSegments_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("matching");
    QTest::addColumn<int>("matched");
    QTest::addColumn<int>("bytes");
    const auto row = [](const char* name, const char* path, const char* matching, int matched, int bytes) {
        QTest::newRow(name) << QByteArray(path) << QByteArray(matching) << matched << bytes;
    };
    row("a plain path is itself", "/a/b", "/a/b", 2, 2);
    row("a parameter plays no part", "/a;x=1/b", "/a/b", 2, 6);
    row("a parameter at the end", "/a;x", "/a", 2, 4);
    row("a parameter alone", "/;x/a", "/a", 2, 5);
    row("an encoded slash ends a segment", "/a%2Fb/c", "/a/b/c", 4, 6);
    row("nothing is cut off before an encoded slash", "/a%2Fb", "/a/b", 2, 0);
    row("an encoded backslash ends a segment", "/a%5Cb", "/a/b", 4, 6);
    row("slashes of both kinds are merged", "/%2F/%5Ca", "/a", 2, 9);
    row("a parameter ends at an encoded slash", "/a;x%2Fb", "/a/b", 4, 8);
    row("nothing matched is nothing", "/a;x", "/a", 0, 0);
}

void TestPath::routesReadHiddenSegments()
{
    QFETCH(QByteArray, path);
    QFETCH(int, matched);
    Arena arena;
    const std::string text = path.toStdString();
    const PathResult normal = normalisePath(text, arena);
    QCOMPARE(normal.path, std::string_view(text));
    QCOMPARE(normal.hiddenSegments, text.find_first_of(";%") != std::string::npos);
    const std::string_view matching = matchingPath(text, arena);
    QTEST(QByteArray(matching.data(), static_cast<qsizetype>(matching.size())), "matching");
    QTEST(static_cast<int>(matchedBytes(text, static_cast<std::size_t>(matched))), "bytes");
}

void TestPath::aNormalPathIsNotCopied()
{
    Arena arena;
    const std::string_view path = "/user/1234/orders.json";
    QCOMPARE(static_cast<const void*>(normalisePath(path, arena).path.data()), static_cast<const void*>(path.data()));
}

QTEST_GUILESS_MAIN(TestPath)
#include "tst_path.moc"
