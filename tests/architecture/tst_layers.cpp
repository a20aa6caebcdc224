#include <QTemporaryDir>
#include <QTest>

#include "tests/architecture/layer_checker.h"

using signalbox::architecture::checkLayers;

namespace {

void write(const QDir& root, const QString& path, const QString& text)
{
    QVERIFY(root.mkpath(path.section(u'/', 0, -2)));
    QFile file(root.filePath(path));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Append));
    QVERIFY(file.write(text.toUtf8()) >= 0);
}

/// A tree that keeps every rule, and in which nothing is left unscanned.
void writeCleanTree(const QDir& root)
{
    write(root, u"core/base/clock.cpp"_qs, u"auto t = std::chrono::steady_clock::now();\n"_qs);
    write(root, u"core/base/rng.cpp"_qs, u"std::random_device source;\n"_qs);
    write(root, u"core/base/result.h"_qs, u"#include <tl/expected.hpp>\n"_qs);
    write(root, u"core/site/reader.cpp"_qs, u"#include <yaml-cpp/yaml.h>\n#include \"core/base/result.h\"\n"_qs);
    write(root, u"core/proxy/engine.h"_qs, u"#include \"core/base/result.h\"\n"_qs);
    write(root, u"ui/bridge/engine_bridge.h"_qs, u"#include <QObject>\n#include \"core/proxy/engine.h\"\n"_qs);
    write(root, u"ui/charts/plot.h"_qs, u"#include <qcustomplot.h>\n#include \"ui/bridge/engine_bridge.h\"\n"_qs);
    write(root, u"app/main.cpp"_qs, u"#include \"ui/charts/plot.h\"\n#include \"main.moc\"\n"_qs);
}

}  // namespace

/// The rules of CONTRIBUTING.md on the real tree, and the checker itself on trees with one planted violation each.
class tst_Layers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void projectKeepsItsLayers()
    {
        const auto report = checkLayers(QStringLiteral(SIGNALBOX_SOURCE_DIR));
        QStringList lines;
        for (const auto& violation : report.violations) {
            lines << violation.rule + u": "_qs + violation.where + u": "_qs + violation.what;
        }
        QVERIFY2(lines.isEmpty(), qPrintable(u'\n' + lines.join(u'\n')));
        QVERIFY(report.scanned.value(u"core"_qs) > 0);
    }

    void cleanTreePasses()
    {
        QTemporaryDir dir;
        writeCleanTree(QDir(dir.path()));
        const auto report = checkLayers(dir.path());
        QVERIFY2(report.violations.isEmpty(), qPrintable(report.violations.value(0).rule));
        QCOMPARE(report.scanned.value(u"core"_qs), 5);
    }

    void emptyTreeFails()
    {
        QTemporaryDir dir;
        const auto report = checkLayers(dir.path());
        QCOMPARE(report.violations.size(), 3);
        QCOMPARE(report.violations.first().rule, u"every layer was scanned"_qs);
    }

    void plantedViolationIsFound_data();
    void plantedViolationIsFound()
    {
        QFETCH(QString, path);
        QFETCH(QString, text);
        QFETCH(QString, rule);

        QTemporaryDir dir;
        writeCleanTree(QDir(dir.path()));
        write(QDir(dir.path()), path, text);
        QStringList found;
        for (const auto& violation : checkLayers(dir.path()).violations) {
            found << violation.rule;
        }
        const QStringList expected = rule.isEmpty() ? QStringList() : QStringList{rule};
        QCOMPARE(found, expected);
    }
};

void tst_Layers::plantedViolationIsFound_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("rule");

    const auto row = [](const char* name, const QString& path, const QString& text, const QString& rule) {
        QTest::newRow(name) << path << text + u'\n' << rule;
    };
    const QString floor = u"core folders include lower floors only"_qs;
    const QString root = u"includes are written from the root"_qs;
    const QString bridge = u"the window reaches the engine through ui/bridge"_qs;
    const QString time = u"time comes from Clock"_qs;
    const QString random = u"randomness comes from Rng"_qs;
    const QString trees = u"yaml and JSON headers stay in .cpp files"_qs;
    const QString layer = u"app uses ui, ui uses core"_qs;

    row("Qt in core", u"core/stats/a.h"_qs, u"#include <QString>"_qs, u"core has no Qt"_qs);
    row("Qt in core with odd spaces", u"core/stats/a.h"_qs, u"  #  include  <QtCore/QString>"_qs, u"core has no Qt"_qs);
    row("core includes ui", u"core/stats/a.h"_qs, u"#include \"ui/charts/plot.h\""_qs, layer);
    row("ui includes app", u"ui/shell/a.h"_qs, u"#include \"app/main.h\""_qs, layer);
    row("core includes tests", u"core/stats/a.h"_qs, u"#include \"tests/support/a.h\""_qs, layer);
    row("a lower floor includes a higher one", u"core/base/a.h"_qs, u"#include \"core/stats/b.h\""_qs, floor);
    row("same-floor folders include each other", u"core/route/a.h"_qs, u"#include \"core/site/b.h\""_qs, floor);
    row("a balancer includes net", u"core/balance/algorithms/a.cpp"_qs, u"#include \"core/net/reactor.h\""_qs, floor);
    row("a policy includes net", u"core/policy/policies/a.cpp"_qs, u"#include \"core/net/reactor.h\""_qs, floor);
    row("the router includes net", u"core/route/a.cpp"_qs, u"#include \"core/net/reactor.h\""_qs, floor);
    row("the proxy includes mocks", u"core/proxy/a.cpp"_qs, u"#include \"core/mock/mock.h\""_qs, floor);
    row("the plan includes the proxy", u"core/plan/a.cpp"_qs, u"#include \"core/proxy/engine.h\""_qs, floor);
    row("a core folder without a floor", u"core/misc/a.h"_qs, u"#include \"core/base/result.h\""_qs,
        u"every core folder has a floor"_qs);
    row("an exporter includes the plan", u"core/export/formats/a.cpp"_qs, u"#include \"core/plan/plan.h\""_qs,
        u"export and import need only site"_qs);
    row("steady_clock outside clock.cpp", u"core/net/a.cpp"_qs, u"auto t = steady_clock::now();"_qs, time);
    row("system_clock in the window", u"ui/shell/a.cpp"_qs, u"auto t = std::chrono::system_clock::now();"_qs, time);
    row("random_device outside rng.cpp", u"core/traffic/a.cpp"_qs, u"std::random_device d;"_qs, random);
    row("rand", u"app/a.cpp"_qs, u"int r = rand();"_qs, random);
    row("qcustomplot.h outside ui/charts", u"ui/shell/a.cpp"_qs, u"#include <qcustomplot.h>"_qs,
        u"QCustomPlot stays in ui/charts"_qs);
    row("yaml-cpp in a header", u"core/site/a.h"_qs, u"#include <yaml-cpp/yaml.h>"_qs, trees);
    row("JSON in a header", u"core/running/a.h"_qs, u"#include <nlohmann/json_fwd.hpp>"_qs, trees);
    row("an include beside the file", u"core/site/a.cpp"_qs, u"#include \"reader.h\""_qs, root);
    row("an include that climbs", u"core/site/a.cpp"_qs, u"#include \"../base/result.h\""_qs, root);
    row("our header in angle brackets", u"core/site/a.cpp"_qs, u"#include <core/base/result.h>"_qs, root);
    row("a test includes beside itself", u"tests/unit/tst_a.cpp"_qs, u"#include \"helper.h\""_qs, root);
    for (const auto* folder : {"proxy", "simulate", "traffic", "mock", "running"}) {
        QTest::addRow("the canvas includes core/%s", folder)
            << u"ui/canvas/a.cpp"_qs << u"#include \"core/%1/a.h\"\n"_qs.arg(QLatin1String(folder)) << bridge;
    }
    row("two ui folders include each other", u"ui/bridge/a.cpp"_qs, u"#include \"ui/charts/plot.h\""_qs,
        u"no circles between folders"_qs);
    row("std::views", u"core/site/a.cpp"_qs, u"auto v = std::views::iota(1);"_qs, u"no std::views"_qs);

    row("a word in a comment is no violation", u"core/net/a.cpp"_qs,
        u"// never steady_clock::now()\n/* nor\n random_device */ int n = 1'000'000; // #include <QString>"_qs, {});
    row("a slash in a string starts no comment", u"core/net/a.cpp"_qs,
        u"auto s = \"http://\"; std::random_device d;"_qs, random);
    row("an include that is commented out is no include", u"core/net/a.cpp"_qs, u"//#include \"core/plan/a.h\""_qs, {});
}

QTEST_GUILESS_MAIN(tst_Layers)
#include "tst_layers.moc"
