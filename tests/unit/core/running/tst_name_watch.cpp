#include <QTest>

#include <atomic>

#include "core/running/name_watch.h"
#include "tests/support/fake_resolver.h"

using namespace signalbox;
using namespace signalbox::running;
using namespace std::chrono_literals;

namespace {

struct Watched {
    std::shared_ptr<test::FakeResolver> resolver = std::make_shared<test::FakeResolver>();
    std::atomic<int> changes{0};
    NameWatch watch{resolver, [this] { ++changes; }};

    [[nodiscard]] QString address(const char* host) const
    {
        const auto known = watch.addresses();
        const auto at = known.find(host);
        return at == known.end() ? u"none"_qs : QString::fromStdString(at->second.host());
    }
};

}  // namespace

class tst_NameWatch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aNameIsKnownWhenWantReturns()
    {
        Watched at;
        at.resolver->set("a", {"10.0.0.1"});
        at.resolver->set("b", {"10.0.0.2"});
        at.watch.want({{"a", 1h}, {"b", 1h}}, 10s);
        QCOMPARE(at.address("a"), u"10.0.0.1"_qs);
        QCOMPARE(at.address("b"), u"10.0.0.2"_qs);
        QCOMPARE(at.changes.load(), 0);
    }

    void aChangedAnswerIsTold()
    {
        Watched at;
        at.resolver->set("a", {"10.0.0.1"});
        at.watch.want({{"a", 10ms}}, 10s);
        at.resolver->set("a", {"10.0.0.9"});
        QTRY_COMPARE(at.changes.load(), 1);
        QCOMPARE(at.address("a"), u"10.0.0.9"_qs);
    }

    void anAddressThatIsStillAmongTheAnswersStays()
    {
        Watched at;
        at.resolver->set("a", {"10.0.0.1", "10.0.0.2"});
        at.watch.want({{"a", 10ms}}, 10s);
        at.resolver->set("a", {"10.0.0.2", "10.0.0.1"});
        const int asked = at.resolver->asked("a");
        QTRY_VERIFY(at.resolver->asked("a") > asked + 3);
        QCOMPARE(at.address("a"), u"10.0.0.1"_qs);
        QCOMPARE(at.changes.load(), 0);
    }

    void aFailedLookUpKeepsTheLastAddress()
    {
        Watched at;
        at.resolver->set("a", {"10.0.0.1"});
        at.watch.want({{"a", 10ms}}, 10s);
        at.resolver->set("a", {});
        const int asked = at.resolver->asked("a");
        QTRY_VERIFY(at.resolver->asked("a") > asked + 3);
        QCOMPARE(at.address("a"), u"10.0.0.1"_qs);
        QCOMPARE(at.changes.load(), 0);
        at.resolver->set("a", {"10.0.0.3"});
        QTRY_COMPARE(at.changes.load(), 1);
    }

    void aNameThatIsFoundLaterIsTold()
    {
        Watched at;
        at.watch.want({{"a", 10ms}}, 10s);
        QCOMPARE(at.address("a"), u"none"_qs);
        at.resolver->set("a", {"10.0.0.1"});
        QTRY_COMPARE(at.changes.load(), 1);
        QCOMPARE(at.address("a"), u"10.0.0.1"_qs);
    }

    void aHangingNameDelaysNoOtherAndNotTheEnd()
    {
        auto resolver = std::make_shared<test::FakeResolver>();
        resolver->hang("slow");
        resolver->set("fast", {"10.0.0.1"});
        {
            NameWatch watch(resolver, [] {});
            watch.want({{"slow", 1h}, {"fast", 1h}}, 100ms);
            QTRY_VERIFY(watch.addresses().contains("fast"));
            QVERIFY(!watch.addresses().contains("slow"));
        }
        resolver->release();
        QTRY_COMPARE(resolver.use_count(), 1L);
    }

    void aForgottenNameIsNotAskedAgain()
    {
        Watched at;
        at.resolver->set("a", {"10.0.0.1"});
        at.watch.want({{"a", 10ms}}, 10s);
        at.watch.want({}, 10s);
        QVERIFY(at.watch.addresses().empty());
        at.resolver->set("b", {"10.0.0.2"});
        at.watch.want({{"b", 10ms}}, 10s);
        const int asked = at.resolver->asked("a");
        const int before = at.resolver->asked("b");
        QTRY_VERIFY(at.resolver->asked("b") > before + 3);
        QVERIFY(at.resolver->asked("a") <= asked + 1);
    }
};

QTEST_GUILESS_MAIN(tst_NameWatch)
#include "tst_name_watch.moc"
