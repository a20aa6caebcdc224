#include <algorithm>

#include "core/base/units.h"
#include "core/site/site.h"
#include "core/site/value_path.h"

namespace signalbox::site {

void appendSegment(ValuePath& path, std::string_view segment)
{
    if (!path.empty()) {
        path += '/';
    }
    for (const char c : segment) {
        if (c == '~') {
            path += "~0";
        } else if (c == '/') {
            path += "~1";
        } else {
            path += c;
        }
    }
}

ValuePath childPath(const ValuePath& parent, std::string_view segment)
{
    ValuePath out = parent;
    appendSegment(out, segment);
    return out;
}

std::string takeSegment(std::string_view& path)
{
    const std::size_t slash = path.find('/');
    const std::string_view raw = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    std::string out;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if (raw[at] == '~' && at + 1 < raw.size() && (raw[at + 1] == '0' || raw[at + 1] == '1')) {
            out += raw[++at] == '0' ? '~' : '/';
        } else {
            out += raw[at];
        }
    }
    return out;
}

std::string elementSegment(const Value& element, std::size_t index)
{
    const Value* name = element.find("name");
    return name && name->isScalar() && !name->text().empty() ? name->text() : std::to_string(index);
}

const std::vector<Value>& Site::list(std::string_view key) const noexcept
{
    static const std::vector<Value> kNone;
    const Value* found = root.find(key);
    return found ? found->items() : kNone;
}

const Value* Site::named(std::string_view listKey, std::string_view name) const noexcept
{
    for (const auto& element : list(listKey)) {
        if (nameOf(element) == name) {
            return &element;
        }
    }
    return nullptr;
}

const std::string& Site::nameOf(const Value& element) noexcept
{
    static const std::string kNone;
    const Value* name = element.find("name");
    return name ? name->text() : kNone;
}

namespace {

const Value* step(const Value& at, const std::string& segment) noexcept
{
    if (at.isMap()) {
        return at.find(segment);
    }
    for (const auto& item : at.items()) {
        if (const Value* name = item.find("name"); name && name->isScalar() && name->text() == segment) {
            return &item;
        }
    }
    const auto index = parseInteger(segment);
    return index && *index >= 0 && static_cast<std::size_t>(*index) < at.items().size()
               ? &at.items()[static_cast<std::size_t>(*index)]
               : nullptr;
}

/// The spec of what lies below `spec` at one more segment; `object` is set where that is a map with known keys.
struct SpecStep {
    const ParamSpec* spec = nullptr;
    const ObjectSpec* object = nullptr;
};

SpecStep into(const ParamSpec& spec)
{
    return {&spec, spec.kind == ParamKind::Object ? spec.object : nullptr};
}

}  // namespace

const Value* valueAt(const Site& site, std::string_view path) noexcept
{
    const Value* at = &site.root;
    while (at && !path.empty()) {
        at = step(*at, takeSegment(path));
    }
    return at;
}

Value* valueAt(Site& site, std::string_view path) noexcept
{
    return const_cast<Value*>(valueAt(std::as_const(site), path));
}

const ParamSpec* specAt(const Site& site, const Catalog& catalog, std::string_view path) noexcept
{
    SpecStep at{nullptr, &siteSpec()};
    const Value* value = &site.root;
    while (!path.empty()) {
        const std::string segment = takeSegment(path);
        const Value* next = value ? step(*value, segment) : nullptr;
        if (at.spec && at.spec->loneObject && value && value->isMap()) {
            at = into(*at.spec->element);
        }
        if (at.object) {
            const ParamSpec* found = at.object->find(segment);
            if (!found) {
                return nullptr;
            }
            at = into(*found);
        } else if (!at.spec) {
            return nullptr;
        } else if (at.spec->kind == ParamKind::List && at.spec->element) {
            at = into(*at.spec->element);
        } else if (at.spec->kind == ParamKind::NamedList) {
            at = {at.spec, at.spec->object};
        } else if (at.spec->kind == ParamKind::Families) {
            // One element is a one-key map: the key is the member, its value the member's parameters.
            const bool hasMember = !path.empty();
            const std::string member = hasMember ? takeSegment(path) : std::string{};
            next = next && hasMember ? next->find(member) : next;
            at = {at.spec, hasMember ? catalog.member(at.spec->family, member) : nullptr};
        } else if (at.spec->kind == ParamKind::Family) {
            const bool isKey = segment == at.spec->familyKey;
            const Value* chosen = value && value->isMap() ? value->find(at.spec->familyKey) : nullptr;
            const ObjectSpec* member = chosen ? catalog.member(at.spec->family, chosen->text()) : nullptr;
            const ParamSpec* found = isKey ? at.spec : member ? member->find(segment) : nullptr;
            if (!found) {
                return nullptr;
            }
            at = isKey ? SpecStep{found, nullptr} : into(*found);
        } else {
            return nullptr;
        }
        value = next;
    }
    return at.spec;
}

}  // namespace signalbox::site
