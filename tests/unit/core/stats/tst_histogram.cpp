#include <QTest>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "core/base/rng.h"
#include "core/stats/histogram.h"

using namespace signalbox;
using namespace signalbox::stats;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

class TestHistogram : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bucketsFollowEachOther()
    {
        for (std::uint32_t index = 0; index < HistogramLayout::kBuckets; ++index) {
            const Duration lower = HistogramLayout::lower(index);
            const Duration upper = HistogramLayout::upper(index);
            QVERIFY(lower < upper);
            QCOMPARE(HistogramLayout::indexOf(lower), index);
            QCOMPARE(HistogramLayout::indexOf(upper - Duration(1)), index);
            if (index + 1 < HistogramLayout::kBuckets) {
                QCOMPARE(HistogramLayout::lower(index + 1), upper);
            }
            if (index >= HistogramLayout::kSubBuckets) {
                QVERIFY((upper - lower) * 16 <= lower);
            }
        }
    }

    void extremesStayInside()
    {
        QCOMPARE(HistogramLayout::indexOf(Duration(-5)), 0u);
        QCOMPARE(HistogramLayout::indexOf(Duration(999)), 0u);
        QCOMPARE(HistogramLayout::indexOf(Duration::max()), HistogramLayout::kBuckets - 1);
        QVERIFY(HistogramLayout::lower(HistogramLayout::kBuckets - 1) > hours(18));
        Histogram histogram;
        histogram.record(hours(500));
        QCOMPARE(histogram.max(), Duration(hours(500)));
        QVERIFY(histogram.quantile(0.5) > hours(18));
    }

    void quantilesKeepTheirBound_data()
    {
        QTest::addColumn<int>("shape");
        QTest::newRow("uniform") << 0;
        QTest::newRow("exponential") << 1;
        QTest::newRow("lognormal") << 2;
        QTest::newRow("two peaks") << 3;
    }
    void quantilesKeepTheirBound()
    {
        QFETCH(int, shape);
        Rng rng(5);
        Histogram histogram;
        std::vector<Duration> exact;
        for (int at = 0; at < 50000; ++at) {
            const double value = shape == 0   ? 20 + 1e5 * rng.unit()
                                 : shape == 1 ? 20 + 8000 * rng.exponential()
                                 : shape == 2 ? 20 + 5000 * std::exp(rng.normal())
                                              : (rng.below(2) == 0 ? 300 : 90000) + rng.below(50);
            exact.push_back(Duration(static_cast<std::int64_t>(value * 1000)));
            histogram.record(exact.back());
        }
        std::ranges::sort(exact);
        for (const double q : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
            const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * static_cast<double>(exact.size()))));
            const double wanted = static_cast<double>(exact[rank - 1].count());
            const double error = std::abs(static_cast<double>(histogram.quantile(q).count()) - wanted) / wanted;
            QVERIFY2(error <= 0.0323, QByteArray::number(error).constData());
        }
        QCOMPARE(histogram.count(), std::uint64_t{50000});
        QCOMPARE(histogram.max(), exact.back());
        QVERIFY(histogram.quantile(1) <= histogram.max());
    }

    void anEmptyOneIsZero()
    {
        const Histogram histogram;
        QCOMPARE(histogram.count(), std::uint64_t{0});
        QCOMPARE(histogram.quantile(0.5), Duration{});
        QCOMPARE(histogram.mean(), Duration{});
        QVERIFY(histogram.buckets().empty());
    }

    void mergesAndSubtracts()
    {
        Histogram first;
        first.record(milliseconds(10), 3);
        first.record(milliseconds(90));
        const Histogram earlier = first;
        Histogram second;
        second.record(microseconds(5), 2);
        first.merge(second);
        QCOMPARE(first.count(), std::uint64_t{6});
        QCOMPARE(first.mean(), Duration(120'010'000 / 6));
        const Histogram difference = first.since(earlier);
        QCOMPARE(difference.count(), std::uint64_t{2});
        QCOMPARE(difference.mean(), Duration(microseconds(5)));
        QCOMPARE(difference.max(), Duration(microseconds(6)));  // the end of its bucket: not a new maximum
        first.record(milliseconds(200));
        QCOMPARE(first.since(earlier).max(), Duration(milliseconds(200)));
        QCOMPARE(earlier.since(first).count(), std::uint64_t{0});
        QCOMPARE(first.since(first).quantile(0.5), Duration{});
    }

    /// The worker's own histogram agrees with the plain one.
    void aWorkersHistogramIsTheSame()
    {
        Rng rng(2);
        Histogram plain;
        WorkerHistogram worker;
        for (int at = 0; at < 10000; ++at) {
            const Duration value(static_cast<std::int64_t>(1e6 * rng.exponential()));
            plain.record(value);
            worker.record(value);
        }
        Histogram read;
        worker.addTo(read);
        QCOMPARE(read.count(), plain.count());
        QCOMPARE(read.max(), plain.max());
        QCOMPARE(read.mean(), plain.mean());
        QVERIFY(std::ranges::equal(read.buckets(), plain.buckets()));
        worker.addTo(read);
        QCOMPARE(read.count(), 2 * plain.count());
    }

    void isReadWhileWritten()
    {
        constexpr int kRecords = 100000;
        WorkerHistogram worker;
        std::atomic<bool> done{false};
        std::thread writer([&] {
            for (int at = 1; at <= kRecords; ++at) {
                worker.record(microseconds(at % 5000));
            }
            done.store(true);
        });
        std::uint64_t before = 0;
        bool grows = true;
        bool bounded = true;
        while (!done.load()) {
            Histogram read;
            worker.addTo(read);
            grows = grows && read.count() >= before;
            bounded = bounded &&
                      (read.count() == 0 ||
                       read.max() >= HistogramLayout::lower(static_cast<std::uint32_t>(read.buckets().size() - 1)));
            before = read.count();
        }
        writer.join();
        QVERIFY(grows);
        QVERIFY(bounded);
        Histogram read;
        worker.addTo(read);
        QCOMPARE(read.count(), static_cast<std::uint64_t>(kRecords));
    }
};

QTEST_GUILESS_MAIN(TestHistogram)
#include "tst_histogram.moc"
