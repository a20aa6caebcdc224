#include <QtTest>

#include <algorithm>
#include <memory>

#include "core/mock/mock_host.h"
#include "core/traffic/trace_reader.h"
#include "core/traffic/traffic_run.h"
#include "tests/support/planned_source.h"
#include "tests/support/recording_server.h"

using namespace signalbox;
using namespace std::chrono_literals;
using mock::MockHost;
using mock::MockSpec;
using test::PlannedSource;
using test::RecordingServer;
using traffic::Report;
using traffic::RunOptions;
using traffic::Scenario;
using traffic::TrafficRun;

namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

double milliseconds(Duration value)
{
    return std::chrono::duration<double, std::milli>(value).count();
}

QByteArray told(double value)
{
    return QByteArray::number(value);
}

}  // namespace

class TestTrafficRun : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data();
    void init();
    void cleanup();
    void everyPlannedRequestIsSentAndCounted();
    void clientsHaveAddressesOfTheirOwn();
    void connectionsAreUsedAgain();
    void aStallShowsInTheLatencyFromThePlan();
    void theSameSeedGivesTheSameCounts();
    void closedUsersWaitAndThink();
    void aRefusedTargetIsCounted();
    void silenceIsATimeOut();
    void answersOfEveryFramingAreRead_data();
    void answersOfEveryFramingAreRead();
    void headersOfTheAnswerAreCounted();
    void aRequestThatMeetsAClosingConnectionIsRepeated();
    void waitingRequestsAreSentAndCountFromThePlan();
    void clientOrderIsKept();
    void asFastAsPossibleStaysInItsWindow();
    void pauseStepAndResume();
    void speedScalesThePlan();
    void theRateFactorScalesArrivals();
    void stopDropsWhatWaits();
    void aTraceIsReplayedOnce();
    void largeBodiesAreReadWhole();
    void twentyThousandASecondIsReportedHonestly();

private:
    Endpoint mockAt(MockSpec spec)
    {
        spec.name = "m";
        spec.bind = *Endpoint::parse("127.0.0.1:0");
        return m_host->apply({spec}) ? m_host->address("m") : Endpoint();
    }
    RunOptions options() const
    {
        QFETCH_GLOBAL(int, kind);
        RunOptions out;
        out.reactor.kind = static_cast<net::ReactorKind>(kind);
        return out;
    }
    static Scenario to(const Endpoint& target)
    {
        Scenario out;
        out.name = "test";
        out.target = target;
        out.host = target.text();
        return out;
    }
    static std::unique_ptr<TrafficRun> start(const Scenario& scenario, std::unique_ptr<traffic::RequestSource> source,
                                             const RunOptions& options)
    {
        auto run = TrafficRun::start(scenario, std::move(source), options);
        return run ? std::move(*run) : nullptr;
    }
    /// A scenario with arrivals, read as a site's.
    static Scenario scenario(const Endpoint& target, const QByteArray& rest)
    {
        static const site::Catalog kNone;
        const QByteArray text =
            "traffic:\n  - name: s\n    target: http://" + QByteArray::fromStdString(target.text()) + "\n" + rest;
        const auto made = traffic::scenarioFrom(site::readSite(text.toStdString(), "t", kNone).site, "s", {});
        return made ? *made : Scenario();
    }
    std::unique_ptr<MockHost> m_host;
};

void TestTrafficRun::initTestCase_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("io_uring") << static_cast<int>(net::ReactorKind::IoUring);
    QTest::newRow("epoll") << static_cast<int>(net::ReactorKind::Epoll);
}

void TestTrafficRun::init()
{
    QFETCH_GLOBAL(int, kind);
    auto host = MockHost::create(1, {.kind = static_cast<net::ReactorKind>(kind)});
    if (!host && kind == static_cast<int>(net::ReactorKind::IoUring)) {
        QSKIP("no io_uring here");
    }
    QVERIFY2(host.has_value(), host ? "" : host.error().detail.c_str());
    m_host = std::move(*host);
}

void TestTrafficRun::cleanup()
{
    m_host.reset();
}

void TestTrafficRun::everyPlannedRequestIsSentAndCounted()
{
    MockSpec spec;
    spec.workers = 8;
    spec.behaviour.bodyBytes = 100;
    const auto run = start(to(mockAt(spec)), PlannedSource::even(500, 1ms, 5), options());
    QVERIFY(run && run->wait(20s));
    const Report report = run->report();
    QCOMPARE(report.planned, std::uint64_t{500});
    QCOMPARE(report.requests, std::uint64_t{500});
    QCOMPARE(report.status.at(200), std::uint64_t{500});
    QCOMPARE(report.backends.at("m"), std::uint64_t{500});
    QVERIFY(report.errors.empty());
    QCOMPARE(report.latency.count(), std::uint64_t{500});
    QCOMPARE(report.lateness.count(), std::uint64_t{500});
    QCOMPARE(report.paths.size(), std::size_t{500});
    QVERIFY2(report.durationSeconds >= 0.49, told(report.durationSeconds));
    QCOMPARE(m_host->counters("m").requests, std::uint64_t{500});
    const auto progress = run->progress();
    QVERIFY(progress.finished && progress.sent == 500 && progress.answered == 500 && progress.inFlight == 0);
}

void TestTrafficRun::clientsHaveAddressesOfTheirOwn()
{
    RecordingServer server([](const auto&) { return kOk; });
    const auto run = start(to(server.address()), PlannedSource::even(520, 200us, 260), options());
    QVERIFY(run && run->wait(20s));
    server.stop();
    QCOMPARE(server.requests().size(), std::size_t{520});
    QCOMPARE(server.clients().size(), std::size_t{260});
    QVERIFY(server.clients().count("127.0.1.1") == 1 && server.clients().count("127.0.2.10") == 1);
}

void TestTrafficRun::connectionsAreUsedAgain()
{
    RecordingServer server([](const auto&) { return kOk; });
    const auto run = start(to(server.address()), PlannedSource::even(50, 4ms), options());
    QVERIFY(run && run->wait(20s));
    server.stop();
    QCOMPARE(server.requests().size(), std::size_t{50});
    // One would do; a busy machine may delay an answer past the next request.
    QVERIFY2(server.connections() < 50, told(server.connections()));
    const std::string& head = server.requests().front().head;
    QVERIFY2(head.starts_with("GET /0 HTTP/1.1\r\nHost: " + server.address().text() + "\r\n"), head.c_str());
}

void TestTrafficRun::aStallShowsInTheLatencyFromThePlan()
{
    MockSpec spec;
    spec.workers = 1000;
    const Endpoint target = mockAt(spec);
    RunOptions few = options();
    few.maxConnectionsPerClient = 2;
    // 2 s of plan; in the middle every answer takes 500 ms, on two connections alone.
    const auto run = start(to(target), PlannedSource::even(400, 5ms), few);
    QVERIFY(run);
    QTRY_VERIFY(run->progress().answered > 50);
    QVERIFY(m_host->setFault("m", false, 500ms, 0));
    QTRY_VERIFY(run->progress().inFlight == 2);
    QTRY_VERIFY(run->progress().planned > 150);
    QVERIFY(m_host->setFault("m", false, {}, 0));
    QVERIFY(run->wait(20s));
    const Report report = run->report();
    QCOMPARE(report.requests, std::uint64_t{400});
    QCOMPARE(report.status.at(200), std::uint64_t{400});
    // Seen from the wire only two to four requests were slow; from the plan all that waited behind them were.
    QVERIFY2(milliseconds(report.serviceTime.quantile(0.9)) < 100,
             told(milliseconds(report.serviceTime.quantile(0.9))));
    QVERIFY2(milliseconds(report.latency.quantile(0.9)) > 100, told(milliseconds(report.latency.quantile(0.9))));
    QVERIFY(report.lateness.max() > 200ms);
}

void TestTrafficRun::theSameSeedGivesTheSameCounts()
{
    MockSpec spec;
    spec.workers = 100;
    const Endpoint target = mockAt(spec);
    const Scenario given = scenario(
        target,
        "    seed: 42\n    duration: 1s\n    arrivals: {process: poisson, rate: 400/s}\n    clients: {count: 7}\n"
        "    requests: [{weight: 3, path: /a}, {path: /b}]\n");
    std::vector<Report> reports;
    for (int i = 0; i < 2; ++i) {
        const auto run = start(given, given.source(), options());
        QVERIFY(run && run->wait(20s));
        reports.push_back(run->report());
    }
    QVERIFY(reports[0].requests > 300);
    QCOMPARE(reports[0].requests, reports[1].requests);
    QCOMPARE(reports[0].planned, reports[1].planned);
    QVERIFY(reports[0].status == reports[1].status);
    // A scenario lasts for its whole duration.
    QVERIFY2(reports[0].durationSeconds >= 1.0, told(reports[0].durationSeconds));
    QVERIFY(reports[0].paths.empty());
}

void TestTrafficRun::closedUsersWaitAndThink()
{
    MockSpec spec;
    spec.workers = 100;
    spec.behaviour.extraLatency = 20ms;
    const Scenario given =
        scenario(mockAt(spec), "    duration: 1s\n    closed: {users: 10, think: 30ms}\n    requests: [{path: /a}]\n");
    const auto run = start(given, given.source(), options());
    QVERIFY(run);
    QTRY_VERIFY(run->progress().sent >= 10);
    QVERIFY(m_host->counters("m").serving <= 10);
    QVERIFY(run->wait(20s));
    const Report report = run->report();
    // Ten users at one request in 50 ms and more make at most 200/s; on a busy machine less, but at least one round.
    QVERIFY2(report.requests <= 210 && report.requests >= 10, told(static_cast<double>(report.requests)));
    QCOMPARE(report.status.at(200), report.requests);
    QVERIFY(report.latency.quantile(0.5) >= 19ms);
}

void TestTrafficRun::aRefusedTargetIsCounted()
{
    Endpoint dead;
    {
        auto socket = net::listenOn(*Endpoint::parse("127.0.0.1:0"));
        dead = socket->localEndpoint();
    }
    const auto run = start(to(dead), PlannedSource::even(20, 1ms), options());
    QVERIFY(run && run->wait(20s));
    const Report report = run->report();
    QCOMPARE(report.errors.at("connect-refused"), std::uint64_t{20});
    QCOMPARE(report.requests, std::uint64_t{20});
    QCOMPARE(run->progress().failed, std::uint64_t{20});
    QCOMPARE(report.latency.count(), std::uint64_t{0});
}

void TestTrafficRun::silenceIsATimeOut()
{
    RecordingServer server([](const auto&) { return std::string(); });
    Scenario given = to(server.address());
    given.timeout = 150ms;
    const auto run = start(given, PlannedSource::even(10, 1ms), options());
    QVERIFY(run && run->wait(20s));
    const Report report = run->report();
    QCOMPARE(report.errors.at("timeout"), std::uint64_t{10});
    QVERIFY(report.latency.count() == 10 && report.latency.quantile(0.01) >= 140ms);
}

void TestTrafficRun::answersOfEveryFramingAreRead_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<bool>("closing");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("error");
    QTest::newRow("with a length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") << false << 200
                                   << QString();
    QTest::newRow("chunked") << QByteArray(
                                    "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
                             << false << 201 << QString();
    QTest::newRow("until close") << QByteArray("HTTP/1.1 202 OK\r\n\r\nhello") << true << 202 << QString();
    QTest::newRow("no body") << QByteArray("HTTP/1.1 204 None\r\n\r\n") << false << 204 << QString();
    QTest::newRow("after an interim answer")
        << QByteArray("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") << false << 200
        << QString();
    QTest::newRow("with Connection: close")
        << QByteArray("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") << true << 200 << QString();
    QTest::newRow("cut in the body") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello") << true << 0
                                     << QStringLiteral("closed");
    QTest::newRow("no HTTP") << QByteArray("hello there, this is no HTTP\r\n\r\n") << false << 0
                             << QStringLiteral("protocol-error");
}

void TestTrafficRun::answersOfEveryFramingAreRead()
{
    QFETCH(QByteArray, answer);
    QFETCH(bool, closing);
    QFETCH(int, status);
    QFETCH(QString, error);
    RecordingServer server([&](const auto&) { return answer.toStdString(); }, closing);
    const auto run = start(to(server.address()), PlannedSource::even(5, 10ms), options());
    QVERIFY(run && run->wait(20s));
    const Report report = run->report();
    if (error.isEmpty()) {
        QVERIFY2(report.errors.empty(), report.errors.empty() ? "" : report.errors.begin()->first.c_str());
        QCOMPARE(report.status.at(status), std::uint64_t{5});
    } else {
        QCOMPARE(report.errors.at(error.toStdString()), std::uint64_t{5});
    }
}

void TestTrafficRun::headersOfTheAnswerAreCounted()
{
    RecordingServer server([](const auto& request) {
        if (request.target().back() == '3') {
            const std::string body = R"({"type":"about:blank","status":429,"policy":"rate-limit","route":"users"})";
            return "HTTP/1.1 429 No\r\nX-Signalbox-Route: users\r\nContent-Type: "
                   "application/problem+json\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body;
        }
        return std::string(
            "HTTP/1.1 200 OK\r\nX-Signalbox-Route: users\r\nX-Signalbox-Backend: b1\r\nX-Mock: m1\r\nContent-Length: "
            "0\r\n\r\n");
    });
    const auto run = start(to(server.address()), PlannedSource::even(20, 1ms), options());
    QVERIFY(run && run->wait(20s));
    const Report report = run->report();
    QCOMPARE(report.routes.at("users"), std::uint64_t{20});
    QCOMPARE(report.backends.at("b1"), std::uint64_t{18});
    QCOMPARE(report.rejected.at("rate-limit"), std::uint64_t{2});
    QCOMPARE(report.status.at(429), std::uint64_t{2});
}

void TestTrafficRun::aRequestThatMeetsAClosingConnectionIsRepeated()
{
    // Every odd request finds its used connection closed, once, as when an idle one times out at that very moment.
    std::set<std::string> closed;
    RecordingServer server([&](const auto& request) {
        const bool odd = std::stoi(request.target().substr(1)) % 2 == 1;
        return odd && closed.insert(request.target()).second ? std::string(RecordingServer::kClose) : kOk;
    });
    RunOptions ordered = options();
    ordered.keepClientOrder = true;
    std::vector<traffic::PlannedRequest> requests;
    const auto even = PlannedSource::even(20, 1ms);
    while (auto next = even->next()) {
        requests.push_back(std::move(*next));
    }
    // What must not be repeated is not.
    requests.back().method = "POST";
    const auto run = start(to(server.address()), std::make_unique<PlannedSource>(requests), ordered);
    QVERIFY(run && run->wait(20s));
    server.stop();
    const Report report = run->report();
    QCOMPARE(report.requests, std::uint64_t{20});
    QCOMPARE(report.status.at(200), std::uint64_t{19});
    QCOMPARE(report.errors.size(), std::size_t{1});
    QCOMPARE(run->progress().failed, std::uint64_t{1});
    QCOMPARE(server.requests().size(), std::size_t{29});
}

void TestTrafficRun::waitingRequestsAreSentAndCountFromThePlan()
{
    MockSpec spec;
    spec.workers = 10;
    spec.behaviour.extraLatency = 20ms;
    RunOptions one = options();
    one.maxConnectionsPerClient = 1;
    // Twenty at once on one connection: the last waits for nineteen.
    const auto run = start(to(mockAt(spec)), PlannedSource::even(20, 0ms), one);
    QVERIFY(run && run->wait(20s));
    const Report report = run->report();
    QCOMPARE(report.status.at(200), std::uint64_t{20});
    QVERIFY2(report.latency.max() >= 380ms, told(milliseconds(report.latency.max())));
    QVERIFY(report.lateness.max() >= 360ms);
}

void TestTrafficRun::clientOrderIsKept()
{
    RecordingServer server([](const auto&) { return kOk; });
    RunOptions ordered = options();
    ordered.keepClientOrder = true;
    ordered.speed = 0;
    const auto run = start(to(server.address()), PlannedSource::even(300, 1ms, 3), ordered);
    QVERIFY(run && run->wait(20s));
    server.stop();
    QCOMPARE(server.connections(), 3);
    std::map<std::string, std::vector<int>> byClient;
    for (const auto& request : server.requests()) {
        byClient[request.client].push_back(std::stoi(request.target().substr(1)));
    }
    QCOMPARE(byClient.size(), std::size_t{3});
    for (const auto& [client, numbers] : byClient) {
        QCOMPARE(numbers.size(), std::size_t{100});
        QVERIFY(std::is_sorted(numbers.begin(), numbers.end()));
    }
}

void TestTrafficRun::asFastAsPossibleStaysInItsWindow()
{
    MockSpec spec;
    spec.workers = 100;
    spec.behaviour.extraLatency = 5ms;
    const Endpoint target = mockAt(spec);
    RunOptions fast = options();
    fast.speed = 0;
    fast.window = 4;
    const auto run = start(to(target), PlannedSource::even(200, 10s), fast);
    QVERIFY(run);
    std::uint32_t most = 0;
    while (!run->wait(1ms)) {
        most = std::max(most, run->progress().inFlight);
    }
    QCOMPARE(run->report().status.at(200), std::uint64_t{200});
    QVERIFY2(most <= 4 && most > 0, told(most));
}

void TestTrafficRun::pauseStepAndResume()
{
    MockSpec spec;
    spec.workers = 10;
    const Endpoint target = mockAt(spec);
    RunOptions given = options();
    const auto run = start(to(target), PlannedSource::even(30, 1h), given);
    QVERIFY(run);
    QTRY_COMPARE(run->progress().answered, std::uint64_t{1});
    run->pause();
    QVERIFY(run->progress().paused);
    run->step(3);
    QTRY_COMPARE(run->progress().answered, std::uint64_t{4});
    QVERIFY(run->progress().position == 3h);
    run->step();
    QTRY_COMPARE(run->progress().answered, std::uint64_t{5});
    run->resume();
    QVERIFY(!run->progress().paused && !run->progress().finished);
    run->setSpeed(0);
    QVERIFY(run->wait(20s));
    QCOMPARE(run->report().status.at(200), std::uint64_t{30});
}

void TestTrafficRun::speedScalesThePlan()
{
    MockSpec spec;
    spec.workers = 10;
    const Endpoint target = mockAt(spec);
    RunOptions fast = options();
    fast.speed = 100;
    const auto run = start(to(target), PlannedSource::even(31, 1s), fast);
    QVERIFY(run && run->wait(20s));
    const Report report = run->report();
    QCOMPARE(report.requests, std::uint64_t{31});
    QVERIFY2(report.durationSeconds >= 0.29 && report.durationSeconds < 15, told(report.durationSeconds));
}

void TestTrafficRun::theRateFactorScalesArrivals()
{
    MockSpec spec;
    spec.workers = 100;
    const Scenario given = scenario(
        mockAt(spec), "    duration: 1s\n    arrivals: {process: constant, rate: 100/s}\n    requests: [{path: /a}]\n");
    const auto run = start(given, given.source(), options());
    QVERIFY(run);
    run->setRateFactor(4);
    QVERIFY(run->wait(20s));
    const Report report = run->report();
    QVERIFY2(report.requests > 250 && report.requests <= 405, told(static_cast<double>(report.requests)));
    QVERIFY2(report.durationSeconds >= 1, told(report.durationSeconds));
}

void TestTrafficRun::stopDropsWhatWaits()
{
    MockSpec spec;
    spec.workers = 10;
    spec.behaviour.extraLatency = 100ms;
    const Endpoint target = mockAt(spec);
    RunOptions one = options();
    one.maxConnectionsPerClient = 1;
    const auto run = start(to(target), PlannedSource::even(50, 0ms), one);
    QVERIFY(run);
    QTRY_COMPARE(run->progress().planned, std::uint64_t{50});
    run->stop();
    QVERIFY(run->wait(20s));
    const Report report = run->report();
    QVERIFY(report.requests >= 1 && report.requests < 50);
    QCOMPARE(report.status.at(200), report.requests);
    QCOMPARE(report.errors.at("late-not-sent"), 50 - report.requests);
}

void TestTrafficRun::aTraceIsReplayedOnce()
{
    auto trace = std::make_shared<traffic::Trace>();
    for (int i = 0; i < 400; ++i) {
        trace->entries.push_back({.timeNs = std::int64_t{i / 40} * 1'000'000'000,
                                  .client = "c" + std::to_string(i % 7),
                                  .method = i % 10 == 0 ? "POST" : "GET",
                                  .path = "/p" + std::to_string(i % 5)});
    }
    RecordingServer server([](const auto&) { return kOk; });
    RunOptions fast = options();
    fast.speed = 100;
    fast.keepClientOrder = true;
    const auto run = start(to(server.address()), traffic::sourceOf(trace), fast);
    QVERIFY(run && run->wait(20s));
    server.stop();
    const Report report = run->report();
    QCOMPARE(report.requests, std::uint64_t{400});
    QCOMPARE(report.paths.size(), std::size_t{5});
    for (const auto& [path, count] : report.paths) {
        QCOMPARE(count, std::uint64_t{80});
    }
    QCOMPARE(server.clients().size(), std::size_t{7});
    const auto posts = std::count_if(server.requests().begin(), server.requests().end(), [](const auto& request) {
        return request.head.starts_with("POST") && request.head.find("Content-Length: 0\r\n") != std::string::npos;
    });
    QCOMPARE(posts, std::ptrdiff_t{40});
}

void TestTrafficRun::largeBodiesAreReadWhole()
{
    MockSpec spec;
    spec.workers = 4;
    spec.behaviour.bodyBytes = 16u << 20;
    const auto run = start(to(mockAt(spec)), PlannedSource::even(4, 1ms), options());
    QVERIFY(run && run->wait(60s));
    QCOMPARE(run->report().status.at(200), std::uint64_t{4});
}

void TestTrafficRun::twentyThousandASecondIsReportedHonestly()
{
    MockSpec spec;
    spec.workers = 10'000;
    spec.behaviour.bodyBytes = 100;
    const Scenario given =
        scenario(mockAt(spec),
                 "    duration: 1s\n    arrivals: {process: constant, rate: 20000/s}\n    clients: {count: 4}\n"
                 "    requests: [{path: /a}]\n");
    const auto run = start(given, given.source(), options());
    QVERIFY(run && run->wait(120s));
    const Report report = run->report();
    QCOMPARE(report.planned, std::uint64_t{20'000});
    std::uint64_t known = 0;
    for (const auto& [status, count] : report.status) {
        known += count;
    }
    for (const auto& [kind, count] : report.errors) {
        known += count;
    }
    // Nothing is lost from the books, whatever the machine could do.
    QCOMPARE(known, std::uint64_t{20'000});
    QCOMPARE(report.lateness.count(), report.requests);
    qInfo("20,000/s: %.0f/s sent, lateness p99 %.1f ms, latency p99 %.1f ms",
          static_cast<double>(report.requests) / report.durationSeconds, milliseconds(report.lateness.quantile(0.99)),
          milliseconds(report.latency.quantile(0.99)));
}

QTEST_GUILESS_MAIN(TestTrafficRun)
#include "tst_traffic_run.moc"
