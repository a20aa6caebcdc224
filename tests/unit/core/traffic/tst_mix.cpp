#include <QtTest>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "core/site/site.h"
#include "core/traffic/mix.h"
#include "core/traffic/scenario.h"

using namespace signalbox;
using namespace std::chrono_literals;
using traffic::Mix;

namespace {

/// A site from YAML, against a catalog without families: the mix needs none.
site::Site siteOf(const QByteArray& text)
{
    static const site::Catalog kNone;
    return site::readSite(text.toStdString(), "test.yaml", kNone).site;
}

site::Site scenarioSite(const QByteArray& scenario, const QByteArray& more = {})
{
    return siteOf(
        "signalbox: 1\nlisteners:\n  - {name: lb, bind: 127.0.0.1:8080, protocol: http, role: load-balancer, pool: p}\n"
        "pools:\n  - {name: p, backends: [{name: b, address: 127.0.0.1:9001}]}\n" +
        more + "traffic:\n  - name: s\n    target: lb\n" + scenario);
}

Result<std::shared_ptr<const Mix>> mixOf(const QByteArray& requests, const site::Site& with = {})
{
    const site::Site site = siteOf("requests: " + requests);
    const Value* const list = site.root.find("requests");
    return Mix::create(list ? *list : Value(), with, {"X-Api-Key"});
}

}  // namespace

class TestMix : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void weightsAreMet();
    void zipfFollowsItsLaw_data();
    void zipfFollowsItsLaw();
    void zipfIsExactForAMillionRanks();
    void otherVariablesAreDrawn();
    void pathsAreEncodedMinimally();
    void consumersBringTheirCredentials();
    void wrongMixesAreRefused_data();
    void wrongMixesAreRefused();
    void scenariosAreRead();
    void theSameSeedPlansTheSame();
    void theEndMayMoveWhileItRuns();
    void wrongScenariosAreRefused_data();
    void wrongScenariosAreRefused();
    void closedUsersNeedNoTimes();
};

void TestMix::weightsAreMet()
{
    const auto mix = mixOf("[{weight: 3, path: /a}, {path: /b}, {weight: 0, path: /never}]");
    QVERIFY2(mix.has_value(), mix ? "" : mix.error().detail.c_str());
    Rng rng(4);
    auto state = (*mix)->start();
    std::map<std::string, int> counts;
    for (int i = 0; i < 200'000; ++i) {
        ++counts[(*mix)->draw(rng, state).path];
    }
    QVERIFY2(std::abs(counts["/a"] - 150'000) < 1000, qPrintable(QString::number(counts["/a"])));
    QCOMPARE(counts.count("/never"), std::size_t{0});
}

void TestMix::zipfFollowsItsLaw_data()
{
    QTest::addColumn<int>("n");
    QTest::addColumn<double>("s");
    QTest::newRow("a thousand users, s 1.1") << 1000 << 1.1;
    QTest::newRow("s 0 is uniform") << 10 << 0.0;
    QTest::newRow("one value") << 1 << 1.0;
}

void TestMix::zipfFollowsItsLaw()
{
    QFETCH(int, n);
    QFETCH(double, s);
    const auto mix =
        mixOf(QStringLiteral("[{path: \"/u/{id}\", vars: {id: {zipf: {n: %1, s: %2}}}}]").arg(n).arg(s).toUtf8());
    QVERIFY2(mix.has_value(), mix ? "" : mix.error().detail.c_str());
    constexpr int kDraws = 200'000;
    std::vector<int> counts(static_cast<std::size_t>(n) + 1);
    Rng rng(8);
    auto state = (*mix)->start();
    for (int i = 0; i < kDraws; ++i) {
        ++counts[std::stoul((*mix)->draw(rng, state).path.substr(3))];
    }
    QCOMPARE(counts[0], 0);
    double total = 0;
    for (int rank = 1; rank <= n; ++rank) {
        total += std::pow(rank, -s);
    }
    for (int rank = 1; rank <= std::min(n, 20); ++rank) {
        const double share = std::pow(rank, -s) / total;
        const double deviation = std::sqrt(kDraws * share * (1 - share));
        QVERIFY2(std::abs(counts[static_cast<std::size_t>(rank)] - kDraws * share) <= 5 * deviation + 1e-6,
                 qPrintable(QString::number(rank)));
    }
}

void TestMix::zipfIsExactForAMillionRanks()
{
    const auto mix = mixOf("[{path: \"/{id}\", vars: {id: {zipf: {n: 1000000, s: 0.9}}}}]");
    QVERIFY(mix.has_value());
    double total = 0;
    double head = 0;
    for (int rank = 1; rank <= 1'000'000; ++rank) {
        total += std::pow(rank, -0.9);
        head += rank <= 1000 ? std::pow(rank, -0.9) : 0;
    }
    Rng rng(2);
    auto state = (*mix)->start();
    int low = 0;
    for (int i = 0; i < 200'000; ++i) {
        low += std::stoul((*mix)->draw(rng, state).path.substr(1)) <= 1000;
    }
    QVERIFY2(std::abs(low / 200'000.0 - head / total) < 0.006, qPrintable(QString::number(low / 200'000.0)));
}

void TestMix::otherVariablesAreDrawn()
{
    const auto mix = mixOf(
        "[{path: \"/{u}/{c}/{s}\", vars: {u: {uniform: {min: -2, max: 2}}, c: {choice: [x, \"y z\"]}, s: {sequence: "
        "7}}}]");
    QVERIFY2(mix.has_value(), mix ? "" : mix.error().detail.c_str());
    Rng rng(3);
    auto state = (*mix)->start();
    std::map<QString, int> first;
    for (int i = 0; i < 1000; ++i) {
        const auto parts = QString::fromStdString((*mix)->draw(rng, state).path).split(QLatin1Char('/'));
        ++first[parts[1]];
        QVERIFY(parts[2] == QLatin1String("x") || parts[2] == QLatin1String("y%20z"));
        QCOMPARE(parts[3].toInt(), 7 + i);
    }
    QCOMPARE(first.size(), std::size_t{5});
    QCOMPARE(first.begin()->first, QStringLiteral("-1"));
}

void TestMix::pathsAreEncodedMinimally()
{
    const auto mix = mixOf("[{method: POST, path: \"/a b?q={x&r=%41\", body: hi, headers: {X-A: \"1\"}}]");
    QVERIFY2(mix.has_value(), mix ? "" : mix.error().detail.c_str());
    Rng rng(1);
    auto state = (*mix)->start();
    const auto request = (*mix)->draw(rng, state);
    QCOMPARE(request.path, std::string("/a%20b?q=%7Bx&r=%41"));
    QCOMPARE(request.method, std::string("POST"));
    QCOMPARE(request.body, std::string("hi"));
    QCOMPARE(request.headers.size(), std::size_t{1});
}

void TestMix::consumersBringTheirCredentials()
{
    const site::Site site = siteOf(
        "consumers:\n  - {name: mobile, keys: [key-1, key-2]}\n  - {name: web, basic: {user: web, password: "
        "secret}}\n");
    const auto mix = mixOf(
        "[{path: /a, consumer: mobile}, {path: /b, consumer: web}, {path: /c, consumer: mobile, headers: {x-api-key: "
        "own}}]",
        site);
    QVERIFY2(mix.has_value(), mix ? "" : mix.error().detail.c_str());
    Rng rng(1);
    auto state = (*mix)->start();
    std::map<std::string, std::pair<std::string, std::string>> seen;
    for (int i = 0; i < 100; ++i) {
        const auto request = (*mix)->draw(rng, state);
        QCOMPARE(request.headers.size(), std::size_t{1});
        seen[request.path] = request.headers.front();
    }
    QVERIFY(seen["/a"] == std::make_pair(std::string("X-Api-Key"), std::string("key-1")));
    QVERIFY(seen["/b"] == std::make_pair(std::string("Authorization"), std::string("Basic d2ViOnNlY3JldA==")));
    QVERIFY(seen["/c"] == std::make_pair(std::string("x-api-key"), std::string("own")));
}

void TestMix::wrongMixesAreRefused_data()
{
    QTest::addColumn<QByteArray>("requests");
    QTest::addColumn<QString>("why");
    QTest::newRow("no request") << QByteArray("[]") << QStringLiteral("weight above 0");
    QTest::newRow("only weights of 0") << QByteArray("[{weight: 0, path: /}]") << QStringLiteral("weight above 0");
    QTest::newRow("an unknown variable") << QByteArray("[{path: \"/{id}\"}]") << QStringLiteral("no 'id'");
    QTest::newRow("an unknown way to draw")
        << QByteArray("[{path: \"/{id}\", vars: {id: {gauss: {}}}}]") << QStringLiteral("gauss");
    QTest::newRow("zipf over too many") << QByteArray("[{path: /, vars: {id: {zipf: {n: 5000000}}}}]")
                                        << QStringLiteral("1000000");
    QTest::newRow("uniform upside down") << QByteArray("[{path: /, vars: {id: {uniform: {min: 2, max: 1}}}}]")
                                         << QStringLiteral("min not above max");
    QTest::newRow("an empty choice") << QByteArray("[{path: /, vars: {id: {choice: []}}}]")
                                     << QStringLiteral("at least one");
    QTest::newRow("a relative path") << QByteArray("[{path: a}]") << QStringLiteral("begin with /");
    QTest::newRow("a method of two words") << QByteArray("[{path: /, method: \"GET IT\"}]") << QStringLiteral("method");
    QTest::newRow("an unknown consumer") << QByteArray("[{path: /, consumer: nobody}]") << QStringLiteral("nobody");
    QTest::newRow("a consumer known by a hash")
        << QByteArray("[{path: /, consumer: hashed}]") << QStringLiteral("only the hash");
}

void TestMix::wrongMixesAreRefused()
{
    QFETCH(QByteArray, requests);
    QFETCH(QString, why);
    const site::Site site = siteOf("consumers:\n  - {name: hashed, basic: {user: u, password_sha256: abc}}\n");
    const auto mix = mixOf(requests, site);
    QVERIFY(!mix);
    QVERIFY2(QString::fromStdString(mix.error().detail).contains(why), mix.error().detail.c_str());
}

void TestMix::scenariosAreRead()
{
    const auto site = scenarioSite(
        "    seed: 42\n    duration: 30s\n    arrivals: {process: poisson, rate: 500/s}\n    clients: {count: 50}\n"
        "    requests: [{path: /a}]\n    expect: {p99: 50ms, errors: 1%, rate: 400/s}\n");
    const auto scenario = traffic::scenarioFrom(site, "s", {{"listener:lb", *Endpoint::parse("127.0.0.1:4711")}});
    QVERIFY2(scenario.has_value(), scenario ? "" : scenario.error().detail.c_str());
    QCOMPARE(scenario->target.text(), std::string("127.0.0.1:4711"));
    QCOMPARE(scenario->host, std::string("127.0.0.1:4711"));
    QCOMPARE(scenario->seed, std::uint64_t{42});
    QCOMPARE(scenario->clients, 50u);
    QVERIFY(scenario->duration == 30s && !scenario->closed);
    QCOMPARE(scenario->expect.size(), std::size_t{3});
    QCOMPARE(scenario->expect[0].what, std::string("p99"));
    QCOMPARE(scenario->expect[0].limit, 50.0);
    QCOMPARE(scenario->expect[1].limit, 0.01);
    QCOMPARE(scenario->expect[2].limit, 400.0);
    const auto fixed = traffic::scenarioFrom(site, "s", {});
    QCOMPARE(fixed->target.text(), std::string("127.0.0.1:8080"));
}

void TestMix::theSameSeedPlansTheSame()
{
    const auto site = scenarioSite(
        "    seed: 7\n    duration: 20s\n    arrivals: {process: poisson, rate: 500/s}\n    clients: {count: 5}\n"
        "    requests: [{path: \"/{i}\", vars: {i: {zipf: {n: 100}}}}, {path: /b}]\n");
    const auto scenario = traffic::scenarioFrom(site, "s", {});
    QVERIFY2(scenario.has_value(), scenario ? "" : scenario.error().detail.c_str());
    const auto one = scenario->source();
    const auto two = scenario->source();
    std::size_t count = 0;
    std::set<std::uint32_t> clients;
    Duration last{};
    while (auto a = one->next()) {
        const auto b = two->next();
        QVERIFY(b && a->at == b->at && a->path == b->path && a->client == b->client && a->kind == b->kind);
        QVERIFY(a->at >= last && a->at < 20s);
        last = a->at;
        clients.insert(a->client);
        ++count;
    }
    QVERIFY(!two->next());
    QVERIFY(std::abs(static_cast<double>(count) - 10'000) < 500);
    QCOMPARE(clients.size(), std::size_t{5});
}

void TestMix::theEndMayMoveWhileItRuns()
{
    const auto site =
        scenarioSite("    duration: 1s\n    arrivals: {process: constant, rate: 10/s}\n    requests: [{path: /}]\n");
    const auto source = traffic::scenarioFrom(site, "s", {})->source();
    int count = 0;
    while (source->next()) {
        ++count;
    }
    QCOMPARE(count, 10);
    source->endAt(2s);
    QVERIFY(source->next()->at == 1s);
}

void TestMix::wrongScenariosAreRefused_data()
{
    QTest::addColumn<QByteArray>("scenario");
    QTest::addColumn<QString>("why");
    const QByteArray requests = "    requests: [{path: /}]\n";
    const QByteArray arrivals = "    arrivals: {process: poisson, rate: 5/s}\n";
    QTest::newRow("neither arrivals nor closed") << requests << QStringLiteral("either arrivals or closed");
    QTest::newRow("both arrivals and closed")
        << arrivals + "    closed: {users: 1}\n" + requests << QStringLiteral("either arrivals or closed");
    QTest::newRow("an unknown process") << "    arrivals: {process: magic}\n" + requests << QStringLiteral("magic");
    QTest::newRow("bad parameters of the process")
        << "    arrivals: {process: poisson, rate: 0/s}\n" + requests << QStringLiteral("above 0");
    QTest::newRow("no duration") << "    duration: 0s\n" + arrivals + requests << QStringLiteral("duration");
    QTest::newRow("a bad mix") << arrivals + "    requests: [{path: x}]\n" << QStringLiteral("begin with /");
    QTest::newRow("a target elsewhere") << "    target: http://192.0.2.1:80/\n" + arrivals + requests
                                        << QStringLiteral("loopback");
    QTest::newRow("a target over TLS") << "    target: https://127.0.0.1/\n" + arrivals + requests
                                       << QStringLiteral("no http://");
    QTest::newRow("an unknown target") << "    target: bl\n" + arrivals + requests
                                       << QStringLiteral("did you mean 'lb'");
}

void TestMix::wrongScenariosAreRefused()
{
    QFETCH(QByteArray, scenario);
    QFETCH(QString, why);
    site::Site site =
        siteOf("signalbox: 1\nlisteners:\n  - {name: lb, bind: 127.0.0.1:8080}\ntraffic:\n  - name: rush\n" +
               (scenario.contains("target") ? QByteArray() : QByteArray("    target: lb\n")) + scenario);
    const auto made = traffic::scenarioFrom(site, "rush", {});
    QVERIFY(!made);
    QVERIFY2(QString::fromStdString(made.error().detail).contains(why), made.error().detail.c_str());
    const auto other = traffic::scenarioFrom(site, "rusch", {});
    QVERIFY(!other);
    QVERIFY(other.error().detail.find("did you mean 'rush'") != std::string::npos);
}

void TestMix::closedUsersNeedNoTimes()
{
    const auto site =
        scenarioSite("    duration: 5s\n    closed: {users: 20, think: 100ms}\n    requests: [{path: /}]\n");
    const auto scenario = traffic::scenarioFrom(site, "s", {});
    QVERIFY2(scenario.has_value(), scenario ? "" : scenario.error().detail.c_str());
    QVERIFY(scenario->closed && scenario->users == 20 && scenario->think == 100ms);
    const auto source = scenario->source();
    for (int i = 0; i < 1000; ++i) {
        QVERIFY(source->next()->at == 0s);
    }
}

QTEST_GUILESS_MAIN(TestMix)
#include "tst_mix.moc"
