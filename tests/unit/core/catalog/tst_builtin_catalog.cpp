#include <QDir>
#include <QTest>

#include "core/catalog/builtin_catalog.h"
#include "core/plan/compiler.h"

using namespace signalbox;

class TestBuiltinCatalog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFamilyHasMembersWithTitles();
    void noMemberIsPresentAndLater();
    void theTemplatesCompileClean_data();
    void theTemplatesCompileClean();
};

void TestBuiltinCatalog::everyFamilyHasMembersWithTitles()
{
    for (const char* name : {"policy", "balancer", "latency", "arrivals"}) {
        const auto* family = catalog::builtinCatalog().family(name);
        QVERIFY2(family, name);
        QVERIFY2(!family->members.empty(), name);
        for (const auto* member : family->members) {
            QVERIFY2(!member->title.empty() && !member->help.empty(), std::string(member->id).c_str());
            for (const auto& param : member->params) {
                QVERIFY2(!param.title.empty() && !param.help.empty(), std::string(param.key).c_str());
            }
        }
    }
}

void TestBuiltinCatalog::noMemberIsPresentAndLater()
{
    for (const auto& family : catalog::builtinCatalog().families) {
        for (const auto word : family.laterMembers) {
            QVERIFY2(!catalog::builtinCatalog().member(family.name, word), std::string(word).c_str());
        }
    }
}

void TestBuiltinCatalog::theTemplatesCompileClean_data()
{
    QTest::addColumn<QString>("file");
    const QDir folder(QStringLiteral(SIGNALBOX_SOURCE_DIR "/resources/sites"));
    const QStringList names = folder.entryList({QStringLiteral("*.yaml")});
    QVERIFY(names.size() >= 4);
    for (const QString& name : names) {
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
    }
}

void TestBuiltinCatalog::theTemplatesCompileClean()
{
    QFETCH(QString, file);
    const auto read = site::readSiteFile(file.toStdString(), catalog::builtinCatalog());
    QCOMPARE(QByteArray::fromStdString(site::format(read.problems, "site")), QByteArray());
    const auto compiled = plan::compile({read.site, catalog::builtinCatalog(), nullptr, nullptr, {}});
    QCOMPARE(QByteArray::fromStdString(site::format(compiled.problems, "site")), QByteArray());
    QVERIFY(compiled.plan);
    QVERIFY(read.site.named("traffic", "rush-hour"));
}

QTEST_GUILESS_MAIN(TestBuiltinCatalog)
#include "tst_builtin_catalog.moc"
