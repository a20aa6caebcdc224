#include <QtTest>

#include <cerrno>
#include <fstream>
#include <memory>
#include <vector>

#include "core/mock/mock_host.h"
#include "tests/support/plain_client.h"

using namespace signalbox;
using mock::MockHost;
using mock::MockSpec;
using test::PlainClient;
using namespace std::chrono_literals;

namespace {

MockSpec spec(const std::string& name, Duration latency = {})
{
    MockSpec out;
    out.name = name;
    out.bind = *Endpoint::parse("127.0.0.1:0");
    out.behaviour.bodyBytes = 12;
    out.behaviour.extraLatency = latency;
    return out;
}

std::string request(const std::string& path, const std::string& rest = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + rest + "\r\n";
}

std::size_t residentBytes()
{
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    statm >> size >> resident;
    return resident * 4096;
}

}  // namespace

class TestMockHost : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data();
    void init();
    void cleanup();
    void answersCarryTheNameAndTheSizedBody();
    void headersStatusAndBodyTextAreAsGiven();
    void pipelinedRequestsAreAnsweredInOrder();
    void bodiesAreReadAndDiscarded_data();
    void bodiesAreReadAndDiscarded();
    void anExpectationIsAnsweredBeforeTheBody();
    void headHasTheLengthAndNoBody();
    void theEchoShowsWhatArrived();
    void workersServeAtTheSameTimeAndTheRestQueue();
    void pastTheQueueItAnswers503AtOnce();
    void requestsWaitInOrderOfArrival();
    void aClientThatLeavesFreesItsPlaceInTheQueue();
    void theErrorShareIsMet();
    void downResetsNewAndOpenConnections();
    void changesKeepConnectionsAndFaultsStay();
    void aRenamedMockTakesTheAddressOver();
    void anAddressInUseChangesNothing();
    void aHugeBodyStreamsInBoundedMemory();
    void brokenRequestsAreRefused();
    void closeIsHonoured();
    void specsAreReadFromASite();
    void specsNameTheMockThatIsWrong();

private:
    PlainClient::Answer ask(const std::string& name, const std::string& path = "/")
    {
        PlainClient client(m_host->address(name));
        return client.get(path);
    }
    std::unique_ptr<MockHost> m_host;
};

void TestMockHost::initTestCase_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("io_uring") << static_cast<int>(net::ReactorKind::IoUring);
    QTest::newRow("epoll") << static_cast<int>(net::ReactorKind::Epoll);
}

void TestMockHost::init()
{
    QFETCH_GLOBAL(int, kind);
    auto host = MockHost::create(2, {.kind = static_cast<net::ReactorKind>(kind)});
    if (!host && kind == static_cast<int>(net::ReactorKind::IoUring)) {
        QSKIP("no io_uring here");
    }
    QVERIFY2(host.has_value(), host ? "" : host.error().detail.c_str());
    m_host = std::move(*host);
}

void TestMockHost::cleanup()
{
    m_host.reset();
}

void TestMockHost::answersCarryTheNameAndTheSizedBody()
{
    QVERIFY(m_host->apply({spec("a1"), spec("a2"), spec("a3")}));
    QCOMPARE(m_host->addresses().size(), std::size_t{3});
    for (const char* name : {"a1", "a2", "a3"}) {
        const auto answer = ask(name);
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.header("x-mock"), std::string(name));
        QCOMPARE(answer.body, std::string("abcdefghijkl"));
        QCOMPARE(answer.header("date").size(), std::size_t{29});
        QCOMPARE(m_host->counters(name).answered, std::uint64_t{1});
    }
    QVERIFY(m_host->address("none").family() == Endpoint::Family::None);
}

void TestMockHost::headersStatusAndBodyTextAreAsGiven()
{
    MockSpec given = spec("a");
    given.behaviour.status = 201;
    given.behaviour.body = "{\"ok\":true}";
    given.behaviour.headers = {{"Content-Type", "application/json"}, {"X-Two", "2"}, {"Content-Length", "99"}};
    MockSpec empty = spec("b");
    empty.behaviour.status = 204;
    QVERIFY(m_host->apply({given, empty}));
    const auto answer = ask("a");
    QCOMPARE(answer.status, 201);
    QCOMPARE(answer.body, std::string("{\"ok\":true}"));
    QCOMPARE(answer.header("content-type"), std::string("application/json"));
    QCOMPARE(answer.header("x-two"), std::string("2"));
    const auto none = ask("b");
    QCOMPARE(none.status, 204);
    QCOMPARE(none.header("content-length"), std::string());
}

void TestMockHost::pipelinedRequestsAreAnsweredInOrder()
{
    MockSpec slow = spec("a", 2ms);
    QVERIFY(m_host->apply({slow}));
    PlainClient client(m_host->address("a"));
    std::string all;
    for (int i = 0; i < 20; ++i) {
        all += request("/" + std::to_string(i), "X-Mock-Echo: 1\r\n");
    }
    // Cut in the middle of a head, so that both kept and fresh bytes are used.
    QVERIFY(client.send(std::string_view(all).substr(0, all.size() / 2 + 7)));
    QVERIFY(client.send(std::string_view(all).substr(all.size() / 2 + 7)));
    for (int i = 0; i < 20; ++i) {
        const auto answer = client.receive();
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.body.starts_with("GET /" + std::to_string(i) + " HTTP/1.1\r\n"));
    }
}

void TestMockHost::bodiesAreReadAndDiscarded_data()
{
    QTest::addColumn<QByteArray>("framed");
    QTest::newRow("a body with a length") << QByteArray("Content-Length: 11\r\n\r\nhello world");
    QTest::newRow("a chunked body with an extension and a trailer")
        << QByteArray("Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n");
    QTest::newRow("an empty chunked body") << QByteArray("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    QTest::newRow("a body of a megabyte") << "Content-Length: 1048576\r\n\r\n" + QByteArray(1 << 20, 'x');
}

void TestMockHost::bodiesAreReadAndDiscarded()
{
    QFETCH(QByteArray, framed);
    QVERIFY(m_host->apply({spec("a")}));
    PlainClient client(m_host->address("a"));
    QVERIFY(
        client.send("POST /p HTTP/1.1\r\nHost: x\r\n" + framed.toStdString() + request("/next", "X-Mock-Echo: 1\r\n")));
    QCOMPARE(client.receive().status, 200);
    QVERIFY(client.receive().body.starts_with("GET /next"));
}

void TestMockHost::anExpectationIsAnsweredBeforeTheBody()
{
    QVERIFY(m_host->apply({spec("a")}));
    PlainClient client(m_host->address("a"));
    QVERIFY(client.send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
    QCOMPARE(client.receive().status, 100);
    QVERIFY(client.send("hello"));
    QCOMPARE(client.receive().status, 200);
}

void TestMockHost::headHasTheLengthAndNoBody()
{
    QVERIFY(m_host->apply({spec("a")}));
    PlainClient client(m_host->address("a"));
    QVERIFY(client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + request("/")));
    const auto answer = client.receive(true);
    QCOMPARE(answer.status, 200);
    QCOMPARE(answer.header("content-length"), std::string("12"));
    QCOMPARE(client.receive().body, std::string("abcdefghijkl"));
}

void TestMockHost::theEchoShowsWhatArrived()
{
    QVERIFY(m_host->apply({spec("a")}));
    PlainClient client(m_host->address("a"));
    const auto answer = client.get("/user/1?x=2", "X-Mock-Echo: 1\r\nX-Other: yes\r\n");
    QCOMPARE(answer.body, std::string("GET /user/1?x=2 HTTP/1.1\r\nHost: x\r\nX-Mock-Echo: 1\r\nX-Other: yes\r\n\r\n"));
    QCOMPARE(answer.header("content-type"), std::string("text/plain"));
}

void TestMockHost::workersServeAtTheSameTimeAndTheRestQueue()
{
    MockSpec three = spec("a", 60ms);
    three.workers = 3;
    QVERIFY(m_host->apply({three}));
    std::vector<std::unique_ptr<PlainClient>> clients;
    for (int i = 0; i < 9; ++i) {
        clients.push_back(std::make_unique<PlainClient>(m_host->address("a")));
        QVERIFY(clients.back()->send(request("/")));
    }
    QElapsedTimer timer;
    timer.start();
    QTRY_COMPARE_WITH_TIMEOUT(m_host->counters("a").queued, 6u, 1000);
    QCOMPARE(m_host->counters("a").serving, 3u);
    for (auto& client : clients) {
        QCOMPARE(client->receive().status, 200);
    }
    // Nine requests of 60 ms on three workers take three rounds.
    QVERIFY2(timer.elapsed() >= 150, qPrintable(QString::number(timer.elapsed())));
    const auto counters = m_host->counters("a");
    QCOMPARE(counters.answered, std::uint64_t{9});
    QCOMPARE(counters.serving, 0u);
}

void TestMockHost::pastTheQueueItAnswers503AtOnce()
{
    MockSpec small = spec("a", 2s);
    small.workers = 2;
    small.queue = 3;
    QVERIFY(m_host->apply({small}));
    std::vector<std::unique_ptr<PlainClient>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(std::make_unique<PlainClient>(m_host->address("a")));
        QVERIFY(clients.back()->send(request("/")));
    }
    QTRY_COMPARE(m_host->counters("a").requests, std::uint64_t{5});
    QElapsedTimer timer;
    timer.start();
    PlainClient late(m_host->address("a"));
    const auto refused = late.get("/");
    QCOMPARE(refused.status, 503);
    QVERIFY(timer.elapsed() < 1000);
    QCOMPARE(refused.header("x-mock"), std::string("a"));
    const auto counters = m_host->counters("a");
    QCOMPARE(counters.overflowed, std::uint64_t{1});
    QCOMPARE(counters.serving, 2u);
    QCOMPARE(counters.queued, 3u);
}

void TestMockHost::requestsWaitInOrderOfArrival()
{
    MockSpec one = spec("a", 20ms);
    QVERIFY(m_host->apply({one}));
    std::vector<std::unique_ptr<PlainClient>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(std::make_unique<PlainClient>(m_host->address("a")));
        QVERIFY(clients.back()->send(request("/")));
        QTRY_COMPARE(m_host->counters("a").requests, std::uint64_t(i + 1));
    }
    for (auto& client : clients) {
        QCOMPARE(client->receive().status, 200);
        // Whoever comes later has not been answered yet, unless this thread slept for a whole service time.
        const auto after = std::find(clients.begin(), clients.end(), client) - clients.begin();
        QVERIFY(m_host->counters("a").answered >= std::uint64_t(after + 1));
    }
}

void TestMockHost::aClientThatLeavesFreesItsPlaceInTheQueue()
{
    MockSpec one = spec("a", 5s);
    one.queue = 1;
    QVERIFY(m_host->apply({one}));
    PlainClient served(m_host->address("a"));
    QVERIFY(served.send(request("/")));
    QTRY_COMPARE(m_host->counters("a").serving, 1u);
    {
        PlainClient waiting(m_host->address("a"));
        QVERIFY(waiting.send(request("/")));
        QTRY_COMPARE(m_host->counters("a").queued, 1u);
        const linger hard{1, 0};
        ::setsockopt(waiting.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    QTRY_COMPARE(m_host->counters("a").queued, 0u);
    QCOMPARE(m_host->counters("a").serving, 1u);
}

void TestMockHost::theErrorShareIsMet()
{
    MockSpec failing = spec("a");
    failing.behaviour.errorShare = 0.2;
    failing.behaviour.errorStatus = 502;
    QVERIFY(m_host->apply({failing}, 7));
    PlainClient client(m_host->address("a"));
    int errors = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto answer = client.get("/");
        QVERIFY(answer.status == 200 || answer.status == 502);
        errors += answer.status == 502;
    }
    // Five standard deviations of the binomial distribution are 89.
    QVERIFY2(std::abs(errors - 400) < 90, qPrintable(QString::number(errors)));
    QCOMPARE(m_host->counters("a").errors, std::uint64_t(errors));
}

void TestMockHost::downResetsNewAndOpenConnections()
{
    QVERIFY(m_host->apply({spec("a"), spec("b")}));
    PlainClient open(m_host->address("a"));
    QCOMPARE(open.get("/").status, 200);
    QVERIFY(m_host->setFault("a", true, {}, 0));
    QVERIFY(!open.more());
    QVERIFY(open.wasReset());
    QCOMPARE(ask("a").status, 0);
    QCOMPARE(ask("b").status, 200);
    QVERIFY(m_host->setFault("a", false, {}, 0));
    QCOMPARE(ask("a").status, 200);
    QVERIFY(!m_host->setFault("none", true, {}, 0));
}

void TestMockHost::changesKeepConnectionsAndFaultsStay()
{
    MockSpec a = spec("a");
    QVERIFY(m_host->apply({a}));
    PlainClient client(m_host->address("a"));
    QCOMPARE(client.get("/").body.size(), std::size_t{12});
    QVERIFY(m_host->setFault("a", false, {}, 1.0));
    a.behaviour.bodyBytes = 3;
    QVERIFY(m_host->apply({a, spec("b")}));
    QCOMPARE(client.get("/").status, 500);
    QVERIFY(m_host->setFault("a", false, {}, 0));
    QCOMPARE(client.get("/").body, std::string("abc"));
    QVERIFY(m_host->apply({spec("b")}));
    QVERIFY(!client.more());
    QVERIFY(m_host->address("a").family() == Endpoint::Family::None);
}

void TestMockHost::aRenamedMockTakesTheAddressOver()
{
    MockSpec a = spec("a");
    QVERIFY(m_host->apply({a}));
    a.bind = m_host->address("a");
    QVERIFY(m_host->apply({a}));
    MockSpec renamed = a;
    renamed.name = "new";
    QVERIFY(m_host->apply({renamed}));
    QVERIFY(m_host->address("new") == a.bind);
    QCOMPARE(ask("new").header("x-mock"), std::string("new"));
}

void TestMockHost::anAddressInUseChangesNothing()
{
    QVERIFY(m_host->apply({spec("a")}));
    MockSpec clash = spec("clash");
    clash.bind = m_host->address("a");
    const auto outcome = m_host->apply({spec("a"), spec("other"), clash});
    QVERIFY(!outcome);
    QVERIFY(outcome.error().code == ErrorCode::AddressInUse);
    QVERIFY2(outcome.error().detail.find("clash") != std::string::npos, outcome.error().detail.c_str());
    QCOMPARE(m_host->addresses().size(), std::size_t{1});
    QCOMPARE(ask("a").status, 200);
}

void TestMockHost::aHugeBodyStreamsInBoundedMemory()
{
    MockSpec huge = spec("a");
    huge.behaviour.bodyBytes = std::uint64_t{1} << 30;
    QVERIFY(m_host->apply({huge}));
    PlainClient client(m_host->address("a"));
    QVERIFY(client.send(request("/")));
    while (client.pending().find("\r\n\r\n") == std::string::npos) {
        QVERIFY(client.more());
    }
    const std::size_t head = client.pending().find("\r\n\r\n") + 4;
    QVERIFY(client.pending().find("Content-Length: 1073741824") != std::string::npos);
    const std::size_t before = residentBytes();
    // A reader that stops lets the mock stop: its memory must not grow with the body.
    QCOMPARE(client.discard(head + huge.behaviour.bodyBytes), head + huge.behaviour.bodyBytes);
    QVERIFY2(residentBytes() < before + (16u << 20), qPrintable(QString::number(residentBytes() - before)));
    QVERIFY(client.send(request("/", "X-Mock-Echo: 1\r\n")));
    QCOMPARE(client.receive().status, 200);
}

void TestMockHost::brokenRequestsAreRefused()
{
    QVERIFY(m_host->apply({spec("a")}));
    PlainClient client(m_host->address("a"));
    QVERIFY(client.send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"));
    const auto answer = client.receive();
    QCOMPARE(answer.status, 400);
    QCOMPARE(answer.header("connection"), std::string("close"));
    QVERIFY(!client.more());
}

void TestMockHost::closeIsHonoured()
{
    QVERIFY(m_host->apply({spec("a")}));
    PlainClient client(m_host->address("a"));
    QCOMPARE(client.get("/", "Connection: close\r\n").header("connection"), std::string("close"));
    QVERIFY(!client.more());
    PlainClient old(m_host->address("a"));
    QVERIFY(old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    QCOMPARE(old.receive().header("connection"), std::string("keep-alive"));
    QVERIFY(old.send("GET / HTTP/1.0\r\n\r\n"));
    QCOMPARE(old.receive().status, 200);
    QVERIFY(!old.more());
    PlainClient half(m_host->address("a"));
    QVERIFY(half.send(request("/")));
    half.finishSending();
    QCOMPARE(half.receive().status, 200);
}

void TestMockHost::specsAreReadFromASite()
{
    site::Site site;
    Value mock = Value::map();
    mock.set("name", Value::scalar("a1"));
    mock.set("bind", Value::scalar("127.0.0.1:9001"));
    mock.set("workers", Value::scalar("4"));
    mock.set("latency", Value::map()).set("distribution", Value::scalar("lognormal"));
    mock.find("latency")->set("median", Value::scalar("8ms"));
    mock.find("latency")->set("p99", Value::scalar("40ms"));
    mock.set("errors", Value::map()).set("share", Value::scalar("0.1%"));
    mock.set("respond", Value::map()).set("bytes", Value::scalar("1KiB"));
    mock.find("respond")->set("headers", Value::map()).set("X-A", Value::scalar("1"));
    site.root.set("mocks", Value::list()).append(mock);
    const auto specs = mock::mockSpecs(site);
    QVERIFY2(specs.has_value(), specs ? "" : specs.error().detail.c_str());
    QCOMPARE(specs->size(), std::size_t{1});
    const MockSpec& read = specs->front();
    QCOMPARE(read.name, std::string("a1"));
    QCOMPARE(read.bind.text(), std::string("127.0.0.1:9001"));
    QCOMPARE(read.workers, 4u);
    QCOMPARE(read.queue, 1000u);
    QCOMPARE(read.behaviour.bodyBytes, std::uint64_t{1024});
    QCOMPARE(read.behaviour.errorShare, 0.001);
    QCOMPARE(read.behaviour.errorStatus, 500);
    QCOMPARE(read.behaviour.status, 200);
    QCOMPARE(read.behaviour.headers.size(), std::size_t{1});
    QVERIFY(read.behaviour.latency != nullptr);
    // exp(sigma^2 / 2) with sigma = ln 5 / 2.3263 is 1.2705.
    QVERIFY(std::abs(std::chrono::duration<double, std::milli>(read.behaviour.latency->mean()).count() - 10.16) < 0.02);
}

void TestMockHost::specsNameTheMockThatIsWrong()
{
    site::Site site;
    Value mock = Value::map();
    mock.set("name", Value::scalar("bad"));
    mock.set("bind", Value::scalar("127.0.0.1:0"));
    mock.set("latency", Value::map()).set("distribution", Value::scalar("uniform"));
    mock.find("latency")->set("min", Value::scalar("5ms"));
    mock.find("latency")->set("max", Value::scalar("1ms"));
    site.root.set("mocks", Value::list()).append(mock);
    const auto specs = mock::mockSpecs(site);
    QVERIFY(!specs);
    QCOMPARE(specs.error().detail, std::string("mock 'bad': a uniform latency needs max 1ms to be at least min 5ms"));
}

QTEST_GUILESS_MAIN(TestMockHost)
#include "tst_mock_host.moc"
