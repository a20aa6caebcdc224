#include <QtTest>

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QPlainTextEdit>
#include <QTableWidget>
#include <QToolButton>

#include "core/catalog/builtin_catalog.h"
#include "ui/inspector/inspector.h"
#include "ui/inspector/param_form.h"
#include "ui/theme/theme.h"

using namespace signalbox;
using namespace signalbox::ui;

namespace {

constexpr auto kSite = R"(signalbox: 1
listeners:
  - name: api
    bind: 127.0.0.1:8081
    role: api-gateway
    policies:
      - request-id: {header: X-Request-Id}
    routes:
      - name: users
        match: {path: /user, method: [GET, POST]}
        policies:
          - rate-limit: {rate: 50/s, burst: 20}
          - rewrite: {strip_prefix: /user}
        pool: shop
      - name: hello
        match: {path_exact: /hello}
        respond: {status: 200, headers: {Content-Type: text/plain}}
pools:
  - name: shop
    balance: round-robin
    backends:
      - {name: a1, address: "mock:a1"}
      - {name: a2, address: 127.0.0.1:9002}
  - name: next
    backends:
      - {name: b1, address: 127.0.0.1:9003}
consumers:
  - {name: mobile, keys: [secret-1]}
mocks:
  - {name: a1, bind: 127.0.0.1:9001, latency: {distribution: constant, value: 5ms}, errors: {share: 1%}}
traffic:
  - name: rush
    target: api
    duration: 10s
    arrivals: {process: poisson, rate: 50/s}
    requests:
      - {path: /user}
      - {path: "/user/{id}", vars: {id: {uniform: {from: 1, to: 9}}}}
)";

/// A document and the inspector that shows one element of it.
struct Bench {
    SiteDocument document{catalog::builtinCatalog()};
    EngineBridge bridge;
    Inspector inspector{document, bridge};

    explicit Bench(const QString& path)
    {
        document.setSite(site::readSite(kSite, "test.yaml", catalog::builtinCatalog()).site, QStringLiteral("test"));
        inspector.resize(340, 900);
        inspector.show(path);
        inspector.QWidget::show();
    }
    template <typename Widget>
    Widget* find(const QString& name)
    {
        // What a rebuild has put aside still lives until the event loop turns.
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        return inspector.findChild<Widget*>(name);
    }
    [[nodiscard]] QString text(const QString& path) const
    {
        const Value* value = site::valueAt(document.site(), path.toStdString());
        return value != nullptr ? QString::fromStdString(value->text()) : QStringLiteral("(absent)");
    }
    [[nodiscard]] std::string all() const { return site::writeSite(document.site()); }
};

void type(QLineEdit* line, const QString& text)
{
    line->setFocus();
    line->selectAll();
    QTest::keyClicks(line, text);
}

void choose(QComboBox* combo, const QString& word)
{
    const int index = combo->findData(word);
    QVERIFY2(index >= 0, qPrintable(word));
    combo->setCurrentIndex(index);
    Q_EMIT combo->activated(index);
}

}  // namespace

class tst_ParamForm : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::instance().install(ThemeChoice::Light); }

    void aLineIsTypedAndResetAndUndone_data()
    {
        QTest::addColumn<QString>("element");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("wrong");
        const auto row = [](const char* name, const char* element, const char* path, const char* typed, const char* wrong) {
            QTest::newRow(name) << QString::fromLatin1(element) << QString::fromLatin1(path) << QString::fromLatin1(typed) << QString::fromLatin1(wrong);
        };
        row("an integer", "mocks/a1", "mocks/a1/workers", "12", "many");
        row("a duration", "traffic/rush", "traffic/rush/duration", "45s", "10 parsecs");
        row("a rate of a policy", "listeners/api/routes/users", "listeners/api/routes/users/policies/0/rate-limit/rate", "75/s", "fast");
        row("a size", "mocks/a1", "mocks/a1/respond/bytes", "4KiB", "big");
        row("a share", "mocks/a1", "mocks/a1/errors/share", "2.5%", "half");
        row("a number", "traffic/rush", "traffic/rush/requests/0/weight", "2.5", "lots");
        row("an address", "listeners/api", "listeners/api/bind", "127.0.0.1:9999", "nowhere");
        row("a text", "listeners/api/routes/users", "listeners/api/routes/users/match/path", "/people", "");
        row("a pattern", "listeners/api/routes/users", "listeners/api/routes/users/match/path_regex", "/u[0-9]+", "");
        row("an integer of a backend", "pools/shop/backends/a1", "pools/shop/backends/a1/weight", "3", "heavy");
        row("a duration of a distribution", "mocks/a1", "mocks/a1/latency/value", "9ms", "slow");
    }
    void aLineIsTypedAndResetAndUndone()
    {
        QFETCH(QString, element);
        QFETCH(QString, path);
        QFETCH(QString, typed);
        QFETCH(QString, wrong);
        Bench bench(element);
        const std::string before = bench.all();
        const QString stored = bench.text(path);
        auto* line = bench.find<QLineEdit>(QStringLiteral("field-") + path);
        QVERIFY2(line != nullptr, "the form has a line for it");
        QVERIFY(!line->toolTip().isEmpty());
        type(line, typed);
        QCOMPARE(bench.text(path), typed);
        QCOMPARE(bench.document.undoStack().count(), 1);
        if (!wrong.isEmpty()) {
            type(line, wrong);
            QVERIFY2(bench.text(path) != wrong, "what does not fit is not taken over");
            auto* error = bench.find<QLabel>(QStringLiteral("error-") + path);
            QVERIFY(!error->text().isEmpty());
            QVERIFY(!error->parentWidget()->isHidden());
            type(line, typed);
        }
        while (bench.document.undoStack().canUndo()) {
            bench.document.undoStack().undo();
        }
        QCOMPARE(bench.all(), before);
        line = bench.find<QLineEdit>(QStringLiteral("field-") + path);
        QCOMPARE(line->text(), stored == u"(absent)" ? QString() : stored);
    }

    void theDotTakesAValueAway()
    {
        Bench bench(QStringLiteral("mocks/a1"));
        const QString path = QStringLiteral("mocks/a1/workers");
        auto* dot = bench.find<QToolButton>(QStringLiteral("reset-") + path);
        QVERIFY(dot->isHidden());
        type(bench.find<QLineEdit>(QStringLiteral("field-") + path), QStringLiteral("12"));
        QVERIFY(!dot->isHidden());
        dot->click();
        QCOMPARE(bench.text(path), QStringLiteral("(absent)"));
        QVERIFY(dot->isHidden());
        QCOMPARE(bench.find<QLineEdit>(QStringLiteral("field-") + path)->placeholderText(), QStringLiteral("8"));
        bench.document.undoStack().undo();
        QCOMPARE(bench.text(path), QStringLiteral("12"));
    }

    void aCheckBoxWritesTrueAndFalse()
    {
        Bench bench(QStringLiteral("listeners/api"));
        const QString path = QStringLiteral("listeners/api/debug_headers");
        auto* box = bench.find<QCheckBox>(QStringLiteral("field-") + path);
        QVERIFY(!box->isChecked());
        box->click();
        QCOMPARE(bench.text(path), QStringLiteral("true"));
        bench.document.undoStack().undo();
        QVERIFY(!box->isChecked());
    }

    void aChoiceAndAReferenceAreChosen()
    {
        Bench bench(QStringLiteral("listeners/api"));
        choose(bench.find<QComboBox>(QStringLiteral("field-listeners/api/role")), QStringLiteral("load-balancer"));
        QCOMPARE(bench.text(QStringLiteral("listeners/api/role")), QStringLiteral("load-balancer"));
        bench.inspector.show(QStringLiteral("listeners/api/routes/users"));
        const QString path = QStringLiteral("listeners/api/routes/users/pool");
        auto* combo = bench.find<QComboBox>(QStringLiteral("field-") + path);
        choose(combo, QStringLiteral("next"));
        QCOMPARE(bench.text(path), QStringLiteral("next"));
        choose(combo, QString());
        QCOMPARE(bench.text(path), QStringLiteral("(absent)"));
    }

    void aBackendsAddressOffersMocksAndTakesOthers()
    {
        Bench bench(QStringLiteral("pools/shop/backends/a2"));
        const QString path = QStringLiteral("pools/shop/backends/a2/address");
        auto* combo = bench.find<QComboBox>(QStringLiteral("field-") + path);
        QVERIFY(combo->findData(QStringLiteral("mock:a1")) >= 0);
        type(combo->lineEdit(), QStringLiteral("127.0.0.1:7777"));
        QCOMPARE(bench.text(path), QStringLiteral("127.0.0.1:7777"));
    }

    void aFamilyChangesItsFormAndKeepsWhatBothKnow()
    {
        Bench bench(QStringLiteral("traffic/rush"));
        const QString path = QStringLiteral("traffic/rush/arrivals");
        choose(bench.find<QComboBox>(QStringLiteral("field-") + path), QStringLiteral("constant"));
        QCOMPARE(bench.text(path + QStringLiteral("/process")), QStringLiteral("constant"));
        QCOMPARE(bench.text(path + QStringLiteral("/rate")), QStringLiteral("50/s"));
        bench.document.undoStack().undo();
        QCOMPARE(bench.text(path + QStringLiteral("/process")), QStringLiteral("poisson"));
    }

    void aBareAlgorithmBecomesAMapWhenItGetsAParameter()
    {
        Bench bench(QStringLiteral("pools/shop"));
        const QString path = QStringLiteral("pools/shop/balance");
        const site::Catalog& catalog = catalog::builtinCatalog();
        for (const ObjectSpec* member : catalog.family("balancer")->members) {
            const QString id = QString::fromUtf8(member->id.data(), static_cast<qsizetype>(member->id.size()));
            choose(bench.find<QComboBox>(QStringLiteral("field-") + path), id);
            const auto integer = std::ranges::find(member->params, ParamKind::Integer, &ParamSpec::kind);
            if (integer == member->params.end() || integer->advanced) {
                continue;
            }
            const QString key = path + u'/' + QString::fromUtf8(integer->key.data(), static_cast<qsizetype>(integer->key.size()));
            auto* line = bench.find<QLineEdit>(QStringLiteral("field-") + key);
            QVERIFY(line != nullptr);
            const QString typed = QString::number(static_cast<qlonglong>(integer->min) + 3);
            type(line, typed);
            QCOMPARE(bench.text(key), typed);
            QCOMPARE(bench.text(path + QStringLiteral("/algorithm")), id);
        }
    }

    void policiesAreAddedMovedAndRemoved()
    {
        Bench bench(QStringLiteral("listeners/api/routes/users"));
        const QString path = QStringLiteral("listeners/api/routes/users/policies");
        auto* action = bench.find<QAction>(QStringLiteral("add-%1-api-key").arg(path));
        QVERIFY(action != nullptr);
        QVERIFY(!action->toolTip().isEmpty());
        action->trigger();
        const Value* list = site::valueAt(bench.document.site(), path.toStdString());
        QCOMPARE(list->items().size(), std::size_t{3});
        bench.find<QToolButton>(QStringLiteral("up-%1-2").arg(path))->click();
        list = site::valueAt(bench.document.site(), path.toStdString());
        QCOMPARE(list->items()[1].members().front().first, std::string("api-key"));
        bench.find<QToolButton>(QStringLiteral("remove-%1-0").arg(path))->click();
        list = site::valueAt(bench.document.site(), path.toStdString());
        QCOMPARE(list->items().size(), std::size_t{2});
        QCOMPARE(list->items()[0].members().front().first, std::string("api-key"));
        QCOMPARE(bench.document.undoStack().count(), 3);
    }

    void listsAndMapsOfTextsAreEdited()
    {
        Bench bench(QStringLiteral("listeners/api/routes/users"));
        const QString methods = QStringLiteral("listeners/api/routes/users/match/method");
        type(bench.find<QLineEdit>(QStringLiteral("item-%1-1").arg(methods)), QStringLiteral("PUT"));
        QCOMPARE(bench.text(methods + QStringLiteral("/1")), QStringLiteral("PUT"));
        bench.find<QToolButton>(QStringLiteral("remove-%1-0").arg(methods))->click();
        QCOMPARE(bench.text(methods + QStringLiteral("/0")), QStringLiteral("PUT"));
        bench.inspector.show(QStringLiteral("listeners/api/routes/hello"));
        const QString headers = QStringLiteral("listeners/api/routes/hello/respond/headers");
        type(bench.find<QLineEdit>(QStringLiteral("value-%1-0").arg(headers)), QStringLiteral("text/html"));
        QCOMPARE(bench.text(headers + QStringLiteral("/Content-Type")), QStringLiteral("text/html"));
    }

    void aSecretIsMasked()
    {
        Bench bench(QStringLiteral("consumers/mobile"));
        auto* line = bench.find<QLineEdit>(QStringLiteral("item-consumers/mobile/keys-0"));
        QVERIFY(line->echoMode() != QLineEdit::Normal);
        type(line, QStringLiteral("secret-2"));
        QVERIFY(!bench.document.undoStack().undoText().contains(QStringLiteral("secret")));
    }

    void freeFormValuesAreYaml()
    {
        Bench bench(QStringLiteral("traffic/rush"));
        const QString path = QStringLiteral("traffic/rush/requests/1/vars");
        auto* editor = bench.find<QPlainTextEdit>(QStringLiteral("field-") + path);
        QVERIFY(editor->toPlainText().contains(QStringLiteral("uniform")));
        editor->setPlainText(QStringLiteral("id: {uniform: {from: 1, to: 99}}"));
        QTest::keyClick(editor, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(bench.text(path + QStringLiteral("/id/uniform/to")), QStringLiteral("99"));
        editor->setPlainText(QStringLiteral("id: {uniform"));
        auto* error = bench.find<QLabel>(QStringLiteral("error-") + path);
        QVERIFY(error->text().startsWith(QStringLiteral("Line ")));
    }

    void backendsAreATable()
    {
        Bench bench(QStringLiteral("pools/shop"));
        auto* table = bench.find<QTableWidget>(QStringLiteral("table-pools/shop/backends"));
        QCOMPARE(table->rowCount(), 2);
        table->item(1, 2)->setText(QStringLiteral("5"));
        QCOMPARE(bench.text(QStringLiteral("pools/shop/backends/a2/weight")), QStringLiteral("5"));
        table->item(1, 2)->setText(QStringLiteral("heavy"));
        QCOMPARE(table->item(1, 2)->text(), QStringLiteral("5"));
        bench.find<QToolButton>(QStringLiteral("add-pools/shop/backends"))->click();
        QCOMPARE(table->rowCount(), 3);
        QSignalSpy spy(&bench.inspector, &Inspector::navigated);
        table->setCurrentCell(0, 0);
        bench.find<QToolButton>(QStringLiteral("open-pools/shop/backends"))->click();
        QCOMPARE(spy.count(), 1);
        QCOMPARE(bench.inspector.path(), QStringLiteral("pools/shop/backends/a1"));
    }

    void aNewNameIsFollowedByWhatRefersToIt()
    {
        Bench bench(QStringLiteral("pools/shop"));
        auto* name = bench.find<QLineEdit>(QStringLiteral("inspector-name"));
        type(name, QStringLiteral("store"));
        QTest::keyClick(name, Qt::Key_Return);
        QCOMPARE(bench.inspector.path(), QStringLiteral("pools/store"));
        QCOMPARE(bench.text(QStringLiteral("listeners/api/routes/users/pool")), QStringLiteral("store"));
        type(name, QStringLiteral("next"));
        QTest::keyClick(name, Qt::Key_Return);
        QCOMPARE(bench.inspector.path(), QStringLiteral("pools/store"));
    }

    void theMockBehindABackendIsEditedThereToo()
    {
        Bench bench(QStringLiteral("pools/shop/backends/a1"));
        auto* line = bench.find<QLineEdit>(QStringLiteral("field-mocks/a1/workers"));
        QVERIFY(line != nullptr);
        type(line, QStringLiteral("4"));
        QCOMPARE(bench.text(QStringLiteral("mocks/a1/workers")), QStringLiteral("4"));
        bench.find<QCheckBox>(QStringLiteral("fault-down"))->click();
        QVERIFY(bench.bridge.mockFault(QStringLiteral("a1")).down);
        bench.find<QPushButton>(QStringLiteral("fault-off"))->click();
        QCOMPARE(bench.bridge.faultCount(), 0);
    }

    void whatALaterVersionBringsIsNotShown()
    {
        Bench bench(QStringLiteral("pools/shop"));
        QVERIFY(bench.find<QWidget>(QStringLiteral("row-pools/shop/tls")) == nullptr);
        QVERIFY(bench.find<QWidget>(QStringLiteral("row-pools/shop/balance")) != nullptr);
    }

    void yamlIsTakenOverAsOneStep()
    {
        Bench bench(QStringLiteral("pools/shop/backends/a2"));
        auto* editor = bench.find<QPlainTextEdit>(QStringLiteral("yaml-text"));
        QVERIFY(editor->toPlainText().contains(QStringLiteral("9002")));
        editor->setPlainText(QStringLiteral("name: a2\naddress: 127.0.0.1:9005\nweight: 7\n"));
        QTest::keyClick(editor, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(bench.text(QStringLiteral("pools/shop/backends/a2/weight")), QStringLiteral("7"));
        QCOMPARE(bench.document.undoStack().count(), 1);
        editor->setPlainText(QStringLiteral("name: a2\naddress: 127.0.0.1:9005\nweight: heavy\n"));
        auto* message = bench.find<QLabel>(QStringLiteral("yaml-message"));
        QVERIFY2(message->text().startsWith(QStringLiteral("Line 3")), qPrintable(message->text()));
        editor->setPlainText(QStringLiteral("name: [a2\n"));
        QTest::keyClick(editor, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(bench.document.undoStack().count(), 1);
        bench.document.undoStack().undo();
        QCOMPARE(bench.text(QStringLiteral("pools/shop/backends/a2/weight")), QStringLiteral("(absent)"));
    }

    void everyElementOfTheSiteHasAFormThatUndoesNothingByItself()
    {
        Bench bench(QString{});
        const std::string before = bench.all();
        const QStringList paths{QStringLiteral("listeners/api"), QStringLiteral("listeners/api/routes/hello"), QStringLiteral("pools/next"),
                                QStringLiteral("pools/next/backends/b1"), QStringLiteral("consumers/mobile"), QStringLiteral("mocks/a1"),
                                QStringLiteral("traffic/rush"), QStringLiteral("pools/none"), QString()};
        for (const QString& path : paths) {
            bench.inspector.show(path);
            QCoreApplication::processEvents();
        }
        QCOMPARE(bench.all(), before);
        QCOMPARE(bench.document.undoStack().count(), 0);
    }
};

QTEST_MAIN(tst_ParamForm)
#include "tst_param_form.moc"
