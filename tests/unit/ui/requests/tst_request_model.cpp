#include <QtTest>

#include <QAbstractItemModelTester>
#include <QTableView>

#include "ui/requests/filter_edit.h"
#include "ui/requests/request_model.h"
#include "ui/requests/requests_panel.h"
#include "ui/requests/waterfall.h"
#include "ui/theme/theme.h"

using namespace signalbox;
using namespace signalbox::ui;

namespace {

stats::DecisionTrace trace(std::uint64_t id, int status = 200, const char* backend = "a1")
{
    stats::DecisionTrace out;
    out.id = id;
    out.complete = true;
    out.wallNs = 1'700'000'000'000'000'000 + static_cast<std::int64_t>(id) * 1'000'000;
    out.method.assign("GET");
    out.target.assign("/cart/" + std::to_string(id % 7));
    out.listener.assign("lb");
    out.pool.assign("shop");
    out.backend.assign(backend);
    out.status = status;
    out.outcome = status == 429 ? stats::Outcome::RateLimited : status >= 500 ? stats::Outcome::BackendError : stats::Outcome::Ok;
    out.attempts = 1;
    out.parsedNs = 20'000;
    out.routedNs = 25'000;
    out.policiesNs = 40'000;
    out.pickedNs = 45'000;
    out.connectedNs = 300'000;
    out.sentNs = 320'000;
    out.firstByteNs = 12'000'000;
    out.totalNs = 12'500'000;
    return out;
}

std::vector<stats::DecisionTrace> traces(std::uint64_t first, std::size_t count, int status = 200)
{
    std::vector<stats::DecisionTrace> out;
    for (std::size_t at = 0; at < count; ++at) {
        out.push_back(trace(first + at, status));
    }
    return out;
}

QString cell(const QAbstractItemModel& model, int row, int column)
{
    return model.index(row, column).data().toString();
}

}  // namespace

class tst_RequestModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::instance().install(ThemeChoice::Light); }

    void aTraceBecomesARow()
    {
        RequestModel model(10);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.append(traces(7, 1, 503));
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(cell(model, 0, RequestModel::Id), QStringLiteral("7"));
        QCOMPARE(cell(model, 0, RequestModel::Path), QStringLiteral("/cart/0"));
        QCOMPARE(cell(model, 0, RequestModel::Status), QStringLiteral("503"));
        QCOMPARE(cell(model, 0, RequestModel::Outcome), QStringLiteral("backend error"));
        QCOMPARE(cell(model, 0, RequestModel::Total), QStringLiteral("12.50"));
        QVERIFY(!model.index(0, RequestModel::Outcome).data(Qt::DecorationRole).isNull());
    }

    void theOldestRowsLeaveWhenItIsFull()
    {
        RequestModel model(100);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.append(traces(1, 80));
        model.append(traces(81, 60));
        QCOMPARE(model.rowCount(), 100);
        QCOMPARE(cell(model, 0, RequestModel::Id), QStringLiteral("41"));
        QCOMPARE(cell(model, 99, RequestModel::Id), QStringLiteral("140"));
        model.append(traces(1000, 250));
        QCOMPARE(model.rowCount(), 100);
        QCOMPARE(cell(model, 99, RequestModel::Id), QStringLiteral("1249"));
    }

    void troubleIsKeptWholeLongerThanWhatWentWell()
    {
        RequestStore store(1000, 10);
        store.add(trace(1, 503));
        for (std::uint64_t id = 2; id < 100; ++id) {
            store.add(trace(id));
        }
        QVERIFY2(store.trace(0).complete, "the failed one is kept whole");
        QVERIFY2(!store.trace(1).complete, "an old good one is known by its summary");
        QCOMPARE(store.trace(1).id, std::uint64_t{2});
        QCOMPARE(store.trace(1).totalNs, std::int64_t{12'500'000});
        QCOMPARE(store.trace(1).backend.view(), std::string_view("a1"));
        QVERIFY(store.trace(98).complete);
    }

    void aFilterShowsWhatFitsAlsoOfWhatComesLater()
    {
        RequestModel model(1000);
        RequestFilterModel filtered(model);
        model.append(traces(1, 50));
        filtered.setFilter(RequestFilter::parse(QStringLiteral("status:5xx")));
        QCOMPARE(filtered.rowCount(), 0);
        model.append(traces(51, 5, 500));
        model.append(traces(56, 5));
        QCOMPARE(filtered.rowCount(), 5);
        filtered.setFilter({});
        QCOMPARE(filtered.rowCount(), 60);
        filtered.sort(RequestModel::Id, Qt::DescendingOrder);
        QCOMPARE(cell(filtered, 0, RequestModel::Id), QStringLiteral("60"));
    }

    void aBatchIntoAFullTableIsCheap()
    {
        RequestModel model(50'000);
        RequestFilterModel filtered(model);
        model.append(traces(1, 50'000));
        QElapsedTimer timer;
        timer.start();
        const auto batch = traces(100'000, 500);
        timer.restart();
        model.append(batch);
        qInfo("500 rows into 50,000: %.1f ms", static_cast<double>(timer.nsecsElapsed()) / 1e6);
        QVERIFY(timer.elapsed() < 250);
        QCOMPARE(filtered.rowCount(), 50'000);
    }

    void aPoolOfTextsHasABound()
    {
        TextPool pool(10);
        for (int i = 0; i < 100; ++i) {
            (void)pool.add("text " + std::to_string(i));
        }
        QCOMPARE(pool.size(), std::size_t{10});
        QCOMPARE(pool.at(pool.add("text 3")), std::string_view("text 3"));
        QCOMPARE(pool.at(pool.add("text 99")), std::string_view("\xE2\x80\xA6"));
    }

    void theWaterfallNamesEachPhase()
    {
        const auto rows = waterfallRows(trace(1));
        QStringList names;
        std::int64_t at = 0;
        for (const auto& row : rows) {
            names << row.name;
            QCOMPARE(row.startNs, at);
            QVERIFY(row.endNs > row.startNs);
            at = row.endNs;
        }
        QCOMPARE(names.join(u' '), QStringLiteral("parse routes policies pick connect send wait body"));
        QCOMPARE(at, std::int64_t{12'500'000});
    }

    void eachTryOfARetryHasItsRow()
    {
        auto traced = trace(1);
        auto* first = traced.tries.add();
        first->backend.assign("a1");
        first->result = stats::AttemptResult::ConnectRefused;
        first->startNs = 45'000;
        first->endNs = 90'000;
        auto* second = traced.tries.add();
        second->backend.assign("a2");
        second->startNs = 90'000;
        second->endNs = 12'500'000;
        second->reusedConnection = true;
        const auto rows = waterfallRows(traced);
        int children = 0;
        for (const auto& row : rows) {
            children += row.child ? 1 : 0;
        }
        QCOMPARE(children, 2);
        QVERIFY(std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.kind == WaterfallRow::Kind::Failed; }));
        QVERIFY(std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.name == u"reuse"; }));
    }

    void thePanelListsFiltersAndTellsWhatIsSelected()
    {
        EngineBridge bridge;
        RequestsPanel panel(bridge);
        panel.resize(900, 320);
        panel.show();
        QVERIFY(panel.findChild<QWidget*>(QStringLiteral("requests-empty"))->isVisible());
        auto batch = std::make_shared<std::vector<stats::DecisionTrace>>(traces(1, 30));
        batch->push_back(trace(31, 429));
        Q_EMIT bridge.tracesTaken(batch);
        QTRY_COMPARE(panel.model().rowCount(), 31);
        auto* table = panel.findChild<QTableView*>(QStringLiteral("requests-table"));
        QVERIFY(table->isVisible());
        panel.setFilter(QStringLiteral("outcome:rate-limited"));
        QCOMPARE(table->model()->rowCount(), 1);
        QSignalSpy spy(&panel, &RequestsPanel::traceSelected);
        table->selectRow(0);
        table->setCurrentIndex(table->model()->index(0, 0));
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy[0][0].value<stats::DecisionTrace>().id, std::uint64_t{31});
        panel.setFilter(QStringLiteral("status:2xx path:/nowhere"));
        QVERIFY(panel.findChild<QWidget*>(QStringLiteral("requests-clear-filter"))->isVisible());
        panel.setPaused(true);
        panel.setFilter({});
        Q_EMIT bridge.tracesTaken(batch);
        QCOMPARE(table->model()->rowCount(), 31);
        panel.setPaused(false);
        QCOMPARE(table->model()->rowCount(), 62);
    }

    void theFilterLineSuggestsKeysAndValues()
    {
        FilterEdit edit;
        edit.setValueSource([](const QString& key) { return key == u"backend" ? QStringList{QStringLiteral("a1"), QStringLiteral("b1")} : QStringList(); });
        edit.setText(QStringLiteral("status:5xx ba"));
        QCOMPARE(edit.suggestions(), QStringList{QStringLiteral("backend:")});
        edit.setText(QStringLiteral("-backend:a"));
        QCOMPARE(edit.suggestions(), QStringList{QStringLiteral("-backend:a1")});
        edit.setText(QStringLiteral("outcome:rate"));
        QCOMPARE(edit.suggestions(), QStringList{QStringLiteral("outcome:rate-limited")});
    }
};

QTEST_MAIN(tst_RequestModel)
#include "tst_request_model.moc"
