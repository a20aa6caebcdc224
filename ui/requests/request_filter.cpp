#include "ui/requests/request_filter.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/param_spec.h"
#include "core/base/units.h"

namespace signalbox::ui {

namespace {

using Key = RequestFilter::Key;

struct KeyName {
    const char* name;
    Key key;
};

constexpr std::array kKeys{
    KeyName{"status", Key::Status},   KeyName{"outcome", Key::Outcome},   KeyName{"total", Key::Total},   KeyName{"backend", Key::Backend},
    KeyName{"route", Key::Route},     KeyName{"method", Key::Method},     KeyName{"path", Key::Path},     KeyName{"policy", Key::Policy},
    KeyName{"pool", Key::Pool},       KeyName{"listener", Key::Listener}, KeyName{"client", Key::Client}, KeyName{"consumer", Key::Consumer},
    KeyName{"attempts", Key::Attempts}, KeyName{"id", Key::Id},
};

constexpr std::array kOutcomes{stats::Outcome::Ok,         stats::Outcome::Rejected,     stats::Outcome::RateLimited, stats::Outcome::NoRoute,
                               stats::Outcome::NoBackend,  stats::Outcome::BackendError, stats::Outcome::BadGateway,  stats::Outcome::Timeout,
                               stats::Outcome::BadRequest, stats::Outcome::ClientAborted};

bool isNumeric(Key key)
{
    return key == Key::Status || key == Key::Total || key == Key::Attempts || key == Key::Id;
}

bool contains(std::string_view text, const std::string& lowerNeedle)
{
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::search(text.begin(), text.end(), lowerNeedle.begin(), lowerNeedle.end(), same) != text.end();
}

std::string_view textOf(Key key, const RequestRecord& record, const TextPool& texts)
{
    switch (key) {
        case Key::Method: return texts.at(record.method);
        case Key::Path: return record.target;
        case Key::Route: return texts.at(record.route);
        case Key::Pool: return texts.at(record.pool);
        case Key::Backend: return texts.at(record.backend);
        case Key::Listener: return texts.at(record.listener);
        case Key::Policy: return texts.at(record.policy);
        case Key::Client: return texts.at(record.client);
        case Key::Consumer: return texts.at(record.consumer);
        case Key::Outcome: return stats::name(record.outcome);
        default: return {};
    }
}

double numberOf(Key key, const RequestRecord& record)
{
    switch (key) {
        case Key::Status: return record.status;
        case Key::Attempts: return record.attempts;
        case Key::Total: return record.phases.total * 1e-4;  // milliseconds
        default: return static_cast<double>(record.id);
    }
}

/// Milliseconds of a total; a bare number is milliseconds.
std::optional<double> readNumber(Key key, const QString& text)
{
    bool ok = false;
    const double bare = text.toDouble(&ok);
    if (ok) {
        return bare;
    }
    if (key == Key::Total) {
        if (const auto duration = parseDuration(text.toStdString())) {
            return std::chrono::duration<double, std::milli>(*duration).count();
        }
    }
    return std::nullopt;
}

QString nearestOf(const QString& word, const QStringList& candidates)
{
    std::vector<std::string> store;
    std::ranges::transform(candidates, std::back_inserter(store), &QString::toStdString);
    const std::vector<std::string_view> views(store.begin(), store.end());
    const std::string_view near = nearest(word.toStdString(), views);
    return near.empty() ? QString() : QStringLiteral("; did you mean %1?").arg(QString::fromUtf8(near.data(), static_cast<qsizetype>(near.size())));
}

QString unquoted(QString text)
{
    return text.remove(u'"');
}

}  // namespace

QStringList splitTerms(const QString& text)
{
    QStringList out;
    QString token;
    bool quoted = false;
    for (const QChar c : text) {
        quoted = quoted != (c == u'"');
        if (c.isSpace() && !quoted) {
            if (!token.isEmpty()) {
                out << token;
            }
            token.clear();
        } else {
            token += c;
        }
    }
    if (!token.isEmpty()) {
        out << token;
    }
    return out;
}

const QStringList& RequestFilter::keys()
{
    static const QStringList kNames = [] {
        QStringList out;
        for (const KeyName& key : kKeys) {
            out << QString::fromLatin1(key.name);
        }
        return out;
    }();
    return kNames;
}

QStringList RequestFilter::valuesOf(const QString& key)
{
    QStringList out;
    if (key == u"status") {
        out << QStringLiteral("2xx") << QStringLiteral("3xx") << QStringLiteral("4xx") << QStringLiteral("429") << QStringLiteral("5xx");
    } else if (key == u"outcome") {
        for (const auto outcome : kOutcomes) {
            const auto name = stats::name(outcome);
            out << QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
        }
    } else if (key == u"method") {
        out << QStringLiteral("GET") << QStringLiteral("POST") << QStringLiteral("PUT") << QStringLiteral("DELETE") << QStringLiteral("OPTIONS");
    } else if (key == u"total") {
        out << QStringLiteral("10ms") << QStringLiteral("50ms") << QStringLiteral("100ms") << QStringLiteral("1s");
    }
    return out;
}

RequestFilter RequestFilter::parse(const QString& text)
{
    RequestFilter out;
    for (const QString& token : splitTerms(text)) {
        if (!out.addTerm(token)) {
            out.m_terms.clear();
            break;
        }
    }
    return out;
}

bool RequestFilter::fail(const QString& sentence)
{
    m_error = sentence;
    return false;
}

bool RequestFilter::addTerm(const QString& token)
{
    Term term;
    QString rest = token;
    if (rest.size() > 1 && rest.startsWith(u'-')) {
        term.negated = true;
        rest.remove(0, 1);
    }
    qsizetype end = 0;
    while (end < rest.size() && rest[end].isLetter()) {
        ++end;
    }
    const bool hasOperator = end > 0 && end < rest.size() && (rest[end] == u':' || rest[end] == u'>' || rest[end] == u'<' || rest[end] == u'=');
    if (!hasOperator) {
        term.texts.push_back(unquoted(rest).toLower().toStdString());
        m_terms.push_back(std::move(term));
        return true;
    }
    const QString key = rest.left(end).toLower();
    const auto known = std::ranges::find_if(kKeys, [&](const KeyName& candidate) { return key == QLatin1String(candidate.name); });
    if (known == kKeys.end()) {
        return fail(QStringLiteral("'%1' is no key%2").arg(key, nearestOf(key, keys())));
    }
    term.key = known->key;
    QString value = rest.mid(end);
    if (value.startsWith(u':')) {
        value.remove(0, 1);
    }
    constexpr std::array<std::pair<const char*, Compare>, 5> kOperators{
        {{">=", Compare::GreaterOrEqual}, {"<=", Compare::LessOrEqual}, {">", Compare::Greater}, {"<", Compare::Less}, {"=", Compare::Equal}}};
    for (const auto& [sign, compare] : kOperators) {
        if (value.startsWith(QLatin1String(sign))) {
            term.compare = compare;
            value.remove(0, static_cast<qsizetype>(std::string_view(sign).size()));
            break;
        }
    }
    if (!readValue(term, key, unquoted(value))) {
        return false;
    }
    m_terms.push_back(std::move(term));
    return true;
}

bool RequestFilter::readValue(Term& term, const QString& key, const QString& value)
{
    if (value.isEmpty()) {
        return fail(QStringLiteral("%1 needs a value").arg(key));
    }
    if (term.compare != Compare::Equal) {
        if (!isNumeric(term.key)) {
            return fail(QStringLiteral("%1 is a text: write %1:%2").arg(key, value));
        }
        const auto number = readNumber(term.key, value);
        if (!number) {
            return fail(QStringLiteral("'%1' is no number for %2").arg(value, key));
        }
        term.number = *number;
        return true;
    }
    if (isNumeric(term.key)) {
        return readNumbers(term, value);
    }
    for (const QString& part : value.split(u',', Qt::SkipEmptyParts)) {
        const QString word = part.toLower();
        if (term.key == Key::Outcome) {
            const QStringList outcomes = valuesOf(QStringLiteral("outcome"));
            const bool fits = std::ranges::any_of(outcomes, [&](const QString& outcome) { return outcome.contains(word); });
            if (!fits) {
                return fail(QStringLiteral("'%1' is no outcome%2").arg(part, nearestOf(word, outcomes)));
            }
        }
        term.texts.push_back(word.toStdString());
    }
    return true;
}

/// 5xx, 404, 500-504, and several with commas.
bool RequestFilter::readNumbers(Term& term, const QString& value)
{
    for (const QString& part : value.split(u',', Qt::SkipEmptyParts)) {
        if (term.key == Key::Status && part.size() == 3 && part[0].isDigit() && part.mid(1).toLower() == u"xx") {
            const double hundred = part[0].digitValue() * 100;
            term.ranges.push_back({hundred, hundred + 99});
            continue;
        }
        const auto from = readNumber(term.key, part.section(u'-', 0, 0));
        const auto to = part.contains(u'-') ? readNumber(term.key, part.section(u'-', 1)) : from;
        if (!from || !to) {
            return fail(QStringLiteral("'%1' is no %2").arg(part, term.key == Key::Status ? QStringLiteral("status (404, 5xx, 500-504)") : QStringLiteral("number")));
        }
        term.ranges.push_back({*from, *to});
    }
    return true;
}

bool RequestFilter::holds(const Term& term, const RequestRecord& record, const TextPool& texts)
{
    if (isNumeric(term.key)) {
        const double value = numberOf(term.key, record);
        switch (term.compare) {
            case Compare::Less: return value < term.number;
            case Compare::LessOrEqual: return value <= term.number;
            case Compare::Greater: return value > term.number;
            case Compare::GreaterOrEqual: return value >= term.number;
            case Compare::Equal:
                return std::ranges::any_of(term.ranges, [&](const Range& range) { return value >= range.from && value <= range.to; });
        }
    }
    if (term.key != Key::Any) {
        const std::string_view text = textOf(term.key, record, texts);
        return std::ranges::any_of(term.texts, [&](const std::string& needle) { return contains(text, needle); });
    }
    constexpr std::array kSearched{Key::Path, Key::Method, Key::Route, Key::Backend, Key::Policy, Key::Client, Key::Outcome};
    const std::string& needle = term.texts.front();
    return std::ranges::any_of(kSearched, [&](Key key) { return contains(textOf(key, record, texts), needle); }) ||
           std::to_string(record.status) == needle;
}

bool RequestFilter::matches(const RequestRecord& record, const TextPool& texts) const
{
    return std::ranges::all_of(m_terms, [&](const Term& term) { return holds(term, record, texts) != term.negated; });
}

}  // namespace signalbox::ui
