#include <QtTest>

#include <atomic>
#include <cstdlib>
#include <new>

#include "core/stats/access_log_hub.h"
#include "core/stats/access_log_spec.h"
#include "tests/support/engine_under_test.h"

namespace {

std::atomic<std::uint64_t> allocations{0};
thread_local bool isTestThread = false;

void* countedOrNull(std::size_t size) noexcept
{
    if (!isTestThread) {
        allocations.fetch_add(1, std::memory_order_relaxed);
    }
    return std::malloc(size);
}

void* counted(std::size_t size)
{
    if (void* const memory = countedOrNull(size)) {
        return memory;
    }
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size)
{
    return counted(size);
}
void* operator new[](std::size_t size)
{
    return counted(size);
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept
{
    return countedOrNull(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept
{
    return countedOrNull(size);
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}

using namespace signalbox;
using namespace signalbox::test;

/// Counts what the worker's thread allocates: client and backend run on threads that say they are the test's.
class tst_ProxyAllocation final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { addReactorKinds(); }
    void init()
    {
        useReactorOfRow();
        isTestThread = true;
    }

    void tenThousandRequestsAllocateNothing_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("response");
        QTest::addColumn<QString>("logFormat");
        const QByteArray get =
            "GET /a/b?c=d HTTP/1.1\r\nHost: site.example\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n\r\n";
        const QByteArray length =
            "HTTP/1.1 200 OK\r\nServer: b\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
        QTest::newRow("GET and a length") << get << length << QString();
        QTest::newRow("GET and a combined log") << get << length << u"combined"_qs;
        QTest::newRow("GET and a JSON log") << get << length << u"json"_qs;
        QTest::newRow("POST and a length")
            << QByteArray("POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\n\r\nhello") << length << QString();
        QTest::newRow("GET and chunks")
            << get << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            << QString();
        QTest::newRow("PUT in chunks")
            << QByteArray("PUT / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            << length << QString();
        QTest::newRow("GET and 64 KiB") << get
                                        << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n") +
                                               QByteArray(65536, 'x')
                                        << QString();
    }
    void tenThousandRequestsAllocateNothing()
    {
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, response);
        QFETCH(QString, logFormat);
        const std::string requestBytes = request.toStdString();
        const std::string responseBytes = response.toStdString();
        const std::size_t bodySize = requestBytes.size() - requestBytes.find("\r\n\r\n") - 4;
        ScriptedBackend backend([&](BackendConnection& connection) {
            isTestThread = true;
            while (!connection.readHead().empty()) {
                if (bodySize > 0) {
                    (void)connection.readExactly(bodySize);
                }
                connection.send(responseBytes);
            }
        });
        stats::AccessLogHub logs;  // outlives the engine
        EngineUnderTest test;
        HandMadePlan made = test.newPlan();
        made.loadBalancer("lb", made.pool("service", {{"b1", backend.address()}}));
        if (!logFormat.isEmpty()) {
            Value params = Value::map();
            params.set("path", Value::scalar("/dev/null"));
            params.set("format", Value::scalar(logFormat.toStdString()));
            const auto log = std::make_shared<stats::AccessLog>(Params(stats::accessLogSpec(), &params));
            QVERIFY(logs.open(log, "/dev/null"));
            made.plan->listeners[0].routes[0].policies.accessLogs.push_back(log);
        }
        test.publish(made);
        RawClient client(test.address());
        const auto run = [&](int count) {
            for (int i = 0; i < count; ++i) {
                if (client.request(requestBytes).status != 200) {
                    return false;
                }
            }
            return true;
        };
        QVERIFY(run(500));
        const std::uint64_t before = allocations.load();
        QVERIFY(before > 0);
        QVERIFY(run(10'000));
        QCOMPARE(allocations.load() - before, std::uint64_t{0});
        logs.flush();
        QCOMPARE(logs.counts().lines, std::uint64_t{logFormat.isEmpty() ? 0U : 10'500U});
    }
};

QTEST_GUILESS_MAIN(tst_ProxyAllocation)
#include "tst_proxy_allocation.moc"
