#include <QTest>

#include <thread>

#include "core/base/rng.h"
#include "core/base/snapshot_slot.h"
#include "core/base/spsc_ring.h"

using namespace signalbox;

class tst_Concurrency : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRingDeliversEverythingInOrder()
    {
        SpscRing<std::uint64_t> ring(64);
        constexpr std::uint64_t kCount = 100'000;
        std::thread writer([&] {
            for (std::uint64_t value = 0; value < kCount;) {
                if (auto* slot = ring.prepare()) {
                    *slot = value++;
                    ring.commit();
                } else {
                    std::this_thread::yield();
                }
            }
        });
        std::uint64_t expected = 0;
        while (expected < kCount) {
            std::uint64_t value = 0;
            if (!ring.pop(value)) {
                std::this_thread::yield();
            } else if (value != expected++) {
                break;
            }
        }
        writer.join();
        QCOMPARE(expected, kCount);
    }

    void aFullRingRefuses()
    {
        SpscRing<int> ring(4);
        for (int i = 0; i < 4; ++i) {
            QVERIFY(ring.prepare());
            ring.commit();
        }
        QVERIFY(!ring.prepare());
    }

    void aReaderSeesEachPublishedSnapshotWhole()
    {
        struct Pair {
            int a, b;
        };
        SnapshotSlot<Pair> slot;
        slot.publish(std::make_shared<const Pair>(Pair{0, 0}));
        std::atomic<bool> done{false};
        std::atomic<int> torn{0};
        std::thread reading([&] {
            SnapshotSlot<Pair>::Reader reader(slot);
            while (!done) {
                const auto current = reader.current();
                torn += current->a != current->b;
            }
        });
        for (int i = 1; i <= 2000; ++i) {
            slot.publish(std::make_shared<const Pair>(Pair{i, i}));
        }
        done = true;
        reading.join();
        QCOMPARE(torn.load(), 0);
    }

    void theSameSeedGivesTheSameNumbers()
    {
        Rng a(7);
        Rng b(7);
        double sum = 0;
        for (int i = 0; i < 100'000; ++i) {
            QCOMPARE(a(), b());
            sum += a.exponential();
            b.exponential();
        }
        // Mean 1, standard error 1/sqrt(100000) = 0.003: five of them.
        QVERIFY(std::abs(sum / 100'000 - 1) < 0.016);
    }

    void drawsBelowABoundAreUniform()
    {
        Rng rng(3);
        int counts[7] = {};
        for (int i = 0; i < 70'000; ++i) {
            const auto value = rng.below(7);
            QVERIFY(value < 7);
            ++counts[value];
        }
        for (const int count : counts) {
            QVERIFY(std::abs(count - 10'000) < 500);
        }
    }
};

QTEST_GUILESS_MAIN(tst_Concurrency)
#include "tst_concurrency.moc"
