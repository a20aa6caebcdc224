#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "core/base/rng.h"
#include "core/catalog/builtin_catalog.h"
#include "ui/bridge/problem_model.h"
#include "ui/bridge/site_document.h"

using namespace signalbox;
using namespace signalbox::ui;

namespace {

constexpr char kSite[] = R"(# A site with everything that can be referred to.
signalbox: 1

listeners:
  - name: lb
    bind: 127.0.0.1:0
    pool: shop          # the only one
  - name: api
    bind: 127.0.0.1:0
    role: api-gateway
    routes:
      - name: users
        match: {path: /user}
        policies:
          - api-key: {header: X-Api-Key}
        pool: shop
      - name: orders
        match: {path: /order}
        split: [{pool: shop, weight: 90}, {pool: next, weight: 10}]

pools:
  - name: shop
    backends:
      - {name: a1, address: mock:a1, weight: 2}
      - {name: a2, address: mock:a2}
  - name: next
    backends:
      - {name: n1, address: listener:lb}
      - {name: n2, address: mock:a1}

consumers:
  - {name: mobile, keys: [k1]}

mocks:
  - {name: a1, bind: 127.0.0.1:0}
  - {name: a2, bind: 127.0.0.1:0}

traffic:
  - name: rush
    target: lb
    duration: 1s
    arrivals: {process: poisson, rate: 50/s}
    requests:
      - {path: /user/1, consumer: mobile}

canvas:
  shop: [10, 20]
  a1: [30, 40]
  lb: [0, 0]
)";

QString text(const SiteDocument& document, const char* path)
{
    const Value* value = site::valueAt(document.site(), path);
    return value != nullptr ? QString::fromStdString(value->text()) : QStringLiteral("(none)");
}

}  // namespace

class TestSiteDocument : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_document.reset(); }
    void editsAreUndone();
    void missingMapsAreMade();
    void stepsWithOneKeyMerge();
    void mergedStepsThatChangeNothingVanish();
    void aRenameTakesReferencesAlong_data();
    void aRenameTakesReferencesAlong();
    void aNameBorneTwiceKeepsItsPlaceOnTheCanvas();
    void removingAPoolRemovesItsEdges();
    void removingABackendRemovesAMockThatNobodyElseUses();
    void removingAListenerRemovesWhatIsSentToIt();
    void itemsMoveAndAreInserted();
    void randomEditsAreUndoneAndRedone_data();
    void randomEditsAreUndoneAndRedone();
    void filesAreSavedAndOpened();
    void aFileThatCannotBeReadChangesNothing();
    void problemsFollowEdits();

private:
    std::unique_ptr<SiteDocument> m_document;
};

void TestSiteDocument::init()
{
    m_document = std::make_unique<SiteDocument>(catalog::builtinCatalog());
    auto read = site::readSite(kSite, "test.yaml", catalog::builtinCatalog());
    QVERIFY2(!site::hasErrors(read.problems), site::format(read.problems, "test.yaml").c_str());
    m_document->setSite(std::move(read.site), QStringLiteral("Test"));
    QVERIFY(!m_document->isModified());
}

void TestSiteDocument::editsAreUndone()
{
    QSignalSpy changed(m_document.get(), &SiteDocument::changed);
    m_document->setValue(QStringLiteral("pools/shop/backends/a1/weight"), Value::scalar("5"),
                         QStringLiteral("set weight of a1 to 5"));
    QCOMPARE(text(*m_document, "pools/shop/backends/a1/weight"), QStringLiteral("5"));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.takeFirst().at(0).toStringList(), QStringList{QStringLiteral("pools/shop/backends/a1/weight")});
    QVERIFY(m_document->isModified());
    QCOMPARE(m_document->undoStack().undoText(), QStringLiteral("set weight of a1 to 5"));
    m_document->undoStack().undo();
    QCOMPARE(text(*m_document, "pools/shop/backends/a1/weight"), QStringLiteral("2"));
    QVERIFY(!m_document->isModified());
    QCOMPARE(changed.size(), 1);
    m_document->setValue(QStringLiteral("pools/shop/backends/a1/weight"), Value::scalar("2"),
                         QStringLiteral("nothing"));
    QVERIFY2(!m_document->isModified(), "the same value is no edit");
}

void TestSiteDocument::missingMapsAreMade()
{
    m_document->setValue(QStringLiteral("listeners/lb/timeouts/idle"), Value::scalar("5s"), QStringLiteral("set idle"));
    QCOMPARE(text(*m_document, "listeners/lb/timeouts/idle"), QStringLiteral("5s"));
    m_document->removeValue(QStringLiteral("listeners/lb/timeouts/idle"), QStringLiteral("default"));
    QVERIFY2(site::valueAt(m_document->site(), "listeners/lb/timeouts") == nullptr, "an empty map is not left behind");
    m_document->undoStack().undo();
    m_document->undoStack().undo();
    QVERIFY(site::valueAt(m_document->site(), "listeners/lb/timeouts") == nullptr);
}

void TestSiteDocument::stepsWithOneKeyMerge()
{
    const QString path = QStringLiteral("pools/shop/backends/a2/weight");
    for (const char* weight : {"1", "12", "123"}) {
        m_document->setValue(path, Value::scalar(weight), QStringLiteral("type"), QStringLiteral("a2.weight"));
    }
    QCOMPARE(m_document->undoStack().count(), 1);
    m_document->setValue(QStringLiteral("pools/shop/backends/a1/weight"), Value::scalar("4"), QStringLiteral("type"),
                         QStringLiteral("a1.weight"));
    QCOMPARE(m_document->undoStack().count(), 2);
    m_document->undoStack().undo();
    m_document->undoStack().undo();
    QVERIFY(site::valueAt(m_document->site(), path.toStdString()) == nullptr);
    m_document->undoStack().redo();
    QCOMPARE(text(*m_document, "pools/shop/backends/a2/weight"), QStringLiteral("123"));
}

void TestSiteDocument::mergedStepsThatChangeNothingVanish()
{
    const QString path = QStringLiteral("pools/shop/backends/a1/weight");
    m_document->setValue(path, Value::scalar("3"), QStringLiteral("up"), QStringLiteral("spin"));
    // The first step is at the clean state's index, so the second stands alone and the third merges with it.
    m_document->setValue(path, Value::scalar("4"), QStringLiteral("up"), QStringLiteral("spin"));
    m_document->setValue(path, Value::scalar("2"), QStringLiteral("down"), QStringLiteral("spin"));
    QCOMPARE(text(*m_document, "pools/shop/backends/a1/weight"), QStringLiteral("2"));
    QVERIFY(m_document->undoStack().count() <= 1);
    while (m_document->undoStack().canUndo()) {
        m_document->undoStack().undo();
    }
    QCOMPARE(text(*m_document, "pools/shop/backends/a1/weight"), QStringLiteral("2"));
}

void TestSiteDocument::aRenameTakesReferencesAlong_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QStringList>("places");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a pool in listener, route and split, and on the canvas")
        << QStringLiteral("pools/shop")
        << QStringList{QStringLiteral("listeners/lb/pool"), QStringLiteral("listeners/api/routes/users/pool"),
                       QStringLiteral("listeners/api/routes/orders/split/0/pool")}
        << QStringLiteral("fresh");
    QTest::newRow("a mock in every backend that names it")
        << QStringLiteral("mocks/a1")
        << QStringList{QStringLiteral("pools/shop/backends/a1/address"),
                       QStringLiteral("pools/next/backends/n2/address")}
        << QStringLiteral("mock:fresh");
    QTest::newRow("a listener in a backend")
        << QStringLiteral("listeners/lb") << QStringList{QStringLiteral("pools/next/backends/n1/address")}
        << QStringLiteral("listener:fresh");
    QTest::newRow("a listener in a scenario")
        << QStringLiteral("listeners/lb") << QStringList{QStringLiteral("traffic/rush/target")}
        << QStringLiteral("fresh");
    QTest::newRow("a consumer in a scenario")
        << QStringLiteral("consumers/mobile") << QStringList{QStringLiteral("traffic/rush/requests/0/consumer")}
        << QStringLiteral("fresh");
}

void TestSiteDocument::aRenameTakesReferencesAlong()
{
    QFETCH(QString, path);
    QFETCH(QStringList, places);
    QFETCH(QString, expected);
    const site::Site before = m_document->site();
    m_document->rename(path, QStringLiteral("fresh"));
    QCOMPARE(m_document->undoStack().count(), 1);
    for (const QString& place : places) {
        QCOMPARE(text(*m_document, qPrintable(place)), expected);
    }
    QVERIFY(site::valueAt(m_document->site(), path.toStdString()) == nullptr);
    QVERIFY2(!m_document->hasErrors(), site::format(m_document->problems(), "").c_str());
    m_document->undoStack().undo();
    QVERIFY(m_document->site() == before);
}

void TestSiteDocument::aNameBorneTwiceKeepsItsPlaceOnTheCanvas()
{
    m_document->rename(QStringLiteral("mocks/a1"), QStringLiteral("fresh"));
    QVERIFY2(site::valueAt(m_document->site(), "canvas/a1") != nullptr, "the backend a1 still stands there");
    QVERIFY(site::valueAt(m_document->site(), "canvas/fresh") != nullptr);
    m_document->rename(QStringLiteral("pools/shop"), QStringLiteral("store"));
    QVERIFY(site::valueAt(m_document->site(), "canvas/shop") == nullptr);
    QVERIFY(site::valueAt(m_document->site(), "canvas/store") != nullptr);
}

void TestSiteDocument::removingAPoolRemovesItsEdges()
{
    m_document->removeElement(QStringLiteral("pools/shop"));
    QCOMPARE(m_document->undoStack().count(), 1);
    QVERIFY(site::valueAt(m_document->site(), "listeners/lb/pool") == nullptr);
    QVERIFY(site::valueAt(m_document->site(), "listeners/api/routes/users/pool") == nullptr);
    const Value* split = site::valueAt(m_document->site(), "listeners/api/routes/orders/split");
    QVERIFY(split != nullptr);
    QCOMPARE(split->items().size(), std::size_t{1});
    QVERIFY(site::valueAt(m_document->site(), "canvas/shop") == nullptr);
    QVERIFY2(site::valueAt(m_document->site(), "canvas/a1") != nullptr, "a mock of that name remains");
}

void TestSiteDocument::removingABackendRemovesAMockThatNobodyElseUses()
{
    m_document->removeElement(QStringLiteral("pools/shop/backends/a2"));
    QVERIFY(site::valueAt(m_document->site(), "mocks/a2") == nullptr);
    m_document->removeElement(QStringLiteral("pools/shop/backends/a1"));
    QVERIFY2(site::valueAt(m_document->site(), "mocks/a1") != nullptr, "n2 uses it as well");
    m_document->removeElement(QStringLiteral("mocks/a1"));
    QVERIFY2(site::valueAt(m_document->site(), "pools/next/backends/n2") == nullptr,
             "a backend without its mock has no address");
}

void TestSiteDocument::removingAListenerRemovesWhatIsSentToIt()
{
    m_document->removeElement(QStringLiteral("listeners/lb"));
    QVERIFY(site::valueAt(m_document->site(), "traffic/rush") != nullptr);
    QVERIFY(site::valueAt(m_document->site(), "traffic/rush/target") == nullptr);
    QVERIFY(site::valueAt(m_document->site(), "pools/next/backends/n1") == nullptr);
}

void TestSiteDocument::itemsMoveAndAreInserted()
{
    Value backend = Value::map();
    backend.set(
        "name",
        Value::scalar(m_document->freeName(QStringLiteral("pools/shop/backends"), QStringLiteral("a1")).toStdString()));
    backend.set("address", Value::scalar("127.0.0.1:9"));
    m_document->insertItem(QStringLiteral("pools/shop/backends"), 0, backend, QStringLiteral("add backend"));
    QCOMPARE(text(*m_document, "pools/shop/backends/0/name"), QStringLiteral("a1-2"));
    m_document->moveItem(QStringLiteral("pools/shop/backends"), 0, 2, QStringLiteral("move"));
    const Value* list = site::valueAt(m_document->site(), "pools/shop/backends");
    QCOMPARE(QString::fromStdString(site::Site::nameOf(list->items()[2])), QStringLiteral("a1-2"));
    QCOMPARE(QString::fromStdString(site::Site::nameOf(list->items()[0])), QStringLiteral("a1"));
    m_document->insertItem(QStringLiteral("listeners/lb/policies"), -1, Value::map(),
                           QStringLiteral("first of a new list"));
    QVERIFY(site::valueAt(m_document->site(), "listeners/lb/policies")->isList());
    m_document->moveItem(QStringLiteral("pools/shop/backends"), 0, 7, QStringLiteral("out of range"));
    QCOMPARE(m_document->undoStack().count(), 3);
}

void TestSiteDocument::randomEditsAreUndoneAndRedone_data()
{
    QTest::addColumn<quint64>("seed");
    for (quint64 seed = 1; seed <= 5; ++seed) {
        QTest::addRow("500 random edits, seed %llu", static_cast<unsigned long long>(seed)) << seed;
    }
}

void TestSiteDocument::randomEditsAreUndoneAndRedone()
{
    QFETCH(quint64, seed);
    Rng rng(seed);
    const std::string startText = site::writeSite(m_document->site());
    const site::Site start = m_document->site();
    const char* lists[] = {"listeners", "pools", "consumers", "mocks", "traffic"};
    const auto someList = [&] { return QString::fromLatin1(lists[rng.below(5)]); };
    const auto someElement = [&](const QString& list) {
        const auto& items = m_document->site().list(list.toStdString());
        return items.empty() ? QString()
                             : list + u'/' + QString::fromStdString(site::Site::nameOf(items[rng.below(items.size())]));
    };
    for (int i = 0; i < 500; ++i) {
        const QString list = someList();
        const QString element = someElement(list);
        const QString number = QString::number(rng.below(1000));
        switch (rng.below(7)) {
            case 0:
                m_document->setValue(QStringLiteral("canvas/x%1").arg(number), Value::scalar(number.toStdString()),
                                     QStringLiteral("place"), QStringLiteral("drag"));
                break;
            case 1: {
                Value value = Value::map();
                value.set("name", Value::scalar(m_document->freeName(list, QStringLiteral("new")).toStdString()));
                m_document->insertItem(list, static_cast<int>(rng.below(4)), value, QStringLiteral("insert"));
                break;
            }
            case 2: m_document->rename(element, QStringLiteral("n%1").arg(i)); break;
            case 3:
                if (rng.below(4) == 0) {
                    m_document->removeElement(element);
                }
                break;
            case 4:
                m_document->moveItem(list, static_cast<int>(rng.below(3)), static_cast<int>(rng.below(3)),
                                     QStringLiteral("move"));
                break;
            case 5:
                m_document->setValue(element + QStringLiteral("/limits/k%1").arg(rng.below(3)),
                                     Value::scalar(number.toStdString()), QStringLiteral("set"),
                                     rng.below(2) == 0 ? QString() : QStringLiteral("key"));
                break;
            default:
                m_document->removeValue(element + QStringLiteral("/limits/k%1").arg(rng.below(3)),
                                        QStringLiteral("remove"));
        }
    }
    const site::Site end = m_document->site();
    const std::string endText = site::writeSite(end);
    QVERIFY(m_document->undoStack().count() > 100);
    while (m_document->undoStack().canUndo()) {
        m_document->undoStack().undo();
    }
    QVERIFY(m_document->site() == start);
    QCOMPARE(site::writeSite(m_document->site()), startText);
    while (m_document->undoStack().canRedo()) {
        m_document->undoStack().redo();
    }
    QVERIFY(m_document->site() == end);
    QCOMPARE(site::writeSite(m_document->site()), endText);
}

void TestSiteDocument::filesAreSavedAndOpened()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("shop.yaml"));
    QString error;
    m_document->setValue(QStringLiteral("pools/shop/backends/a1/weight"), Value::scalar("9"), QStringLiteral("edit"));
    QSignalSpy modified(m_document.get(), &SiteDocument::modifiedChanged);
    QVERIFY2(m_document->saveAs(file, &error), qPrintable(error));
    QCOMPARE(modified.size(), 1);
    QVERIFY(!m_document->isModified());
    QCOMPARE(m_document->title(), QStringLiteral("shop.yaml"));
    const site::Site saved = m_document->site();
    SiteDocument other(catalog::builtinCatalog());
    QVERIFY2(other.open(file, &error), qPrintable(error));
    QVERIFY(other.site() == saved);
    QVERIFY2(site::writeSite(other.site()).find("# the only one") != std::string::npos, "comments are kept");
    QVERIFY(!m_document->saveAs(QStringLiteral("/nonexistent/x.yaml"), &error));
    QVERIFY(!error.isEmpty());
}

void TestSiteDocument::aFileThatCannotBeReadChangesNothing()
{
    QTemporaryDir folder;
    QString error;
    const site::Site before = m_document->site();
    QVERIFY(!m_document->open(folder.filePath(QStringLiteral("none.yaml")), &error));
    QVERIFY(!error.isEmpty());
    QFile broken(folder.filePath(QStringLiteral("broken.yaml")));
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write("]: {nonsense");
    broken.close();
    error.clear();
    QVERIFY(!m_document->open(broken.fileName(), &error));
    QVERIFY2(error.contains(QLatin1String("broken.yaml:1:")), qPrintable(error));
    QVERIFY(m_document->site() == before);
}

void TestSiteDocument::problemsFollowEdits()
{
    ProblemModel model(*m_document);
    QCOMPARE(model.errorCount(), 0);
    QSignalSpy changed(m_document.get(), &SiteDocument::problemsChanged);
    m_document->setValue(QStringLiteral("listeners/lb/pool"), Value::scalar("nowhere"), QStringLiteral("edit"));
    QCOMPARE(changed.size(), 1);
    QVERIFY(m_document->hasErrors());
    QVERIFY(model.errorCount() > 0);
    QCOMPARE(model.index(0, ProblemModel::What).data(ProblemModel::PathRole).toString(),
             QStringLiteral("listeners/lb/pool"));
    m_document->undoStack().undo();
    QCOMPARE(model.errorCount(), 0);
}

QTEST_GUILESS_MAIN(TestSiteDocument)

#include "tst_site_document.moc"
