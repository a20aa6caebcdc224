#include <QtTest>

#include "tests/support/strictness.h"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::string_literals;

namespace {

std::string post(const std::string& lines, const std::string& body = {})
{
    return req("POST /", lines, body);
}

std::string chunks(const std::string& body)
{
    return post("Transfer-Encoding: chunked\r\n", body);
}

std::string passed(const std::string& body, const std::string& lines = {})
{
    return forwardedChunks("POST /", body, lines);
}

const std::string kGpost = "GPOST / HTTP/1.1\r\nHost: s\r\n\r\n";

std::vector<StrictRow> lengthRows()
{
    return {
        {"a length", post("Content-Length: 5\r\n", "hello"), "200",
         forwarded("POST /", "s", "Content-Length: 5\r\n") + "hello"},
        {"a length of zero", post("Content-Length: 0\r\n"), "200", forwarded("POST /", "s", "Content-Length: 0\r\n")},
        {"a POST without length has no body", post(""), "200", forwarded("POST /")},
        {"leading zeros are not sent on", post("Content-Length: 005\r\n", "hello"), "200",
         forwarded("POST /", "s", "Content-Length: 5\r\n") + "hello"},
        {"a length of many zeros", post("Content-Length: 000\r\n"), "200",
         forwarded("POST /", "s", "Content-Length: 0\r\n")},
        {"GET with a body", req("GET /", "Content-Length: 5\r\n", "hello"), "200",
         forwarded("GET /", "s", "Content-Length: 5\r\n") + "hello"},
        {"HEAD with a body", req("HEAD /", "Content-Length: 5\r\n", "hello"), "200",
         forwarded("HEAD /", "s", "Content-Length: 5\r\n") + "hello"},
        {"DELETE with a body", req("DELETE /", "Content-Length: 5\r\n", "hello"), "200",
         forwarded("DELETE /", "s", "Content-Length: 5\r\n") + "hello"},
        {"GET with a chunked body", req("GET /", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), "200",
         forwardedChunks("GET /", "5\r\nhello\r\n0\r\n\r\n")},
        {"CL.0: what follows a length of zero is a request", req("GET /", "Content-Length: 0\r\n") + req("GET /two"),
         "200 200", forwarded("GET /", "s", "Content-Length: 0\r\n") + forwarded("GET /two")},
        {"a smuggled request inside a body stays a body",
         post("Content-Length: " + std::to_string(kGpost.size()) + "\r\n", kGpost), "200",
         forwarded("POST /", "s", "Content-Length: " + std::to_string(kGpost.size()) + "\r\n") + kGpost},
        {"two differing lengths",
         post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
         "400!",
         {},
         "Content-Length is given"},
        {"two equal lengths",
         post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
         "400!",
         {},
         "Content-Length is given"},
        {"two lengths of different case",
         post("Content-Length: 5\r\ncontent-length: 0\r\n", "hello"),
         "400!",
         {},
         "Content-Length is given"},
        {"a list of equal lengths", post("Content-Length: 5, 5\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a list of differing lengths", post("Content-Length: 5,6\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a length with a comma behind", post("Content-Length: 5,\r\n", "hello"), "400!", {}, "Content-Length"},
        {"an empty length", post("Content-Length:\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a negative length", post("Content-Length: -5\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a negative zero", post("Content-Length: -0\r\n"), "400!", {}, "Content-Length"},
        {"a length with plus", post("Content-Length: +5\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a hexadecimal length", post("Content-Length: 0x5\r\n", "hello"), "400!", {}, "Content-Length"},
        {"an octal length in other notation", post("Content-Length: 0o5\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a decimal length", post("Content-Length: 5.0\r\n", "hello"), "400!", {}, "Content-Length"},
        {"an exponent", post("Content-Length: 5e0\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a length in quotes", post("Content-Length: \"5\"\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a length with a blank inside", post("Content-Length: 1 5\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a length with letters behind", post("Content-Length: 5abc\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a length with underscore inside", post("Content-Length: 1_0\r\n", "hello"), "400!", {}, "Content-Length"},
        {"a length in full-width digits",
         post("Content-Length: \xEF\xBC\x95\r\n", "hello"),
         "400!",
         {},
         "Content-Length"},
        {"a length beyond 64 bits",
         post("Content-Length: 18446744073709551616\r\n", "hello"),
         "400!",
         {},
         "Content-Length"},
        {"a length that wraps to 5",
         post("Content-Length: 18446744073709551621\r\n", "hello"),
         "400!",
         {},
         "Content-Length"},
        {"a length beyond 63 bits",
         post("Content-Length: 9223372036854775808\r\n", "hello"),
         "400!",
         {},
         "Content-Length"},
        {"a length above the limit", post("Content-Length: 70000\r\n", "hello"), "413!", {}, "larger than"},
        {"Content_Length imitates a length", post("Content_Length: 5\r\n", "hello"), "400!", {}, "underscore"},
        {"Content_Length beside the real one",
         post("Content_Length: 0\r\nContent-Length: 5\r\n", "hello"),
         "400!",
         {},
         "underscore"},
        {"Transfer_Encoding imitates a coding",
         post("Transfer_Encoding: chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         "underscore"},
        {"a name that only begins like a length", post("Content-Lengthx: 5\r\n"), "200",
         forwarded("POST /", "s", "Content-Lengthx: 5\r\n")},
        // Codings
        {"CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"), "400!", {}, "Both"},
        {"TE.CL",
         post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "12\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n"),
         "400!",
         {},
         "Both"},
        {"TE beside a length of zero",
         post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         "Both"},
        {"TE beside a bad length",
         post("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         {}},
        {"identity beside a length",
         post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"),
         "400!",
         {},
         "Both"},
        {"chunked in capitals", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"), "200", passed("0\r\n\r\n")},
        {"chunked with a tab behind", post("Transfer-Encoding: chunked\t\r\n", "0\r\n\r\n"), "200",
         passed("0\r\n\r\n")},
        {"chunked with a tab before", post("Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n"), "200", passed("0\r\n\r\n")},
        {"chunked twice in a list",
         post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         "chunked"},
        {"chunked twice in lines",
         post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         "more than once"},
        {"chunked then cow",
         post("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n", "0\r\n\r\n"),
         "400!",
         {},
         {}},
        {"cow then chunked",
         post("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         {}},
        {"identity", post("Transfer-Encoding: identity\r\n", "0\r\n\r\n"), "400!", {}, "chunked"},
        {"identity, chunked", post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), "501!", {}, "chunked"},
        {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "501!", {}, "chunked"},
        {"chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), "400!", {}, "chunked"},
        {"an empty coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), "400!", {}, "chunked"},
        {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), "400!", {}, "chunked"},
        {"chunked with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), "400!", {}, "chunked"},
        {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), "400!", {}, "chunked"},
        {"chunked with a comma behind", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), "400!", {}, {}},
        {"chunked with a vertical tab",
         post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         "control byte"},
        {"chunked with NUL", post("Transfer-Encoding: chunked\0\r\n"s, "0\r\n\r\n"), "400!", {}, "control byte"},
        {"chunked behind two colons", post("Transfer-Encoding:: chunked\r\n", "0\r\n\r\n"), "400!", {}, {}},
        {"chunked with a non-breaking blank",
         post("Transfer-Encoding: \xA0"
              "chunked\r\n",
              "0\r\n\r\n"),
         "400!",
         {},
         {}},
        {"chunked behind a bare LF", post("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400!", {}, "LF"},
        {"chunked in HTTP/1.0",
         "POST / HTTP/1.0\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400!",
         {},
         "HTTP/1.0"},
        {"chunked named in Connection stays chunked",
         post("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "200",
         passed("0\r\n\r\n")},
    };
}

std::vector<StrictRow> chunkRows()
{
    const std::string whole = "5\r\nhello\r\n0\r\n\r\n";
    const std::string size = "A chunk size";
    const std::string begun = passed("5\r\nhello\r\n0\r\n\r\n");
    const auto bad = [&](const char* name, const std::string& body, const std::string& why) {
        return StrictRow{name, chunks(body), "400!", begun, why, true};
    };
    return {
        {"chunks", chunks(whole), "200", begun},
        {"no byte in chunks", chunks("0\r\n\r\n"), "200", passed("0\r\n\r\n")},
        {"two chunks", chunks("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), "200", passed("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")},
        {"a size in capitals", chunks("A\r\n0123456789\r\n0\r\n\r\n"), "200", passed("a\r\n0123456789\r\n0\r\n\r\n")},
        {"leading zeros of a size are not sent on", chunks("0005\r\nhello\r\n000\r\n\r\n"), "200", begun},
        {"an extension is not sent on", chunks("5;a=b\r\nhello\r\n0;c\r\n\r\n"), "200", begun},
        {"a quoted extension is not sent on", chunks("5;a=\"b;c d\"\r\nhello\r\n0\r\n\r\n"), "200", begun},
        {"an extension with an empty value", chunks("5;a=\"\"\r\nhello\r\n0\r\n\r\n"), "200", begun},
        {"trailers pass", chunks("0\r\nX-Sum: 1\r\n\r\n"), "200", passed("0\r\nX-Sum: 1\r\n\r\n")},
        {"the announcement of trailers passes",
         post("Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n", "0\r\nX-Sum: 1\r\n\r\n"), "200",
         passed("0\r\nX-Sum: 1\r\n\r\n", "Trailer: X-Sum\r\n")},
        {"Trailer without chunks does not pass", req("GET /", "Trailer: X-Sum\r\n"), "200", forwarded("GET /")},
        {"trailers that route or prove do not pass",
         chunks(
             "0\r\nHost: evil\r\nAuthorization: a\r\nX-Forwarded-For: 1.1.1.1\r\nX_Forwarded_For: 2.2.2.2\r\nCookie: "
             "c\r\nX-Ok: 1\r\nExpect: 100-continue\r\nTE: trailers\r\n\r\n"),
         "200", passed("0\r\nX-Ok: 1\r\n\r\n")},
        {"a request behind the chunks is one", chunks(whole) + req("GET /two"), "200 200",
         begun + forwarded("GET /two")},
        bad("a size of letters", "xyz\r\nhello\r\n0\r\n\r\n", size),
        bad("no size", "\r\nhello\r\n0\r\n\r\n", size),
        bad("a negative size", "-5\r\nhello\r\n0\r\n\r\n", size),
        bad("a size with plus", "+5\r\nhello\r\n0\r\n\r\n", size),
        bad("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n", size),
        bad("a size with an underscore", "0_5\r\nhello\r\n0\r\n\r\n", size),
        bad("a blank before the size", " 5\r\nhello\r\n0\r\n\r\n", size),
        bad("a blank behind the size", "5 \r\nhello\r\n0\r\n\r\n", size),
        bad("a tab behind the size", "5\t\r\nhello\r\n0\r\n\r\n", size),
        bad("a blank before the extension", "5 ;a=b\r\nhello\r\n0\r\n\r\n", size),
        bad("a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n", size),
        bad("a size of 64 bits", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", size),
        bad("a size of a hundred zeros", std::string(100, '0') + "5\r\nhello\r\n0\r\n\r\n", size),
        bad("an empty extension", "5;\r\nhello\r\n0\r\n\r\n", size),
        bad("a bare LF behind the size", "5\nhello\r\n0\r\n\r\n", size),
        bad("a bare CR behind the size", "5\rhello\r\n0\r\n\r\n", size),
        bad("a bare LF inside an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n", size),
        bad("a bare CR inside an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", size),
        bad("a bare LF inside a quoted extension", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", size),
        bad("NUL inside an extension", "5;a\0\r\nhello\r\n0\r\n\r\n"s, size),
        bad("an open quote in an extension", "5;a=\"b\r\nhello\r\n0\r\n\r\n", size),
        bad("an extension of 300 bytes", "5;" + std::string(300, 'a') + "\r\nhello\r\n0\r\n\r\n", size),
        bad("no line end behind the data", "5\r\nhello0\r\n\r\n", size),
        bad("bare LF behind the data", "5\r\nhello\n0\r\n\r\n", size),
        bad("more data than the size", "5\r\nhelloworld\r\n0\r\n\r\n", size),
        bad("less data than the size", "7\r\nhello\r\n0\r\n\r\n", size),
        bad("a bad size behind a good chunk", "5\r\nhello\r\nx\r\n\r\n", size),
        bad("a Content-Length in the trailers", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n", "trailer"),
        bad("a Content_Length in the trailers", "5\r\nhello\r\n0\r\nContent_Length: 5\r\n\r\n", "trailer"),
        bad("a Transfer-Encoding in the trailers", "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", "trailer"),
        bad("a trailer without a colon", "5\r\nhello\r\n0\r\nX\r\n\r\n", "trailer"),
        bad("a blank before the colon of a trailer", "5\r\nhello\r\n0\r\nX : 1\r\n\r\n", "trailer"),
        bad("a folded trailer", "5\r\nhello\r\n0\r\nX: 1\r\n 2\r\n\r\n", "trailer"),
        bad("a bare LF in the trailers", "5\r\nhello\r\n0\r\nX: 1\nY: 2\r\n\r\n", "trailer"),
        bad("NUL in a trailer", "5\r\nhello\r\n0\r\nX: \0\r\n\r\n"s, "trailer"),
        bad("trailers without end", "5\r\nhello\r\n0\r\n" + std::string(9000, 'a'), "trailer"),
        {"chunks above the limit", chunks("10001\r\n" + std::string(65537, 'a') + "\r\n0\r\n\r\n"), "413!",
         passed("10001\r\n" + std::string(65537, 'a') + "\r\n0\r\n\r\n"), "larger than", true},
    };
}

std::vector<StrictRow> pipelineRows()
{
    const std::string one = req("GET /one");
    const std::string first = forwarded("GET /one");
    return {
        {"two requests at once", one + req("GET /two"), "200 200", first + forwarded("GET /two")},
        {"a bad second request", one + "GET / HTTP/1.1\r\n\r\n", "200 400!", first, "Host is missing"},
        {"a second request with two lengths", one + post("Content-Length: 1\r\nContent-Length: 2\r\n", "x"), "200 400!",
         first, "Content-Length"},
        {"nothing behind a bad request is read", "GET / HTTP/1.1\r\n\r\n" + one, "400!", {}, "Host is missing"},
        {"nothing behind an ambiguous body is read",
         post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") + one,
         "400!",
         {},
         "Both"},
        {"nothing behind a bad chunk is read", chunks("5\r\nhelloX\r\n0\r\n\r\n") + one, "400!", passed(one), {}, true},
        {"nothing behind Connection: close is read", req("GET /one", "Connection: close\r\n") + req("GET /two"), "200!",
         first},
        {"garbage behind a request", one + "garbage\r\n\r\n", "200 400!", first, "METHOD TARGET VERSION"},
        {"bytes behind a body are the next request", post("Content-Length: 1\r\n", "x") + "X" + one, "200 200",
         forwarded("POST /", "s", "Content-Length: 1\r\n") + "x" + forwarded("XGET /one")},
        {"an empty line between requests", one + "\r\n" + req("GET /two"), "200 200", first + forwarded("GET /two")},
        {"a body shorter than its length takes the next request's bytes",
         post("Content-Length: " + std::to_string(one.size()) + "\r\n") + one, "200",
         forwarded("POST /", "s", "Content-Length: " + std::to_string(one.size()) + "\r\n") + one},
    };
}

}  // namespace

class tst_HttpStrictnessFraming final : public QObject {
    Q_OBJECT

    static void limit(plan::ListenerPlan& listener) { listener.limits.bodyBytes = 65536; }

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void lengthsAndCodings_data() { addStrictRows(lengthRows()); }
    void lengthsAndCodings()
    {
        QFETCH(int, row);
        checkStrictRow(lengthRows()[static_cast<std::size_t>(row)], limit);
    }

    void chunkedBodies_data() { addStrictRows(chunkRows()); }
    void chunkedBodies()
    {
        QFETCH(int, row);
        checkStrictRow(chunkRows()[static_cast<std::size_t>(row)], limit);
    }

    void pipelines_data() { addStrictRows(pipelineRows()); }
    void pipelines()
    {
        QFETCH(int, row);
        checkStrictRow(pipelineRows()[static_cast<std::size_t>(row)], limit);
    }
};

QTEST_GUILESS_MAIN(tst_HttpStrictnessFraming)
#include "tst_http_strictness_framing.moc"
