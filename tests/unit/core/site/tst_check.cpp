#include <QTest>

#include "core/site/site.h"
#include "tests/support/test_catalog.h"

using namespace signalbox;

class TestCheck : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void refuses_data();
    void refuses();
    void accepts_data();
    void accepts();
    void pathsOfProblemsLeadToTheirValues();
};

namespace {

/// Rows hold what follows `signalbox: 1`, so their first line is line 2.
void row(const char* name, const char* text, const char* expected)
{
    QTest::newRow(name) << QByteArray("signalbox: 1\n") + text << QByteArray(expected);
}

void whole(const char* name, const char* text, const char* expected)
{
    QTest::newRow(name) << QByteArray(text) << QByteArray(expected);
}

void textRows()
{
    whole("an empty file needs its version", "", "s.yaml:1:1: error: the site needs 'signalbox'\n");
    whole("a list is no site", "- a\n- b\n", "s.yaml:1:1: error: a site is a map that begins with 'signalbox: 1'\n");
    whole("a text is no site", "hello\n", "s.yaml:1:1: error: a site is a map that begins with 'signalbox: 1'\n");
    whole("another version", "signalbox: 2\n",
          "s.yaml:1:12: error: 'signalbox': '2' is not one of 1: did you mean '1'?\n");
    whole("bytes that are not UTF-8", "signalbox: 1\nlisteners: \xff\n", "s.yaml:2:12: error: the text is not UTF-8\n");
    whole("an overlong UTF-8 form", "signalbox: \xc0\x80\n", "s.yaml:1:12: error: the text is not UTF-8\n");
    whole("a control character", "signalbox: \x01\n",
          "s.yaml:1:12: error: a control character is not allowed here: write it as an escape in double quotes\n");
    whole("a carriage return alone", "signalbox: 1\rpools: []\n",
          "s.yaml:1:13: error: a control character is not allowed here: write it as an escape in double quotes\n");
    row("a second document", "---\nsignalbox: 1\n",
        "s.yaml:2:1: error: a second document begins here: a site is one document\n");
    row("a key twice", "pools: []\npools: []\n",
        "s.yaml:3:1: error: duplicate key 'pools': first at line 2, column 1\n");
    row("a key twice deep inside",
        "pools:\n  - name: a\n    backends:\n      - {name: x, name: y, address: 127.0.0.1:1}\n",
        "s.yaml:5:19: error: duplicate key 'name': first at line 5, column 10\n");
    row("a key that is a list", "[a, b]: 1\n", "s.yaml:2:1: error: a key must be a text\n");
    row("a key that is nothing", "~: 1\n", "s.yaml:2:1: error: a key must be a text\n");
    row("a tag", "pools: !!set {}\n", "s.yaml:2:8: error: a tag is not part of the format\n");
    row("an alias inside what it names", "pools: &a [*a]\n",
        "s.yaml:2:12: error: an alias stands inside what it names\n");
}

void keyRows()
{
    row("an unknown key far from all others", "zebra: 1\n", "s.yaml:2:1: error: unknown key 'zebra'\n");
    row("an unknown key near a known one", "pool: []\n",
        "s.yaml:2:1: error: unknown key 'pool': did you mean 'pools'?\n");
    row("a misspelt key of a pool", "pools:\n  - name: a\n    ballance: random\n",
        "s.yaml:4:5: error: unknown key 'ballance': did you mean 'balance'?\n");
    row("a misspelt key in a flow map", "pools:\n  - name: a\n    backends: [{name: x, adress: 127.0.0.1:1}]\n",
        "s.yaml:4:16: error: backend 'x' needs 'address'\n"
        "s.yaml:4:26: error: unknown key 'adress': did you mean 'address'?\n");
    row("a key of another object", "listeners:\n  - {name: a, bind: 127.0.0.1:1, pools: x}\n",
        "s.yaml:3:34: error: unknown key 'pools': did you mean 'pool'?\n");
    row("a merge key", "pools:\n  - &p {name: a}\n  - {<<: *p}\n",
        "s.yaml:4:5: error: a pool needs 'name'\ns.yaml:4:6: error: unknown key '<<'\n");
    row("a listener without a name", "listeners:\n  - bind: 127.0.0.1:1\n",
        "s.yaml:3:5: error: a listener needs 'name'\n");
    row("a listener without an address", "listeners:\n  - name: lb\n",
        "s.yaml:3:5: error: listener 'lb' needs 'bind'\n");
    row("a scenario without a target and requests", "traffic:\n  - name: t\n",
        "s.yaml:3:5: error: scenario 't' needs 'target'\ns.yaml:3:5: error: scenario 't' needs 'requests'\n");
    row("a user without a password", "consumers:\n  - {name: c, basic: {user: u}}\n",
        "s.yaml:3:22: error: 'basic' needs 'password_sha256'\n");
    row("closed users without a number",
        "traffic:\n  - {name: t, target: 'http://127.0.0.1/', closed: {think: 1s}, requests: [{path: /}]}\n",
        "s.yaml:3:52: error: 'closed' needs 'users'\n");
}

void laterRows()
{
    row("TLS on a listener", "listeners:\n  - name: a\n    bind: 127.0.0.1:1\n    tls: {certificates: [x]}\n",
        "s.yaml:5:5: error: 'tls' is not supported yet\n");
    row("certificates", "certificates: []\n", "s.yaml:2:1: error: 'certificates' is not supported yet\n");
    row("a tcp listener", "listeners:\n  - {name: a, bind: 127.0.0.1:1, protocol: tcp}\n",
        "s.yaml:3:44: error: 'protocol': 'tcp' is not supported yet\n");
    row("the PROXY protocol from clients", "listeners:\n  - {name: a, bind: 127.0.0.1:1, proxy_protocol: accept}\n",
        "s.yaml:3:50: error: 'proxy_protocol': 'accept' is not supported yet\n");
    row("the PROXY protocol to backends", "pools:\n  - {name: a, proxy_protocol: v2}\n",
        "s.yaml:3:31: error: 'proxy_protocol': 'v2' is not supported yet\n");
    row("HTTP/2 to backends", "pools:\n  - {name: a, protocol: h2}\n",
        "s.yaml:3:25: error: 'protocol': 'h2' is not supported yet\n");
    row("everything later in a pool", "pools:\n  - {name: a, tls: {}, sticky: {}, queue: {}}\n",
        "s.yaml:3:15: error: 'tls' is not supported yet\n");
    row("a check that is neither http nor tcp", "pools:\n  - {name: a, health: {active: {type: udp}}}\n",
        "s.yaml:3:39: error: 'type': 'udp' is not one of http, tcp\n");
    row("a key that health checks do not have", "pools:\n  - {name: a, health: {active: {intervall: 2s}}}\n",
        "s.yaml:3:33: error: unknown key 'intervall': did you mean 'interval'?\n");
    row("a mirror without a pool",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, routes: [{name: r, retry: {}, mirror: {}}]}\n",
        "s.yaml:3:72: error: 'mirror' needs 'pool'\n");
    row("a mirror to a pool that is not there, and a list of them",
        "pools:\n  - {name: p}\nlisteners:\n  - name: a\n    bind: 127.0.0.1:1\n    routes:\n"
        "      - {name: r, mirror: {pool: q}}\n      - {name: s, mirror: [{pool: p, share: 5%}, {pool: r}]}\n"
        "      - {name: t, mirror: p}\n",
        "s.yaml:8:34: error: no pool is named 'q': did you mean 'p'?\n"
        "s.yaml:9:57: error: no pool is named 'r': did you mean 'p'?\n"
        "s.yaml:10:27: error: 'mirror' must be a map or a list of them, and is a text\n");
    row("match by SNI, version and GraphQL",
        "listeners:\n  - name: a\n    bind: 127.0.0.1:1\n    routes:\n      - {name: r, match: {sni: x, version: 1, "
        "graphql: {}}}\n",
        "s.yaml:6:27: error: 'sni' is not supported yet\ns.yaml:6:35: error: 'version' is not supported yet\n"
        "s.yaml:6:47: error: 'graphql' is not supported yet\n");
    row("a later policy", "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [{jwt: {}}]}\n",
        "s.yaml:3:46: error: policy 'jwt' is not supported yet\n");
    row("a later balancer", "pools:\n  - {name: a, balance: {algorithm: ring-hash, key: ip}}\n",
        "s.yaml:3:36: error: balancer 'ring-hash' is not supported yet\n");
    row("a later balancer by its bare name", "pools:\n  - {name: a, balance: maglev}\n",
        "s.yaml:3:24: error: balancer 'maglev' is not supported yet\n");
    row("a later arrival process",
        "traffic:\n  - {name: t, target: 'http://127.0.0.1/', arrivals: {process: trace}, requests: [{path: /}]}\n",
        "s.yaml:3:64: error: arrival process 'trace' is not supported yet\n");
    row("a store of a later kind",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [{rate-limit: {rate: 1/s, store: "
        "'redis://127.0.0.1:6379'}}]}\n",
        "s.yaml:3:77: error: 'store': 'redis://127.0.0.1:6379' is not supported yet\n");
    row("a mock for udp", "mocks:\n  - {name: m, bind: 127.0.0.1:1, protocol: udp}\n",
        "s.yaml:3:44: error: 'protocol': 'udp' is not supported yet\n");
}

void kindRows()
{
    row("a map where a list is expected", "pools: {a: 1}\n",
        "s.yaml:2:8: error: 'pools' must be a list, and is a map\n");
    row("a text where a list is expected", "listeners: lb\n",
        "s.yaml:2:12: error: 'listeners' must be a list, and is a text\n");
    row("a text among the pools", "pools: [a]\n",
        "s.yaml:2:9: error: an element of 'pools' must be a map with a name\n");
    row("an empty element", "pools:\n  -\n  - name: a\n",
        "s.yaml:3:3: error: an element of 'pools' must be a map with a name\n");
    row("a list as a name", "pools:\n  - name: [a]\n",
        "s.yaml:3:11: error: 'name' must be a single value, and is a list\n");
    row("a name that is nothing", "pools:\n  - name:\n",
        "s.yaml:3:5: error: 'name' must be a single value, and is empty\n");
    row("limits as a text", "listeners:\n  - {name: a, bind: 127.0.0.1:1, limits: none}\n",
        "s.yaml:3:42: error: 'limits' must be a map, and is a text\n");
    row("a policy without braces", "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [api-key]}\n",
        "s.yaml:3:45: error: a policy is a map with one key: write {api-key: {}}\n");
    row("two policies in one map", "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [{api-key: {}, acl: {}}]}\n",
        "s.yaml:3:45: error: a policy is a map with one key: write {NAME: {}}\n");
    row("policies as a map", "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: {api-key: {}}}\n",
        "s.yaml:3:44: error: 'policies' must be a list, and is a map\n");
    row("parameters that are a text", "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [{api-key: X}]}\n",
        "s.yaml:3:55: error: the parameters of 'api-key' must be a map\n");
    row("a balancer that is a list", "pools:\n  - {name: a, balance: [random]}\n",
        "s.yaml:3:24: error: 'balance' must be a name or a map, and is a list\n");
    row("a balancer without its algorithm", "pools:\n  - {name: a, balance: {key: ip}}\n",
        "s.yaml:3:24: error: 'balance' needs 'algorithm'\n");
    row("a header that is a list", "mocks:\n  - {name: m, bind: 127.0.0.1:1, respond: {headers: {A: [b]}}}\n",
        "s.yaml:3:57: error: 'A' must be a text\n");
    row("an empty key among keys", "consumers:\n  - {name: c, keys: [a, ~]}\n",
        "s.yaml:3:25: error: an element of 'keys' is empty\n");
}

void valueRows()
{
    row("a name with a blank", "pools:\n  - name: a b\n",
        "s.yaml:3:11: error: 'name': 'a b' is not a name: letters and digits, then also . _ -, starting with a letter "
        "or digit\n");
    row("an address without a port", "listeners:\n  - {name: a, bind: 127.0.0.1}\n",
        "s.yaml:3:21: error: 'bind': '127.0.0.1' is not an address: write HOST:PORT, [IPV6]:PORT or unix:/PATH\n");
    row("a port past the last", "listeners:\n  - {name: a, bind: 127.0.0.1:65536}\n",
        "s.yaml:3:21: error: 'bind': '127.0.0.1:65536' is not an address: the port is a number from 0 to 65535\n");
    row("a backend at port 0", "pools:\n  - {name: a, backends: [{name: x, address: 127.0.0.1:0}]}\n",
        "s.yaml:3:45: error: 'address': '127.0.0.1:0' has port 0, which no backend can be reached at\n");
    row("a weight that is no number",
        "pools:\n  - {name: a, backends: [{name: x, address: 127.0.0.1:1, weight: heavy}]}\n",
        "s.yaml:3:66: error: 'weight': 'heavy' is not a whole number\n");
    row("a negative weight", "pools:\n  - {name: a, backends: [{name: x, address: 127.0.0.1:1, weight: -1}]}\n",
        "s.yaml:3:66: error: 'weight': '-1' is out of range: 0 to 1000000\n");
    row("a backup that is neither true nor false",
        "pools:\n  - {name: a, backends: [{name: x, address: 127.0.0.1:1, backup: maybe}]}\n",
        "s.yaml:3:66: error: 'backup': 'maybe' is not true or false\n");
    row("a duration in parsecs", "listeners:\n  - {name: a, bind: 127.0.0.1:1, timeouts: {idle: 10 parsecs}}\n",
        "s.yaml:3:51: error: 'idle': '10 parsecs' is not a duration (like 250us, 10ms, 2s, 1m, 1h)\n");
    row("a size without a unit that exists",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, limits: {header_bytes: 64Kb}}\n",
        "s.yaml:3:57: error: 'header_bytes': '64Kb' is not a size (like 512B, 16KiB, 1MiB)\n");
    row("a rate without a time",
        "traffic:\n  - {name: t, target: 'http://127.0.0.1/', arrivals: {process: poisson, rate: 500}, requests: "
        "[{path: /}]}\n",
        "s.yaml:3:79: error: 'rate': '500' is not a rate (like 50/s, 30/m, 10/h)\n");
    row("a share above one", "mocks:\n  - {name: m, bind: 127.0.0.1:1, errors: {share: 150%}}\n",
        "s.yaml:3:50: error: 'share': '150%' is not a share (like 0.1% or 0.001)\n");
    row("a status that is no error", "mocks:\n  - {name: m, bind: 127.0.0.1:1, errors: {status: 200}}\n",
        "s.yaml:3:51: error: 'status': '200' is out of range: 400 to 599\n");
    row("a role that does not exist", "listeners:\n  - {name: a, bind: 127.0.0.1:1, role: gateway}\n",
        "s.yaml:3:40: error: 'role': 'gateway' is not one of load-balancer, api-gateway\n");
    row("a misspelt role", "listeners:\n  - {name: a, bind: 127.0.0.1:1, role: api-gatway}\n",
        "s.yaml:3:40: error: 'role': 'api-gatway' is not one of load-balancer, api-gateway: did you mean "
        "'api-gateway'?\n");
    row("no workers", "mocks:\n  - {name: m, bind: 127.0.0.1:1, workers: 0}\n",
        "s.yaml:3:43: error: 'workers': '0' is out of range: 1 to 100000\n");
    row("a redirect with a status of its own",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, routes: [{name: r, redirect: {to: /, status: 305}}]}\n",
        "s.yaml:3:79: error: 'status': '305' is not one of 301, 302, 303, 307, 308: did you mean '301'?\n");
}

void referenceRows()
{
    row("a pool that does not exist", "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: b}\n",
        "s.yaml:3:40: error: no pool is named 'b'\n");
    row("a misspelt pool", "listeners:\n  - {name: a, bind: 127.0.0.1:1, pool: servce}\npools:\n  - name: service\n",
        "s.yaml:3:40: error: no pool is named 'servce': did you mean 'service'?\n");
    row("a mock that does not exist",
        "pools:\n  - {name: a, backends: [{name: x, address: 'mock:m1'}]}\nmocks:\n  - {name: m2, bind: 127.0.0.1:1}\n",
        "s.yaml:3:45: error: no mock is named 'm1': did you mean 'm2'?\n");
    row("a listener behind a backend that does not exist",
        "pools:\n  - {name: a, backends: [{name: x, address: 'listener:lb'}]}\n",
        "s.yaml:3:45: error: no listener is named 'lb'\n");
    row("a consumer that does not exist",
        "traffic:\n  - {name: t, target: 'http://127.0.0.1/', requests: [{path: /, consumer: me}]}\n",
        "s.yaml:3:75: error: no consumer is named 'me'\n");
    row("a target that does not exist", "traffic:\n  - {name: t, target: lb, requests: [{path: /}]}\n",
        "s.yaml:3:23: error: no listener is named 'lb'\n");
    row("two pools of one name", "pools:\n  - name: a\n  - name: a\n",
        "s.yaml:4:11: error: two of 'pools' are named 'a': first at line 3\n");
    row("two routes of one name",
        "listeners:\n  - name: l\n    bind: 127.0.0.1:1\n    routes: [{name: r}, {name: r}]\n",
        "s.yaml:5:32: error: two of 'routes' are named 'r': first at line 5\n");
    row("an unknown policy", "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [{api-kay: {}}]}\n",
        "s.yaml:3:46: error: unknown policy 'api-kay': did you mean 'api-key'?\n");
    row("a shortened balancer", "pools:\n  - {name: a, balance: least_con}\n",
        "s.yaml:3:24: error: unknown balancer 'least_con': did you mean 'least-connections'?\n");
    row("an unknown distribution",
        "mocks:\n  - {name: m, bind: 127.0.0.1:1, latency: {distribution: lognorml, median: 1ms}}\n",
        "s.yaml:3:58: error: unknown latency distribution 'lognorml': did you mean 'lognormal'?\n");
    row("an unknown parameter of a policy",
        "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [{rate-limit: {rat: 5/s}}]}\n",
        "s.yaml:3:58: error: policy 'rate-limit' needs 'rate'\n"
        "s.yaml:3:59: error: unknown key 'rat': did you mean 'rate'?\n");
    row("a policy without its parameters", "listeners:\n  - {name: a, bind: 127.0.0.1:1, policies: [{rate-limit: }]}\n",
        "s.yaml:3:46: error: policy 'rate-limit' needs 'rate'\n");
    row("a distribution without its parameters", "mocks:\n  - {name: m, bind: 127.0.0.1:1, latency: constant}\n",
        "s.yaml:3:43: error: latency distribution 'constant' needs 'value'\n");
}

void severalRows()
{
    row("everything wrong at once, in the order of the file",
        "listeners:\n"
        "  - name: lb\n"
        "    bind: nowhere\n"
        "    pool: servce\n"
        "    tls: {}\n"
        "pools:\n"
        "  - name: service\n"
        "    balance: roundrobin\n"
        "    backends:\n"
        "      - {name: a, address: 127.0.0.1:9001, weight: x}\n"
        "      - {name: a, adress: 127.0.0.1:9001}\n",
        "s.yaml:4:11: error: 'bind': 'nowhere' is not an address: write HOST:PORT, [IPV6]:PORT or unix:/PATH\n"
        "s.yaml:5:11: error: no pool is named 'servce': did you mean 'service'?\n"
        "s.yaml:6:5: error: 'tls' is not supported yet\n"
        "s.yaml:9:14: error: unknown balancer 'roundrobin': did you mean 'round-robin'?\n"
        "s.yaml:11:52: error: 'weight': 'x' is not a whole number\n"
        "s.yaml:12:9: error: backend 'a' needs 'address'\n"
        "s.yaml:12:16: error: two of 'backends' are named 'a': first at line 11\n"
        "s.yaml:12:19: error: unknown key 'adress': did you mean 'address'?\n");
    row("columns count characters, not bytes",
        "consumers:\n  - {name: c, groups: [\"\xC3\xA4\xC3\xB6\xC3\xBC\"], kees: [k]}\n",
        "s.yaml:3:32: error: unknown key 'kees': did you mean 'keys'?\n");
    row("lines with Windows ends", "pools:\r\n  - name: a\r\n    ballance: random\r\n",
        "s.yaml:4:5: error: unknown key 'ballance': did you mean 'balance'?\n");
}

}  // namespace

void TestCheck::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    textRows();
    keyRows();
    laterRows();
    kindRows();
    valueRows();
    referenceRows();
    severalRows();
}

void TestCheck::refuses()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    const auto read = site::readSite(text.toStdString(), "s.yaml", test::testCatalog());
    QCOMPARE(QByteArray::fromStdString(site::format(read.problems, "s.yaml")), expected);
    for (const auto& problem : read.problems) {
        QVERIFY(problem.code.starts_with("SB-"));
    }
}

void TestCheck::accepts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("the version alone") << QByteArray("signalbox: 1\n");
    QTest::newRow("JSON") << QByteArray(
        R"({"signalbox":1,"pools":[{"name":"a","backends":[{"name":"x","address":"127.0.0.1:1"}]}]})");
    QTest::newRow("a byte order mark") << QByteArray("\xEF\xBB\xBFsignalbox: 1\n");
    QTest::newRow("lists that are empty") << QByteArray("signalbox: 1\nlisteners:\npools: []\n");
    QTest::newRow("one text for a list of texts") << QByteArray(
        "signalbox: 1\nlisteners:\n  - name: l\n    bind: 127.0.0.1:1\n    routes: [{name: r, match: {method: "
        "GET}}]\n");
    QTest::newRow("an anchor and its alias") << QByteArray(
        "signalbox: 1\nmocks:\n  - {name: a, bind: 127.0.0.1:1, respond: &r {bytes: 1}}\n  - {name: b, bind: "
        "127.0.0.1:2, respond: *r}\n");
    QTest::newRow("a policy with all defaults") << QByteArray(
        "signalbox: 1\nlisteners:\n  - name: l\n    bind: 127.0.0.1:1\n    policies:\n      - api-key:\n");
    QTest::newRow("a target that is a URL") << QByteArray(
        "signalbox: 1\ntraffic:\n  - {name: t, target: 'http://127.0.0.1:1/', arrivals: {process: poisson, rate: 5/s}, "
        "requests: [{path: /}]}\n");
    QTest::newRow("things in places of the canvas") << QByteArray("signalbox: 1\ncanvas: {a: [1, 2]}\n");
}

void TestCheck::accepts()
{
    QFETCH(QByteArray, text);
    const auto read = site::readSite(text.toStdString(), "s.yaml", test::testCatalog());
    QCOMPARE(QByteArray::fromStdString(site::format(read.problems, "s.yaml")), QByteArray());
}

void TestCheck::pathsOfProblemsLeadToTheirValues()
{
    const auto read = site::readSite(
        "signalbox: 1\n"
        "listeners:\n"
        "  - name: api\n"
        "    bind: 127.0.0.1:1\n"
        "    routes:\n"
        "      - name: users\n"
        "        policies: [{rate-limit: {rate: often}}]\n",
        "s.yaml", test::testCatalog());
    QCOMPARE(read.problems.size(), std::size_t{1});
    QCOMPARE(read.problems[0].path, std::string("listeners/api/routes/users/policies/0/rate-limit/rate"));
    const Value* value = site::valueAt(read.site, read.problems[0].path);
    QVERIFY(value);
    QCOMPARE(value->text(), std::string("often"));
}

QTEST_GUILESS_MAIN(TestCheck)
#include "tst_check.moc"
