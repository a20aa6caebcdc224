#include "ui/inspector/yaml_fragment.h"

#include <QRegularExpression>

#include "core/site/yaml_text.h"
#include "ui/theme/theme.h"

namespace signalbox::ui {

YamlFragment parseFragment(const QString& text)
{
    YamlFragment out;
    const std::string bytes = text.toStdString();
    std::vector<site::Problem> problems = site::guardText(bytes);
    if (problems.empty()) {
        site::YamlText parsed = site::parseYaml(bytes);
        problems = parsed.problems;
        if (problems.empty()) {
            site::attachComments(bytes, parsed.opaque, parsed.root);
            out.value = std::move(parsed.root);
        }
    }
    if (!problems.empty()) {
        out.error = QString::fromStdString(problems.front().message);
        out.line = problems.front().place.line;
    }
    return out;
}

YamlHighlighter::YamlHighlighter(QTextDocument* document) : QSyntaxHighlighter(document)
{
    connect(&Theme::instance(), &Theme::changed, this, &QSyntaxHighlighter::rehighlight);
}

void YamlHighlighter::highlightBlock(const QString& text)
{
    static const QRegularExpression kKey(QStringLiteral("(?:^|[\\s{,-])([A-Za-z0-9_.-]+)(?=:(\\s|$))"));
    static const QRegularExpression kNumber(QStringLiteral("(?<![\\w.:-])\\d[\\w.%/:-]*"));
    static const QRegularExpression kQuoted(QStringLiteral("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^']|'')*'"));
    static const QRegularExpression kComment(QStringLiteral("(?:^|\\s)#.*$"));
    const Tokens& t = tokens();
    // Mixed towards the text: a series colour alone is made for areas, not for letters.
    const auto paint = [&](const QRegularExpression& rule, const QColor& colour, int group) {
        for (auto it = rule.globalMatch(text); it.hasNext();) {
            const auto match = it.next();
            QTextCharFormat format;
            format.setForeground(colour);
            setFormat(static_cast<int>(match.capturedStart(group)), static_cast<int>(match.capturedLength(group)), format);
        }
    };
    paint(kNumber, mix(t.series[3], t.text, 0.55), 0);
    paint(kKey, t.accent, 1);
    paint(kQuoted, mix(t.series[2], t.text, 0.6), 0);
    paint(kComment, t.muted, 0);
}

}  // namespace signalbox::ui
