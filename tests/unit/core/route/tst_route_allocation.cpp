#include <QTest>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/support/route_text.h"

using namespace signalbox;

namespace {
std::atomic<long> g_allocations{0};
}

void* operator new(std::size_t size)
{
    g_allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const out = std::malloc(size); out != nullptr) {
        return out;
    }
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept
{
    std::free(at);
}
void operator delete(void* at, std::size_t) noexcept
{
    std::free(at);
}

class TestRouteAllocation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aWarmMatchAllocatesNothing_data()
    {
        QTest::addColumn<QString>("request");
        QTest::addColumn<bool>("traced");
        for (const bool traced : {false, true}) {
            const auto add = [&](const char* name, const char* request) {
                QTest::newRow((std::string(name) + (traced ? ", traced" : "")).c_str())
                    << QString::fromUtf8(request) << traced;
            };
            add("an exact path", "GET h /exact");
            add("a prefix below a mixed-case host", "GET A.Example.COM /deep/er/still");
            add("a regex among many", "GET h /f12");
            add("repeated headers", "GET h /h | X: 1 | X: 2");
            add("an encoded parameter", "GET h /q?x=a%20b");
            add("a method that is not allowed", "PUT h /exact");
            add("no route", "GET h /nothing");
        }
    }
    void aWarmMatchAllocatesNothing()
    {
        QFETCH(QString, request);
        QFETCH(bool, traced);
        const auto table = route::RouteTable::build(test::rulesOf(
            "e exact:/exact method:GET,PURGE ; p host:*.example.com prefix:/deep ; h prefix:/h header:X=1,_2 ; q "
            "prefix:/q query:x~a_b ; "
            "a regex:/a[0-9]+ ; b regex:/b[0-9]+ ; c regex:/c[0-9]+ ; d regex:/d[0-9]+ ; f regex:/f[0-9]+"));
        const test::TextRequest asked(request.toStdString());
        Arena arena;
        auto trace = std::make_unique<stats::DecisionTrace>();
        const auto once = [&] {
            arena.reset();
            return table->match(asked.head(), arena, traced ? trace.get() : nullptr).kind;
        };
        const auto expected = once();
        once();
        const long before = g_allocations.load();
        for (int round = 0; round < 100; ++round) {
            QCOMPARE(once(), expected);
        }
        const long during = g_allocations.load() - before;
        QCOMPARE(during, 0L);
        QVERIFY(before > 0);
    }
};

QTEST_GUILESS_MAIN(TestRouteAllocation)
#include "tst_route_allocation.moc"
