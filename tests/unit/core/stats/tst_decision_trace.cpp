#include <QTest>

#include <memory>
#include <set>

#include "core/stats/decision_trace.h"

using namespace signalbox::stats;

class TestDecisionTrace : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textsAreCutBetweenCharacters_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("kept");
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("fits") << u"12345678"_qs << u"12345678"_qs;
        QTest::newRow("one too many") << u"123456789"_qs << u"12345…"_qs;
        QTest::newRow("a character of two bytes at the cut") << u"1234äxyz"_qs << u"1234…"_qs;
        QTest::newRow("a character of three bytes at the cut") << u"123€xyz"_qs << u"123…"_qs;
        QTest::newRow("a character of four bytes at the cut") << u"12😀xyz"_qs << u"12…"_qs;
        QTest::newRow("a character that ends at the cut") << u"123äxyz"_qs << u"123äxyz"_qs;
        QTest::newRow("long") << QString(300, u'x') << u"xxxxx…"_qs;
    }
    void textsAreCutBetweenCharacters()
    {
        QFETCH(QString, text);
        QFETCH(QString, kept);
        FixedText<8> fixed;
        fixed.assign("before");
        fixed.assign(text.toStdString());
        QCOMPARE(QString::fromUtf8(fixed.view().data(), static_cast<qsizetype>(fixed.view().size())), kept);
    }

    void listsCountWhatDoesNotFit()
    {
        FixedList<int, 2> list;
        *list.add() = 1;
        *list.add() = 2;
        QVERIFY(list.add() == nullptr);
        QCOMPARE(list.size(), std::size_t{2});
        QCOMPARE(list.dropped(), 1u);
        list.clear();
        QCOMPARE(list.dropped(), 0u);
        QCOMPARE(*list.add(), 0);
    }

    void startsOver()
    {
        auto trace = std::make_unique<DecisionTrace>();
        trace->id = 5;
        trace->complete = true;
        trace->host.assign("example.com");
        trace->detail.assign("no");
        trace->outcome = Outcome::Timeout;
        trace->totalNs = 7;
        trace->attempts = 2;
        trace->routes.add();
        trace->policies.add();
        trace->candidates.add();
        trace->draws.add();
        trace->tries.add();
        reset(*trace);
        QCOMPARE(trace->id, std::uint64_t{0});
        QVERIFY(!trace->complete);
        QVERIFY(trace->host.view().empty() && trace->detail.view().empty());
        QVERIFY(trace->outcome == Outcome::Ok);
        QCOMPARE(trace->totalNs, std::int64_t{0});
        QCOMPARE(int{trace->attempts}, 0);
        QCOMPARE(trace->routes.size() + trace->policies.size() + trace->candidates.size() + trace->draws.size() +
                     trace->tries.size(),
                 std::size_t{0});
    }

    void everyOutcomeHasItsWord()
    {
        std::set<std::string_view> words;
        for (int at = 0; at <= static_cast<int>(Outcome::ClientAborted); ++at) {
            words.insert(name(static_cast<Outcome>(at)));
        }
        QCOMPARE(words.size(), static_cast<std::size_t>(Outcome::ClientAborted) + 1);
        QVERIFY(!words.contains("unknown"));
    }
};

QTEST_GUILESS_MAIN(TestDecisionTrace)
#include "tst_decision_trace.moc"
