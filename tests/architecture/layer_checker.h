#pragma once

#include <QDir>
#include <QDirIterator>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QString>
#include <QStringList>

/// The rules "who may include whom" of CONTRIBUTING.md as a function over a source tree: it reads text and knows
/// nothing of the build. Plain values, any thread.
namespace signalbox::architecture {

/// One broken rule at one place. Rule names are what the planted-violation test asks for.
struct Violation {
    QString rule;
    QString where;
    QString what;
};

struct Report {
    QMap<QString, int> scanned;  // top folder -> files read
    QList<Violation> violations;
};

namespace detail {

/// The floors of core. A folder may include itself and folders with a smaller number; a new folder needs a line here.
inline const QMap<QString, int>& floors()
{
    static const QMap<QString, int> table{
        {u"base"_qs, 0},    {u"stats"_qs, 1},    {u"http"_qs, 1},   {u"site"_qs, 2},   {u"route"_qs, 2},
        {u"balance"_qs, 2}, {u"policy"_qs, 2},   {u"net"_qs, 2},    {u"plan"_qs, 3},   {u"proxy"_qs, 4},
        {u"mock"_qs, 4},    {u"traffic"_qs, 4},  {u"export"_qs, 4}, {u"import"_qs, 4}, {u"catalog"_qs, 5},
        {u"running"_qs, 6}, {u"admin"_qs, 7},    {u"simulate"_qs, 7}, {u"lesson"_qs, 8},
    };
    return table;
}

/// A pattern that must not occur under `folders`, but for files that start with one of `allowed`.
struct TextRule {
    QString rule;
    QRegularExpression pattern;
    QStringList folders;
    QStringList allowed;
};

inline const QList<TextRule>& textRules()
{
    const auto re = [](const QString& text) { return QRegularExpression(text, QRegularExpression::MultilineOption); };
    static const QStringList product{u"app/"_qs, u"core/"_qs, u"ui/"_qs};
    static const QList<TextRule> table{
        {u"core has no Qt"_qs, re(u"^\\s*#\\s*include\\s*[<\"]Q"_qs), {u"core/"_qs}, {}},
        {u"time comes from Clock"_qs,
         re(u"(steady_clock|system_clock|high_resolution_clock)\\s*::\\s*now"_qs),
         product,
         {u"core/base/clock.cpp"_qs}},
        {u"randomness comes from Rng"_qs,
         re(u"\\brandom_device\\b|\\bs?rand\\s*\\("_qs),
         product,
         {u"core/base/rng.cpp"_qs}},
        {u"QCustomPlot stays in ui/charts"_qs,
         re(u"^\\s*#\\s*include\\s*[<\"]qcustomplot\\.h"_qs),
         product,
         {u"ui/charts/"_qs}},
        {u"no std::views"_qs, re(u"\\bstd::(views|ranges::views)\\b"_qs), product, {}},
    };
    return table;
}

/// Engine folders that the window reaches through ui/bridge alone.
inline bool isEngineFolder(const QString& folder)
{
    static const QSet<QString> table{u"core/proxy"_qs, u"core/simulate"_qs, u"core/traffic"_qs, u"core/mock"_qs,
                                     u"core/running"_qs, u"core/admin"_qs};
    return table.contains(folder);
}

/// The text with comments blanked, so that prose may name what code may not. Strings stay: includes are strings.
inline QString withoutComments(const QString& text)
{
    QString out;
    out.reserve(text.size());
    enum class State { Code, Line, Block, Quoted } state = State::Code;
    QChar quote;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        const QChar next = i + 1 < text.size() ? text[i + 1] : QChar();
        if (state == State::Code && c == u'/' && (next == u'/' || next == u'*')) {
            state = next == u'/' ? State::Line : State::Block;
            ++i;
            continue;
        }
        if (state == State::Block) {
            if (c == u'*' && next == u'/') {
                state = State::Code;
                ++i;
            }
            if (c == u'\n') {
                out += c;
            }
            continue;
        }
        if (state == State::Line && c != u'\n') {
            continue;
        }
        const bool digitSeparator = c == u'\'' && i > 0 && text[i - 1].isLetterOrNumber();
        if (state == State::Quoted) {
            if (c == u'\\') {
                out += c;
                out += next;
                ++i;
                continue;
            }
            state = c == quote || c == u'\n' ? State::Code : State::Quoted;
        } else if (c == u'\n') {
            state = State::Code;
        } else if (c == u'"' || (c == u'\'' && !digitSeparator)) {
            state = State::Quoted;
            quote = c;
        }
        out += c;
    }
    return out;
}

/// "core/balance/algorithms/x.h" -> "core/balance"; files right under app/ -> "app".
inline QString folderOf(const QString& path)
{
    const auto parts = path.split(u'/');
    return parts.size() > 2 && parts[0] != u"app"_qs ? parts[0] + u'/' + parts[1] : parts[0];
}

class Checker {
public:
    explicit Checker(const QString& rootPath) : m_root(rootPath) {}

    Report run()
    {
        for (const auto& top : {u"app"_qs, u"core"_qs, u"ui"_qs, u"tests"_qs}) {
            QDirIterator it(m_root.filePath(top), {u"*.h"_qs, u"*.hpp"_qs, u"*.inl"_qs, u"*.cc"_qs, u"*.cpp"_qs},
                            QDir::Files, QDirIterator::Subdirectories);
            while (it.hasNext()) {
                checkFile(it.next());
            }
            if (m_report.scanned.value(top) == 0 && top != u"tests"_qs) {
                add(u"every layer was scanned"_qs, top, u"no source file found"_qs);
            }
        }
        findCircles();
        return m_report;
    }

private:
    void add(const QString& rule, const QString& where, const QString& what)
    {
        m_report.violations.append({rule, where, what});
    }

    void checkFile(const QString& absolute)
    {
        const QString path = m_root.relativeFilePath(absolute);
        QFile file(absolute);
        if (!file.open(QIODevice::ReadOnly)) {
            add(u"every file can be read"_qs, path, file.errorString());
            return;
        }
        ++m_report.scanned[path.section(u'/', 0, 0)];
        const QString text = withoutComments(QString::fromUtf8(file.readAll()));
        for (const auto& rule : textRules()) {
            checkText(rule, path, text);
        }
        static const QRegularExpression include(u"^[ \\t]*#[ \\t]*include[ \\t]*([<\"])([^>\"\\n]+)[>\"]"_qs,
                                                QRegularExpression::MultilineOption);
        for (auto it = include.globalMatch(text); it.hasNext();) {
            const auto match = it.next();
            checkInclude(path, match.captured(2), match.captured(1) == u"\""_qs);
        }
    }

    void checkText(const TextRule& rule, const QString& path, const QString& text)
    {
        const auto under = [&path](const QStringList& prefixes) {
            return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& p) { return path.startsWith(p); });
        };
        if (under(rule.folders) && !under(rule.allowed)) {
            if (const auto match = rule.pattern.match(text); match.hasMatch()) {
                add(rule.rule, path, match.captured().trimmed());
            }
        }
    }

    void checkInclude(const QString& path, const QString& target, bool quoted)
    {
        static const QRegularExpression fromRoot(u"^(app|core|ui|tests)/"_qs);
        static const QRegularExpression generated(u"(\\.moc|^moc_[a-z0-9_]+\\.cpp)$"_qs);
        static const QRegularExpression treeHeader(u"^(yaml-cpp|nlohmann|valijson)/"_qs);
        const bool ours = fromRoot.match(target).hasMatch() && !target.contains(u".."_qs);
        if (ours != quoted && !generated.match(target).hasMatch()) {
            add(u"includes are written from the root"_qs, path, target);
        }
        const bool product = !path.startsWith(u"tests/"_qs);
        if (product && treeHeader.match(target).hasMatch() && !path.endsWith(u".cpp"_qs)) {
            add(u"yaml and JSON headers stay in .cpp files"_qs, path, target);
        }
        if (ours && product) {
            checkLayer(path, target);
        }
    }

    void checkLayer(const QString& path, const QString& target)
    {
        const QString from = folderOf(path);
        const QString to = folderOf(target);
        static const QStringList layers{u"core"_qs, u"ui"_qs, u"app"_qs, u"tests"_qs};
        if (layers.indexOf(to.section(u'/', 0, 0)) > layers.indexOf(from.section(u'/', 0, 0))) {
            add(u"app uses ui, ui uses core"_qs, path, target);
        }
        if (from.startsWith(u"core"_qs) && to.startsWith(u"core"_qs)) {
            checkFloor(path, from.section(u'/', 1), to.section(u'/', 1), target);
        }
        if (from.startsWith(u"ui"_qs) && from != u"ui/bridge"_qs && isEngineFolder(to)) {
            add(u"the window reaches the engine through ui/bridge"_qs, path, target);
        }
        if (from != to) {
            m_uses[from].insert(to);
        }
    }

    void checkFloor(const QString& path, const QString& from, const QString& to, const QString& target)
    {
        const int above = floors().value(from, -1);
        const int below = floors().value(to, -1);
        if (above < 0 || below < 0) {
            add(u"every core folder has a floor"_qs, path, target);
        } else if (from != to && below >= above) {
            add(u"core folders include lower floors only"_qs, path, target);
        }
        const bool translator = from == u"export"_qs || from == u"import"_qs;
        if (translator && to != from && to != u"site"_qs && to != u"base"_qs) {
            add(u"export and import need only site"_qs, path, target);
        }
    }

    /// Reports each circle of folders once, by the path that closes it.
    void findCircles()
    {
        QSet<QString> done;
        QStringList trail;
        for (auto it = m_uses.cbegin(); it != m_uses.cend(); ++it) {
            walk(it.key(), trail, done);
        }
    }

    void walk(const QString& folder, QStringList& trail, QSet<QString>& done)
    {
        if (const auto at = trail.indexOf(folder); at >= 0) {
            add(u"no circles between folders"_qs, folder, (trail.mid(at) << folder).join(u" -> "_qs));
            return;
        }
        if (done.contains(folder)) {
            return;
        }
        trail << folder;
        for (const auto& next : m_uses.value(folder)) {
            walk(next, trail, done);
        }
        trail.removeLast();
        done.insert(folder);
    }

    QDir m_root;
    Report m_report;
    QMap<QString, QSet<QString>> m_uses;
};

}  // namespace detail

/// Checks app, core, ui (all rules) and tests (how includes are written) under `rootPath`. A tree without sources is a
/// violation itself, so that a wrong path cannot pass.
inline Report checkLayers(const QString& rootPath)
{
    return detail::Checker(rootPath).run();
}

}  // namespace signalbox::architecture
