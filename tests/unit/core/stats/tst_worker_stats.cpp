#include <QTest>

#include <atomic>
#include <set>
#include <thread>

#include "core/stats/time_series.h"

using namespace signalbox;
using namespace signalbox::stats;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::shared_ptr<StatsSnapshot> snapshotAt(Duration at)
{
    auto out = std::make_shared<StatsSnapshot>();
    out->at = TimePoint{} + at;
    return out;
}

}  // namespace

class TestWorkerStats : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aNameKeepsItsSlot()
    {
        StatsHub hub;
        const SlotId users = hub.slotFor(Scope::Route, "users");
        const SlotId orders = hub.slotFor(Scope::Route, "orders");
        QVERIFY(users != orders);
        QCOMPARE(hub.slotFor(Scope::Route, "users"), users);
        hub.slotFor(Scope::Pool, "users");
        QCOMPARE(hub.snapshot().slots.size(), std::size_t{3});
    }

    void workersAreMerged()
    {
        StatsHub hub;
        const SlotId far = [&] {
            for (int at = 0; at < 200; ++at) {
                hub.slotFor(Scope::Backend, "s" + std::to_string(at));
            }
            return hub.slotFor(Scope::Backend, "s150");
        }();
        WorkerStats& one = hub.addWorker();
        WorkerStats& two = hub.addWorker();
        one.slot(Scope::Backend, far).add(Counter::Requests, 3);
        two.slot(Scope::Backend, far).add(Counter::Requests, 4);
        one.slot(Scope::Backend, far).addActive(5);
        two.slot(Scope::Backend, far).addActive(-2);
        one.slot(Scope::Backend, far).recordLatency(milliseconds(1));
        two.slot(Scope::Backend, far).recordLatency(milliseconds(9));
        one.countStatus(200);
        two.countStatus(200);
        two.countStatus(799);
        one.addDroppedTrace();
        const StatsSnapshot snapshot = hub.snapshot();
        const SlotSnapshot* const slot = snapshot.find(Scope::Backend, "s150");
        QVERIFY(slot != nullptr);
        QCOMPARE(slot->value(Counter::Requests), std::uint64_t{7});
        QCOMPARE(slot->active, std::int64_t{3});
        QCOMPARE(slot->latency.count(), std::uint64_t{2});
        QCOMPARE(slot->latency.max(), Duration(milliseconds(9)));
        QCOMPARE(snapshot.status.at(200), std::uint64_t{2});
        QCOMPARE(snapshot.status.at(0), std::uint64_t{1});
        QCOMPARE(snapshot.droppedTraces, std::uint64_t{1});
        QVERIFY(snapshot.wallNs > 0);
        // Known names are there with zeros, unknown ones are not.
        QCOMPARE(snapshot.find(Scope::Backend, "s7")->value(Counter::Requests), std::uint64_t{0});
        QVERIFY(snapshot.find(Scope::Backend, "s999") == nullptr);
        QVERIFY(snapshot.find(Scope::Route, "s150") == nullptr);
        QCOMPARE(snapshot.slots.size(), std::size_t{200});
    }

    void findsInSnapshotsOfAnyOrder()
    {
        StatsSnapshot snapshot;
        for (const char* name : {"z", "a", "m", "b"}) {
            snapshot.slots.emplace_back().name = name;
        }
        for (const char* name : {"z", "a", "m", "b"}) {
            QCOMPARE(snapshot.find(Scope::Listener, name)->name, std::string(name));
        }
        QVERIFY(snapshot.find(Scope::Listener, "c") == nullptr);
    }

    void slotsStayWhereTheyAre()
    {
        WorkerStats worker;
        SlotStats& first = worker.slot(Scope::Route, 3);
        std::set<const SlotStats*> all{&first};
        for (SlotId id = 100; id < 2000; ++id) {
            all.insert(&worker.slot(Scope::Route, id));
        }
        QCOMPARE(all.size(), std::size_t{1901});
        QCOMPARE(&worker.slot(Scope::Route, 3), &first);
        QCOMPARE(worker.find(Scope::Route, 3), static_cast<const SlotStats*>(&first));
        QVERIFY(worker.find(Scope::Pool, 3) == nullptr);
        worker.slot(Scope::Route, kNoSlot).add(Counter::Requests);
        QVERIFY(worker.find(Scope::Route, kNoSlot) == nullptr);
    }

    void isReadWhileWritten()
    {
        constexpr std::uint64_t kRounds = 20000;
        StatsHub hub;
        std::vector<SlotId> ids;
        for (int at = 0; at < 300; ++at) {
            ids.push_back(hub.slotFor(Scope::Consumer, "c" + std::to_string(at)));
        }
        std::vector<std::thread> writers;
        std::atomic<int> running{2};
        for (int worker = 0; worker < 2; ++worker) {
            writers.emplace_back([&ids, &running, &own = hub.addWorker()] {
                for (std::uint64_t round = 0; round < kRounds; ++round) {
                    SlotStats& slot = own.slot(Scope::Consumer, ids[round % ids.size()]);
                    slot.add(Counter::Requests);
                    slot.recordLatency(Duration(static_cast<std::int64_t>(round)));
                    own.countStatus(200);
                }
                --running;
            });
        }
        std::uint64_t before = 0;
        bool grows = true;
        while (running.load() > 0) {
            hub.slotFor(Scope::Consumer, "late");
            const StatsSnapshot snapshot = hub.snapshot();
            std::uint64_t sum = 0;
            for (const SlotSnapshot& slot : snapshot.slots) {
                sum += slot.value(Counter::Requests);
            }
            grows = grows && sum >= before;
            before = sum;
        }
        for (std::thread& writer : writers) {
            writer.join();
        }
        QVERIFY(grows);
        const StatsSnapshot last = hub.snapshot();
        QCOMPARE(last.status.at(200), 2 * kRounds);
        QCOMPARE(last.find(Scope::Consumer, "c0")->latency.count(),
                 last.find(Scope::Consumer, "c0")->value(Counter::Requests));
    }

    void intervalsAreDifferences()
    {
        auto earlier = snapshotAt(seconds(10));
        auto later = snapshotAt(seconds(12));
        SlotSnapshot slot{.scope = Scope::Pool, .name = "p"};
        slot.counters[0] = 100;
        slot.latency.record(milliseconds(5));
        earlier->slots.push_back(slot);
        slot.counters[0] = 150;
        slot.active = 4;
        slot.latency.record(milliseconds(7));
        later->slots.push_back(slot);
        later->slots.push_back({.scope = Scope::Pool, .name = "new"});
        later->slots.back().counters[0] = 6;

        const IntervalStats stats = between(*earlier, *later, Scope::Pool, "p");
        QCOMPARE(stats.seconds, 2.0);
        QCOMPARE(stats.perSecond(Counter::Requests), 25.0);
        QCOMPARE(stats.active, std::int64_t{4});
        QCOMPARE(stats.latency.count(), std::uint64_t{1});
        QCOMPARE(stats.latency.max(), Duration(milliseconds(7)));
        QCOMPARE(between(*earlier, *later, Scope::Pool, "new").perSecond(Counter::Requests), 3.0);
        QCOMPARE(between(*earlier, *later, Scope::Pool, "gone").seconds, 0.0);
        QCOMPARE(between(*earlier, *later, Scope::Pool, "gone").perSecond(Counter::Requests), 0.0);
        later->slots[0].counters[0] = 30;  // the engine began anew
        QCOMPARE(between(*earlier, *later, Scope::Pool, "p").counters[0], std::uint64_t{30});
    }

    void aHistoryKeepsItsPaceAndItsBound()
    {
        SnapshotHistory history(3, milliseconds(100));
        QVERIFY(!history.offer(nullptr));
        QVERIFY(history.offer(snapshotAt(milliseconds(0))));
        QVERIFY(!history.offer(snapshotAt(milliseconds(99))));
        for (const int at : {100, 200, 350}) {
            QVERIFY(history.offer(snapshotAt(milliseconds(at))));
        }
        QCOMPARE(history.size(), std::size_t{3});
        QCOMPARE(history.at(0)->at.ns, std::int64_t{100'000'000});
        QCOMPARE(history.latest()->at.ns, std::int64_t{350'000'000});
        history.clear();
        QCOMPARE(history.size(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestWorkerStats)
#include "tst_worker_stats.moc"
