#include "ui/theme/tokens.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace signalbox::ui {

namespace {

class Reader {
public:
    explicit Reader(const QJsonObject& object) : m_object(object) {}

    void read(const char* key, QColor& out)
    {
        const QString name = QString::fromLatin1(key);
        out = parse(name, m_object.value(name));
    }

    template <std::size_t N>
    void read(const char* key, std::array<QColor, N>& out)
    {
        const QString name = QString::fromLatin1(key);
        const QJsonArray array = m_object.value(name).toArray();
        if (array.size() != static_cast<qsizetype>(N)) {
            m_error = QStringLiteral("'%1' needs %2 colours").arg(name).arg(N);
            return;
        }
        for (std::size_t i = 0; i < N; ++i) {
            out[i] = parse(name, array.at(static_cast<qsizetype>(i)));
        }
    }

    [[nodiscard]] const QString& error() const { return m_error; }

private:
    QColor parse(const QString& name, const QJsonValue& value)
    {
        const QColor colour(value.toString());
        if (!colour.isValid()) {
            m_error = QStringLiteral("'%1' is not a colour").arg(name);
        }
        return colour;
    }

    const QJsonObject& m_object;
    QString m_error;
};

}  // namespace

bool Tokens::fromJson(const QByteArray& json, Tokens* out, QString* error)
{
    QJsonParseError parseError;
    const QJsonObject object = QJsonDocument::fromJson(json, &parseError).object();
    if (parseError.error != QJsonParseError::NoError) {
        *error = parseError.errorString();
        return false;
    }
    Tokens result;
    Reader reader(object);
    result.dark = object.value(QLatin1String("dark")).toBool();
    reader.read("window", result.window);
    reader.read("surface", result.surface);
    reader.read("raised", result.raised);
    reader.read("border", result.border);
    reader.read("text", result.text);
    reader.read("muted", result.muted);
    reader.read("accent", result.accent);
    reader.read("onAccent", result.onAccent);
    reader.read("series", result.series);
    reader.read("ok", result.ok);
    reader.read("warn", result.warn);
    reader.read("error", result.error);
    reader.read("limited", result.limited);
    reader.read("idle", result.idle);
    reader.read("heat", result.heat);
    if (!reader.error().isEmpty()) {
        *error = reader.error();
        return false;
    }
    *out = result;
    return true;
}

QColor mix(const QColor& over, const QColor& under, qreal share)
{
    const auto channel = [share](int a, int b) { return qRound(a * share + b * (1 - share)); };
    return {channel(over.red(), under.red()), channel(over.green(), under.green()), channel(over.blue(), under.blue())};
}

}  // namespace signalbox::ui
