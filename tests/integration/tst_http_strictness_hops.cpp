#include <QtTest>

#include "tests/support/strictness.h"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::string_literals;

namespace {

StrictRow passes(const char* name, const std::string& lines, const std::string& as)
{
    return {name, req("GET /", lines), "200", forwarded("GET /", "s", as)};
}

std::string options(int count)
{
    std::string out = "Connection: x";
    for (int at = 1; at < count; ++at) {
        out += ", x" + std::to_string(at);
    }
    return out + "\r\n";
}

std::string via(int hops)
{
    std::string out = "Via: 1.1 signalbox";
    for (int at = 1; at < hops; ++at) {
        out += ", 1.1 signalbox";
    }
    return out;
}

std::vector<StrictRow> hopRows()
{
    return {
        passes("Connection stays", "Connection: keep-alive\r\nX: 1\r\n", "X: 1\r\n"),
        passes("a header named in Connection stays", "Connection: X-Hop\r\nX-Hop: 1\r\nX: 2\r\n", "X: 2\r\n"),
        passes("headers named in two Connection lines stay",
               "Connection: a\r\nA: 1\r\nConnection: keep-alive, b\r\nB: 2\r\nC: 3\r\n", "C: 3\r\n"),
        passes("all lines of a named header stay", "Connection: a\r\nA: 1\r\nX: 2\r\na: 3\r\n", "X: 2\r\n"),
        passes("Host cannot be named away", "Connection: Host\r\n", ""),
        {"Authorization cannot be named away", req("GET /", "Connection: close, Authorization\r\nAuthorization: x\r\n"),
         "200!", forwarded("GET /", "s", "Authorization: x\r\n")},
        passes("Cookie cannot be named away", "Connection: Cookie\r\nCookie: a=b\r\n", "Cookie: a=b\r\n"),
        passes("Cache-Control cannot be named away", "Connection: cache-control\r\nCache-Control: no-store\r\n",
               "Cache-Control: no-store\r\n"),
        passes("X-Real-IP cannot be named away", "Connection: X-Real-IP\r\nX-Real-IP: 1.1.1.1\r\n",
               "X-Real-IP: 1.1.1.1\r\n"),
        {"Content-Length cannot be named away",
         req("POST /", "Connection: Content-Length\r\nContent-Length: 2\r\n", "hi"), "200",
         forwarded("POST /", "s", "Content-Length: 2\r\n") + "hi"},
        {"X-Forwarded-For cannot be named away",
         req("GET /", "Connection: close, X-Forwarded-For\r\nX-Forwarded-For: 9.9.9.9\r\n"), "200!",
         forwarded("GET /", "s", "", "", "9.9.9.9, 127.0.0.1")},
        {"what we add cannot be named away",
         req("GET /", "Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Via\r\n"), "200",
         forwarded("GET /")},
        {"65 options in Connection", req("GET /", options(65)), "400!", {}, "64 options"},
        passes("64 options in Connection", options(64) + "X1: 1\r\nX: 2\r\nX64: 3\r\n", "X64: 3\r\n"),
        passes("Keep-Alive stays", "Keep-Alive: timeout=5\r\n", ""),
        passes("Proxy-Connection stays", "Proxy-Connection: keep-alive\r\n", ""),
        passes("Proxy-Authorization stays", "Proxy-Authorization: Basic eDp5\r\n", ""),
        passes("TE without trailers stays", "TE: gzip\r\n", ""),
        {"TE: trailers passes", req("GET /", "TE: gzip, trailers\r\nConnection: TE\r\n"), "200",
         forwarded("GET /", "s", "", "TE: trailers\r\nConnection: TE\r\n")},
        passes("an upgrade to h2c stays",
               "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAA\r\n", ""),
        passes("HTTP2-Settings stays unnamed", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAA\r\n", ""),
        passes("an upgrade to TLS stays", "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n", ""),
        {"X-Forwarded-For is appended to", req("GET /", "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 8.8.8.8\r\n"),
         "200", forwarded("GET /", "s", "", "", "9.9.9.9, 8.8.8.8, 127.0.0.1")},
        passes("X-Forwarded-Proto and -Host are replaced",
               "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX: 1\r\n", "X: 1\r\n"),
        passes("look-alikes of X-Forwarded stay",
               "X_Forwarded_For: 1.1.1.1\r\nX-Forwarded_Host: evil\r\nX_FORWARDED_PROTO: https\r\n", ""),
        {"Via is appended to", req("GET /", "Via: 1.0 fred\r\n"), "200",
         "GET / HTTP/1.1\r\nHost: s\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: "
         "s\r\nVia: 1.0 fred, 1.1 signalbox\r\n\r\n"},
        {"15 hops through here pass", req("GET /", via(15) + "\r\n"), "200",
         "GET / HTTP/1.1\r\nHost: s\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: "
         "s\r\n" +
             via(16) + "\r\n\r\n"},
        {"16 hops through here are a loop", req("GET /", via(16) + "\r\n"), "508!", {}, "Via"},
        // What a proxy has no business with
        passes("Range passes", "Range: bytes=0-4,10-\r\n", "Range: bytes=0-4,10-\r\n"),
        passes("an odd Range passes", "Range: bytes=9999999999999999999-,x\r\n",
               "Range: bytes=9999999999999999999-,x\r\n"),
        passes(
            "conditional requests pass",
            "If-None-Match: \"a\", W/\"b\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nIf-Range: \"a\"\r\n",
            "If-None-Match: \"a\", W/\"b\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nIf-Range: \"a\"\r\n"),
        passes("Accept-Encoding passes", "Accept-Encoding: gzip;q=0, br\r\n", "Accept-Encoding: gzip;q=0, br\r\n"),
        passes("Forwarded passes", "Forwarded: for=1.1.1.1\r\n", "Forwarded: for=1.1.1.1\r\n"),
        // Expect
        {"100-continue passes with its body", req("POST /", "Expect: 100-continue\r\nContent-Length: 2\r\n", "hi"),
         "100 200", forwarded("POST /", "s", "Expect: 100-continue\r\nContent-Length: 2\r\n") + "hi"},
        {"100-continue ignores case", req("POST /", "Expect: 100-Continue\r\nContent-Length: 2\r\n", "hi"), "200",
         forwarded("POST /", "s", "Expect: 100-Continue\r\nContent-Length: 2\r\n") + "hi"},
        {"100-continue with chunks",
         req("POST /", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"), "100 200",
         forwardedChunks("POST /", "2\r\nhi\r\n0\r\n\r\n", "Expect: 100-continue\r\n")},
        {"an unknown expectation",
         req("POST /", "Expect: 200-ok\r\nContent-Length: 2\r\n", "hi"),
         "417!",
         {},
         "expectation"},
        {"an unknown expectation before a known one",
         req("POST /", "Expect: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n", "hi"),
         "417!",
         {},
         "expectation"},
        {"an unknown expectation beside a known one",
         req("POST /", "Expect: 100-continue, x\r\nContent-Length: 2\r\n", "hi"),
         "417!",
         {},
         "expectation"},
        {"an empty expectation", req("POST /", "Expect:\r\nContent-Length: 2\r\n", "hi"), "417!", {}, "expectation"},
        {"100-continue above the body limit",
         req("POST /", "Expect: 100-continue\r\nContent-Length: 70000\r\n"),
         "413!",
         {},
         "larger than"},
        // TRACE and Max-Forwards
        {"TRACE", req("TRACE /"), "405", {}, "TRACE"},
        {"TRACE with a cookie", req("TRACE /", "Cookie: secret\r\nMax-Forwards: 0\r\n"), "405", {}, "TRACE"},
        {"TRACE with a body", req("TRACE /", "Connection: close\r\nContent-Length: 2\r\n", "hi"), "405!", {}, "TRACE"},
        {"OPTIONS at its last hop is answered here", req("OPTIONS /", "Max-Forwards: 0\r\n"), "204", {}},
        {"OPTIONS counts its hops down", req("OPTIONS /", "Max-Forwards: 10\r\n"), "200",
         forwarded("OPTIONS /", "s", "Max-Forwards: 9\r\n")},
        {"OPTIONS with a count that is none", req("OPTIONS /", "Max-Forwards: x\r\n"), "200",
         forwarded("OPTIONS /", "s", "Max-Forwards: x\r\n")},
        passes("Max-Forwards of other methods passes", "Max-Forwards: 0\r\n", "Max-Forwards: 0\r\n"),
    };
}

}  // namespace

class tst_HttpStrictnessHops final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void headers_data() { addStrictRows(hopRows()); }
    void headers()
    {
        QFETCH(int, row);
        checkStrictRow(hopRows()[static_cast<std::size_t>(row)],
                       [](plan::ListenerPlan& listener) { listener.limits.bodyBytes = 65536; });
    }
};

QTEST_GUILESS_MAIN(tst_HttpStrictnessHops)
#include "tst_http_strictness_hops.moc"
