#include <QtTest>

#include <QElapsedTimer>
#include <qcustomplot.h>

#include "tests/unit/ui/charts/synthetic_run.h"
#include "ui/charts/chart_view.h"
#include "ui/charts/charts_panel.h"
#include "ui/theme/theme.h"

using namespace signalbox;
using namespace signalbox::ui;
using namespace std::chrono_literals;

namespace {

const std::vector<ChartMarker> kNoMarkers;

struct Filled {
    test::SyntheticRun run{{"shop/a1", "shop/a2", "shop/a3"}};
    SeriesStore store;

    explicit Filled(int seconds = 60)
    {
        for (int i = 0; i < seconds; ++i) {
            run.second(40, i < 40 ? 12ms : 90ms, i % 7);
            store.sync(run.coarse(), run.fine(), {});
        }
    }
    [[nodiscard]] ChartFrame frame(double window = 60, const std::vector<ChartMarker>& markers = kNoMarkers) const
    {
        return {store, store.newest(), window, markers};
    }
};

const ChartDescriptor& chart(const QString& id)
{
    return *builtinCharts().find(id.toStdString());
}

}  // namespace

class tst_Charts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::instance().install(ThemeChoice::Light); }
    void cleanup() { Theme::instance().setChoice(ThemeChoice::Light); }

    void everyChart_data()
    {
        QTest::addColumn<QString>("id");
        QVERIFY(!builtinCharts().all().empty());
        for (const auto& descriptor : builtinCharts().all()) {
            const std::string id(descriptor.id);
            QTest::newRow(id.c_str()) << QString::fromStdString(id);
        }
    }

    void everyChart()
    {
        QFETCH(QString, id);
        const Filled filled;
        ChartView view(chart(id));
        view.resize(420, 220);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QVERIFY(!view.accessibleName().isEmpty());
        QVERIFY(!view.toolTip().isEmpty());

        const std::vector<ChartMarker> markers{{filled.run.now() - Duration(20s), QStringLiteral("check"), QStringLiteral("applied")}};
        view.setFrame(filled.frame(60, markers));
        view.plot().replot(QCustomPlot::rpImmediateRefresh);
        const ChartTable table = view.table();
        QVERIFY2(table.rows.size() >= 59, "a row for each second");
        QVERIFY(table.columns.size() >= 2);
        for (const auto& row : table.rows) {
            QCOMPARE(row.size(), table.columns.size());
        }
        QCOMPARE(table.csv().count(u'\n'), static_cast<qsizetype>(table.rows.size()) + 1);
        view.setCursorAt(-10);
        QVERIFY(!view.readOut().isEmpty());
        view.setCursorAt(std::numeric_limits<double>::quiet_NaN());
        QVERIFY(view.readOut().isEmpty());

        const QImage light = view.grab().toImage();
        Theme::instance().setChoice(ThemeChoice::Dark);
        view.plot().replot(QCustomPlot::rpImmediateRefresh);
        const QImage dark = view.grab().toImage();
        QVERIFY2(light != dark, "the theme is followed");
        QCOMPARE(dark.pixelColor(dark.width() - 4, dark.height() - 2), tokens().surface);
        Theme::instance().setChoice(ThemeChoice::Light);
        view.plot().replot(QCustomPlot::rpImmediateRefresh);
        QCOMPARE(view.grab().toImage(), light);
    }

    void everyChartIsDrawnWithinItsBudget_data() { everyChart_data(); }
    void everyChartIsDrawnWithinItsBudget()
    {
        QFETCH(QString, id);
        const Filled filled;
        ChartView view(chart(id));
        view.resize(420, 220);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        double best = 1e9;
        for (int i = 0; i < 8; ++i) {
            QElapsedTimer timer;
            timer.start();
            view.setFrame(filled.frame());
            view.plot().replot(QCustomPlot::rpImmediateRefresh);
            best = std::min(best, static_cast<double>(timer.nsecsElapsed()) / 1e6);
        }
        qInfo("%s: %.2f ms", qPrintable(id), best);
        QVERIFY2(best < 40, "five times a second for three charts must leave the engine its cores");
    }

    void everyChartDrawsNothingFromNothing_data() { everyChart_data(); }
    void everyChartDrawsNothingFromNothing()
    {
        QFETCH(QString, id);
        const SeriesStore store;
        ChartView view(chart(id));
        view.resize(420, 220);
        view.show();
        view.setFrame({store, {}, 60, kNoMarkers});
        view.plot().replot(QCustomPlot::rpImmediateRefresh);
        QVERIFY(view.table().rows.empty());
        view.setCursorAt(-5);
        QVERIFY(view.readOut().isEmpty());
    }

    void backendsAreStackedByName()
    {
        const Filled filled;
        ChartView view(chart(QStringLiteral("by-backend")));
        view.setFrame(filled.frame());
        QCOMPARE(view.table().columns, (QStringList{QStringLiteral("seconds"), QStringLiteral("a1"), QStringLiteral("a2"), QStringLiteral("a3")}));
        QCOMPARE(view.table().rows.back().value(1).toDouble(), 40.0);
        QVERIFY(view.plot().yAxis->range().upper >= 120);
    }

    void moreThanSixBackendsBecomeFiveAndOther()
    {
        test::SyntheticRun run({"p/a", "p/b", "p/c", "p/d", "p/e", "p/f", "p/g", "p/h"});
        SeriesStore store;
        run.second(30, 5ms);
        run.second(30, 5ms);
        store.sync(run.coarse(), run.fine(), {});
        ChartView view(chart(QStringLiteral("by-backend")));
        view.setFrame({store, store.newest(), 60, kNoMarkers});
        const ChartTable table = view.table();
        QCOMPARE(table.columns.size(), 7);
        QCOMPARE(table.columns.back(), QStringLiteral("other"));
        QCOMPARE(table.rows.back().back().toDouble(), 90.0);
    }

    void twoBackendsOfOneNameCarryTheirPool()
    {
        test::SyntheticRun run({"x/a1", "y/a1", "y/b1"});
        SeriesStore store;
        run.second(5, 5ms);
        store.sync(run.coarse(), run.fine(), {});
        QCOMPARE(store.backends(), (QStringList{QStringLiteral("x/a1"), QStringLiteral("y/a1"), QStringLiteral("b1")}));
    }

    void aListenerBehindAListenerIsNotCountedTwice()
    {
        test::SyntheticRun run({"shop/inner", "shop/a1"});
        SeriesStore store;
        run.second(10, 5ms);
        const auto site = test::SyntheticRun::site("signalbox: 1\nlisteners:\n  - {name: lb, bind: '127.0.0.1:0', pool: shop}\n"
                                                   "pools:\n  - name: shop\n    backends:\n      - {name: inner, address: 'listener:lb'}\n");
        store.sync(run.coarse(), run.fine(), site);
        QCOMPARE(store.backends(), QStringList{QStringLiteral("a1")});
        QCOMPARE(store.bins().back().requests, 0.0);
    }

    void fewRequestsLeaveAGapInThePercentiles()
    {
        test::SyntheticRun run({"shop/a1"});
        SeriesStore store;
        run.second(50, 10ms);
        run.second(5, 10ms);
        store.sync(run.coarse(), run.fine(), {});
        ChartView view(chart(QStringLiteral("latency")));
        view.setFrame({store, store.newest(), 60, kNoMarkers});
        const ChartTable table = view.table();
        QVERIFY(!table.rows[0].value(2).isEmpty());
        QVERIFY(table.rows[1].value(2).isEmpty());
        view.setCursorAt(0);
        QVERIFY(view.readOut().startsWith(QStringLiteral("too few")) || !view.readOut().isEmpty());
    }

    void anEngineThatStartsAnewStartsTheBinsAnew()
    {
        Filled filled(10);
        QCOMPARE(filled.store.bins().size(), std::size_t{10});
        filled.run.restart();
        filled.run.second(10, 5ms);
        filled.store.sync(filled.run.coarse(), filled.run.fine(), {});
        QCOMPARE(filled.store.bins().size(), std::size_t{1});
    }

    void theLatencyAxisIsLogarithmicInPlainNumbers()
    {
        const Filled filled;
        ChartView view(chart(QStringLiteral("latency")));
        view.resize(420, 260);
        view.show();
        view.setFrame(filled.frame());
        view.plot().replot(QCustomPlot::rpImmediateRefresh);
        QCOMPARE(view.plot().yAxis->scaleType(), QCPAxis::stLogarithmic);
        for (const QString& label : view.plot().yAxis->tickVectorLabels()) {
            QVERIFY2(!label.contains(u'e'), qPrintable(label));
        }
        QVERIFY(view.plot().yAxis->range().upper / view.plot().yAxis->range().lower >= 99);
    }

    void aPausedPanelKeepsItsViewAndAMaximisedChartIsAlone()
    {
        SiteDocument document(catalog::builtinCatalog());
        EngineBridge bridge;
        ChartsPanel panel(document, bridge);
        panel.resize(900, 300);
        panel.show();
        QVERIFY(panel.findChild<QWidget*>(QStringLiteral("charts-empty"))->isVisible());
        panel.setPaused(true);
        QVERIFY(panel.isPaused());
        QVERIFY(!panel.view(QStringLiteral("by-backend"))->isHidden());
        QVERIFY(panel.view(QStringLiteral("outcomes"))->isHidden());
        panel.resize(900, 420);
        QVERIFY(!panel.view(QStringLiteral("outcomes"))->isHidden());
        panel.maximise(QStringLiteral("latency"));
        QVERIFY(panel.view(QStringLiteral("by-backend"))->isHidden());
        QVERIFY(!panel.view(QStringLiteral("latency"))->isHidden());
        panel.maximise({});
        panel.setChartShown(QStringLiteral("heat-map"), false);
        QVERIFY(panel.view(QStringLiteral("heat-map"))->isHidden());
    }
};

QTEST_MAIN(tst_Charts)
#include "tst_charts.moc"
