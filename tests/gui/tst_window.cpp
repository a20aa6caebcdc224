#include <QApplication>
#include <QFile>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QtTest>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/catalog/builtin_catalog.h"
#include "ui/shell/fuzzy.h"
#include "ui/shell/main_window.h"
#include "ui/shell/shortcut_sheet.h"

using namespace signalbox;
using namespace signalbox::ui;

namespace {

/// The templates have fixed ports, which another test may hold: every address gets a free one.
site::Site withFreePorts(site::Site site)
{
    std::map<std::string, std::string> mockOf;
    for (const char* list : {"mocks", "listeners"}) {
        Value* elements = site.root.find(list);
        for (Value& element : elements->items()) {
            Value* bind = element.find("bind");
            mockOf[bind->text()] =
                std::string(list == std::string("mocks") ? "mock:" : "listener:") + site::Site::nameOf(element);
            *bind = Value::scalar("127.0.0.1:0");
        }
    }
    for (Value& pool : site.root.find("pools")->items()) {
        for (Value& backend : pool.find("backends")->items()) {
            Value* address = backend.find("address");
            if (const auto it = mockOf.find(address->text()); it != mockOf.end()) {
                *address = Value::scalar(it->second);
            }
        }
    }
    return site;
}

std::uint64_t requestsOf(EngineBridge& bridge)
{
    std::uint64_t sum = 0;
    if (const auto snapshot = bridge.snapshot()) {
        for (const auto& slot : snapshot->slots) {
            sum += slot.scope == stats::Scope::Listener ? slot.value(stats::Counter::Requests) : 0;
        }
    }
    return sum;
}

/// A listening socket that stands in the way.
class TakenPort {
public:
    TakenPort()
    {
        m_fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        if (::bind(m_fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(m_fd, 1) != 0 ||
            ::getsockname(m_fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
            qFatal("no port");
        }
        m_port = ntohs(address.sin_port);
    }
    ~TakenPort() { ::close(m_fd); }
    [[nodiscard]] int port() const { return m_port; }

private:
    int m_fd = -1;
    int m_port = 0;
};

}  // namespace

class TestWindow : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void aTemplateOpensFromTheWelcomePage();
    void aSiteRunsTakesTrafficAndStops();
    void editsAreAppliedWhileItRuns();
    void aBrokenEditIsNotApplied();
    void editsAreUndoneFromTheMenu();
    void sitesAreSavedAndUnsavedOnesAskedFor();
    void problemsLeadToTheirNode();
    void thePaletteFindsCommandsNodesAndTemplates();
    void aTakenPortIsSaidAndAnotherIsUsed();
    void aTraceIsReplayed();
    void modesShowTheirOwnPanels();
    void aNarrowWindowFoldsTheInspectorAway();
    void themesSwitchBackAndForth();
    void everyControlHasANameAndRoom();
    void fuzzyMatching_data();
    void fuzzyMatching();

private:
    template <typename T = QWidget>
    T* child(const char* name)
    {
        auto* found = m_window->findChild<T*>(QString::fromLatin1(name));
        if (found == nullptr) {
            qFatal("no control named %s", name);
        }
        return found;
    }
    void click(const char* name) { QTest::mouseClick(child(name), Qt::LeftButton); }
    void openTemplate(const QString& id);
    void startAndWait();

    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<MainWindow> m_window;
};

void TestWindow::init()
{
    m_settings = std::make_unique<Settings>(false);
    m_settings->setMotion(MotionChoice::None);
    m_window = std::make_unique<MainWindow>(catalog::builtinCatalog(), *m_settings);
    m_window->files().setAsk([] { return FileController::Answer::Discard; });
    m_window->resize(1440, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TestWindow::cleanup()
{
    m_window.reset();
    m_settings.reset();
}

void TestWindow::openTemplate(const QString& id)
{
    m_window->openTemplate(id);
    m_window->document().setSite(withFreePorts(m_window->document().site()), id);
    QVERIFY2(!m_window->document().hasErrors(), site::format(m_window->document().problems(), "").c_str());
}

void TestWindow::startAndWait()
{
    click("runButton");
    QTRY_VERIFY2_WITH_TIMEOUT(m_window->bridge().isRunning(), qPrintable(m_window->workspace().messages().text()),
                              10000);
}

void TestWindow::aTemplateOpensFromTheWelcomePage()
{
    QVERIFY(!m_window->siteOpen());
    QVERIFY(!child<QPushButton>("runButton")->isEnabled());
    for (const char* name : {"template-load-balancer", "template-api-gateway", "template-gateway-and-balancers",
                             "template-side-by-side"}) {
        QVERIFY(child<QAbstractButton>(name)->isVisible());
    }
    click("template-side-by-side");
    QVERIFY(m_window->siteOpen());
    QVERIFY(m_window->windowTitle().startsWith(QLatin1String("Side by side")));
    QCOMPARE(m_window->document().site().list("listeners").size(), std::size_t{2});
    QVERIFY(!m_window->workspace().canvas().model().nodes.empty());
    QVERIFY(child<QPushButton>("runButton")->isEnabled());
}

void TestWindow::aSiteRunsTakesTrafficAndStops()
{
    openTemplate(QStringLiteral("load-balancer"));
    startAndWait();
    QCOMPARE(m_window->workspace().mode(), Mode::Run);
    QVERIFY(child<EngineChip>("engineChip")->text().startsWith(QLatin1String("REAL ENGINE  127.0.0.1:")));
    QSignalSpy traces(&m_window->bridge(), &EngineBridge::tracesTaken);
    click("trafficToggle");
    QTRY_VERIFY_WITH_TIMEOUT(requestsOf(m_window->bridge()) > 50, 15000);
    QTRY_VERIFY(!traces.isEmpty());
    QCOMPARE(child<QPushButton>("trafficToggle")->text(), QStringLiteral("Stop traffic"));
    QSignalSpy finished(&m_window->bridge(), &EngineBridge::trafficFinished);
    click("trafficToggle");
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 15000);
    QVERIFY(m_window->bridge().runningTraffic().isEmpty());
    click("runButton");
    QTRY_COMPARE_WITH_TIMEOUT(m_window->bridge().state(), EngineBridge::State::Stopped, 10000);
    QCOMPARE(child<EngineChip>("engineChip")->text(), QStringLiteral("STOPPED"));
}

void TestWindow::editsAreAppliedWhileItRuns()
{
    openTemplate(QStringLiteral("load-balancer"));
    startAndWait();
    auto* apply = child<QPushButton>("applyButton");
    QVERIFY(!apply->isVisible());
    const auto& pool = m_window->document().site().list("pools").front();
    const QString path =
        QStringLiteral("pools/%1/backends/0/weight").arg(QString::fromStdString(site::Site::nameOf(pool)));
    m_window->document().setValue(path, Value::scalar("7"), QStringLiteral("set weight"));
    QVERIFY(apply->isVisible());
    QCOMPARE(apply->text(), QStringLiteral("Apply 1"));
    QSignalSpy applied(&m_window->bridge(), &EngineBridge::applied);
    click("applyButton");
    click("applyConfirm");
    QTRY_COMPARE_WITH_TIMEOUT(applied.size(), 1, 10000);
    QVERIFY(!apply->isVisible());
    QVERIFY(m_window->bridge().runningSite() == m_window->document().site());
}

void TestWindow::aBrokenEditIsNotApplied()
{
    openTemplate(QStringLiteral("load-balancer"));
    startAndWait();
    const site::Site good = m_window->document().site();
    m_window->document().setValue(QStringLiteral("listeners/lb/pool"), Value::scalar("nowhere"),
                                  QStringLiteral("break"));
    click("applyButton");
    QVERIFY(!child<QPushButton>("applyConfirm")->isEnabled());
    QVERIFY(child<QPushButton>("applyShowProblems")->isVisible());
    click("revertToRunning");
    QVERIFY(m_window->document().site() == good);
    m_window->document().undoStack().undo();
    QSignalSpy failed(&m_window->bridge(), &EngineBridge::applyFailed);
    m_window->bridge().apply(m_window->document().site());
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 10000);
    QVERIFY(m_window->bridge().isRunning());
    QVERIFY(m_window->bridge().runningSite() == good);
    QVERIFY(m_window->workspace().messages().isVisible());
}

void TestWindow::editsAreUndoneFromTheMenu()
{
    openTemplate(QStringLiteral("load-balancer"));
    auto* undo = m_window->actionRegistry().find(QStringLiteral("edit.undo"));
    QVERIFY(!undo->isEnabled());
    const site::Site before = m_window->document().site();
    m_window->actionRegistry().find(QStringLiteral("edit.addPool"))->trigger();
    QVERIFY(m_window->document().site().list("pools").size() == before.list("pools").size() + 1);
    QVERIFY(m_window->isWindowModified());
    QVERIFY(undo->isEnabled());
    while (undo->isEnabled()) {
        undo->trigger();
    }
    QVERIFY(m_window->document().site() == before);
    QVERIFY(!m_window->isWindowModified());
}

void TestWindow::sitesAreSavedAndUnsavedOnesAskedFor()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("mine.yaml"));
    openTemplate(QStringLiteral("load-balancer"));
    QString error;
    QVERIFY2(m_window->document().saveAs(file, &error), qPrintable(error));
    m_window->document().setValue(QStringLiteral("canvas/lb"), Value::scalar("1"), QStringLiteral("edit"));
    QVERIFY(m_window->windowTitle().startsWith(QLatin1String("mine.yaml")));
    int asked = 0;
    m_window->files().setAsk([&asked] {
        ++asked;
        return FileController::Answer::Cancel;
    });
    QVERIFY(!m_window->close());
    QCOMPARE(asked, 1);
    m_window->actionRegistry().find(QStringLiteral("file.save"))->trigger();
    QVERIFY(!m_window->isWindowModified());
    QFile saved(file);
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QCOMPARE(saved.readAll().toStdString(), site::writeSite(m_window->document().site()));
    QVERIFY(m_window->close());
    QCOMPARE(asked, 1);
}

void TestWindow::problemsLeadToTheirNode()
{
    openTemplate(QStringLiteral("load-balancer"));
    m_window->document().setValue(QStringLiteral("listeners/lb/pool"), Value::scalar("nowhere"),
                                  QStringLiteral("break"));
    m_window->workspace().showDrawerTab(Workspace::DrawerTab::Problems);
    auto* table = child<QTableView>("problemsTable");
    QTRY_VERIFY(table->isVisible());
    QVERIFY(table->model()->rowCount() > 0);
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(0, 0)).center());
    QCOMPARE(m_window->workspace().selection(), QStringList{QStringLiteral("listeners/lb")});
}

void TestWindow::thePaletteFindsCommandsNodesAndTemplates()
{
    openTemplate(QStringLiteral("load-balancer"));
    click("commandBox");
    auto* palette = child("commandPalette");
    QVERIFY(palette->isVisible());
    auto* search = child<QLineEdit>("paletteSearch");
    QTest::keyClicks(search, QStringLiteral("replay"));
    QTest::keyClick(search, Qt::Key_Return);
    QVERIFY(!palette->isVisible());
    QCOMPARE(m_window->workspace().mode(), Mode::Replay);
    click("commandBox");
    QTest::keyClicks(search, QStringLiteral("listeners lb"));
    auto* list = child<QListWidget>("paletteList");
    QVERIFY(list->count() >= 1);
    search->clear();
    QTest::keyClicks(search, QStringLiteral("API gate"));
    QCOMPARE(list->item(0)->text(), QStringLiteral("API gateway"));
    QTest::keyClick(search, Qt::Key_Return);
    QVERIFY(m_window->windowTitle().startsWith(QLatin1String("API gateway")));
}

void TestWindow::aTakenPortIsSaidAndAnotherIsUsed()
{
    const TakenPort taken;
    openTemplate(QStringLiteral("load-balancer"));
    m_window->document().setValue(QStringLiteral("listeners/lb/bind"),
                                  Value::scalar("127.0.0.1:" + std::to_string(taken.port())), QStringLiteral("set"));
    QSignalSpy failed(&m_window->bridge(), &EngineBridge::startFailed);
    click("runButton");
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 10000);
    QVERIFY2(m_window->workspace().messages().text().contains(QLatin1String("SB-101")),
             qPrintable(m_window->workspace().messages().text()));
    QCOMPARE(m_window->bridge().state(), EngineBridge::State::Stopped);
    auto* choice = m_window->workspace().messages().findChild<QPushButton*>(QStringLiteral("messageChoice"));
    QVERIFY(choice != nullptr);
    QCOMPARE(choice->text(), QStringLiteral("Use another port"));
    QTest::mouseClick(choice, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->bridge().isRunning(), 10000);
}

void TestWindow::aTraceIsReplayed()
{
    QTemporaryDir folder;
    QFile log(folder.filePath(QStringLiteral("access.log")));
    QVERIFY(log.open(QIODevice::WriteOnly));
    for (int i = 0; i < 40; ++i) {
        log.write(QStringLiteral("10.0.0.%1 - - [01/Jul/1995:00:00:%2 -0400] \"GET /item/%3 HTTP/1.0\" 200 10\n")
                      .arg(i % 4 + 1)
                      .arg(i / 10, 2, 10, QLatin1Char('0'))
                      .arg(i)
                      .toLatin1());
    }
    log.write("this is no log line\n");
    log.close();
    openTemplate(QStringLiteral("load-balancer"));
    click("modeReplay");
    QCOMPARE(m_window->workspace().mode(), Mode::Replay);
    QVERIFY(!child<QToolButton>("replayPlay")->isEnabled());
    m_window->workspace().replay().open(log.fileName());
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workspace().replay().trace() != nullptr, 10000);
    QCOMPARE(child<QListWidget>("skippedLines")->count(), 1);
    child<QComboBox>("replaySpeed")->setCurrentIndex(child<QComboBox>("replaySpeed")->count() - 1);
    click("replayPlay");
    QTRY_VERIFY_WITH_TIMEOUT(m_window->workspace().replay().progress().finished, 20000);
    QCOMPARE(m_window->workspace().replay().progress().sent, std::uint64_t{40});
    QCOMPARE(m_window->workspace().replay().progress().answered, std::uint64_t{40});
    QTRY_COMPARE(requestsOf(m_window->bridge()), std::uint64_t{40});
}

void TestWindow::modesShowTheirOwnPanels()
{
    openTemplate(QStringLiteral("api-gateway"));
    m_window->workspace().select({QStringLiteral("listeners/api")});
    m_window->setMode(Mode::Design);
    QVERIFY(!child("runBar")->isVisible());
    QVERIFY(!child("replayBar")->isVisible());
    m_window->setMode(Mode::Run);
    QVERIFY(child("runBar")->isVisible());
    m_window->setMode(Mode::Replay);
    QVERIFY(child("replayBar")->isVisible());
    QVERIFY(child("replayPanel")->isVisible());
    QCOMPARE(m_window->workspace().selection(), QStringList{QStringLiteral("listeners/api")});
}

void TestWindow::aNarrowWindowFoldsTheInspectorAway()
{
    openTemplate(QStringLiteral("api-gateway"));
    QVERIFY(m_window->workspace().inspectorShown());
    m_window->resize(1024, 640);
    QTRY_VERIFY(!m_window->workspace().inspectorShown());
    m_window->actionRegistry().find(QStringLiteral("view.inspector"))->trigger();
    QVERIFY(m_window->workspace().inspectorShown());
    const QWidget* host = child("inspectorHost");
    QCOMPARE(host->mapTo(m_window.get(), QPoint(host->width(), 0)).x(), m_window->width());
    m_window->resize(1440, 900);
    QTRY_VERIFY(m_window->workspace().inspectorShown());
}

void TestWindow::themesSwitchBackAndForth()
{
    openTemplate(QStringLiteral("load-balancer"));
    m_settings->setTheme(ThemeChoice::Light);
    // The first layouts and fits are queued.
    QTRY_VERIFY(m_window->grab().toImage() == m_window->grab().toImage());
    QCoreApplication::processEvents();
    const QImage light = m_window->grab().toImage();
    for (int i = 0; i < 5; ++i) {
        m_settings->setTheme(ThemeChoice::Dark);
        QVERIFY(m_window->grab().toImage() != light);
        m_settings->setTheme(ThemeChoice::Light);
    }
    QTRY_VERIFY(m_window->grab().toImage() == light);
}

void TestWindow::everyControlHasANameAndRoom()
{
    openTemplate(QStringLiteral("load-balancer"));
    m_window->setMode(Mode::Run);
    int seen = 0;
    for (const char* area : {"topBar", "modeRail", "runBar"}) {
        for (auto* button : child(area)->findChildren<QAbstractButton*>()) {
            if (button->isVisible()) {
                QVERIFY2(!button->accessibleName().isEmpty(), qPrintable(button->objectName()));
                QVERIFY2(!button->toolTip().isEmpty(), qPrintable(button->objectName()));
                QVERIFY2(button->width() >= 28 && button->height() >= 28, qPrintable(button->objectName()));
                ++seen;
            }
        }
    }
    QVERIFY(seen >= 8);
    ShortcutSheet sheet(m_window->actionRegistry(), m_window.get());
    for (const auto& entry : m_window->actionRegistry().all()) {
        QVERIFY2(!entry.action->toolTip().isEmpty(), qPrintable(entry.spec.id));
    }
}

void TestWindow::fuzzyMatching_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("better");
    QTest::addColumn<QString>("worse");
    QTest::newRow("starts of words count more")
        << QStringLiteral("tl") << QStringLiteral("Tidy layout") << QStringLiteral("Settle");
    QTest::newRow("letters together count more")
        << QStringLiteral("run") << QStringLiteral("Run") << QStringLiteral("Redo until now");
    QTest::newRow("the shorter of two that match alike")
        << QStringLiteral("pool") << QStringLiteral("pool") << QStringLiteral("pool of users");
    QTest::newRow("what does not match at all is not found")
        << QStringLiteral("xyz") << QString() << QStringLiteral("Tidy layout");
}

void TestWindow::fuzzyMatching()
{
    QFETCH(QString, pattern);
    QFETCH(QString, better);
    QFETCH(QString, worse);
    if (better.isEmpty()) {
        QVERIFY(!fuzzyScore(pattern, worse));
        return;
    }
    const auto a = fuzzyScore(pattern, better);
    const auto b = fuzzyScore(pattern, worse);
    QVERIFY(a.has_value());
    QVERIFY(!b || *a > *b);
}

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    Theme::instance().install(ThemeChoice::Light);
    TestWindow test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_window.moc"
