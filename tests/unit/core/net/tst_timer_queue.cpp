#include <QtTest>

#include <memory>
#include <random>
#include <vector>

#include "core/net/timer_queue.h"

using namespace signalbox;
using namespace signalbox::net;
using namespace std::chrono_literals;

/// The timers of a reactor over simulated time.
class TestTimerQueue : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void firesCoarseTimersInTime_data();
    void firesCoarseTimersInTime();
    void movesDeadlines_data();
    void movesDeadlines();
    void sleepsOnlyForActiveTimers();
    void restartsACancelledTimerThatStillHangs();
    void keepsPreciseTimersInOrder();
    void letsCallbacksDoAnything();
    void doesNotLoopOnATimerThatRestartsInThePast();
    void agreesWithAListOfDeadlines_data();
    void agreesWithAListOfDeadlines();
};

namespace {

constexpr TimePoint kStart{1'000'000'000'000};

/// A queue with a clock that runs from one wake-up to the next.
struct Simulation {
    TimePoint now = kStart;
    TimerQueue queue{now};
    int wakeUps = 0;

    void runUntil(TimePoint end)
    {
        while (now < end) {
            const auto next = queue.next();
            now = next && *next < end ? std::max(*next, now) : end;
            ++wakeUps;
            queue.expire(now);
        }
    }
};

/// A timer that notes when it fired.
struct Alarm {
    Alarm(Simulation& owner, Timer::Precision precision)
        : simulation(owner), timer(owner.queue, &Alarm::ring, this, precision)
    {}
    static void ring(void* self)
    {
        auto& alarm = *static_cast<Alarm*>(self);
        ++alarm.fired;
        alarm.at = alarm.simulation.now;
    }
    Simulation& simulation;
    Timer timer;
    int fired = 0;
    TimePoint at;
};

}  // namespace

void TestTimerQueue::firesCoarseTimersInTime_data()
{
    QTest::addColumn<qint64>("delay");
    QTest::newRow("no delay fires within a tick or two") << qint64(0);
    QTest::newRow("one nanosecond") << qint64(1);
    QTest::newRow("exactly one tick") << qint64(Timer::kCoarseTick.count());
    QTest::newRow("one tick and a bit") << qint64(Timer::kCoarseTick.count() + 1);
    QTest::newRow("one second") << qint64(1'000'000'000);
    QTest::newRow("just under one turn of the wheel") << qint64(Timer::kCoarseTick.count() * 1023);
    QTest::newRow("exactly one turn of the wheel") << qint64(Timer::kCoarseTick.count() * 1024);
    QTest::newRow("many turns of the wheel") << qint64(3'600'000'000'000);
}

void TestTimerQueue::firesCoarseTimersInTime()
{
    QFETCH(qint64, delay);
    Simulation simulation;
    Alarm alarm(simulation, Timer::Precision::Coarse);
    alarm.timer.start(Duration(delay));
    QVERIFY(alarm.timer.active());
    const TimePoint deadline = kStart + Duration(delay);
    simulation.runUntil(deadline + 10 * Timer::kCoarseTick);
    QCOMPARE(alarm.fired, 1);
    QVERIFY(!alarm.timer.active());
    QVERIFY(alarm.at >= deadline);
    QVERIFY(alarm.at <= deadline + 2 * Timer::kCoarseTick);
    QCOMPARE(simulation.queue.size(), std::size_t{0});
}

void TestTimerQueue::movesDeadlines_data()
{
    QTest::addColumn<bool>("precise");
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("second");
    for (const bool precise : {false, true}) {
        const char* const kind = precise ? "precise" : "coarse";
        QTest::addRow("a %s timer moved later fires once, at the later time", kind) << precise << 100 << 5000;
        QTest::addRow("a %s timer moved earlier fires once, at the earlier time", kind) << precise << 5000 << 100;
        QTest::addRow("a %s timer moved beyond a turn of the wheel", kind) << precise << 100 << 60'000;
    }
}

void TestTimerQueue::movesDeadlines()
{
    QFETCH(bool, precise);
    QFETCH(int, first);
    QFETCH(int, second);
    Simulation simulation;
    Alarm alarm(simulation, precise ? Timer::Precision::Precise : Timer::Precision::Coarse);
    alarm.timer.start(std::chrono::milliseconds(first));
    simulation.runUntil(kStart + 50ms);
    alarm.timer.startAt(kStart + std::chrono::milliseconds(second));
    simulation.runUntil(kStart + 120s);
    QCOMPARE(alarm.fired, 1);
    const TimePoint deadline = kStart + std::chrono::milliseconds(second);
    QVERIFY(alarm.at >= deadline);
    QVERIFY(alarm.at <= (precise ? deadline : deadline + 2 * Timer::kCoarseTick));
}

void TestTimerQueue::sleepsOnlyForActiveTimers()
{
    Simulation simulation;
    Alarm coarse(simulation, Timer::Precision::Coarse);
    Alarm precise(simulation, Timer::Precision::Precise);
    QVERIFY(!simulation.queue.next());
    coarse.timer.start(1s);
    precise.timer.start(2s);
    QVERIFY(simulation.queue.next());
    coarse.timer.cancel();
    precise.timer.cancel();
    QVERIFY(!simulation.queue.next());
    coarse.timer.start(60s);
    simulation.runUntil(kStart + 61s);
    QCOMPARE(coarse.fired, 1);
    QVERIFY2(simulation.wakeUps < 20, "a lone time-out wakes the loop once a turn of the wheel, not once a tick");
    {
        Alarm gone(simulation, Timer::Precision::Coarse);
        gone.timer.start(1s);
    }
    QVERIFY(!simulation.queue.next());
}

void TestTimerQueue::restartsACancelledTimerThatStillHangs()
{
    Simulation simulation;
    Alarm alarm(simulation, Timer::Precision::Coarse);
    alarm.timer.start(100ms);
    alarm.timer.cancel();
    simulation.now = kStart + 20s;  // no wake-up meanwhile: nothing was active
    alarm.timer.start(500ms);
    const TimePoint deadline = kStart + 20s + 500ms;
    simulation.runUntil(deadline + 1s);
    QCOMPARE(alarm.fired, 1);
    QVERIFY(alarm.at >= deadline && alarm.at <= deadline + 2 * Timer::kCoarseTick);
}

void TestTimerQueue::keepsPreciseTimersInOrder()
{
    Simulation simulation;
    struct Note {
        std::vector<int>* order;
        int number;
    };
    std::vector<int> order;
    std::vector<Note> notes;
    notes.reserve(300);
    std::vector<std::unique_ptr<Timer>> timers;
    std::vector<std::pair<qint64, int>> expected;
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
        notes.push_back({&order, i});
        timers.push_back(std::make_unique<Timer>(
            simulation.queue,
            [](void* owner) {
                const auto* const note = static_cast<Note*>(owner);
                note->order->push_back(note->number);
            },
            &notes.back(), Timer::Precision::Precise));
        const auto delay = static_cast<qint64>(random() % 50);  // many are equal: then the first started goes first
        expected.emplace_back(delay, i);
        timers.back()->start(Duration(delay * 1000));
    }
    std::stable_sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    simulation.runUntil(kStart + 1s);
    QCOMPARE(order.size(), expected.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        QCOMPARE(order[i], expected[i].second);
    }
}

void TestTimerQueue::letsCallbacksDoAnything()
{
    for (const auto precision : {Timer::Precision::Coarse, Timer::Precision::Precise}) {
        Simulation simulation;
        struct Shared {
            std::unique_ptr<Timer> self;
            std::unique_ptr<Timer> victim;
            std::unique_ptr<Timer> again;
            int victimFired = 0;
            int againFired = 0;
        } shared;
        // All in one slot, in an order the wheel may choose; each acts on the others while the slot is worked off.
        shared.self = std::make_unique<Timer>(
            simulation.queue,
            [](void* owner) {
                auto& s = *static_cast<Shared*>(owner);
                s.victim.reset();
                s.again->cancel();
                s.again->start(1s);
                s.self.reset();
            },
            &shared, precision);
        shared.victim = std::make_unique<Timer>(
            simulation.queue, [](void* owner) { ++static_cast<Shared*>(owner)->victimFired; }, &shared, precision);
        shared.again = std::make_unique<Timer>(
            simulation.queue,
            [](void* owner) {
                auto& s = *static_cast<Shared*>(owner);
                if (++s.againFired < 5) {
                    s.again->start(100ms);
                    s.again->cancel();
                    s.again->start(200ms);
                }
            },
            &shared, precision);
        shared.self->start(10ms);
        shared.victim->start(10ms);
        shared.again->start(10ms);
        simulation.runUntil(kStart + 10s);
        QVERIFY(!shared.self);
        QVERIFY(shared.victimFired <= 1);
        QVERIFY(shared.againFired >= 5);
        QCOMPARE(simulation.queue.size(), std::size_t{0});
    }
}

void TestTimerQueue::doesNotLoopOnATimerThatRestartsInThePast()
{
    for (const auto precision : {Timer::Precision::Coarse, Timer::Precision::Precise}) {
        Simulation simulation;
        struct Busy {
            std::unique_ptr<Timer> timer;
            int fired = 0;
        } busy;
        busy.timer = std::make_unique<Timer>(
            simulation.queue,
            [](void* owner) {
                auto& self = *static_cast<Busy*>(owner);
                ++self.fired;
                self.timer->startAt(kStart - 1s);
            },
            &busy, precision);
        busy.timer->startAt(kStart);
        simulation.now = kStart + 100ms;
        simulation.queue.expire(simulation.now);
        QCOMPARE(busy.fired, 1);
        simulation.now = kStart + 200ms;
        simulation.queue.expire(simulation.now);
        QCOMPARE(busy.fired, 2);
    }
}

void TestTimerQueue::agreesWithAListOfDeadlines_data()
{
    QTest::addColumn<int>("seed");
    QTest::addColumn<bool>("precise");
    for (int seed = 1; seed <= 4; ++seed) {
        QTest::addRow("coarse timers, seed %d", seed) << seed << false;
        QTest::addRow("precise timers, seed %d", seed) << seed << true;
    }
}

void TestTimerQueue::agreesWithAListOfDeadlines()
{
    QFETCH(int, seed);
    QFETCH(bool, precise);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    Simulation simulation;
    std::vector<std::unique_ptr<Alarm>> alarms;
    std::vector<int> fired(2000, 0);
    for (int i = 0; i < 2000; ++i) {
        alarms.push_back(
            std::make_unique<Alarm>(simulation, precise ? Timer::Precision::Precise : Timer::Precision::Coarse));
    }
    const Duration slack = precise ? Duration(0) : 2 * Timer::kCoarseTick;
    for (int step = 0; step < 400; ++step) {
        for (int i = 0; i < 50; ++i) {
            Alarm& alarm = *alarms[random() % alarms.size()];
            if (random() % 4 == 0) {
                alarm.timer.cancel();
            } else {
                alarm.timer.start(Duration(static_cast<std::int64_t>(random() % 20'000'000'000)));
            }
        }
        std::vector<TimePoint> due(alarms.size());
        std::vector<bool> active(alarms.size());
        for (std::size_t i = 0; i < alarms.size(); ++i) {
            due[i] = alarms[i]->timer.deadline();
            active[i] = alarms[i]->timer.active();
            alarms[i]->fired = 0;
        }
        const TimePoint end = simulation.now + Duration(static_cast<std::int64_t>(random() % 300'000'000));
        simulation.runUntil(end);
        for (std::size_t i = 0; i < alarms.size(); ++i) {
            QVERIFY(alarms[i]->fired <= (active[i] ? 1 : 0));
            if (alarms[i]->fired == 1) {
                QVERIFY(alarms[i]->at >= due[i]);
                QVERIFY(alarms[i]->at <= due[i] + slack);
            } else if (active[i]) {
                QVERIFY(due[i] + slack >= end);
                QVERIFY(alarms[i]->timer.active());
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestTimerQueue)
#include "tst_timer_queue.moc"
