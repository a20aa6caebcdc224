#include "ui/shell/fuzzy.h"

namespace signalbox::ui {

namespace {

constexpr int kFound = 1;
constexpr int kTogether = 10;
constexpr int kWordStart = 8;

/// The best score of matching pattern[p..] at or after text[at]; exact, so that "run" finds "Run" before "round-robin
/// unit".
std::optional<int> best(const QString& pattern, qsizetype p, const QString& text, qsizetype at, bool together)
{
    if (p == pattern.size()) {
        return 0;
    }
    std::optional<int> result;
    int tries = 0;
    for (qsizetype i = text.indexOf(pattern[p], at); i >= 0 && tries < 4;
         i = text.indexOf(pattern[p], i + 1), ++tries) {
        const auto rest = best(pattern, p + 1, text, i + 1, true);
        if (!rest) {
            break;
        }
        int score = *rest + kFound;
        score += together && i == at ? kTogether : 0;
        score += i == 0 || !text[i - 1].isLetterOrNumber() ? kWordStart : 0;
        if (!result || score > *result) {
            result = score;
        }
    }
    return result;
}

}  // namespace

std::optional<int> fuzzyScore(const QString& pattern, const QString& text)
{
    QString letters = pattern.toLower();
    letters.remove(u' ');
    letters.truncate(24);
    const auto score = best(letters, 0, text.toLower(), 0, false);
    // Of two texts that match alike the shorter one is meant.
    return score ? std::optional(*score * 100 - static_cast<int>(text.size())) : std::nullopt;
}

}  // namespace signalbox::ui
