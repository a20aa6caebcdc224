#include <QTest>

#include <span>

#include "core/route/query_params.h"
#include "tests/support/route_text.h"

using namespace signalbox;
using route::RouteMatch;
using route::RouteTable;

namespace {

QString outcomeOf(const RouteMatch& match, const std::vector<route::RouteRule>& rules)
{
    switch (match.kind) {
        case RouteMatch::Kind::Found: return QString::fromStdString(rules.at(match.route).name);
        case RouteMatch::Kind::NotFound: return QStringLiteral("404");
        case RouteMatch::Kind::MethodNotAllowed:
            return QStringLiteral("405 ") +
                   QString::fromUtf8(match.allow.data(), static_cast<qsizetype>(match.allow.size()));
    }
    return {};
}

struct Row {
    const char* name;
    const char* rules;
    const char* request;
    const char* expected;
};

const Row kHosts[] = {
    {"an exact host beats a wildcard", "w host:*.example.com ; e host:a.example.com", "GET a.example.com /", "e"},
    {"a wildcard beats no host", "n prefix:/ ; w host:*.example.com", "GET a.example.com /", "w"},
    {"a wildcard host with any path beats an exact path without host", "n exact:/x ; w host:*.example.com",
     "GET a.example.com /x", "w"},
    {"the longest wildcard wins", "s host:*.example.com ; l host:*.b.example.com", "GET a.b.example.com /", "l"},
    {"a wildcard covers several labels", "w host:*.example.com", "GET a.b.c.example.com /", "w"},
    {"a wildcard never covers the apex", "w host:*.example.com", "GET example.com /", "404"},
    {"a wildcard covers whole labels", "w host:*.example.com", "GET badexample.com /", "404"},
    {"a wildcard wants a label that is not empty", "w host:*.example.com", "GET .example.com /", "404"},
    {"a wildcard of one label", "w host:*.com", "GET example.com /", "w"},
    {"the port of Host plays no part", "e host:example.com", "GET example.com:8080 /", "e"},
    {"the port of a rule plays no part", "e host:example.com:80", "GET example.com:8080 /", "e"},
    {"the port plays no part for a wildcard", "w host:*.example.com", "GET a.example.com:8080 /", "w"},
    {"hosts ignore case", "e host:Example.COM", "GET eXample.com /", "e"},
    {"wildcards ignore case", "w host:*.EXAMPLE.com", "GET A.example.COM /", "w"},
    {"a trailing dot is ignored", "e host:example.com", "GET example.com. /", "e"},
    {"a trailing dot before a port is ignored", "e host:example.com", "GET example.com.:80 /", "e"},
    {"an IPv6 host without its port", "e host:[::1]", "GET [::1]:8080 /", "e"},
    {"a request without host meets only rules without", "e host:example.com ; n prefix:/", "GET - /", "n"},
    {"a request without host and no such rule", "e host:example.com", "GET - /", "404"},
    {"a star alone is any host", "s host:* prefix:/", "GET any.where /", "s"},
    {"any of several hosts", "e host:a.com,b.com", "GET b.com /", "e"},
    {"the best of several hosts counts", "x host:*.a.com prefix:/p ; y host:*.a.com,b.a.com", "GET b.a.com /p", "y"},
    {"another host", "e host:example.com", "GET example.org /", "404"},
    {"a path that fails under the exact host falls back to the wildcard", "e host:a.b.com exact:/x ; w host:*.b.com",
     "GET a.b.com /y", "w"},
    {"a path that fails under both falls back to no host",
     "e host:a.b.com exact:/x ; w host:*.b.com exact:/z ; n prefix:/", "GET a.b.com /y", "n"},
};

const Row kPaths[] = {
    {"exact beats prefix", "p prefix:/a ; e exact:/a", "GET h /a", "e"},
    {"exact beats a longer regex", "r regex:/a.* ; e exact:/a", "GET h /a", "e"},
    {"the longest prefix wins", "s prefix:/a ; l prefix:/a/b", "GET h /a/b/c", "l"},
    {"a prefix beats a regex", "r regex:/a/.* ; p prefix:/a", "GET h /a/b", "p"},
    {"even the prefix / beats a regex", "r regex:/a ; p prefix:/", "GET h /a", "p"},
    {"a regex beats no path", "n method:GET ; r regex:/a", "GET h /a", "r"},
    {"a prefix matches whole segments", "p prefix:/user", "GET h /users", "404"},
    {"a prefix matches below itself", "p prefix:/user", "GET h /user/1", "p"},
    {"a prefix matches itself", "p prefix:/user", "GET h /user", "p"},
    {"a prefix matches itself with a slash", "p prefix:/user", "GET h /user/", "p"},
    {"a prefix with a slash is the same prefix", "p prefix:/user/", "GET h /user", "p"},
    {"two spellings of a prefix keep the order of the file", "p prefix:/user/ ; q prefix:/user", "GET h /user/1", "p"},
    {"a prefix does not match above itself", "p prefix:/a/b", "GET h /a", "404"},
    {"the prefix / matches all", "p prefix:/", "GET h /a/b/c", "p"},
    {"the prefix / matches the root", "p prefix:/", "GET h /", "p"},
    {"the prefix / matches the asterisk", "p prefix:/ ; q prefix:/a", "OPTIONS h *", "p"},
    {"no path matches the asterisk", "p method:OPTIONS", "OPTIONS h *", "p"},
    {"a path far longer than any prefix", "p prefix:/a",
     "GET h /a/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/cccccccccccccccccccccc/d", "p"},
    {"a first segment far longer than any prefix", "p prefix:/a", "GET h /abbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/c",
     "404"},
    {"exact is exact", "e exact:/legacy", "GET h /legacy/", "404"},
    {"exact is not a prefix", "e exact:/legacy", "GET h /legacy/x", "404"},
    {"paths keep case", "e exact:/Legacy", "GET h /legacy", "404"},
    {"the query is no part of the path", "e exact:/a", "GET h /a?b=/c", "e"},
    {"a rule's path is normalised as a request's", "e exact:/%41/./b//c", "GET h /A/b/c", "e"},
    {"a regex matches the whole path", "r regex:/a", "GET h /a/b", "404"},
    {"a regex with alternatives matches the whole path", "r regex:/a|/a/b", "GET h /a/b", "r"},
    {"the first regex of the file wins", "r regex:/a.* ; s regex:/ab.*", "GET h /abc", "r"},
    {"a regex with a header beats an earlier one", "r regex:/a.* ; s regex:/ab.* header:X", "GET h /abc | X: 1", "s"},
    {"many regexes: a late one is found",
     "a regex:/a[0-9]+ ; b regex:/b[0-9]+ ; c regex:/c[0-9]+ ; d regex:/d[0-9]+ ; e regex:/e[0-9]+ ; f regex:/f[0-9]+",
     "GET h /f12", "f"},
    {"many regexes: none",
     "a regex:/a[0-9]+ ; b regex:/b[0-9]+ ; c regex:/c[0-9]+ ; d regex:/d[0-9]+ ; e regex:/e[0-9]+ ; f regex:/f[0-9]+",
     "GET h /f12x", "404"},
    {"many regexes: one whose header fails gives way to a later one",
     "a regex:/a.* header:X ; b regex:/b ; c regex:/c ; d regex:/d ; e regex:/a[0-9]+", "GET h /a1", "e"},
    {"no rules at all", "", "GET h /", "404"},
};

const Row kRest[] = {
    {"a rule with a method beats one without", "n prefix:/a ; m prefix:/a method:GET", "GET h /a", "m"},
    {"a method beats headers", "h prefix:/a header:X header:Y ; m prefix:/a method:GET", "GET h /a | X: 1 | Y: 1", "m"},
    {"a longer prefix beats a method", "m prefix:/a method:GET ; l prefix:/a/b", "GET h /a/b", "l"},
    {"more headers win", "o prefix:/a header:X ; t prefix:/a header:X header:Y", "GET h /a | X: 1 | Y: 1", "t"},
    {"a header beats queries", "q prefix:/a query:x query:y ; h prefix:/a header:X", "GET h /a?x=1&y=1 | X: 1", "h"},
    {"more query matches win", "o prefix:/a query:x ; t prefix:/a query:x query:y", "GET h /a?x&y", "t"},
    {"the order in the file is the last resort", "a prefix:/a ; b prefix:/a", "GET h /a", "a"},
    {"a failed header falls back to a shorter prefix", "l prefix:/a header:X ; s prefix:/", "GET h /a", "s"},
    {"a failed header falls back to the same path without", "l prefix:/a header:X ; s prefix:/a", "GET h /a", "s"},
    {"a failed method falls back to a shorter prefix", "l prefix:/a method:POST ; s prefix:/", "GET h /a", "s"},
    {"a failed query falls back from exact to regex", "e exact:/a query:x ; r regex:/a", "GET h /a", "r"},
    {"a failed method under an exact host falls back to another host's rule", "e host:a.com method:POST ; n prefix:/",
     "GET a.com /a", "n"},
    {"only the method differs: 405", "m prefix:/a method:POST,GET", "PUT h /a", "405 GET, POST"},
    {"HEAD is not GET", "m prefix:/a method:GET", "HEAD h /a", "405 GET"},
    {"405 names the methods of all such rules", "a prefix:/a method:POST ; b prefix:/ method:DELETE,GET", "PUT h /a",
     "405 GET, POST, DELETE"},
    {"405 over hosts", "a host:x.com method:POST ; b method:GET", "PUT x.com /a", "405 GET, POST"},
    {"405 counts no rule whose header fails as well", "a prefix:/a method:POST header:X ; b prefix:/ method:GET",
     "PUT h /a", "405 GET"},
    {"404 when header and method fail", "a prefix:/a method:POST header:X", "PUT h /a", "404"},
    {"404 when query and method fail", "a prefix:/a method:POST query:x", "PUT h /a", "404"},
    {"404 when the path fails as well", "a prefix:/a method:POST", "PUT h /b", "404"},
    {"unknown methods by name", "a prefix:/a method:PURGE,BAN", "BAN h /a", "a"},
    {"unknown methods come last in Allow, once each", "a prefix:/a method:PURGE,GET ; b prefix:/ method:BAN,PURGE",
     "PUT h /a", "405 GET, PURGE, BAN"},
    {"Allow of unknown methods alone", "a prefix:/a method:PURGE", "GET h /a", "405 PURGE"},
    {"an unknown method against known ones", "a prefix:/a method:GET", "PURGE h /a", "405 GET"},
    {"methods keep case", "a prefix:/a method:GET", "get h /a", "405 GET"},
    {"a header is equal", "a header:X=1", "GET h / | x: 1", "a"},
    {"a header differs", "a header:X=1", "GET h / | X: 2", "404"},
    {"a header is missing", "a header:X=1", "GET h /", "404"},
    {"an empty header is equal to nothing written", "a header:X=", "GET h / | X: ", "a"},
    {"a missing header is not an empty one", "a header:X=", "GET h /", "404"},
    {"header values keep case", "a header:X=Yes", "GET h / | X: yes", "404"},
    {"several values are one comma list", "a header:X=1,_2", "GET h / | X: 1 | x: 2", "a"},
    {"one of several values is not the list", "a header:X=1", "GET h / | X: 1 | x: 2", "404"},
    {"a header regex matches the whole value", "a header:X~v[0-9]", "GET h / | X: v12", "404"},
    {"a header regex", "a header:X~v[0-9]+", "GET h / | X: v12", "a"},
    {"a header regex over a comma list", "a header:X~.*beta.*", "GET h / | X: alpha | X: beta", "a"},
    {"a header regex wants the header", "a header:X~.*", "GET h /", "404"},
    {"a header is present", "a header:X", "GET h / | X: ", "a"},
    {"a header is absent", "a header:X!", "GET h /", "a"},
    {"a header should be absent", "a header:X!", "GET h / | X: 1", "404"},
    {"a header is another", "a header:X!=1", "GET h / | X: 2", "a"},
    {"a header is not another", "a header:X!=1", "GET h / | X: 1", "404"},
    {"a missing header counts as another", "a header:X!=1", "GET h /", "a"},
    {"a query value is equal", "a query:x=1", "GET h /?x=1", "a"},
    {"a query value differs", "a query:x=1", "GET h /?x=12", "404"},
    {"a query value is decoded", "a query:x=a_b&c", "GET h /?x=a+b%26c", "a"},
    {"a query name is decoded", "a query:ab=1", "GET h /?%61b=1", "a"},
    {"query names keep case", "a query:x=1", "GET h /?X=1", "404"},
    {"the first of repeated parameters counts", "a query:x=1", "GET h /?x=1&x=2", "a"},
    {"a later one of repeated parameters does not", "a query:x=2", "GET h /?x=1&x=2", "404"},
    {"a parameter without value is present", "a query:x", "GET h /?x", "a"},
    {"a parameter without value is empty", "a query:x=", "GET h /?x", "a"},
    {"empty pairs are no parameters", "a query:=", "GET h /?&&", "404"},
    {"a value may hold an equals sign", "a query:x=a=b", "GET h /?x=a=b", "a"},
    {"a broken escape stands for itself", "a query:x=%zz%4", "GET h /?x=%zz%4", "a"},
    {"a query regex sees the decoded value", "a query:x~a_b", "GET h /?x=a%20b", "a"},
    {"a query parameter is absent", "a query:x!", "GET h /?y=1", "a"},
    {"a query parameter should be absent", "a query:x!", "GET h /?x=", "404"},
    {"a query parameter is another", "a query:x!=1", "GET h /?x=2", "a"},
    {"a missing query parameter counts as another", "a query:x!=1", "GET h /", "a"},
};

void addRows(std::span<const Row> rows)
{
    for (const Row& row : rows) {
        QTest::newRow(row.name) << QString::fromUtf8(row.rules) << QString::fromUtf8(row.request)
                                << QString::fromUtf8(row.expected);
    }
}

}  // namespace

class TestRouteTable : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void finds_data()
    {
        QTest::addColumn<QString>("rules");
        QTest::addColumn<QString>("request");
        QTest::addColumn<QString>("expected");
        addRows(kHosts);
        addRows(kPaths);
        addRows(kRest);
    }
    void finds()
    {
        QFETCH(QString, rules);
        QFETCH(QString, request);
        QFETCH(QString, expected);
        const auto parsed = test::rulesOf(rules.toStdString());
        const auto table = RouteTable::build(parsed);
        QVERIFY2(table.has_value(), table.has_value() ? "" : table.error().detail.c_str());
        const test::TextRequest asked(request.toStdString());
        Arena arena;
        QCOMPARE(outcomeOf(table->match(asked.head(), arena, nullptr), parsed), expected);
        stats::DecisionTrace trace;
        QCOMPARE(outcomeOf(table->match(asked.head(), arena, &trace), parsed), expected);
        const bool won = trace.routes.size() > 0 && trace.routes.begin()->verdict == stats::RouteVerdict::Won;
        QCOMPARE(won, !expected.startsWith(u'4'));
    }

    void coversBytesOfThePath_data()
    {
        QTest::addColumn<QString>("rule");
        QTest::addColumn<QString>("request");
        QTest::addColumn<int>("covered");
        QTest::newRow("a prefix") << "a prefix:/a/b"
                                  << "GET h /a/b/c" << 4;
        QTest::newRow("a prefix with a slash") << "a prefix:/a/"
                                               << "GET h /a/c" << 2;
        QTest::newRow("the prefix / covers nothing, so that stripping it changes nothing") << "a prefix:/"
                                                                                           << "GET h /a" << 0;
        QTest::newRow("an exact path covers all") << "a exact:/abc"
                                                  << "GET h /abc" << 4;
        QTest::newRow("a regex covers nothing") << "a regex:/a.*"
                                                << "GET h /abc" << 0;
    }
    void coversBytesOfThePath()
    {
        QFETCH(QString, rule);
        QFETCH(QString, request);
        QFETCH(int, covered);
        const auto table = RouteTable::build(test::rulesOf(rule.toStdString()));
        const test::TextRequest asked(request.toStdString());
        Arena arena;
        QCOMPARE(static_cast<int>(table->match(asked.head(), arena, nullptr).matchedPrefix), covered);
    }

    void refusesABadRule_data()
    {
        QTest::addColumn<QString>("rule");
        QTest::newRow("path") << "bad regex:/a(";
        QTest::newRow("header") << "bad header:X~a(";
        QTest::newRow("query") << "bad query:x~a(";
        QTest::newRow("a prefix without a slash at its start") << "bad prefix:a";
        QTest::newRow("an exact path above the root") << "bad exact:/../a";
    }
    void refusesABadRule()
    {
        QFETCH(QString, rule);
        const auto table = RouteTable::build(test::rulesOf("good prefix:/ ; " + rule.toStdString()));
        QVERIFY(!table.has_value());
        QCOMPARE(table.error().code, ErrorCode::InvalidConfig);
        QVERIFY2(QString::fromStdString(table.error().detail).contains(u"'bad'"), table.error().detail.c_str());
    }

    void saysWhyTheOthersLost_data()
    {
        QTest::addColumn<QString>("rules");
        QTest::addColumn<QString>("request");
        QTest::addColumn<QStringList>("steps");
        QTest::newRow("paths") << "orders prefix:/orders ; order prefix:/order ; legacy exact:/legacy"
                               << "GET h /orders/1"
                               << QStringList{u"orders: any host, path below /orders"_qs,
                                              u"order: path /orders/1 is not below /order"_qs,
                                              u"legacy: path /orders/1 is not /legacy"_qs};
        QTest::newRow("a method") << "m prefix:/a method:GET,HEAD ; n prefix:/"
                                  << "POST h /a"
                                  << QStringList{u"n: any host, path below /"_qs,
                                                 u"m: method POST is not one of GET, HEAD"_qs};
        QTest::newRow("no winner") << "m prefix:/a method:GET"
                                   << "POST h /a" << QStringList{u"m: method POST is not GET"_qs};
        QTest::newRow("headers")
            << "e header:X=1 ; r header:X~v.* ; p header:Y ; a header:X! ; n header:X!=2 ; d prefix:/"
            << "GET h / | X: 2" << QStringList{u"d: any host, path below /"_qs,      u"e: header X is not '1'"_qs,
                                               u"r: header X does not match v.*"_qs, u"p: header Y is missing"_qs,
                                               u"a: header X is present"_qs,         u"n: header X is '2'"_qs};
        QTest::newRow("a query") << "q query:x=1 ; d prefix:/"
                                 << "GET h /?x=2"
                                 << QStringList{u"d: any host, path below /"_qs, u"q: parameter x is not '1'"_qs};
        QTest::newRow("less specific")
            << "e host:a.b.c exact:/x method:GET header:H ; m host:a.b.c exact:/x method:GET ; p host:a.b.c "
               "prefix:/x ; w host:*.b.c ; n prefix:/x ; z host:z.com prefix:/x"
            << "GET a.b.c /x | H: 1"
            << QStringList{u"e: exact host, path is /x, method GET, 1 header"_qs,
                           u"m: compares 0 headers, the winner 1"_qs,
                           u"p: a prefix is less specific than an exact path"_qs,
                           u"w: its host is a wildcard"_qs,
                           u"n: names no host"_qs,
                           u"z: host a.b.c is not z.com"_qs};
        QTest::newRow("order and length")
            << "l prefix:/a/b ; m prefix:/a/b ; s prefix:/a ; t host:x.com,*.y.com"
            << "GET h /a/b"
            << QStringList{u"l: any host, path below /a/b"_qs, u"m: matches as well, but comes later in the file"_qs,
                           u"s: prefix /a is shorter than /a/b"_qs, u"t: host h is none of x.com, *.y.com"_qs};
    }
    void saysWhyTheOthersLost()
    {
        QFETCH(QString, rules);
        QFETCH(QString, request);
        QFETCH(QStringList, steps);
        const auto table = RouteTable::build(test::rulesOf(rules.toStdString()));
        const test::TextRequest asked(request.toStdString());
        Arena arena;
        stats::DecisionTrace trace;
        (void)table->match(asked.head(), arena, &trace);
        QStringList got;
        for (const stats::RouteStep& step : trace.routes) {
            got << QString::fromStdString(std::string(step.route.view()) + ": " + std::string(step.why.view()));
        }
        QCOMPARE(got, steps);
    }

    void keepsSixSteps()
    {
        std::string rules = "w exact:/a";
        for (int at = 0; at < 20; ++at) {
            rules += " ; r" + std::to_string(at) + " prefix:/b" + std::to_string(at);
        }
        const auto table = RouteTable::build(test::rulesOf(rules));
        const test::TextRequest asked("GET h /b17/x");
        Arena arena;
        stats::DecisionTrace trace;
        (void)table->match(asked.head(), arena, &trace);
        QCOMPARE(trace.routes.size(), std::size_t{6});
        QCOMPARE(trace.routes.dropped(), 0u);
        QCOMPARE(trace.routes.begin()->route.view(), std::string_view("r17"));
        QCOMPARE((trace.routes.begin() + 1)->route.view(), std::string_view("r1"));
    }

    void decodes()
    {
        Arena arena;
        QCOMPARE(route::decode("a%20b+c%2", arena), std::string_view("a b c%2"));
        QCOMPARE(route::decode("plain", arena), std::string_view("plain"));
        QVERIFY(!route::decodesTo("ab", "a"));
        QVERIFY(!route::decodesTo("a", "ab"));
    }
};

QTEST_GUILESS_MAIN(TestRouteTable)
#include "tst_route_table.moc"
