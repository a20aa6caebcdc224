#include <QTest>

#include <string>

#include "core/http/h1_parser.h"
#include "core/http/header_rules.h"

using namespace signalbox;
using namespace signalbox::http;

namespace {

template <typename Head, typename Forward>
std::string write(const Head& head, const Forward& forward,
                  std::size_t (*writer)(const Head&, const Forward&, std::span<char>) noexcept)
{
    const std::size_t needed = writer(head, forward, {});
    std::string exact(needed, '#');
    if (writer(head, forward, {exact.data(), exact.size()}) != needed) {
        return "the size changed";
    }
    return exact;
}

struct Parsed {
    std::string bytes;
    Arena arena;
    RequestHead request;
    ResponseHead response;
};

void parseRequest(Parsed& out, const std::string& requestLine, const std::string& lines)
{
    out.bytes = requestLine + "\r\n" + lines + "\r\n";
    RequestParser parser;
    HeadScan scan;
    const ParseResult result = parser.parse(out.bytes, scan, {}, out.arena, out.request);
    QVERIFY2(result.state == HeadScan::State::Complete, std::string(result.error.detail).c_str());
}

void parseResponse(Parsed& out, const std::string& statusLine, const std::string& lines)
{
    out.bytes = statusLine + "\r\n" + lines + "\r\n";
    ResponseParser parser;
    HeadScan scan;
    QCOMPARE(parser.parse(out.bytes, scan, {}, {Method::Get, true}, out.response).state, HeadScan::State::Complete);
}

const RequestForward kBare{.via = false};
const ResponseForward kBareResponse{.via = false};

}  // namespace

class TestHeaderRules : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void requests_data();
    void requests();
    void aWholeForward();
    void responses_data();
    void responses();
    void editedLinesAreWritten();
};

void TestHeaderRules::requests_data()
{
    QTest::addColumn<QByteArray>("in");
    QTest::addColumn<QByteArray>("out");
    const auto row = [](const char* name, const char* in, const char* out) {
        QTest::newRow(name) << QByteArray(in) << QByteArray(out);
    };
    row("plain lines go on in order", "A: 1\r\nB:2\r\nC:  3 \r\n", "A: 1\r\nB: 2\r\nC: 3\r\n");
    row("Connection stays", "Connection: keep-alive\r\nA: 1\r\n", "A: 1\r\n");
    row("named headers stay", "A: 1\r\nConnection: x, y\r\nX: 1\r\ny: 2\r\nZ: 3\r\n", "A: 1\r\nZ: 3\r\n");
    row("Content-Length cannot be named away", "Connection: content-length\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\n");
    row("Authorization cannot be named away", "Connection: authorization\r\nAuthorization: x\r\n",
        "Authorization: x\r\n");
    row("Keep-Alive and Proxy-Connection stay", "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nA: 1\r\n",
        "A: 1\r\n");
    row("Upgrade stays without an upgrade",
        "Upgrade: h2c\r\nHTTP2-Settings: x\r\nConnection: Upgrade, HTTP2-Settings\r\n", "");
    row("Proxy-Authorization stays", "Proxy-Authorization: x\r\n", "");
    row("TE goes on as trailers alone", "TE: trailers, deflate\r\nConnection: TE\r\n",
        "TE: trailers\r\nConnection: TE\r\n");
    row("TE without trailers stays", "TE: deflate\r\nConnection: TE\r\n", "");
    row("chunked is written anew", "transfer-encoding: Chunked\r\nTrailer: X\r\n",
        "Trailer: X\r\nTransfer-Encoding: chunked\r\n");
    row("Trailer without chunked stays", "Trailer: X\r\n", "");
    row("Expect stays", "Expect: 100-continue\r\nContent-Length: 1\r\n", "Content-Length: 1\r\n");
    row("an empty value goes on", "A:\r\nB: 1\r\n", "A: \r\nB: 1\r\n");
}

void TestHeaderRules::requests()
{
    QFETCH(QByteArray, in);
    QFETCH(QByteArray, out);
    Parsed parsed;
    parseRequest(parsed, "POST /x?y HTTP/1.1", "Host: a\r\n" + in.toStdString());
    const std::string text = write(parsed.request, kBare, writeRequestHead);
    QCOMPARE(text, "POST /x?y HTTP/1.1\r\nHost: a\r\n" + out.toStdString() + "\r\n");
}

void TestHeaderRules::aWholeForward()
{
    Parsed parsed;
    parseRequest(parsed, "GET //a/../b? HTTP/1.0",
                 "Host: shop\r\nX-Forwarded-For: 1.1.1.1\r\nVia: 1.0 fred\r\nx-forwarded-for: "
                 "2.2.2.2\r\nX-Forwarded-Proto: https\r\n"
                 "X-Forwarded-Host: evil\r\nUpgrade: websocket\r\nA: 1\r\n");
    parsed.request.host = "inner:81";
    const RequestForward forward{.clientAddress = "3.3.3.3", .upgrade = true};
    QCOMPARE(write(parsed.request, forward, writeRequestHead),
             std::string("GET /b? HTTP/1.1\r\nHost: inner:81\r\nA: 1\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3\r\n"
                         "X-Forwarded-Proto: http\r\nX-Forwarded-Host: shop\r\nVia: 1.0 fred, 1.1 "
                         "signalbox\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"));
}

void TestHeaderRules::responses_data()
{
    QTest::addColumn<QByteArray>("statusLine");
    QTest::addColumn<QByteArray>("in");
    QTest::addColumn<QByteArray>("out");
    QTest::addColumn<int>("body");
    const auto row = [](const char* name, const char* status, const char* in, const char* out,
                        ResponseBody body = ResponseBody::AsParsed) {
        QTest::newRow(name) << QByteArray(status) << QByteArray(in) << QByteArray(out) << static_cast<int>(body);
    };
    row("plain lines go on", "HTTP/1.1 200 OK", "A: 1\r\nContent-Length: 3\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 3\r\n");
    row("an old version is raised", "HTTP/1.0 200 Fine", "Content-Length: 3\r\n",
        "HTTP/1.1 200 Fine\r\nContent-Length: 3\r\n");
    row("an empty reason is filled", "HTTP/1.1 404 ", "Content-Length: 3\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n");
    row("hop-by-hop lines stay", "HTTP/1.1 200 OK",
        "Connection: close, x\r\nX: 1\r\nKeep-Alive: 1\r\nProxy-Authenticate: y\r\nContent-Length: 3\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n");
    row("chunked is written anew", "HTTP/1.1 200 OK", "Transfer-Encoding: chunked\r\nA: 1\r\n",
        "HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n", ResponseBody::Chunked);
    row("a length goes where the body becomes chunked", "HTTP/1.1 200 OK", "Content-Length: 3\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", ResponseBody::Chunked);
    row("204 loses its length", "HTTP/1.1 204 No Content", "Content-Length: 0\r\n", "HTTP/1.1 204 No Content\r\n");
    row("304 keeps its length", "HTTP/1.1 304 Not Modified", "Content-Length: 9\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n");
}

void TestHeaderRules::responses()
{
    QFETCH(QByteArray, statusLine);
    QFETCH(QByteArray, in);
    QFETCH(QByteArray, out);
    QFETCH(int, body);
    Parsed parsed;
    parseResponse(parsed, statusLine.toStdString(), in.toStdString());
    ResponseForward forward = kBareResponse;
    forward.body = static_cast<ResponseBody>(body);
    QCOMPARE(write(parsed.response, forward, writeResponseHead), out.toStdString() + "\r\n");
    forward.via = true;
    forward.close = true;
    forward.date = "D";
    const std::string text = write(parsed.response, forward, writeResponseHead);
    QVERIFY(text.find("Date: D\r\nVia: 1.1 signalbox\r\n") != std::string::npos);
    QVERIFY(text.ends_with("Connection: close\r\n\r\n"));
}

void TestHeaderRules::editedLinesAreWritten()
{
    Parsed parsed;
    parseRequest(parsed, "GET / HTTP/1.1", "Host: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n");
    parsed.request.headers.set("b", "two");
    parsed.request.headers.remove("C");
    parsed.request.headers.add("E", "5");
    parsed.request.path = "/new";
    QCOMPARE(write(parsed.request, kBare, writeRequestHead),
             std::string("GET /new HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: two\r\nD: 4\r\nE: 5\r\n\r\n"));
}

QTEST_GUILESS_MAIN(TestHeaderRules)
#include "tst_header_rules.moc"
