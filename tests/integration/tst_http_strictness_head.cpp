#include <QtTest>

#include "tests/support/strictness.h"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::string_literals;

namespace {

constexpr std::uint64_t kHeaderBytes = 12 * 1024;

std::string get(const std::string& lines)
{
    return req("GET /", lines);
}

std::string host(const std::string& value)
{
    return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}

std::string manyLines(int count)
{
    std::string out;
    for (int at = 0; at < count; ++at) {
        out += "X-" + std::to_string(at) + ": 1\r\n";
    }
    return out;
}

std::vector<StrictRow> lineRows()
{
    return {
        // Request line: methods
        {"a plain request", req("GET /"), "200", forwarded("GET /")},
        {"an unknown method passes", req("BREW /pot"), "200", forwarded("BREW /pot")},
        {"a lower-case method is another method", req("get /"), "200", forwarded("get /")},
        {"a method of 32 letters passes", req(std::string(32, 'M') + " /"), "200",
         forwarded(std::string(32, 'M') + " /")},
        {"a method of 33 letters is refused", req(std::string(33, 'M') + " /"), "501!", {}, "longer than any"},
        {"a method with odd token characters passes", req("M-SEARCH*! /"), "200", forwarded("M-SEARCH*! /")},
        {"a method that is no token", req("GE(T /"), "400!", {}, "method"},
        {"a method with a colon", req("GET: /"), "400!", {}, "method"},
        {"a method in quotes", req("\"GET\" /"), "400!", {}, "method"},
        {"no method", req(" /"), "400!", {}, "method"},
        {"PRI outside its preface is a method", req("PRI /"), "200", forwarded("PRI /")},
        // Request line: blanks
        {"two blanks behind the method", req("GET  /"), "400!", {}, "blanks"},
        {"two blanks before the version", req("GET / "), "400!", {}, "blanks"},
        {"a blank behind the version", "GET / HTTP/1.1 \r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a blank before the method", req(" GET /"), "400!", {}, "method"},
        {"a tab for a blank", req("GET\t/"), "400!", {}, "method"},
        {"a tab inside the target", req("GET /a\tb"), "400!", {}, "blanks"},
        {"a blank inside the target", req("GET /a b"), "400!", {}, "blanks"},
        {"no target", "GET HTTP/1.1\r\nHost: s\r\n\r\n", "400!", {}, "METHOD TARGET VERSION"},
        {"a request smuggled into the target", req("GET / HTTP/1.1 /x"), "400!", {}, "blanks"},
        // Versions
        {"HTTP/0.9 is answered at once", "GET /\r\n", "400!", {}, "METHOD TARGET VERSION"},
        {"HTTP/0.9 spelt out", "GET / HTTP/0.9\r\nHost: s\r\n\r\n", "505!", {}, "HTTP/1"},
        {"HTTP/1.2 is read as HTTP/1.1", "GET / HTTP/1.2\r\nHost: s\r\n\r\n", "200", forwarded("GET /")},
        {"HTTP/1.9 is read as HTTP/1.1", "GET / HTTP/1.9\r\nHost: s\r\n\r\n", "200", forwarded("GET /")},
        {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: s\r\n\r\n", "505!", {}, "HTTP/1"},
        {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505!", {}, "HTTP/1"},
        {"a lower-case version", "GET / http/1.1\r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a version of mixed case", "GET / Http/1.1\r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a version without minor", "GET / HTTP/1\r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a version with two-digit minor", "GET / HTTP/1.10\r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a version with two-digit major", "GET / HTTP/11.1\r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a version with a comma", "GET / HTTP/1,1\r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a version with letters", "GET / HTTP/x.y\r\nHost: s\r\n\r\n", "400!", {}, "version"},
        {"a version with blanks", "GET / HTTP/ 1.1\r\nHost: s\r\n\r\n", "400!", {}, {}},
        {"RTSP", "OPTIONS * RTSP/1.0\r\n\r\n", "400!", {}, "version"},
        {"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s, "400!", {}, "control byte"},
        {"an SSH banner", "SSH-2.0-OpenSSH_9.2\r\n", "400!", {}, "METHOD TARGET VERSION"},
        {"HTTP/1.0 with Host", "GET / HTTP/1.0\r\nHost: s\r\n\r\n", "200!", forwarded("GET /")},
        {"HTTP/1.0 without Host gets ours", "GET / HTTP/1.0\r\n\r\n", "200!",
         "GET / HTTP/1.1\r\nHost: LISTENER\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
         "Via: 1.1 signalbox\r\n\r\n"},
        {"HTTP/1.0 with keep-alive stays open", "GET / HTTP/1.0\r\nHost: s\r\nConnection: keep-alive\r\n\r\n", "200",
         forwarded("GET /")},
        {"HTTP/1.0 with a body", "POST / HTTP/1.0\r\nHost: s\r\nContent-Length: 2\r\n\r\nhi", "200!",
         forwarded("POST /", "s", "Content-Length: 2\r\n") + "hi"},
        {"HTTP/1.0 with an expectation ignores it",
         "POST / HTTP/1.0\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", "200!",
         forwarded("POST /", "s", "Content-Length: 2\r\n") + "hi"},
        // Empty lines before a request
        {"one empty line before the request", "\r\n" + req("GET /"), "200", forwarded("GET /")},
        {"two empty lines before the request", "\r\n\r\n" + req("GET /"), "400!", {}, "empty line"},
        {"a bare LF before the request", "\n" + req("GET /"), "400!", {}, "LF without CR"},
        {"a bare CR before the request", "\r" + req("GET /"), "400!", {}, "CR"},
        // Limits
        {"a request line at 8 KiB", req("GET /" + std::string(8192 - 14, 'a')), "200",
         forwarded("GET /" + std::string(8192 - 14, 'a'))},
        {"a request line above 8 KiB", req("GET /" + std::string(8193 - 14, 'a')), "414!", {}, "request line"},
        {"a request line without end", "GET /" + std::string(9000, 'a'), "414!", {}, "request line"},
        {"a method without end", std::string(9000, 'A'), "414!", {}, "request line"},
        {"100 header lines", "GET / HTTP/1.1\r\nHost: s\r\n" + manyLines(99) + "\r\n", "200",
         forwarded("GET /", "s", manyLines(99))},
        {"101 header lines",
         "GET / HTTP/1.1\r\nHost: s\r\n" + manyLines(100) + "\r\n",
         "431!",
         {},
         "more header lines"},
        {"one header line too long", get("X: " + std::string(kHeaderBytes, 'a') + "\r\n"), "431!", {}, "longer"},
        {"one header name too long", get(std::string(kHeaderBytes, 'a') + ": 1\r\n"), "431!", {}, "longer"},
        {"a header without end",
         "GET / HTTP/1.1\r\nHost: s\r\nX: " + std::string(kHeaderBytes, 'a'),
         "431!",
         {},
         "longer"},
        {"many lines too long together",
         get(manyLines(50) + "Y: " + std::string(kHeaderBytes - 450, 'a') + "\r\n"),
         "431!",
         {},
         "longer"},
    };
}

std::vector<StrictRow> headerRows()
{
    return {
        // Line ends
        {"bare LF behind the request line", "GET / HTTP/1.1\nHost: s\r\n\r\n", "400!", {}, "LF without CR"},
        {"bare LF behind a header", "GET / HTTP/1.1\r\nHost: s\nX: 1\r\n\r\n", "400!", {}, "LF without CR"},
        {"bare LF for the empty line", "GET / HTTP/1.1\r\nHost: s\r\n\n", "400!", {}, "LF without CR"},
        {"bare LF throughout", "GET / HTTP/1.1\nHost: s\n\n", "400!", {}, "LF without CR"},
        {"bare CR behind the request line", "GET / HTTP/1.1\rHost: s\r\n\r\n", "400!", {}, "CR"},
        {"bare CR inside a value", get("X: a\rb\r\n"), "400!", {}, "CR"},
        {"bare CR hiding a header", get("X: a\rTransfer-Encoding: chunked\r\n"), "400!", {}, "CR"},
        {"CR CR LF", get("X: a\r\r\n"), "400!", {}, "CR"},
        {"CR before the empty line", "GET / HTTP/1.1\r\nHost: s\r\n\r\r\n", "400!", {}, "CR"},
        {"bare LF inside a value", get("X: a\nContent-Length: 5\r\n"), "400!", {}, "LF without CR"},
        // Control bytes
        {"NUL in a value", get("X: a\0b\r\n"s), "400!", {}, "control byte"},
        {"NUL in a name", get("X\0Y: a\r\n"s), "400!", {}, "control byte"},
        {"NUL in the target", req("GET /a\0b"s), "400!", {}, "control byte"},
        {"vertical tab in a value", get("X: a\vb\r\n"), "400!", {}, "control byte"},
        {"form feed before a value", get("X:\f1\r\n"), "400!", {}, "control byte"},
        {"escape in a value", get("X: \x1B[0m\r\n"), "400!", {}, "control byte"},
        {"DEL in a value", get("X: \x7F\r\n"), "400!", {}, "control byte"},
        {"a tab inside a value passes", get("X: a\tb\r\n"), "200", forwarded("GET /", "s", "X: a\tb\r\n")},
        {"obs-text in a value passes", get("X: caf\xC3\xA9\r\n"), "200", forwarded("GET /", "s", "X: caf\xC3\xA9\r\n")},
        {"blanks around a value are trimmed", get("X: \t a \t\r\n"), "200", forwarded("GET /", "s", "X: a\r\n")},
        {"an empty value passes", get("X:\r\n"), "200", forwarded("GET /", "s", "X: \r\n")},
        // Folding
        {"a folded value", get("X: a\r\n b\r\n"), "400!", {}, "folded"},
        {"a value folded with a tab", get("X: a\r\n\tb\r\n"), "400!", {}, "folded"},
        {"a folded first header", "GET / HTTP/1.1\r\n X: 1\r\nHost: s\r\n\r\n", "400!", {}, "folded"},
        {"a folded Transfer-Encoding",
         req("POST /", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         "folded"},
        {"a folded Content-Length", req("POST /", "Content-Length:\r\n 5\r\n", "hello"), "400!", {}, "folded"},
        {"a line of blanks", get("X: a\r\n  \r\n"), "400!", {}, "folded"},
        // Names
        {"a blank before the colon", get("X : 1\r\n"), "400!", {}, "blank before the colon"},
        {"a tab before the colon", get("X\t: 1\r\n"), "400!", {}, "blank before the colon"},
        {"a blank before the colon of Host",
         "GET / HTTP/1.1\r\nHost : s\r\n\r\n",
         "400!",
         {},
         "blank before the colon"},
        {"a blank before the colon of Content-Length",
         req("POST /", "Content-Length : 5\r\n", "hello"),
         "400!",
         {},
         "blank before the colon"},
        {"a blank before the colon of Transfer-Encoding",
         req("POST /", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
         "400!",
         {},
         "blank before the colon"},
        {"an empty name", get(": 1\r\n"), "400!", {}, "name"},
        {"a line without a colon", get("X\r\n"), "400!", {}, "valid name"},
        {"a blank inside a name", get("X Y: 1\r\n"), "400!", {}, "valid name"},
        {"a bracket in a name", get("X[0]: 1\r\n"), "400!", {}, "valid name"},
        {"a slash in a name", get("X/Y: 1\r\n"), "400!", {}, "valid name"},
        {"an at sign in a name", get("X@Y: 1\r\n"), "400!", {}, "valid name"},
        {"quotes in a name", get("\"X\": 1\r\n"), "400!", {}, "valid name"},
        {"obs-text in a name", get("X\xC3\xA9: 1\r\n"), "400!", {}, "valid name"},
        {"a second colon belongs to the value", get("X:: 1\r\n"), "200", forwarded("GET /", "s", "X: : 1\r\n")},
        {"a name of odd token characters passes", get("!#$%&'*+-.^_`|~9: 1\r\n"), "200",
         forwarded("GET /", "s", "!#$%&'*+-.^_`|~9: 1\r\n")},
        {"a repeated header passes as it is", get("X: 1\r\nX: 2\r\n"), "200",
         forwarded("GET /", "s", "X: 1\r\nX: 2\r\n")},
        // Host
        {"no Host", "GET / HTTP/1.1\r\n\r\n", "400!", {}, "Host is missing"},
        {"two Hosts", "GET / HTTP/1.1\r\nHost: s\r\nHost: t\r\n\r\n", "400!", {}, "more than once"},
        {"two equal Hosts", "GET / HTTP/1.1\r\nHost: s\r\nhost: s\r\n\r\n", "400!", {}, "more than once"},
        {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: s\r\nHost: s\r\n\r\n", "400!", {}, "more than once"},
        {"an empty Host", host(""), "400!", {}, "Host is empty"},
        {"an empty Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n", "400!", {}, "Host is empty"},
        {"a Host with user information", host("user@s"), "400!", {}, "not a valid host"},
        {"a Host list", host("s, t"), "400!", {}, "not a valid host"},
        {"a Host list without blanks", host("s,t"), "400!", {}, "not a valid host"},
        {"a Host with a blank", host("s t"), "400!", {}, "not a valid host"},
        {"a Host with a path", host("s/admin"), "400!", {}, "not a valid host"},
        {"a Host with a query", host("s?x"), "400!", {}, "not a valid host"},
        {"a Host with a fragment", host("s#x"), "400!", {}, "not a valid host"},
        {"a Host with a scheme", host("http://s"), "400!", {}, "not a valid host"},
        {"a Host with letters for a port", host("s:http"), "400!", {}, "not a valid host"},
        {"a Host with a port too large", host("s:65536"), "400!", {}, "not a valid host"},
        {"a Host with a negative port", host("s:-1"), "400!", {}, "not a valid host"},
        {"a Host of a port alone", host(":80"), "400!", {}, "not a valid host"},
        {"a Host with an open bracket", host("[::1"), "400!", {}, "not a valid host"},
        {"a Host with obs-text", host("caf\xC3\xA9"), "400!", {}, "not a valid host"},
        {"a Host with a quote", host("s\"t"), "400!", {}, "not a valid host"},
        {"a Host with a port passes", host("s:8080"), "200", forwarded("GET /", "s:8080")},
        {"a Host that is IPv6 passes", host("[::1]:8080"), "200", forwarded("GET /", "[::1]:8080")},
        {"a Host in capitals passes as it is", host("Shop.Example"), "200", forwarded("GET /", "Shop.Example")},
    };
}

}  // namespace

class tst_HttpStrictnessHead final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void requestLines_data() { addStrictRows(lineRows()); }
    void requestLines()
    {
        QFETCH(int, row);
        checkStrictRow(lineRows()[static_cast<std::size_t>(row)],
                       [](plan::ListenerPlan& listener) { listener.limits.headerBytes = kHeaderBytes; });
    }

    void headerLines_data() { addStrictRows(headerRows()); }
    void headerLines()
    {
        QFETCH(int, row);
        checkStrictRow(headerRows()[static_cast<std::size_t>(row)]);
    }
};

QTEST_GUILESS_MAIN(tst_HttpStrictnessHead)
#include "tst_http_strictness_head.moc"
