#include <QTest>

#include <string>
#include <string_view>

#include "core/http/body_reader.h"

using namespace signalbox::http;

namespace {

struct Outcome {
    std::string body;
    std::string trailers;
    bool end = false;
    bool failed = false;
    std::size_t used = 0;

    bool operator==(const Outcome&) const = default;
};

Outcome feed(std::string_view bytes, BodyKind kind, std::uint64_t length, std::size_t piece)
{
    BodyReader reader;
    reader.start(kind, length);
    Outcome out;
    out.end = reader.done();
    for (std::size_t at = 0; at < bytes.size() && !out.end; at += piece) {
        std::string_view part = bytes.substr(at, piece);
        while (!part.empty() && !out.end) {
            const BodyReader::Step step = reader.next(part);
            if (step.error) {
                out.failed = true;
                return out;
            }
            out.body += step.data;
            out.used += step.used;
            out.end = step.end;
            part.remove_prefix(step.used);
        }
    }
    out.trailers = reader.trailers();
    return out;
}

}  // namespace

class TestBodyReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void chunked_data();
    void chunked();
    void aLengthEndsWhereItSays();
    void untilCloseEndsAtTheClose();
    void extensionsAreBoundedTogether();
    void smallChunksAreFine();
    void aReaderIsUsedAgain();
    void chunkHeads();
};

void TestBodyReader::chunked_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("trailers");
    QTest::addColumn<bool>("good");
    const auto good = [](const char* name, const std::string& bytes, const char* body, const char* trailers = "") {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(body) << QByteArray(trailers) << true;
    };
    const auto bad = [](const char* name, const std::string& bytes) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray() << QByteArray() << false;
    };
    good("an empty body", "0\r\n\r\n", "");
    good("one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello");
    good("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world");
    good("what follows is left alone", "1\r\na\r\n0\r\n\r\nGET /", "a");
    good("hexadecimal in both cases", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789");
    good("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello");
    good("an extension", "5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello");
    good("a quoted extension", "5;a=\"b; c\";d\r\nhello\r\n0\r\n\r\n", "hello");
    good("line ends inside data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n");
    good("a trailer", "0\r\nX-Sum: 1\r\n\r\n", "", "X-Sum: 1\r\n");
    good("a trailer that must not be one is dropped", "0\r\nCookie: 5\r\nX: 1\r\nHost: b\r\n\r\n", "", "X: 1\r\n");
    bad("no size", "\r\nhello\r\n0\r\n\r\n");
    bad("a negative size", "-5\r\nhello\r\n0\r\n\r\n");
    bad("a size with plus", "+5\r\nhello\r\n0\r\n\r\n");
    bad("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n");
    bad("a size with a blank before", " 5\r\nhello\r\n0\r\n\r\n");
    bad("a size with a blank behind", "5 \r\nhello\r\n0\r\n\r\n");
    bad("a size with a tab behind", "5\t\r\nhello\r\n0\r\n\r\n");
    bad("a size with an underscore", "5_0\r\nhello\r\n0\r\n\r\n");
    bad("a size of letters", "xyz\r\nhello\r\n0\r\n\r\n");
    bad("a size that overflows", "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n");
    bad("a size of 64 bits", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n");
    bad("too many leading zeros", "00000000000000005\r\nhello\r\n0\r\n\r\n");
    bad("bare LF after the size", "5\nhello\r\n0\r\n\r\n");
    bad("bare CR after the size", "5\rhello\r\n0\r\n\r\n");
    bad("CR CR LF after the size", "5\r\r\nhello\r\n0\r\n\r\n");
    bad("data longer than its size", "5\r\nhelloo\r\n0\r\n\r\n");
    bad("data shorter than its size", "5\r\nhell\r\n0\r\n\r\n");
    bad("bare LF after the data", "5\r\nhello\n0\r\n\r\n");
    bad("no line end after the data", "5\r\nhello0\r\n\r\n");
    bad("an extension without a name", "5;\r\nhello\r\n0\r\n\r\n");
    bad("an extension without a value", "5;a=\r\nhello\r\n0\r\n\r\n");
    bad("an extension with a quoted quote", "5;a=\"b\\\"c\"\r\nhello\r\n0\r\n\r\n");
    bad("an extension with a LF inside", "5;a\nb\r\nhello\r\n0\r\n\r\n");
    bad("an extension with a CR inside", "5;a=\"\rb\"\r\nhello\r\n0\r\n\r\n");
    bad("an extension with a control byte", "5;a\x01\r\nhello\r\n0\r\n\r\n");
    bad("an extension that is too long", "5;" + std::string(300, 'a') + "\r\nhello\r\n0\r\n\r\n");
    bad("bare LF at the end", "0\r\n\n");
    bad("a length as trailer", "0\r\nContent-Length: 5\r\n\r\n");
    bad("a coding as trailer", "0\r\nTransfer-Encoding: chunked\r\n\r\n");
    bad("a trailer without colon", "0\r\nfoo\r\n\r\n");
    bad("a trailer with a blank before the colon", "0\r\nX : 1\r\n\r\n");
    bad("a folded trailer", "0\r\nX: 1\r\n 2\r\n\r\n");
    bad("a trailer with NUL", std::string("0\r\nX: \0\r\n\r\n", 11));
    bad("a trailer with bare LF", "0\r\nX: 1\n\r\n");
    bad("trailers that are too long", "0\r\nX: " + std::string(9000, 'a') + "\r\n\r\n");
}

void TestBodyReader::chunked()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, good);
    const std::string text = bytes.toStdString();
    const Outcome whole = feed(text, BodyKind::Chunked, 0, text.size());
    QCOMPARE(whole.failed, !good);
    QCOMPARE(whole.end, good);
    if (good) {
        QTEST(QByteArray::fromStdString(whole.body), "body");
        QTEST(QByteArray::fromStdString(whole.trailers), "trailers");
    }
    for (const std::size_t piece : {1u, 2u, 3u, 7u}) {
        const Outcome pieces = feed(text, BodyKind::Chunked, 0, piece);
        QCOMPARE(pieces.failed, whole.failed);
        QVERIFY(!good || pieces == whole);
    }
}

void TestBodyReader::aLengthEndsWhereItSays()
{
    const Outcome out = feed("hello world", BodyKind::Length, 5, 2);
    QCOMPARE(out.body, std::string("hello"));
    QVERIFY(out.end);
    QCOMPARE(out.used, std::size_t{5});
    QVERIFY(feed("x", BodyKind::None, 0, 1).end);
    BodyReader reader;
    reader.start(BodyKind::Length, 5);
    QVERIFY(!reader.finishAtClose());
}

void TestBodyReader::untilCloseEndsAtTheClose()
{
    BodyReader reader;
    reader.start(BodyKind::UntilClose);
    QCOMPARE(reader.next("abc").data, std::string_view("abc"));
    QVERIFY(!reader.done());
    QVERIFY(reader.finishAtClose());
    QVERIFY(reader.done());
}

void TestBodyReader::extensionsAreBoundedTogether()
{
    std::string bytes;
    for (int at = 0; at < 200; ++at) {
        bytes += "1;" + std::string(200, 'a') + "\r\nx\r\n";
    }
    QVERIFY(feed(bytes + "0\r\n\r\n", BodyKind::Chunked, 0, bytes.size() + 5).failed);
}

void TestBodyReader::smallChunksAreFine()
{
    std::string bytes;
    for (int at = 0; at < 100'000; ++at) {
        bytes += "1\r\nx\r\n";
    }
    const Outcome out = feed(bytes + "0\r\n\r\n", BodyKind::Chunked, 0, 4096);
    QVERIFY(out.end);
    QCOMPARE(out.body.size(), std::size_t{100'000});
}

void TestBodyReader::aReaderIsUsedAgain()
{
    BodyReader reader;
    reader.start(BodyKind::Chunked);
    QVERIFY(reader.next("x").error);
    reader.start(BodyKind::Chunked);
    QVERIFY(reader.next("0\r\nX: 1\r\n\r\n").end);
    reader.start(BodyKind::Chunked);
    QVERIFY(reader.next("0\r\n\r\n").end);
    QVERIFY(reader.trailers().empty());
}

void TestBodyReader::chunkHeads()
{
    char out[kMostChunkHead];
    const auto text = [&](std::uint64_t size) { return std::string(out, writeChunkHead(out, size)); };
    QCOMPARE(text(1), std::string("1\r\n"));
    QCOMPARE(text(0x1a0), std::string("1a0\r\n"));
    QCOMPARE(text(~std::uint64_t{0}), std::string("ffffffffffffffff\r\n"));
}

QTEST_GUILESS_MAIN(TestBodyReader)
#include "tst_body_reader.moc"
