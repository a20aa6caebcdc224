#pragma once

#include <QString>
#include <QStringList>
#include <optional>

#include "ui/bridge/site_document.h"

/// How the forms read and write a document: every write is one undo step with a text for the menu. GUI thread.
namespace signalbox::ui::fields {

[[nodiscard]] QString latin(std::string_view text);
[[nodiscard]] QString child(const QString& path, const QString& key);
/// The value as written, or null.
[[nodiscard]] const Value* valueOf(const SiteDocument& document, const QString& path);
/// The text of a scalar as written, empty where it is absent.
[[nodiscard]] QString textOf(const SiteDocument& document, const QString& path);
/// "a2" of "pools/shop/backends/a2/weight", "rate-limit" of ".../policies/0/rate-limit/rate".
[[nodiscard]] QString ownerOf(const QString& path);

/// `parent` describes the place above `path`: a family written as its bare id becomes a map first.
struct Place {
    QString path;
    const ParamSpec* parent = nullptr;  ///< the Family spec above, or null
};
void set(SiteDocument& document, const Place& place, const Value& value, const QString& text, const QString& mergeKey = {});
/// A scalar with the words "set weight of a2 to 3"; quoted as before.
void setScalar(SiteDocument& document, const Place& place, const ParamSpec& spec, const QString& text, const QString& mergeKey = {});
/// Takes the key away, so that the default holds again.
void reset(SiteDocument& document, const QString& path, const ParamSpec& spec);

/// Whether the site says something else than the default.
[[nodiscard]] bool differsFromDefault(const SiteDocument& document, const QString& path, const ParamSpec& spec);
/// The first problem at exactly this path or at one of `below`, as "SB-506 ...".
struct Complaint {
    QString text;
    bool isError = true;
};
[[nodiscard]] std::optional<Complaint> complaintAt(const SiteDocument& document, const QString& path, bool withBelow = false);

/// A new object of a list or family: its required keys with their defaults, a free name, a usable address.
[[nodiscard]] Value newObject(const SiteDocument& document, const QString& listPath, const ObjectSpec& spec);
/// The names of a top-level list.
[[nodiscard]] QStringList namesOf(const SiteDocument& document, std::string_view list);
/// A map in a few words: "path /user, method GET".
[[nodiscard]] QString summary(const Value* value);
/// Kinds that one line of text holds.
[[nodiscard]] bool isScalar(ParamKind kind);

}  // namespace signalbox::ui::fields
