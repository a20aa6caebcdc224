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
};

std::string request(std::string_view lines)
{
    return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

std::string line(std::string_view requestLine)
{
    return std::string(requestLine) + "\r\nHost: a\r\n\r\n";
}

std::string post(std::string_view lines)
{
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

std::string host(std::string_view value)
{
    return "GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n";
}

std::string manyLines(int count)
{
    std::string out;
    for (int at = 0; at < count; ++at) {
        out += "X-" + std::to_string(at) + ": 1\r\n";
    }
    return out;
}

std::string hops(int count)
{
    std::string out;
    for (int at = 0; at < count; ++at) {
        out += at % 2 == 0 ? "Via: 1.1 signalbox\r\n" : "Via: 1.0 x, 1.1 signalbox\r\n";
    }
    return out;
}

using namespace std::string_literals;

std::vector<Row> rows()
{
    return {
        // Whole and plain
        {"a minimal request is accepted", request(""), 0},
        {"HTTP/1.0 without Host is accepted", "GET / HTTP/1.0\r\n\r\n", 0},
        {"one empty line before the request is skipped", "\r\n" + request(""), 0},
        {"two empty lines before the request are refused", "\r\n\r\n" + request(""), 400},
        {"a header value may be empty", request("X: \r\n"), 0},
        {"a header value may follow the colon directly", request("X:1\r\n"), 0},
        {"blanks and tabs around a value are trimmed", request("X: \t 1 \t\r\n"), 0},
        {"a tab inside a value is allowed", request("X: a\tb\r\n"), 0},
        {"obs-text in a value is allowed", request("X: caf\xC3\xA9\r\n"), 0},
        {"every token character may stand in a name", request("!#$%&'*+-.^_`|~09azAZ: 1\r\n"), 0},
        // Line ends and control bytes
        {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"bare LF after a header line", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"bare LF as the last line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"bare LF throughout", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"bare CR after the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
        {"bare CR inside a value", request("X: a\rb\r\n"), 400},
        {"bare CR before a hidden header", request("X: a\rContent-Length: 5\r\n"), 400},
        {"bare LF inside a value", request("X: a\nContent-Length: 5\r\n"), 400},
        {"CR CR LF", request("X: a\r\r\n"), 400},
        {"CR before the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", 400},
        {"LF CR", "GET / HTTP/1.1\n\rHost: a\n\r\n\r", 400},
        {"a LF before the request", "\n" + request(""), 400},
        {"NUL in a value", request("X: a\0b\r\n"s), 400},
        {"NUL in a name", request("X\0Y: a\r\n"s), 400},
        {"NUL in the target", line("GET /a\0b HTTP/1.1"s), 400},
        {"NUL in the method", line("GE\0T / HTTP/1.1"s), 400},
        {"SOH in a value", request("X: \x01\r\n"), 400},
        {"vertical tab in a value", request("X: a\vb\r\n"), 400},
        {"form feed in a value", request("X: a\fb\r\n"), 400},
        {"backspace in a value", request("X: a\bb\r\n"), 400},
        {"escape in a value", request("X: \x1B[0m\r\n"), 400},
        {"DEL in a value", request("X: \x7F\r\n"), 400},
        {"DEL in a name", request("X\x7F: 1\r\n"), 400},
        {"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s, 400},
        // Folding
        {"a folded line with a blank", request("X: a\r\n b\r\n"), 400},
        {"a folded line with a tab", request("X: a\r\n\tb\r\n"), 400},
        {"a folded Transfer-Encoding", post("Transfer-Encoding:\r\n chunked\r\n"), 400},
        {"a folded Content-Length", post("Content-Length:\r\n 5\r\n"), 400},
        {"a blank before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"a line of blanks alone", request("X: a\r\n \r\n"), 400},
        // Names
        {"blank before the colon", request("X : 1\r\n"), 400},
        {"tab before the colon", request("X\t: 1\r\n"), 400},
        {"blank before the colon of Content-Length", post("Content-Length : 5\r\n"), 400},
        {"blank before the colon of Transfer-Encoding", post("Transfer-Encoding : chunked\r\n"), 400},
        {"blank before the colon of Host", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"an empty name", request(": 1\r\n"), 400},
        {"a line without colon", request("X\r\n"), 400},
        {"a last line without colon", request("Content-Length: 5\r\nfoo\r\n"), 400},
        {"a blank inside a name", request("X Y: 1\r\n"), 400},
        {"an at sign in a name", request("X@Y: 1\r\n"), 400},
        {"a slash in a name", request("X/Y: 1\r\n"), 400},
        {"parentheses in a name", request("X(Y): 1\r\n"), 400},
        {"quotes in a name", request("\"X\": 1\r\n"), 400},
        {"brackets in a name", request("[X]: 1\r\n"), 400},
        {"a comma in a name", request("X,Y: 1\r\n"), 400},
        {"a semicolon in a name", request("X;Y: 1\r\n"), 400},
        {"an equals sign in a name", request("X=Y: 1\r\n"), 400},
        {"a backslash in a name", request("X\\Y: 1\r\n"), 400},
        {"obs-text in a name", request("X\xC3\xA9: 1\r\n"), 400},
        {"braces in a name", request("{X}: 1\r\n"), 400},
        // Request line
        {"two blanks after the method", line("GET  / HTTP/1.1"), 400},
        {"two blanks before the version", line("GET /  HTTP/1.1"), 400},
        {"a blank after the version", line("GET / HTTP/1.1 "), 400},
        {"a blank before the method", line(" GET / HTTP/1.1"), 400},
        {"a tab after the method", line("GET\t/ HTTP/1.1"), 400},
        {"a tab before the version", line("GET /\tHTTP/1.1"), 400},
        {"a tab in the target", line("GET /a\tb HTTP/1.1"), 400},
        {"a blank in the target", line("GET /a b HTTP/1.1"), 400},
        {"no version (HTTP/0.9)", "GET /\r\n\r\n", 400},
        {"a method alone", "GET\r\n\r\n", 400},
        {"no target", line("GET HTTP/1.1"), 400},
        {"an empty target", line("GET  HTTP/1.1"), 400},
        {"a lower-case version", line("GET / http/1.1"), 400},
        {"a version with one digit", line("GET / HTTP/1"), 400},
        {"a version with two-digit minor", line("GET / HTTP/1.10"), 400},
        {"a version with leading zero", line("GET / HTTP/01.1"), 400},
        {"a version with a comma", line("GET / HTTP/1,1"), 400},
        {"a version with a sign", line("GET / HTTP/+1.1"), 400},
        {"a foreign protocol", line("GET / ICE/1.0"), 400},
        {"RTSP", line("OPTIONS * RTSP/1.0"), 400},
        {"HTTP/2.0", line("GET / HTTP/2.0"), 505},
        {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"HTTP/1.2 is read as HTTP/1.1", line("GET / HTTP/1.2"), 0},
        {"HTTP/1.9 is read as HTTP/1.1", line("GET / HTTP/1.9"), 0},
        {"HTTP/0.9 spelt out", line("GET / HTTP/0.9"), 505},
        {"HTTP/3.0", line("GET / HTTP/3.0"), 505},
        {"an unknown method", line("FOO / HTTP/1.1"), 0},
        {"a lower-case method", line("get / HTTP/1.1"), 0},
        {"a method with a suffix", line("GETX / HTTP/1.1"), 0},
        {"a method longer than 32", line("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1"), 501},
        {"HTTP/0.9 without an empty line", "GET /\r\n", 400},
        {"a method that is no token", line("GE(T / HTTP/1.1"), 400},
        {"a method in quotes", line("\"GET\" / HTTP/1.1"), 400},
        {"a registered extension method", line("PROPFIND / HTTP/1.1"), 0},
        // Host
        {"no Host in HTTP/1.1", "GET / HTTP/1.1\r\n\r\n", 400},
        {"Host twice, differing", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"Host twice, equal", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
        {"Host twice in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"an empty Host", host(""), 400},
        {"a Host of a port alone", host(":80"), 400},
        {"a Host with a path", host("a/b"), 400},
        {"a Host with user information", host("u@a"), 400},
        {"a Host list", host("a, b"), 400},
        {"a Host list without a blank", host("a,b"), 400},
        {"a Host with a blank", host("a b"), 400},
        {"a Host with a query", host("a?b"), 400},
        {"a Host with a fragment", host("a#b"), 400},
        {"a Host with a backslash", host("a\\b"), 400},
        {"a Host with angle brackets", host("<a>"), 400},
        {"a Host with obs-text", host("caf\xC3\xA9"), 400},
        {"a Host with a bad port", host("a:8x"), 400},
        {"a Host with a negative port", host("a:-1"), 400},
        {"a Host with a port too large", host("a:65536"), 400},
        {"a Host with two ports", host("a:1:2"), 400},
        {"a Host with an open bracket", host("[::1"), 400},
        {"a Host with a closed bracket", host("::1]"), 400},
        {"a Host with text behind brackets", host("[::1]x"), 400},
        {"a Host with a broken escape", host("a%2"), 400},
        {"a Host with scheme", host("http://a"), 400},
        {"a Host that is IPv6 with port", host("[::1]:8080"), 0},
        {"a Host that is IPv4 with port", host("127.0.0.1:8080"), 0},
        {"a Host with an empty port", host("a:"), 0},
        {"a Host with underscore", host("a_b.example"), 0},
        // Targets
        {"an absolute target", line("GET http://b/x HTTP/1.1"), 0},
        {"an absolute target in upper case", line("GET HTTP://b/x HTTP/1.1"), 0},
        {"an absolute https target", line("GET https://b HTTP/1.1"), 0},
        {"an absolute target without Host", "GET http://b/x HTTP/1.1\r\n\r\n", 400},
        {"an absolute target of another scheme", line("GET ftp://b/x HTTP/1.1"), 400},
        {"a file target", line("GET file:///etc/passwd HTTP/1.1"), 400},
        {"an absolute target without authority", line("GET http:///x HTTP/1.1"), 400},
        {"an absolute target with user information", line("GET http://u:p@b/ HTTP/1.1"), 400},
        {"an absolute target with bad port", line("GET http://b:99999/ HTTP/1.1"), 400},
        {"a scheme without slashes", line("GET http:b HTTP/1.1"), 400},
        {"a bare word target", line("GET foo HTTP/1.1"), 400},
        {"an authority target for GET", line("GET a:80 HTTP/1.1"), 400},
        {"an asterisk for GET", line("GET * HTTP/1.1"), 400},
        {"an asterisk for OPTIONS", line("OPTIONS * HTTP/1.1"), 0},
        {"an asterisk with more", line("OPTIONS *x HTTP/1.1"), 400},
        {"CONNECT to host and port", line("CONNECT a:443 HTTP/1.1"), 0},
        {"CONNECT without port", line("CONNECT a HTTP/1.1"), 400},
        {"CONNECT with an empty port", line("CONNECT a: HTTP/1.1"), 400},
        {"CONNECT to a path", line("CONNECT /a HTTP/1.1"), 400},
        {"CONNECT to an address", line("CONNECT http://a:80/ HTTP/1.1"), 400},
        {"a fragment in the target", line("GET /a#b HTTP/1.1"), 400},
        {"a fragment in the query", line("GET /a?b#c HTTP/1.1"), 400},
        {"obs-text in the target", line("GET /caf\xC3\xA9 HTTP/1.1"), 400},
        {"DEL in the target", line("GET /\x7F HTTP/1.1"), 400},
        {"a broken escape in the path", line("GET /a%2 HTTP/1.1"), 400},
        {"an escape of other letters", line("GET /a%zz HTTP/1.1"), 400},
        {"an encoded NUL in the path", line("GET /a%00b HTTP/1.1"), 400},
        {"a backslash in the path", line("GET /a\\..\\b HTTP/1.1"), 400},
        {"a path above the root", line("GET /../etc/passwd HTTP/1.1"), 400},
        {"an encoded path above the root", line("GET /a/%2e%2e/%2E./b HTTP/1.1"), 400},
        {"dot segments below the root", line("GET /a/../b/./c HTTP/1.1"), 0},
        {"a query with any mark", line("GET /?a=%zz&b=[1]|2 HTTP/1.1"), 0},
        // Lengths and codings
        {"a length", post("Content-Length: 5\r\n"), 0},
        {"a length of zero", post("Content-Length: 0\r\n"), 0},
        {"a length with leading zeros", post("Content-Length: 0005\r\n"), 0},
        {"both length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"both coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        {"two differing lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
        {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        {"a list of equal lengths", post("Content-Length: 5, 5\r\n"), 400},
        {"a list of differing lengths", post("Content-Length: 5, 6\r\n"), 400},
        {"an empty length", post("Content-Length: \r\n"), 400},
        {"a negative length", post("Content-Length: -1\r\n"), 400},
        {"a length with plus", post("Content-Length: +5\r\n"), 400},
        {"a hexadecimal length", post("Content-Length: 0x5\r\n"), 400},
        {"a decimal length", post("Content-Length: 5.0\r\n"), 400},
        {"an exponent in a length", post("Content-Length: 5e1\r\n"), 400},
        {"a length with a blank inside", post("Content-Length: 5 5\r\n"), 400},
        {"a length with a unit", post("Content-Length: 5b\r\n"), 400},
        {"a length in quotes", post("Content-Length: \"5\"\r\n"), 400},
        {"a length beyond 64 bits", post("Content-Length: 18446744073709551616\r\n"), 400},
        {"a length beyond 63 bits", post("Content-Length: 9223372036854775808\r\n"), 400},
        {"the greatest length", post("Content-Length: 9223372036854775807\r\n"), 0},
        {"a length that wraps to 5", post("Content-Length: 18446744073709551621\r\n"), 400},
        {"chunked", post("Transfer-Encoding: chunked\r\n"), 0},
        {"chunked in upper case", post("Transfer-Encoding: CHUNKED\r\n"), 0},
        {"a coding before chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
        {"a coding behind chunked", post("Transfer-Encoding: chunked, gzip\r\n"), 400},
        {"chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n"), 400},
        {"chunked twice in lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"identity", post("Transfer-Encoding: identity\r\n"), 400},
        {"identity then chunked", post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 400},
        {"chunked then identity", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
        {"an empty coding", post("Transfer-Encoding: \r\n"), 400},
        {"a misspelt chunked", post("Transfer-Encoding: xchunked\r\n"), 400},
        {"chunked with a suffix", post("Transfer-Encoding: chunkedx\r\n"), 400},
        {"chunked with a parameter", post("Transfer-Encoding: chunked;q=1\r\n"), 400},
        {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n"), 400},
        {"chunked with a comma before", post("Transfer-Encoding: ,chunked\r\n"), 501},
        {"chunked with a comma behind", post("Transfer-Encoding: chunked,\r\n"), 400},
        {"chunked with a vertical tab", post("Transfer-Encoding: \vchunked\r\n"), 400},
        {"chunked behind a colon too many", post("Transfer-Encoding:: chunked\r\n"), 400},
        {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"chunked with a trailing tab", post("Transfer-Encoding: chunked\t\r\n"), 0},
        // Expectation
        {"100-continue", post("Expect: 100-continue\r\nContent-Length: 1\r\n"), 0},
        {"an unknown expectation", post("Expect: 200-ok\r\n"), 417},
        {"an unknown expectation before a known one", post("Expect: x\r\nExpect: 100-continue\r\n"), 417},
        // Look-alikes, loops
        {"Content_Length", post("Content_Length: 5\r\n"), 400},
        {"Transfer_encoding", post("Transfer_encoding: chunked\r\n"), 400},
        {"15 times our name in Via", request(hops(15)), 0},
        {"16 times our name in Via", request(hops(16)), 508},
        {"other names in Via", request("Via: 1.1 a, 1.1 signalboxx, 1.1 b\r\n"), 0},
        // Limits
        {"exactly 100 header lines", "GET / HTTP/1.1\r\nHost: a\r\n" + manyLines(99) + "\r\n", 0},
        {"101 header lines", "GET / HTTP/1.1\r\nHost: a\r\n" + manyLines(100) + "\r\n", 431},
        {"a request line at the limit", line("GET /" + std::string(300 - 14, 'a') + " HTTP/1.1"), 0},
        {"a request line one above the limit", line("GET /" + std::string(301 - 14, 'a') + " HTTP/1.1"), 414},
        {"a head above the limit", request("X: " + std::string(4000, 'a') + "\r\n"), 431},
        {"a head above the limit without an end", "GET / HTTP/1.1\r\nHost: " + std::string(4000, 'a'), 431},
        {"a request line without an end", "GET /" + std::string(400, 'a'), 414},
    };
}

const HeadLimits kLimits{300, 4000, 100};

struct Answer {
    HeadScan::State state = HeadScan::State::NeedMore;
    int status = 0;
    std::string_view detail;
    std::size_t used = 0;
    std::string fields;

    bool operator==(const Answer&) const = default;
};

std::string show(const RequestHead& head)
{
    std::string out;
    for (const std::string_view part : {head.methodText, head.target, head.path, head.query, head.host}) {
        out.append(part) += '|';
    }
    for (const auto& [name, value] : head.headers.fields()) {
        out.append(name) += '=';
        out.append(value) += ';';
    }
    return out + std::to_string(head.contentLength) + std::to_string(static_cast<int>(head.body)) +
           (head.keepAlive ? "k" : "c") + (head.upgrade ? "u" : "") + (head.expectContinue ? "e" : "") +
           std::to_string(head.versionMinor);
}

/// Feeds `bytes` in the pieces that `step` makes: each time everything so far, at a new address.
template <typename NextEnd>
Answer feed(const std::string& bytes, NextEnd nextEnd)
{
    static RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    for (std::size_t end = nextEnd(0);; end = nextEnd(end)) {
        const std::string area = bytes.substr(0, end);
        const ParseResult result = parser.parse(area, scan, kLimits, arena, head);
        if (result.state != HeadScan::State::NeedMore || end == bytes.size()) {
            const bool whole = result.state == HeadScan::State::Complete;
            return {result.state, result.error.status, result.error.detail, result.used,
                    whole ? show(head) : std::string()};
        }
    }
}

}  // namespace

class TestH1Request : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void strictness_data();
    void strictness();
    void fillsTheHead();
    void absoluteAuthorityWinsOverHost();
    void connectionOptions_data();
    void connectionOptions();
    void namedLinesAreGoneForEverybody();
    void maxForwardsCountsDown_data();
    void maxForwardsCountsDown();
    void pipelinedHeadsAreTakenOneByOne();
    void viewsFollowMovedBytes();
};

void TestH1Request::strictness_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    for (const Row& row : rows()) {
        QTest::newRow(row.name) << QByteArray(row.bytes.data(), static_cast<qsizetype>(row.bytes.size())) << row.status;
    }
}

void TestH1Request::strictness()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    const std::string text = bytes.toStdString();
    const Answer whole = feed(text, [&](std::size_t) { return text.size(); });
    QVERIFY2(whole.state != HeadScan::State::NeedMore, "the answer must not wait for more");
    QVERIFY2(whole.status == status,
             qPrintable(QString::number(whole.status) + QLatin1String(" ") +
                        QString::fromUtf8(whole.detail.data(), static_cast<qsizetype>(whole.detail.size()))));
    QCOMPARE(whole.state == HeadScan::State::Complete, status == 0);
    QVERIFY(status == 0 || whole.detail.ends_with('.'));

    const Answer single = feed(text, [](std::size_t end) { return end + 1; });
    QCOMPARE(single.detail, whole.detail);
    QVERIFY(single == whole);
    for (std::size_t split = 1; split < text.size(); ++split) {
        const Answer two = feed(text, [&](std::size_t end) { return end == 0 ? split : text.size(); });
        QVERIFY2(two == whole, qPrintable(QStringLiteral("split at %1").arg(split)));
    }
}

void TestH1Request::fillsTheHead()
{
    const std::string bytes =
        "POST //a/./b%41?x=1&y HTTP/1.1\r\nHost: Shop.example:8080\r\nContent-Length: 12\r\nExpect: "
        "100-Continue\r\n\r\nbody";
    RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    const ParseResult result = parser.parse(bytes, scan, {}, arena, head);
    QCOMPARE(result.state, HeadScan::State::Complete);
    QCOMPARE(result.used, bytes.size() - 4);
    QCOMPARE(head.method, Method::Post);
    QCOMPARE(head.path, std::string_view("/a/bA"));
    QCOMPARE(head.query, std::string_view("x=1&y"));
    QVERIFY(head.hasQuery);
    QCOMPARE(head.host, std::string_view("Shop.example:8080"));
    QCOMPARE(head.body, BodyKind::Length);
    QCOMPARE(head.contentLength, std::uint64_t{12});
    QVERIFY(head.expectContinue);
    QVERIFY(head.keepAlive);
    QCOMPARE(head.headers.size(), std::size_t{3});
    QVERIFY(sizeof(HeadScan) <= 16);
}

void TestH1Request::absoluteAuthorityWinsOverHost()
{
    const std::string bytes = "GET http://b:81?q HTTP/1.1\r\nX: 1\r\nHost: a\r\n\r\n";
    RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    QCOMPARE(parser.parse(bytes, scan, {}, arena, head).state, HeadScan::State::Complete);
    QCOMPARE(head.host, std::string_view("b:81"));
    QCOMPARE(head.headers.find("host").value(), std::string_view("b:81"));
    QCOMPARE(head.path, std::string_view("/"));
    QCOMPARE(head.query, std::string_view("q"));
}

void TestH1Request::namedLinesAreGoneForEverybody()
{
    const std::string bytes =
        request("Connection: a, X-Forwarded-For, b\r\nA: 1\r\nX-Forwarded-For: 2\r\nB: 3\r\nC: 4\r\na: 5\r\n");
    RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    QCOMPARE(parser.parse(bytes, scan, {}, arena, head).state, HeadScan::State::Complete);
    QVERIFY(!head.headers.find("a") && !head.headers.find("b"));
    QCOMPARE(head.headers.find("X-Forwarded-For").value(), std::string_view("2"));
    QCOMPARE(head.headers.find("C").value(), std::string_view("4"));
    QCOMPARE(head.headers.size(), std::size_t{4});
}

void TestH1Request::maxForwardsCountsDown_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<bool>("lastHop");
    QTest::newRow("OPTIONS with hops left") << QByteArray("OPTIONS") << QByteArray("10") << QByteArray("9") << false;
    QTest::newRow("OPTIONS with one left") << QByteArray("OPTIONS") << QByteArray("1") << QByteArray("0") << false;
    QTest::newRow("OPTIONS with none left") << QByteArray("OPTIONS") << QByteArray("0") << QByteArray("0") << true;
    QTest::newRow("OPTIONS with no number") << QByteArray("OPTIONS") << QByteArray("-1") << QByteArray("-1") << false;
    QTest::newRow("OPTIONS with too great a number")
        << QByteArray("OPTIONS") << QByteArray("99999999999") << QByteArray("99999999999") << false;
    QTest::newRow("another method") << QByteArray("GET") << QByteArray("0") << QByteArray("0") << false;
}

void TestH1Request::maxForwardsCountsDown()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, after);
    const std::string bytes =
        method.toStdString() + " / HTTP/1.1\r\nHost: a\r\nMax-Forwards: " + value.toStdString() + "\r\n\r\n";
    RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    QCOMPARE(parser.parse(bytes, scan, {}, arena, head).state, HeadScan::State::Complete);
    QTEST(head.lastHop, "lastHop");
    QCOMPARE(head.headers.find("max-forwards").value(), std::string_view(after.constData()));
}

void TestH1Request::connectionOptions_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<bool>("keepAlive");
    QTest::addColumn<bool>("upgrade");
    QTest::newRow("1.1 stays open") << QByteArray("") << QByteArray("1.1") << true << false;
    QTest::newRow("1.1 closes when asked")
        << QByteArray("Connection: Close\r\n") << QByteArray("1.1") << false << false;
    QTest::newRow("close inside a list counts")
        << QByteArray("Connection: x, close ,y\r\n") << QByteArray("1.1") << false << false;
    QTest::newRow("close in a second line counts")
        << QByteArray("Connection: x\r\nConnection: close\r\n") << QByteArray("1.1") << false << false;
    QTest::newRow("1.0 closes") << QByteArray("") << QByteArray("1.0") << false << false;
    QTest::newRow("1.0 stays open when asked")
        << QByteArray("Connection: keep-alive\r\n") << QByteArray("1.0") << true << false;
    QTest::newRow("an upgrade needs both lines")
        << QByteArray("Connection: Upgrade\r\nUpgrade: websocket\r\n") << QByteArray("1.1") << true << true;
    QTest::newRow("Upgrade alone is no upgrade")
        << QByteArray("Upgrade: websocket\r\n") << QByteArray("1.1") << true << false;
    QTest::newRow("1.0 cannot upgrade") << QByteArray("Connection: Upgrade\r\nUpgrade: websocket\r\n")
                                        << QByteArray("1.0") << false << false;
}

void TestH1Request::connectionOptions()
{
    QFETCH(QByteArray, lines);
    QFETCH(QByteArray, version);
    const std::string bytes = "GET / HTTP/" + version.toStdString() + "\r\nHost: a\r\n" + lines.toStdString() + "\r\n";
    RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    QCOMPARE(parser.parse(bytes, scan, {}, arena, head).state, HeadScan::State::Complete);
    QTEST(head.keepAlive, "keepAlive");
    QTEST(head.upgrade, "upgrade");
}

void TestH1Request::pipelinedHeadsAreTakenOneByOne()
{
    const std::string bytes = request("X: 1\r\n") + line("HEAD /two HTTP/1.1") + "GET /thr";
    RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    std::string_view rest = bytes;
    ParseResult result = parser.parse(rest, scan, {}, arena, head);
    QCOMPARE(head.headers.size(), std::size_t{2});
    rest.remove_prefix(result.used);
    scan.reset();
    result = parser.parse(rest, scan, {}, arena, head);
    QCOMPARE(head.path, std::string_view("/two"));
    QCOMPARE(head.headers.size(), std::size_t{1});
    rest.remove_prefix(result.used);
    scan.reset();
    QCOMPARE(parser.parse(rest, scan, {}, arena, head).state, HeadScan::State::NeedMore);
}

void TestH1Request::viewsFollowMovedBytes()
{
    std::string bytes = "GET /a/../b?c HTTP/1.1\r\nHost: h\r\nEmpty:\r\nX: 1\r\n\r\n";
    RequestParser parser;
    HeadScan scan;
    Arena arena;
    RequestHead head;
    QCOMPARE(parser.parse(bytes, scan, {}, arena, head).state, HeadScan::State::Complete);
    const std::string before = show(head);
    const std::string moved = bytes;
    rebase(head, bytes.data(), bytes.size(), moved.data());
    bytes.assign(bytes.size(), '#');
    QCOMPARE(show(head), before);
}

QTEST_GUILESS_MAIN(TestH1Request)
#include "tst_h1_request.moc"
