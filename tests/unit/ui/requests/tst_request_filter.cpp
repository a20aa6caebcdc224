#include <QtTest>

#include "ui/requests/request_filter.h"

using namespace signalbox;
using namespace signalbox::ui;

namespace {

struct Sample {
    TextPool texts;
    RequestRecord record;

    Sample()
    {
        record.id = 42;
        record.target = "/cart/7?x=1";
        record.method = texts.add("GET");
        record.listener = texts.add("api");
        record.route = texts.add("users");
        record.pool = texts.add("shop");
        record.backend = texts.add("a1");
        record.policy = texts.add("rate-limit");
        record.client = texts.add("127.0.0.3");
        record.status = 503;
        record.outcome = stats::Outcome::NoBackend;
        record.attempts = 2;
        record.phases.total = 600'000;  // 60 ms
    }
};

}  // namespace

class tst_RequestFilter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void matches_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* name, const char* text, bool expected) { QTest::newRow(name) << QString::fromLatin1(text) << expected; };
        row("nothing matches everything", "", true);
        row("a class of status", "status:5xx", true);
        row("another class of status", "status:4xx", false);
        row("one status", "status:503", true);
        row("a range of status", "status:500-504", true);
        row("one of several", "status:404,503", true);
        row("a status by comparison", "status>=500", true);
        row("a status below", "status<500", false);
        row("a backend", "backend:a1", true);
        row("another backend", "backend:a2", false);
        row("a part of a name", "route:use", true);
        row("letters of any case", "METHOD:get", true);
        row("a minus turns it round", "-method:OPTIONS", true);
        row("a minus before what holds", "-method:GET", false);
        row("an outcome by its word", "outcome:no-backend", true);
        row("an outcome by a part of it", "outcome:backend", true);
        row("another outcome", "outcome:rate-limited", false);
        row("slower than", "total>50ms", true);
        row("slower than, with a colon", "total:>50ms", true);
        row("slower than a second", "total>1s", false);
        row("a bare number is milliseconds", "total<=60", true);
        row("attempts", "attempts>1", true);
        row("free text in the path", "cart", true);
        row("free text nowhere", "orders", false);
        row("free text that is a status", "503", true);
        row("words in quotes", "\"cart/7\"", true);
        row("all terms must hold", "status:5xx backend:a1 total>50ms route:users -method:OPTIONS", true);
        row("one term that fails", "status:5xx backend:a2", false);
    }
    void matches()
    {
        QFETCH(QString, text);
        QFETCH(bool, expected);
        const Sample sample;
        const auto filter = RequestFilter::parse(text);
        QVERIFY2(filter.isValid(), qPrintable(filter.error()));
        QCOMPARE(filter.matches(sample.record, sample.texts), expected);
    }

    void isRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* name, const char* text, const char* part) { QTest::newRow(name) << QString::fromLatin1(text) << QString::fromLatin1(part); };
        row("an unknown key names the nearest", "bakend:a1", "did you mean backend");
        row("a key without a value", "status:", "needs a value");
        row("a status that is none", "status:teapot", "no status");
        row("an outcome that is none", "outcome:happy", "no outcome");
        row("a text cannot be compared", "backend>a1", "write backend:a1");
        row("a total that is no time", "total>fast", "no number");
    }
    void isRefused()
    {
        QFETCH(QString, text);
        QFETCH(QString, part);
        const Sample sample;
        const auto filter = RequestFilter::parse(text);
        QVERIFY(!filter.isValid());
        QVERIFY2(filter.error().contains(part), qPrintable(filter.error()));
        QVERIFY2(filter.matches(sample.record, sample.texts), "an unfit filter hides nothing");
    }
};

QTEST_GUILESS_MAIN(tst_RequestFilter)
#include "tst_request_filter.moc"
