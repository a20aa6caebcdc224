#include "ui/inspector/field_edits.h"

#include <algorithm>

#include "core/site/value_path.h"

namespace signalbox::ui::fields {

namespace {

QString lowered(std::string_view title)
{
    QString out = latin(title);
    const bool acronym = out.size() > 1 && out[1].isUpper();
    if (!acronym && !out.isEmpty()) {
        out[0] = out[0].toLower();
    }
    return out;
}

QString fallbackOf(const ParamSpec& spec)
{
    return latin(spec.fallback);
}

Value requiredValue(const SiteDocument& document, const QString& listPath, const ObjectSpec& owner, const ParamSpec& spec)
{
    if (spec.kind == ParamKind::Name) {
        return Value::scalar(document.freeName(listPath, latin(owner.id)).toStdString());
    }
    if (!spec.fallback.empty()) {
        return Value::scalar(std::string(spec.fallback));
    }
    switch (spec.kind) {
        case ParamKind::Address: return Value::scalar(spec.referenceTo == "backend-address" ? "127.0.0.1:8000" : "127.0.0.1:0");
        case ParamKind::Reference: {
            const QStringList names = namesOf(document, spec.referenceTo);
            return names.isEmpty() ? Value() : Value::scalar(names.first().toStdString());
        }
        case ParamKind::Integer: return Value::scalar(std::to_string(static_cast<long long>(std::max(1.0, spec.min))));
        case ParamKind::Choice: return spec.choices.empty() ? Value() : Value::scalar(std::string(spec.choices.front()));
        case ParamKind::Duration: return Value::scalar("10ms");
        case ParamKind::Rate: return Value::scalar("10/s");
        case ParamKind::Text: return spec.key == "path" ? Value::scalar("/") : Value();
        default: return {};
    }
}

}  // namespace

QString latin(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString child(const QString& path, const QString& key)
{
    return QString::fromStdString(site::childPath(path.toStdString(), key.toStdString()));
}

const Value* valueOf(const SiteDocument& document, const QString& path)
{
    return site::valueAt(document.site(), path.toStdString());
}

QString textOf(const SiteDocument& document, const QString& path)
{
    const Value* value = valueOf(document, path);
    return value != nullptr && value->isScalar() ? QString::fromStdString(value->text()) : QString();
}

QString ownerOf(const QString& path)
{
    const QStringList parts = path.split(u'/');
    for (qsizetype at = parts.size() - 2; at >= 0; --at) {
        bool number = false;
        (void)parts[at].toInt(&number);
        if (!number) {
            return parts[at];
        }
    }
    return {};
}

void set(SiteDocument& document, const Place& place, const Value& value, const QString& text, const QString& mergeKey)
{
    const QString above = place.path.section(u'/', 0, -2);
    const QString key = place.path.section(u'/', -1);
    const Value* parent = valueOf(document, above);
    if (place.parent != nullptr && (parent == nullptr || parent->isScalar())) {
        const std::string id = parent != nullptr ? parent->text() : std::string(place.parent->fallback);
        Value map = Value::map();
        map.set(place.parent->familyKey, Value::scalar(id));
        map.set(key.toStdString(), value);
        document.setValue(above, map, text, mergeKey);
        return;
    }
    document.setValue(place.path, value, text, mergeKey);
}

void setScalar(SiteDocument& document, const Place& place, const ParamSpec& spec, const QString& text, const QString& mergeKey)
{
    const Value* before = valueOf(document, place.path);
    const bool quoted = before != nullptr && before->quoted();
    const QString step = spec.kind == ParamKind::Secret
                             ? QStringLiteral("change %1 of %2").arg(lowered(spec.title), ownerOf(place.path))
                             : QStringLiteral("set %1 of %2 to %3").arg(lowered(spec.title), ownerOf(place.path), text);
    set(document, place, Value::scalar(text.toStdString(), quoted), step, mergeKey);
}

void reset(SiteDocument& document, const QString& path, const ParamSpec& spec)
{
    document.removeValue(path, QStringLiteral("reset %1 of %2").arg(lowered(spec.title), ownerOf(path)));
}

bool differsFromDefault(const SiteDocument& document, const QString& path, const ParamSpec& spec)
{
    const Value* value = valueOf(document, path);
    if (value == nullptr || value->isNull()) {
        return false;
    }
    return !(value->isScalar() && QString::fromStdString(value->text()) == fallbackOf(spec));
}

std::optional<Complaint> complaintAt(const SiteDocument& document, const QString& path, bool withBelow)
{
    const std::string exact = path.toStdString();
    const std::string below = exact + "/";
    const site::Problem* found = nullptr;
    for (const auto& problem : document.problems()) {
        const bool here = problem.path == exact || (withBelow && problem.path.starts_with(below));
        if (here && (found == nullptr || (found->severity == site::Severity::Warning && problem.severity == site::Severity::Error))) {
            found = &problem;
        }
    }
    if (found == nullptr) {
        return std::nullopt;
    }
    return Complaint{QString::fromStdString(found->message), found->severity == site::Severity::Error};
}

Value newObject(const SiteDocument& document, const QString& listPath, const ObjectSpec& spec)
{
    Value out = Value::map();
    for (const ParamSpec& param : spec.params) {
        if (param.required) {
            Value value = requiredValue(document, listPath, spec, param);
            if (!value.isNull()) {
                out.set(param.key, std::move(value));
            }
        }
    }
    return out;
}

QStringList namesOf(const SiteDocument& document, std::string_view list)
{
    QStringList out;
    for (const Value& element : document.site().list(list)) {
        out << QString::fromStdString(site::Site::nameOf(element));
    }
    return out;
}

QString summary(const Value* value)
{
    if (value == nullptr || value->isNull()) {
        return {};
    }
    if (value->isScalar()) {
        return QString::fromStdString(value->text());
    }
    QStringList parts;
    for (const Value& item : value->items()) {
        parts << summary(&item);
    }
    for (const auto& [key, member] : value->members()) {
        parts << QString::fromStdString(key) + u' ' + summary(&member);
    }
    return parts.join(QStringLiteral(", "));
}

bool isScalar(ParamKind kind)
{
    switch (kind) {
        case ParamKind::Object:
        case ParamKind::List:
        case ParamKind::NamedList:
        case ParamKind::TextMap:
        case ParamKind::Families:
        case ParamKind::Family:
        case ParamKind::Anything: return false;
        default: return true;
    }
}

}  // namespace signalbox::ui::fields
