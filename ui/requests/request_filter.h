#pragma once

#include <QString>
#include <QStringList>
#include <string>
#include <vector>

#include "ui/requests/request_record.h"

namespace signalbox::ui {

/// The filter line: terms that must all hold, each `key:value`, `key>value` or free text, with `-` before it for its opposite.
///   status:5xx status:404 status>=500 backend:a1 route:users method:GET outcome:rate-limited total>50ms path:/cart "two words"
/// Values of text keys are found anywhere in the text; several values with commas: any of them. A plain value; any thread.
class RequestFilter {
public:
    /// An unfit text gives a filter that is not valid and matches everything.
    [[nodiscard]] static RequestFilter parse(const QString& text);

    [[nodiscard]] bool isEmpty() const noexcept { return m_terms.empty(); }
    [[nodiscard]] bool isValid() const noexcept { return m_error.isEmpty(); }
    /// One sentence with a way out: "'bakend' is no key; did you mean backend?".
    [[nodiscard]] const QString& error() const noexcept { return m_error; }
    [[nodiscard]] bool matches(const RequestRecord& record, const TextPool& texts) const;

    [[nodiscard]] static const QStringList& keys();
    /// Words that fit after `key:` without looking at data ("5xx", "rate-limited").
    [[nodiscard]] static QStringList valuesOf(const QString& key);

    enum class Key : std::uint8_t { Any, Id, Status, Outcome, Total, Attempts, Method, Path, Route, Pool, Backend, Listener, Policy, Client, Consumer };

private:
    enum class Compare : std::uint8_t { Equal, Less, LessOrEqual, Greater, GreaterOrEqual };
    struct Range {
        double from = 0;
        double to = 0;  ///< inclusive
    };
    struct Term {
        Key key = Key::Any;
        bool negated = false;
        Compare compare = Compare::Equal;
        double number = 0;
        std::vector<std::string> texts;  ///< lower case
        std::vector<Range> ranges;       ///< of numbers
    };

    bool addTerm(const QString& token);
    bool readValue(Term& term, const QString& key, const QString& value);
    bool readNumbers(Term& term, const QString& value);
    bool fail(const QString& sentence);
    [[nodiscard]] static bool holds(const Term& term, const RequestRecord& record, const TextPool& texts);

    std::vector<Term> m_terms;
    QString m_error;
};

/// The text split at blanks outside of quotes.
[[nodiscard]] QStringList splitTerms(const QString& text);

}  // namespace signalbox::ui
