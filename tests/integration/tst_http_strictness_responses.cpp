#include <QtTest>

#include "tests/support/strictness.h"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::string_literals;

namespace {

enum class Then { StaysOpen, Closes };
enum class Next { SameConnection, FreshConnection };

constexpr int kCut = 0;  // instead of a status: the answer was cut off before or behind its head

struct ResponseRow {
    const char* name;
    std::string sends;  ///< what the backend answers the first request with
    int status = 502;   ///< of what the client gets
    std::string body = {};
    std::string cause = {};  ///< in our own answer
    Next next = Next::FreshConnection;
    Then then = Then::StaysOpen;
    std::string method = "POST";  ///< never repeated, so each row is one attempt
    bool cut = false;             ///< the answer begins and then breaks off
};

std::string answer(const std::string& lines, const std::string& body = {}, const std::string& status = "200 OK")
{
    return "HTTP/1.1 " + status + "\r\n" + lines + "\r\n" + body;
}

std::string ok(const std::string& body)
{
    return answer("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

std::string chunked(const std::string& body)
{
    return answer("Transfer-Encoding: chunked\r\n", body);
}

ResponseRow bad(const char* name, std::string sends, std::string cause)
{
    return {name, std::move(sends), 502, {}, std::move(cause)};
}

ResponseRow passes(const char* name, std::string sends, std::string body, Next next = Next::SameConnection)
{
    return {name, std::move(sends), 200, std::move(body), {}, next};
}

/// The answer begins and is then broken off, so that nobody takes the part for the whole.
ResponseRow cut(const char* name, std::string sends, Then then = Then::StaysOpen)
{
    ResponseRow out{name, std::move(sends), 200};
    out.then = then;
    out.cut = true;
    return out;
}

ResponseRow with(ResponseRow row, const std::string& method, int status, Next next)
{
    row.method = method;
    row.status = status;
    row.next = next;
    return row;
}

std::vector<ResponseRow> headRows()
{
    return {
        passes("a plain answer", ok("x"), "x"),
        bad("both length and coding", answer("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            "Both"),
        bad("both coding and length", answer("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n"),
            "Both"),
        bad("two differing lengths", answer("Content-Length: 1\r\nContent-Length: 2\r\n", "xy"), "Content-Length"),
        bad("two equal lengths", answer("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), "Content-Length"),
        bad("a list of lengths", answer("Content-Length: 1, 1\r\n", "x"), "Content-Length"),
        bad("a negative length", answer("Content-Length: -1\r\n", "x"), "Content-Length"),
        bad("a length with plus", answer("Content-Length: +1\r\n", "x"), "Content-Length"),
        bad("a hexadecimal length", answer("Content-Length: 0x1\r\n", "x"), "Content-Length"),
        bad("a length of letters", answer("Content-Length: one\r\n", "x"), "Content-Length"),
        bad("an empty length", answer("Content-Length:\r\n", "x"), "Content-Length"),
        bad("a length beyond 64 bits", answer("Content-Length: 18446744073709551617\r\n", "x"), "Content-Length"),
        bad("gzip before chunked", answer("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "chunked"),
        bad("gzip alone", answer("Transfer-Encoding: gzip\r\n", "x"), "chunked"),
        bad("identity", answer("Transfer-Encoding: identity\r\n", "x"), "chunked"),
        bad("chunked twice", answer("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), "chunked"),
        bad("chunked in two lines", answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            "more than once"),
        bad("xchunked", answer("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), "chunked"),
        bad("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0"),
        bad("both on HEAD", answer("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), "Both"),
        // Status line
        bad("HTTP/0.9", "hello\r\n", "does not begin"),
        bad("HTML without a head", "<html><body>x</body></html>\r\n", "does not begin"),
        bad("an SSH banner", "SSH-2.0-OpenSSH_9.2\r\n", "does not begin"),
        bad("HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "does not begin"),
        bad("ICY", "ICY 200 OK\r\n\r\n", "does not begin"),
        bad("a lower-case version", "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "does not begin"),
        bad("a status of two digits", answer("Content-Length: 0\r\n", {}, "20 OK"), "status"),
        bad("a status of four digits", answer("Content-Length: 0\r\n", {}, "2000 OK"), "status"),
        bad("a status of letters", answer("Content-Length: 0\r\n", {}, "OK"), {}),
        bad("a negative status", answer("Content-Length: 0\r\n", {}, "-20 OK"), "status"),
        bad("status 000", answer("Content-Length: 0\r\n", {}, "000 OK"), "status"),
        bad("status 600", answer("Content-Length: 0\r\n", {}, "600 OK"), "status"),
        bad("two blanks before the status", answer("Content-Length: 0\r\n", {}, " 200 OK"), "status"),
        bad("an empty line first", "\r\n" + ok("x"), "empty line"),
        bad("a blank first", " " + ok("x"), "does not begin"),
        bad("a status line too long", answer("Content-Length: 0\r\n", {}, "200 " + std::string(9000, 'a')), "8 KiB"),
        passes("an empty reason", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", "x"),
        passes("no reason", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "x"),
        // Header lines
        bad("bare LF throughout", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "LF without CR"),
        bad("bare LF behind a header", "HTTP/1.1 200 OK\r\nX: 1\nContent-Length: 1\r\n\r\nx", "LF without CR"),
        bad("bare CR in a value", answer("X: a\rSet-Cookie: evil\r\nContent-Length: 1\r\n", "x"), "CR"),
        bad("bare LF in a value", answer("X: a\nSet-Cookie: evil\r\nContent-Length: 1\r\n", "x"), "LF without CR"),
        bad("NUL in a value", answer("X: a\0b\r\nContent-Length: 1\r\n"s, "x"), "control byte"),
        bad("NUL in the reason", answer("Content-Length: 1\r\n", "x", "200 O\0K"s), "control byte"),
        bad("a folded header", answer("X: a\r\n b\r\nContent-Length: 1\r\n", "x"), "folded"),
        bad("a folded length", answer("Content-Length:\r\n 1\r\n", "x"), "folded"),
        bad("a line without a colon", answer("X\r\nContent-Length: 1\r\n", "x"), "valid name"),
        bad("a blank before the colon", answer("X : 1\r\nContent-Length: 1\r\n", "x"), "blank before the colon"),
        bad("a blank before the colon of the length", answer("Content-Length : 1\r\n", "x"), "blank before the colon"),
        bad("an empty name", answer(": 1\r\nContent-Length: 1\r\n", "x"), "name"),
        bad("a blank inside a name", answer("X Y: 1\r\nContent-Length: 1\r\n", "x"), "valid name"),
        bad("a head too long", answer("X: " + std::string(70'000, 'a') + "\r\nContent-Length: 1\r\n", "x"), "64 KiB"),
        bad("200 header lines",
            answer(
                [] {
                    std::string lines;
                    for (int at = 0; at < 200; ++at) {
                        lines += "X-" + std::to_string(at) + ": 1\r\n";
                    }
                    return lines;
                }(),
                "x"),
            "100 lines"),
        bad("65 options in Connection",
            answer(
                "Connection: a" +
                    [] {
                        std::string more;
                        for (int at = 0; at < 64; ++at) {
                            more += ",a";
                        }
                        return more;
                    }() +
                    "\r\nContent-Length: 1\r\n",
                "x"),
            "64 options"),
        // Interim answers
        bad("101 that nobody asked for",
            answer("Upgrade: websocket\r\nConnection: upgrade\r\n", {}, "101 Switching Protocols"), "101"),
        bad("an interim answer with a length", answer("Content-Length: 5\r\n", "hello", "100 Continue") + ok("x"),
            "announces a body"),
        bad("an interim answer in chunks", answer("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "103 Early Hints"),
            "announces a body"),
    };
}

std::vector<ResponseRow> bodyRows()
{
    const Next fresh = Next::FreshConnection;
    return {
        passes("chunks", chunked("1\r\nx\r\n0\r\n\r\n"), "x"),
        passes("chunks with an extension", chunked("1;a=b\r\nx\r\n0\r\n\r\n"), "x"),
        passes("chunks with a trailer", chunked("1\r\nx\r\n0\r\nX: 1\r\n\r\n"), "x"),
        passes("bytes behind the answer", ok("x") + "y", "x", fresh),
        passes("a second answer behind the answer", ok("x") + ok("evil"), "x", fresh),
        passes("an answer behind a split-off length", answer("Content-Length: 0\r\n") + ok("evil"), "", fresh),
        passes("bytes behind the chunks", chunked("1\r\nx\r\n0\r\n\r\n") + "y", "x", fresh),
        passes("Connection: close", answer("Connection: close\r\nContent-Length: 1\r\n", "x"), "x", fresh),
        passes("HTTP/1.0 without keep-alive", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "x", fresh),
        passes("HTTP/1.0 with keep-alive", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx",
               "x"),
        {"a body until the close", answer("", "until"), 200, "until", {}, fresh, Then::Closes},
        {"HTTP/1.0 until the close", "HTTP/1.0 200 OK\r\n\r\nuntil", 200, "until", {}, fresh, Then::Closes},
        with(passes("204", answer("", {}, "204 No Content"), ""), "POST", 204, Next::SameConnection),
        with(passes("204 with a length of zero", answer("Content-Length: 0\r\n", {}, "204 No Content"), ""), "POST",
             204, Next::SameConnection),
        with(passes("204 with a body", answer("Content-Length: 5\r\n", "hello", "204 No Content"), ""), "POST", 204,
             fresh),
        with(passes("204 with a length whose body never comes", answer("Content-Length: 5\r\n", {}, "204 No Content"),
                    ""),
             "POST", 204, fresh),
        with(passes("204 in chunks", answer("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "204 No Content"), ""),
             "POST", 204, fresh),
        with(passes("304 with the length of what it stands for",
                    answer("Content-Length: 5\r\n", {}, "304 Not Modified"), ""),
             "GET", 304, Next::SameConnection),
        with(passes("304 with a body", answer("Content-Length: 5\r\n", "hello", "304 Not Modified"), ""), "GET", 304,
             fresh),
        with(passes("304 in chunks", answer("Transfer-Encoding: chunked\r\n", {}, "304 Not Modified"), ""), "GET", 304,
             fresh),
        with(passes("HEAD with a length", answer("Content-Length: 5\r\n"), ""), "HEAD", 200, Next::SameConnection),
        with(passes("HEAD with a body", answer("Content-Length: 5\r\n", "hello"), ""), "HEAD", 200, fresh),
        with(passes("HEAD with chunks announced", answer("Transfer-Encoding: chunked\r\n"), ""), "HEAD", 200,
             Next::SameConnection),
        with(passes("HEAD with chunks", chunked("1\r\nx\r\n0\r\n\r\n"), ""), "HEAD", 200, fresh),
        // Cut off, so that nobody takes a part for the whole
        cut("a body shorter than its length", answer("Content-Length: 10\r\n", "part"), Then::Closes),
        cut("no body where one was announced", answer("Content-Length: 10\r\n"), Then::Closes),
        cut("chunks that end early", chunked("5\r\npa"), Then::Closes),
        cut("chunks without the last one", chunked("4\r\npart\r\n"), Then::Closes),
        cut("trailers that end early", chunked("4\r\npart\r\n0\r\nX: 1\r\n"), Then::Closes),
        cut("a chunk size of letters", chunked("4\r\npart\r\nxyz\r\n")),
        cut("a chunk size with a blank", chunked("4\r\npart\r\n1 \r\nx\r\n0\r\n\r\n")),
        cut("a chunk size with 0x", chunked("4\r\npart\r\n0x1\r\nx\r\n0\r\n\r\n")),
        cut("a negative chunk size", chunked("4\r\npart\r\n-1\r\nx\r\n0\r\n\r\n")),
        cut("a chunk size beyond 64 bits", chunked("4\r\npart\r\n10000000000000001\r\nx\r\n0\r\n\r\n")),
        cut("a chunk longer than its size", chunked("4\r\npartial\r\n0\r\n\r\n")),
        cut("bare LF behind a chunk size", chunked("4\r\npart\r\n1\nx\r\n0\r\n\r\n")),
        cut("bare LF behind chunk data", chunked("4\r\npart\n1\r\nx\r\n0\r\n\r\n")),
        cut("a length in the trailers", chunked("4\r\npart\r\n0\r\nContent-Length: 4\r\n\r\n")),
        cut("a folded trailer", chunked("4\r\npart\r\n0\r\nX: 1\r\n 2\r\n\r\n")),
        // No answer at all
        {"a close without an answer", "", 502, {}, "without an answer", fresh, Then::Closes},
        {"a close inside the status line", "HTTP/1.1 20", 502, {}, "without an answer", fresh, Then::Closes},
        {"a close inside a header", "HTTP/1.1 200 OK\r\nContent-Le", 502, {}, "without an answer", fresh, Then::Closes},
        {"a close before the empty line",
         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n",
         502,
         {},
         "without an answer",
         fresh,
         Then::Closes},
    };
}

/// A backend whose first request gets `first`, and all later ones "second".
struct Turncoat {
    std::atomic<int> served{0};
    ScriptedBackend backend;

    Turncoat(std::string first, Then then)
        : backend([this, first = std::move(first), then](BackendConnection& connection) {
              for (;;) {
                  const std::string head = connection.readHead();
                  if (head.empty()) {
                      return;
                  }
                  if (served++ > 0) {
                      connection.send(ok("second"));
                      continue;
                  }
                  connection.send(first);
                  if (then == Then::Closes) {
                      return;
                  }
              }
          })
    {}
};

struct Site {
    EngineUnderTest test;
    explicit Site(const Endpoint& backend)
    {
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", backend}}));
        test.publish(made);
    }
};

template <typename Rows>
void addRows(const Rows& rows)
{
    QTest::addColumn<int>("row");
    for (std::size_t at = 0; at < rows.size(); ++at) {
        QTest::newRow(rows[at].name) << static_cast<int>(at);
    }
}

void check(const ResponseRow& row)
{
    Turncoat turncoat(row.sends, row.then);
    const Site site(turncoat.backend.address());
    RawClient client(site.test.address());
    const RawClient::Answer got = client.request(req(row.method + " /"), row.method == "HEAD");
    if (row.cut) {
        QVERIFY2(!got.complete, got.head.c_str());
        QVERIFY(got.status == row.status || got.status == kCut);
        QVERIFY(client.waitForEnd());
    } else {
        QCOMPARE(got.status, row.status);
        QVERIFY(got.complete);
        if (row.status == 502) {
            QVERIFY(got.has("application/problem+json"));
            QVERIFY2(got.body.find(row.cause) != std::string::npos, got.body.c_str());
            QVERIFY(!got.has("Set-Cookie") && !got.has("\r\nX"));
        } else {
            QCOMPARE(QString::fromStdString(got.body), QString::fromStdString(row.body));
        }
    }
    RawClient another(site.test.address());
    const bool open = !row.cut && !got.has("Connection: close\r\n");
    const RawClient::Answer next = (open ? client : another).request(req("POST /next"));
    QCOMPARE(next.status, 200);
    QCOMPARE(QString::fromStdString(next.body), QStringLiteral("second"));
    QCOMPARE(turncoat.backend.connections(), row.next == Next::SameConnection ? 1 : 2);
    QCOMPARE(site.test.active(stats::Scope::Backend, "service/b1"), std::int64_t{0});
}

}  // namespace

class tst_HttpStrictnessResponses final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void heads_data() { addRows(headRows()); }
    void heads()
    {
        QFETCH(int, row);
        check(headRows()[static_cast<std::size_t>(row)]);
    }

    void bodies_data() { addRows(bodyRows()); }
    void bodies()
    {
        QFETCH(int, row);
        check(bodyRows()[static_cast<std::size_t>(row)]);
    }

    void interimAnswersWithoutEndAreCutOff()
    {
        std::string flood;
        for (int at = 0; at < 1000; ++at) {
            flood += "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        }
        Turncoat turncoat(flood + ok("x"), Then::StaysOpen);
        const Site site(turncoat.backend.address());
        RawClient client(site.test.address());
        RawClient::Answer got = client.request(req("POST /"));
        int interim = 0;
        while (got.status == 103) {
            ++interim;
            got = client.read();
        }
        QCOMPARE(got.status, 502);
        QVERIFY(interim < 100);
        QVERIFY(got.body.find("without end") != std::string::npos);
        QCOMPARE(QString::fromStdString(client.request(req("POST /next")).body), QStringLiteral("second"));
        QCOMPARE(turncoat.backend.connections(), 2);
    }

    /// Bytes that reach an idle connection belong to nobody, also where the next request comes in the same moment.
    void bytesOnAnIdleConnectionAreNobodysAnswer()
    {
        std::atomic<int> fd{-1};
        ScriptedBackend backend([&](BackendConnection& connection) {
            while (!connection.readHead().empty()) {
                fd = connection.fd();
                connection.send(ok("x"));
            }
        });
        const Site site(backend.address());
        RawClient client(site.test.address());
        QCOMPARE(QString::fromStdString(client.get("/first").body), QStringLiteral("x"));
        for (int at = 0; at < 100; ++at) {
            const std::string evil = ok("evil");
            QVERIFY(::send(fd, evil.data(), evil.size(), MSG_NOSIGNAL) > 0);
            QCOMPARE(QString::fromStdString(client.get("/next").body), QStringLiteral("x"));
            QCOMPARE(backend.connections(), at + 2);
        }
    }

    /// An answer before the request's body is there ends both connections: nobody knows where the next request begins.
    void anEarlyAnswerEndsBothConnections()
    {
        ScriptedBackend backend([](BackendConnection& connection) {
            if (!connection.readHead().empty()) {
                connection.send(answer("Content-Length: 1\r\n", "x", "401 Unauthorized"));
                connection.waitForEnd();
            }
        });
        const Site site(backend.address());
        RawClient client(site.test.address());
        QCOMPARE(client.request(req("POST /", "Content-Length: 100\r\n", "part")).status, 401);
        QVERIFY(client.waitForEnd());
        RawClient another(site.test.address());
        QCOMPARE(another.request(req("POST /")).status, 401);
        QCOMPARE(backend.connections(), 2);
    }
};

QTEST_GUILESS_MAIN(tst_HttpStrictnessResponses)
#include "tst_http_strictness_responses.moc"
