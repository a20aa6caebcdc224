#include <QTest>

#include <string>
#include <string_view>

#include "core/http/h1_parser.h"

using namespace signalbox;
using namespace signalbox::http;

namespace {

struct Row {
    const char* name;
    std::string bytes;
    int status;  // 0: accepted
    BodyKind body = BodyKind::None;
    bool keepAlive = true;
    ResponseExpectation expected = {};
};

std::string ok(std::string_view lines, std::string_view statusLine = "HTTP/1.1 200 OK")
{
    return std::string(statusLine) + "\r\n" + std::string(lines) + "\r\n";
}

std::vector<Row> rows()
{
    const ResponseExpectation head{Method::Head, false};
    const ResponseExpectation upgrade{Method::Get, true};
    const std::string switching =
        ok("Upgrade: websocket\r\nConnection: upgrade\r\n", "HTTP/1.1 101 Switching Protocols");
    return {
        {"a length", ok("Content-Length: 5\r\n"), 0, BodyKind::Length},
        {"a length of zero", ok("Content-Length: 0\r\n"), 0, BodyKind::None},
        {"chunked", ok("Transfer-Encoding: chunked\r\n"), 0, BodyKind::Chunked},
        {"neither ends with the connection", ok(""), 0, BodyKind::UntilClose, false},
        {"HEAD with a length has no body", ok("Content-Length: 5\r\n"), 0, BodyKind::None, true, head},
        {"HEAD with chunked has no body", ok("Transfer-Encoding: chunked\r\n"), 0, BodyKind::None, true, head},
        {"HEAD without length stays open", ok(""), 0, BodyKind::None, true, head},
        {"204 has no body", ok("", "HTTP/1.1 204 No Content"), 0, BodyKind::None},
        {"204 with a length has no body and no future", ok("Content-Length: 5\r\n", "HTTP/1.1 204 No Content"), 0,
         BodyKind::None, false},
        {"204 with a length of zero", ok("Content-Length: 0\r\n", "HTTP/1.1 204 No Content"), 0, BodyKind::None},
        {"304 with chunked has no future", ok("Transfer-Encoding: chunked\r\n", "HTTP/1.1 304 Not Modified"), 0,
         BodyKind::None, false},
        {"100 with a length of zero", ok("Content-Length: 0\r\n", "HTTP/1.1 100 Continue"), 0, BodyKind::None},
        {"100 with a length", ok("Content-Length: 5\r\n", "HTTP/1.1 100 Continue"), 502},
        {"103 with chunked", ok("Transfer-Encoding: chunked\r\n", "HTTP/1.1 103 Early Hints"), 502},
        {"a banner without an empty line", "220 mail.example ESMTP\r\n", 502},
        {"204 with chunked has no body and no future", ok("Transfer-Encoding: chunked\r\n", "HTTP/1.1 204 No Content"),
         0, BodyKind::None, false},
        {"304 with a length has no body", ok("Content-Length: 5\r\n", "HTTP/1.1 304 Not Modified"), 0, BodyKind::None},
        {"100 has no body", ok("", "HTTP/1.1 100 Continue"), 0, BodyKind::None},
        {"103 has no body", ok("Link: <a>\r\n", "HTTP/1.1 103 Early Hints"), 0, BodyKind::None},
        {"101 that was asked for", switching, 0, BodyKind::None, true, upgrade},
        {"101 that nobody asked for", switching, 502},
        {"101 without Upgrade", ok("", "HTTP/1.1 101 Switching Protocols"), 502, BodyKind::None, true, upgrade},
        {"Connection: close", ok("Content-Length: 1\r\nConnection: close\r\n"), 0, BodyKind::Length, false},
        {"HTTP/1.0 closes", ok("Content-Length: 1\r\n", "HTTP/1.0 200 OK"), 0, BodyKind::Length, false},
        {"HTTP/1.0 with keep-alive", ok("Content-Length: 1\r\nConnection: keep-alive\r\n", "HTTP/1.0 200 OK"), 0,
         BodyKind::Length, true},
        {"an empty reason", ok("Content-Length: 1\r\n", "HTTP/1.1 200 "), 0, BodyKind::Length},
        {"no blank behind the status", ok("Content-Length: 1\r\n", "HTTP/1.1 200"), 0, BodyKind::Length},
        {"obs-text in the reason", ok("Content-Length: 1\r\n", "HTTP/1.1 200 caf\xC3\xA9"), 0, BodyKind::Length},
        {"an unregistered status", ok("Content-Length: 1\r\n", "HTTP/1.1 299 x"), 0, BodyKind::Length},
        {"both length and coding", ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 502},
        {"both coding and length", ok("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 502},
        {"two equal lengths", ok("Content-Length: 5\r\nContent-Length: 5\r\n"), 502},
        {"two differing lengths", ok("Content-Length: 5\r\nContent-Length: 6\r\n"), 502},
        {"a list of lengths", ok("Content-Length: 5, 5\r\n"), 502},
        {"a negative length", ok("Content-Length: -5\r\n"), 502},
        {"an overflowing length", ok("Content-Length: 99999999999999999999\r\n"), 502},
        {"gzip before chunked", ok("Transfer-Encoding: gzip, chunked\r\n"), 502},
        {"gzip alone", ok("Transfer-Encoding: gzip\r\n"), 502},
        {"chunked twice", ok("Transfer-Encoding: chunked, chunked\r\n"), 502},
        {"chunked in HTTP/1.0", ok("Transfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK"), 502},
        {"both, even on HEAD", ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 502, BodyKind::None, true,
         head},
        {"HTTP/2.0", ok("", "HTTP/2.0 200 OK"), 502},
        {"HTTP/0.9", ok("", "HTTP/0.9 200 OK"), 502},
        {"ICY", ok("", "ICY 200 OK"), 502},
        {"text", "hello\r\n\r\n", 502},
        {"a status of two digits", ok("", "HTTP/1.1 20 OK"), 502},
        {"a status of four digits", ok("", "HTTP/1.1 2000 OK"), 502},
        {"a status of letters", ok("", "HTTP/1.1 2xx OK"), 502},
        {"status 099", ok("", "HTTP/1.1 099 OK"), 502},
        {"status 600", ok("", "HTTP/1.1 600 OK"), 502},
        {"two blanks before the status", ok("", "HTTP/1.1  200 OK"), 502},
        {"an empty line first", "\r\n" + ok(""), 502},
        {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", 502},
        {"bare CR in a value", ok("X: a\rb\r\n"), 502},
        {"NUL in a value", ok(std::string("X: a\0b\r\n", 8)), 502},
        {"a folded line", ok("X: a\r\n b\r\n"), 502},
        {"a blank before the colon", ok("X : a\r\n"), 502},
        {"an empty name", ok(": a\r\n"), 502},
        {"a control byte in the reason", ok("", "HTTP/1.1 200 O\x01K"), 502},
        {"a head above the limit", ok("X: " + std::string(5000, 'a') + "\r\n"), 502},
    };
}

ParseResult feed(ResponseParser& parser, const Row& row, std::size_t split, ResponseHead& head)
{
    HeadScan scan;
    const HeadLimits limits{300, 4000, 100};
    const ParseResult first =
        parser.parse(std::string_view(row.bytes).substr(0, split), scan, limits, row.expected, head);
    return first.state != HeadScan::State::NeedMore ? first : parser.parse(row.bytes, scan, limits, row.expected, head);
}

}  // namespace

class TestH1Response : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void strictness_data();
    void strictness();
    void fillsTheHead();
};

void TestH1Response::strictness_data()
{
    QTest::addColumn<int>("row");
    const auto all = rows();
    for (std::size_t at = 0; at < all.size(); ++at) {
        QTest::newRow(all[at].name) << static_cast<int>(at);
    }
}

void TestH1Response::strictness()
{
    QFETCH(int, row);
    const Row here = rows()[static_cast<std::size_t>(row)];
    ResponseParser parser;
    for (std::size_t split = 0; split <= here.bytes.size(); ++split) {
        ResponseHead head;
        const ParseResult result = feed(parser, here, split, head);
        QCOMPARE(result.error.status, here.status);
        QCOMPARE(result.state == HeadScan::State::Complete, here.status == 0);
        if (here.status == 0) {
            QCOMPARE(head.body, here.body);
            QCOMPARE(head.keepAlive, here.keepAlive);
            QCOMPARE(result.used, here.bytes.size());
        } else {
            QVERIFY(result.error.detail.ends_with('.'));
        }
    }
}

void TestH1Response::fillsTheHead()
{
    const std::string bytes = ok("Content-Length: 12\r\nX:  a b \r\n", "HTTP/1.0 404 Not here") + "rest";
    ResponseParser parser;
    HeadScan scan;
    ResponseHead head;
    const ParseResult result = parser.parse(bytes, scan, {}, {}, head);
    QCOMPARE(result.used, bytes.size() - 4);
    QCOMPARE(head.status, 404);
    QCOMPARE(head.reason, std::string_view("Not here"));
    QCOMPARE(head.versionMinor, 0);
    QCOMPARE(head.contentLength, std::uint64_t{12});
    QCOMPARE(head.headers.find("x").value(), std::string_view("a b"));
}

QTEST_GUILESS_MAIN(TestH1Response)
#include "tst_h1_response.moc"
