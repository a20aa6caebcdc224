#include "core/admin/site_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/http/problem.h"

namespace signalbox::admin {
namespace {

constexpr auto kSecretWords =
    std::to_array<std::string_view>({"authorization", "cookie", "secret", "password", "token", "api-key", "apikey"});

bool speaksOfSecrets(std::string_view key)
{
    std::string lower(key);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::any_of(kSecretWords,
                               [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

class Masker {
public:
    explicit Masker(const site::Catalog& catalog) : m_catalog(catalog) {}

    void object(Value& value, const ObjectSpec& spec)
    {
        for (auto& [key, member] : value.members()) {
            if (const ParamSpec* const param = spec.find(key)) {
                this->param(member, *param);
            } else {
                byName(member, speaksOfSecrets(key));
            }
        }
    }

private:
    void param(Value& value, const ParamSpec& spec)
    {
        switch (spec.kind) {
            case ParamKind::Secret: byName(value, true); break;
            case ParamKind::Object: object(value, *spec.object); break;
            case ParamKind::NamedList:
                for (auto& item : value.items()) {
                    object(item, *spec.object);
                }
                break;
            case ParamKind::List:
                for (auto& item : value.items()) {
                    param(item, *spec.element);
                }
                if (value.isScalar()) {
                    param(value, *spec.element);
                }
                break;
            case ParamKind::Families:
                for (auto& item : value.items()) {
                    for (auto& [id, params] : item.members()) {
                        member(params, spec.family, id);
                    }
                }
                break;
            case ParamKind::Family:
                if (const Value* const id = value.find(spec.familyKey)) {
                    member(value, spec.family, id->text());
                }
                break;
            case ParamKind::TextMap:
            case ParamKind::Anything: byName(value, false); break;
            default: break;
        }
    }
    void member(Value& value, std::string_view family, std::string_view id)
    {
        if (const ObjectSpec* const spec = m_catalog.member(family, id)) {
            object(value, *spec);
        } else {
            byName(value, false);
        }
    }
    void byName(Value& value, bool secret)
    {
        if (value.isScalar() && secret) {
            value = Value::scalar(std::string(kMasked), true);
        }
        for (auto& item : value.items()) {
            byName(item, secret);
        }
        for (auto& [key, inner] : value.members()) {
            byName(inner, secret || speaksOfSecrets(key));
        }
    }

    const site::Catalog& m_catalog;
};

void dropComments(Value& value)
{
    value.comments.clear();
    value.footer.clear();
    value.trailing.clear();
    for (auto& item : value.items()) {
        dropComments(item);
    }
    for (auto& [key, member] : value.members()) {
        dropComments(member);
    }
}

bool isLiteral(const Value& value)
{
    const std::string& text = value.text();
    if (value.quoted() || text.empty()) {
        return false;
    }
    if (text == "true" || text == "false") {
        return true;
    }
    return (text[0] == '-' || std::isdigit(static_cast<unsigned char>(text[0])) != 0) && nlohmann::json::accept(text);
}

void append(std::string& out, const Value& value, std::size_t depth)
{
    const auto newLine = [&out](std::size_t levels) { out.append("\n").append(levels * 2, ' '); };
    if (value.isNull()) {
        out += "null";
    } else if (value.isScalar() && isLiteral(value)) {
        out += value.text();
    } else if (value.isScalar()) {
        http::appendJsonString(out, value.text());
    } else if (value.isList()) {
        out += '[';
        for (std::size_t at = 0; at < value.items().size(); ++at) {
            out += at == 0 ? "" : ",";
            newLine(depth + 1);
            append(out, value.items()[at], depth + 1);
        }
        if (!value.items().empty()) {
            newLine(depth);
        }
        out += ']';
    } else {
        out += '{';
        for (std::size_t at = 0; at < value.members().size(); ++at) {
            const auto& [key, member] = value.members()[at];
            out += at == 0 ? "" : ",";
            newLine(depth + 1);
            http::appendJsonString(out, key);
            out += ": ";
            append(out, member, depth + 1);
        }
        if (!value.members().empty()) {
            newLine(depth);
        }
        out += '}';
    }
}

}  // namespace

site::Site masked(const site::Site& site, const site::Catalog& catalog)
{
    site::Site out = site;
    dropComments(out.root);
    Masker(catalog).object(out.root, site::siteSpec());
    return out;
}

bool holdsMask(const Value& value) noexcept
{
    return (value.isScalar() && value.text() == kMasked) || std::ranges::any_of(value.items(), holdsMask) ||
           std::ranges::any_of(value.members(), [](const auto& member) { return holdsMask(member.second); });
}

std::string siteJson(const site::Site& site)
{
    std::string out;
    append(out, site.root, 0);
    out += '\n';
    return out;
}

}  // namespace signalbox::admin
