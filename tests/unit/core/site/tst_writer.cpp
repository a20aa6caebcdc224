#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "core/base/rng.h"
#include "core/site/site.h"
#include "tests/support/test_catalog.h"

using namespace signalbox;

namespace {

site::Site siteOf(const std::string& text)
{
    return site::readSite(text, "s.yaml", test::testCatalog()).site;
}

bool isText(const std::vector<site::Problem>& problems)
{
    for (const auto& problem : problems) {
        if (problem.code == "SB-501" || problem.code == "SB-502" || problem.code == "SB-508") {
            return false;
        }
    }
    return true;
}

/// Random documents from an alphabet of everything that YAML treats specially.
class Garden {
public:
    explicit Garden(std::uint64_t seed) : m_rng(seed) {}

    Value map(int depth)
    {
        Value out = Value::map();
        out.style = style();
        for (std::uint64_t n = m_rng.below(5); n > 0; --n) {
            out.set(text(), value(depth));
        }
        return out;
    }

private:
    Value::Style style() { return static_cast<Value::Style>(m_rng.below(3)); }

    Value value(int depth)
    {
        switch (depth > 0 ? m_rng.below(5) : m_rng.below(3)) {
            case 0: return {};
            case 1:
            case 2: {
                Value scalar = Value::scalar(text(), m_rng.below(3) == 0);
                if (m_rng.below(6) == 0) {
                    scalar.trailing = " a comment: # [with] 'everything'";
                }
                return scalar;
            }
            case 3: {
                Value list = Value::list();
                list.style = style();
                for (std::uint64_t n = m_rng.below(4); n > 0; --n) {
                    list.append(value(depth - 1));
                }
                return list;
            }
            default: {
                Value out = map(depth - 1);
                if (m_rng.below(4) == 0) {
                    out.comments = {" one", "\n", " two"};
                }
                return out;
            }
        }
    }

    std::string text()
    {
        static const std::vector<std::string> kPieces{
            "a",    "B",    "0",   "1.5",  "-",    "--",    ":",      ": ",       " ",           "#",  " #",
            "'",    "\"",   "\\",  "\n",   "\n\n", "\t",    ",",      "[",        "]",           "{",  "}",
            "&",    "*",    "!",   "|",    ">",    "%",     "@",      "`",        "?",           "? ", "~",
            "null", "true", "yes", "é",    "日",   "😀",     "\x01",   "\x7f",     "\r",          "=",  "<<",
            "---",  "...",  "$",   "a: b", "key:", " lead", "trail ", "\xC2\x85", "\xE2\x80\xA8"};
        std::string out;
        for (std::uint64_t n = m_rng.below(5); n > 0; --n) {
            out += kPieces[m_rng.below(kPieces.size())];
        }
        return out;
    }

    Rng m_rng;
};

}  // namespace

class TestWriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void randomDocumentsReadBackEqual();
    void scalarsAreQuotedOnlyWhenNeeded_data();
    void scalarsAreQuotedOnlyWhenNeeded();
    void aFileWrittenByHandComesBackAsItWas();
    void theTemplatesComeBackUnchanged_data();
    void theTemplatesComeBackUnchanged();
    void newValuesTakeAStyleThatReadsWell();
    void savingReplacesTheWholeFileAndKeepsItsPermissions();
};

void TestWriter::randomDocumentsReadBackEqual()
{
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        site::Site before;
        before.root = Garden(seed).map(4);
        const std::string text = site::writeSite(before);
        const auto back = site::readSite(text, "s.yaml", test::testCatalog());
        QVERIFY2(isText(back.problems), (site::format(back.problems, "s.yaml") + text).c_str());
        QVERIFY2(back.site == before, (std::to_string(seed) + "\n" + text).c_str());
        // A second round changes nothing at all: comments, quotes and styles have settled.
        const std::string again = site::writeSite(back.site);
        const std::string third = site::writeSite(siteOf(again));
        QCOMPARE(QByteArray::fromStdString(third), QByteArray::fromStdString(again));
    }
}

void TestWriter::scalarsAreQuotedOnlyWhenNeeded_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("block");
    QTest::addColumn<QByteArray>("flow");
    const auto row = [](const char* name, const char* text, const char* block, const char* flow) {
        QTest::newRow(name) << QByteArray(text) << QByteArray(block) << QByteArray(flow);
    };
    row("a word stays plain", "lb", "lb", "lb");
    row("an address stays plain", "127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1:8080");
    row("a share stays plain", "0.1%", "0.1%", "0.1%");
    row("a path with braces is quoted in flow alone", "/user/{id}", "/user/{id}", "\"/user/{id}\"");
    row("a header key stays plain", "header:X-User", "header:X-User", "header:X-User");
    row("a query is quoted in flow alone", "/a?b=c", "/a?b=c", "\"/a?b=c\"");
    row("nothing is quoted", "", "\"\"", "\"\"");
    row("the word null is quoted", "null", "\"null\"", "\"null\"");
    row("a star at the front is quoted", "*.example.com", "\"*.example.com\"", "\"*.example.com\"");
    row("JSON is quoted once", "{\"item\": 1}", "'{\"item\": 1}'", "'{\"item\": 1}'");
    row("a backslash is not doubled", "\\1 [x]", "\\1 [x]", "'\\1 [x]'");
    row("a line end is an escape in flow", "hi\n", "|\n  hi", "\"hi\\n\"");
    row("a number below zero stays plain", "-5", "-5", "-5");
}

void TestWriter::scalarsAreQuotedOnlyWhenNeeded()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, block);
    QFETCH(QByteArray, flow);
    Value map = Value::map();
    map.style = Value::Style::Block;
    map.set("k", Value::scalar(text.toStdString()));
    QCOMPARE(QByteArray::fromStdString(site::writeValue(map)), "k: " + block + "\n");
    map.style = Value::Style::Flow;
    if (flow != "-5") {
        QCOMPARE(QByteArray::fromStdString(site::writeValue(map)), "{k: " + flow + "}\n");
    }
}

void TestWriter::aFileWrittenByHandComesBackAsItWas()
{
    const std::string text =
        "# a site\n"
        "signalbox: 1\n"
        "\n"
        "listeners:\n"
        "  # the one in front\n"
        "  - name: lb  # short\n"
        "    bind: 127.0.0.1:8080\n"
        "    routes:\n"
        "      - name: r\n"
        "        match: {path: /a, headers: {X-Beta: \"1\"}}\n"
        "        respond:\n"
        "          status: 200\n"
        "          body: |\n"
        "            first # no comment\n"
        "\n"
        "            second\n"
        "\n"
        "pools:\n"
        "  - name: a\n"
        "    backends:\n"
        "      - {name: x, address: 127.0.0.1:1}  # one\n"
        "# the end\n";
    QCOMPARE(QByteArray::fromStdString(site::writeSite(siteOf(text))), QByteArray::fromStdString(text));
}

void TestWriter::theTemplatesComeBackUnchanged_data()
{
    QTest::addColumn<QString>("file");
    const QDir folder(QStringLiteral(SIGNALBOX_SOURCE_DIR "/resources/sites"));
    for (const QString& name : folder.entryList({QStringLiteral("*.yaml")})) {
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
    }
}

void TestWriter::theTemplatesComeBackUnchanged()
{
    QFETCH(QString, file);
    QFile in(file);
    QVERIFY(in.open(QIODevice::ReadOnly));
    const std::string text = in.readAll().toStdString();
    const std::string written = site::writeSite(siteOf(text));
    QVERIFY(siteOf(written) == siteOf(text));
    // The only thing that may move is the gap before a comment at the end of a line.
    const auto squeezed = [](const std::string& from) {
        QByteArray out = QByteArray::fromStdString(from);
        for (qsizetype size = 0; size != out.size();) {
            size = out.size();
            out.replace("   #", "  #");
        }
        return out;
    };
    QCOMPARE(squeezed(written), squeezed(text));
}

void TestWriter::newValuesTakeAStyleThatReadsWell()
{
    Value pool = Value::map();
    pool.set("name", Value::scalar("a"));
    Value backend = Value::map();
    backend.set("name", Value::scalar("x"));
    backend.set("address", Value::scalar("127.0.0.1:1"));
    pool.set("backends", Value::list()).append(std::move(backend));
    Value root = Value::map();
    root.set("signalbox", Value::scalar("1"));
    root.set("pools", Value::list()).append(std::move(pool));
    QCOMPARE(QByteArray::fromStdString(site::writeValue(root)),
             QByteArray("signalbox: 1\npools:\n  - name: a\n    backends:\n      - {name: x, address: 127.0.0.1:1}\n"));
}

void TestWriter::savingReplacesTheWholeFileAndKeepsItsPermissions()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("s.yaml"));
    QVERIFY(site::saveFile(path.toStdString(), "a long first text\n"));
    QVERIFY(QFile::setPermissions(path, QFileDevice::ReadOwner | QFileDevice::WriteOwner));
    QVERIFY(site::saveFile(path.toStdString(), "short\n"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("short\n"));
    QVERIFY(!(file.permissions() & QFileDevice::ReadOther));
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
    const auto refused = site::saveFile(folder.filePath(QStringLiteral("none/s.yaml")).toStdString(), "x");
    QVERIFY(!refused);
    QVERIFY(refused.error().detail.find("No such file") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestWriter)
#include "tst_writer.moc"
