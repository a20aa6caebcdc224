#include <QtTest>

#include "tests/support/strictness.h"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::string_literals;

namespace {

std::string get(const std::string& target)
{
    return req("GET " + target);
}

StrictRow passes(const char* name, const std::string& target, const std::string& as)
{
    return {name, get(target), "200", forwarded("GET " + as)};
}

StrictRow refused(const char* name, const std::string& target, const std::string& cause)
{
    return {name, get(target), "400!", {}, cause};
}

std::vector<StrictRow> pathRows()
{
    return {
        passes("a plain path passes as it is", "/a/b.c/~d-e_f", "/a/b.c/~d-e_f"),
        passes("a query passes as it is", "/a?x=%zz&y=[1]|2&z=/../", "/a?x=%zz&y=[1]|2&z=/../"),
        passes("an empty query passes", "/a?", "/a?"),
        passes("dot segments are resolved", "/a/./b/../c", "/a/c"),
        passes("encoded dot segments are resolved", "/a/%2e/b/%2E%2e/c", "/a/c"),
        passes("half encoded dot segments are resolved", "/a/b/.%2e/c", "/a/c"),
        passes("closing dots leave the slash", "/a/b/..", "/a/"),
        passes("slashes are merged", "//a///b//", "/a/b/"),
        passes("unreserved escapes are decoded", "/%61%2Db%7E", "/a-b~"),
        passes("other escapes stay in capitals", "/%c3%a9%20%3f", "/%C3%A9%20%3F"),
        passes("an encoded slash is never decoded", "/a%2fb", "/a%2Fb"),
        passes("an encoded backslash is never decoded", "/a%5cb", "/a%5Cb"),
        passes("an escape of an escape stays", "/a%252e%252e/b", "/a%252e%252e/b"),
        passes("parameters stay", "/a;x=1/b;y", "/a;x=1/b;y"),
        passes("a line end in escapes stays in escapes", "/a%0d%0aX:%20y", "/a%0D%0AX:%20y"),
        passes("Latin-1 letters in escapes stay", "/%C0%20%E0", "/%C0%20%E0"),
        passes("three dots are a name", "/a/.../b", "/a/.../b"),
        refused("above the root", "/../etc/passwd", "above the root"),
        refused("above the root by escapes", "/%2e%2e/etc/passwd", "above the root"),
        refused("above the root behind a segment", "/a/../../etc/passwd", "above the root"),
        refused("above the root behind slashes", "//../etc/passwd", "above the root"),
        refused("dots beside an encoded slash", "/a/..%2fadmin", "hides"),
        refused("dots behind an encoded slash", "/a%2f../admin", "hides"),
        refused("dots between encoded slashes", "/a%2f..%2fadmin", "hides"),
        refused("encoded dots beside an encoded slash", "/a/%2e%2e%2Fadmin", "hides"),
        refused("a dot beside an encoded slash", "/.%2Fadmin", "hides"),
        refused("dots beside an encoded backslash", "/a/..%5cadmin", "hides"),
        refused("dots with a parameter", "/a/..;/admin", "hides"),
        refused("dots with a parameter and value", "/a/..;x=1/admin", "hides"),
        refused("encoded dots with a parameter", "/a/%2e%2e;/admin", "hides"),
        refused("a dot with a parameter", "/.;/admin", "hides"),
        refused("an encoded NUL", "/a%00.html", "%00"),
        refused("an escape cut off", "/a%", "two hexadecimal"),
        refused("an escape of one digit", "/a%2", "two hexadecimal"),
        refused("an escape of letters", "/a%zz", "two hexadecimal"),
        refused("an escape in unicode style", "/a%u002e", "two hexadecimal"),
        refused("an overlong slash", "/a%c0%afadmin", "overlong"),
        refused("an overlong dot", "/%c0%ae%c0%ae/admin", "overlong"),
        refused("an overlong slash of three bytes", "/a%e0%80%afadmin", "overlong"),
        refused("an overlong slash of four bytes", "/a%f0%80%80%af", "overlong"),
        refused("a backslash", "/a\\..\\admin", "percent-encoded"),
        refused("a quote", "/a\"b", "percent-encoded"),
        refused("angle brackets", "/<script>", "percent-encoded"),
        refused("a byte outside ASCII", "/caf\xC3\xA9", "outside ASCII"),
        refused("a fragment", "/a#b", "fragment"),
        refused("a fragment in the query", "/a?b#c", "fragment"),
        refused("DEL", "/a\x7F", "control byte"),
        // Forms
        passes("an absolute target", "http://s/a", "/a"),
        {"an absolute target wins over Host", get("http://other:81/a"), "200", forwarded("GET /a", "other:81")},
        {"an absolute target needs a Host all the same",
         "GET http://s/a HTTP/1.1\r\n\r\n",
         "400!",
         {},
         "Host is missing"},
        {"an absolute target in HTTP/1.0 needs none", "GET http://s/a HTTP/1.0\r\n\r\n", "200!", forwarded("GET /a")},
        {"an absolute target does not excuse a bad Host",
         "GET http://s/a HTTP/1.1\r\nHost: a b\r\n\r\n",
         "400!",
         {},
         "not a valid host"},
        {"an absolute target does not excuse two Hosts",
         "GET http://s/ HTTP/1.1\r\nHost: s\r\nHost: s\r\n\r\n",
         "400!",
         {},
         "more than once"},
        passes("an absolute target without path", "http://s", "/"),
        passes("an absolute target with a query alone", "http://s?x", "/?x"),
        passes("an absolute target is normalised too", "HTTP://s//a/../b", "/b"),
        refused("an absolute target of another scheme", "ftp://s/a", "absolute http"),
        refused("a file target", "file:///etc/passwd", "absolute http"),
        refused("an absolute target with user information", "http://u:p@s/", "authority"),
        refused("an absolute target without host", "http:///a", "authority"),
        refused("an absolute target with a bad port", "http://s:99999/", "authority"),
        refused("an absolute target with a backslash", "http://s\\@t/", "authority"),
        refused("a target of a bare word", "admin", "absolute http"),
        refused("a target of host and port", "s:80", "absolute http"),
        refused("an asterisk", "*", "OPTIONS alone"),
        {"an asterisk for OPTIONS", req("OPTIONS *"), "200", forwarded("OPTIONS *")},
        {"OPTIONS of an absolute target without path is an asterisk", req("OPTIONS http://s"), "200",
         forwarded("OPTIONS *")},
        {"an asterisk with more", req("OPTIONS *x"), "400!", {}, "absolute http"},
        {"CONNECT", "CONNECT s:443 HTTP/1.1\r\nHost: s:443\r\n\r\n", "501!", {}, "CONNECT is not offered"},
        {"CONNECT and a tunnel's first bytes",
         "CONNECT s:443 HTTP/1.1\r\nHost: s:443\r\n\r\n" + get("/admin"),
         "501!",
         {},
         "CONNECT is not offered"},
        {"CONNECT to a path", req("CONNECT /admin"), "400!", {}, "HOST:PORT"},
        {"CONNECT without port", req("CONNECT s"), "400!", {}, "HOST:PORT"},
    };
}

/// What the routes say: "admin" and "open" answer themselves, everything else goes to the backend.
struct GateRow {
    const char* name;
    std::string target;
    int status;  ///< 403 from the admin route, 400 refused, 200 from the backend
};

std::vector<GateRow> gateRows()
{
    return {
        {"the path itself", "/admin", 403},
        {"below it", "/admin/users", 403},
        {"with a slash behind", "/admin/", 403},
        {"with two slashes before", "//admin", 403},
        {"with many slashes", "///admin//users", 403},
        {"behind a dot", "/./admin", 403},
        {"behind a resolved segment", "/x/../admin", 403},
        {"behind an encoded dot", "/%2e/admin", 403},
        {"behind an encoded resolved segment", "/x/%2e%2e/admin", 403},
        {"with a letter in an escape", "/%61dmin", 403},
        {"with all letters in escapes", "/%61%64%6D%69%6e", 403},
        {"with a query", "/admin?x", 403},
        {"with a parameter", "/admin;x=1", 403},
        {"with a parameter and a path", "/admin;x=1/users", 403},
        {"with an empty parameter", "/admin;", 403},
        {"behind a parameter alone", "/;x/admin", 403},
        {"with an encoded slash behind", "/admin%2fusers", 403},
        {"with an encoded slash before", "/%2fadmin", 403},
        {"with an encoded backslash behind", "/admin%5cusers", 403},
        {"with an encoded backslash before", "/%5Cadmin", 403},
        {"in an absolute target", "http://s/admin", 403},
        {"in an absolute target with slashes", "http://s//admin", 403},
        {"out and in again by encoded slashes", "/admin%2f..%2fadmin", 400},
        {"in by an encoded slash", "/x%2f..%2fadmin", 400},
        {"in by dots with a parameter", "/x/..;/admin", 400},
        {"in by an encoded backslash", "/x/..%5cadmin", 400},
        {"in by a backslash", "/x\\..\\admin", 400},
        {"in by an overlong slash", "/%c0%afadmin", 400},
        {"in by an overlong dot", "/x/%c0%ae%c0%ae/admin", 400},
        {"behind a NUL", "/%00/admin", 400},
        {"above the root", "/../admin", 400},
        {"a longer word is another path", "/administrator", 200},
        {"an escape of an escape is another path", "/%2561dmin", 200},
        {"other letters are another path", "/Admin", 200},
        {"leaving it again", "/admin/../open", 200},
    };
}

}  // namespace

class tst_HttpStrictnessTarget final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init() { useReactorOfRow(); }

    void paths_data() { addStrictRows(pathRows()); }
    void paths()
    {
        QFETCH(int, row);
        checkStrictRow(pathRows()[static_cast<std::size_t>(row)]);
    }

    /// No spelling of a path gets past the route that guards it.
    void aGuardedPathCannotBeReachedAnotherWay_data()
    {
        QTest::addColumn<int>("row");
        const auto rows = gateRows();
        for (std::size_t at = 0; at < rows.size(); ++at) {
            QTest::newRow(rows[at].name) << static_cast<int>(at);
        }
    }
    void aGuardedPathCannotBeReachedAnotherWay()
    {
        QFETCH(int, row);
        const GateRow gate = gateRows()[static_cast<std::size_t>(row)];
        ByteRecorder backend;
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        route::RouteRule admin;
        admin.name = "admin";
        admin.pathKind = route::RouteRule::PathKind::Prefix;
        admin.path = "/admin";
        route::RouteRule rest;
        rest.name = "rest";
        plan::RoutePlan guarded;
        guarded.action = plan::RoutePlan::Action::Respond;
        guarded.respond.status = 403;
        plan::RoutePlan open;
        open.pool = made.pool("service", {{"b1", backend.address()}});
        made.gateway("gw", {admin, rest}, {guarded, open});
        test.publish(made);
        {
            RawClient client(test.address());
            QCOMPARE(client.request(get(gate.target)).status, gate.status);
        }
        test.engine.reset();
        backend.stop();
        QCOMPARE(backend.bytes().empty(), gate.status != 200);
    }
};

QTEST_GUILESS_MAIN(tst_HttpStrictnessTarget)
#include "tst_http_strictness_target.moc"
