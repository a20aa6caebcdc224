#include "ui/bridge/site_edits.h"

#include <algorithm>
#include <functional>
#include <set>

#include "core/site/value_path.h"

namespace signalbox::ui::edits {

namespace {

constexpr std::string_view kMockPrefix = "mock:";
constexpr std::string_view kListenerPrefix = "listener:";

/// The element of a list that a path segment names: by its name, else by its index.
Value* element(Value& list, const std::string& segment)
{
    auto& items = list.items();
    const auto named = std::ranges::find_if(items, [&](const Value& item) {
        const Value* name = item.find("name");
        return name != nullptr && name->isScalar() && name->text() == segment;
    });
    if (named != items.end()) {
        return &*named;
    }
    const auto index = parseInteger(segment);
    return index && *index >= 0 && static_cast<std::size_t>(*index) < items.size()
               ? &items[static_cast<std::size_t>(*index)]
               : nullptr;
}

enum class Keep { Yes, No };
/// Called for each reference: the scalar, the list it refers to, and the text before the name ("mock:").
using OnReference = std::function<Keep(Value& scalar, std::string_view list, std::string_view prefix)>;

/// Walks every reference of a site by the grammar, so that a new kind of reference needs no line here.
class ReferenceWalker {
public:
    ReferenceWalker(const site::Catalog& catalog, OnReference onReference)
        : m_catalog(catalog), m_on(std::move(onReference))
    {}

    void object(Value& value, const ObjectSpec& spec)
    {
        auto& members = value.members();
        std::erase_if(members, [&](Value::Member& member) {
            const ParamSpec* param = spec.find(member.first);
            return param != nullptr && visit(member.second, *param) == Keep::No;
        });
    }

private:
    Keep visit(Value& value, const ParamSpec& spec)
    {
        switch (spec.kind) {
            case ParamKind::Reference: return value.isScalar() ? m_on(value, spec.referenceTo, {}) : Keep::Yes;
            case ParamKind::Address: return address(value);
            case ParamKind::Object:
                if (spec.object != nullptr) {
                    object(value, *spec.object);
                }
                return Keep::Yes;
            case ParamKind::List: return list(value, spec);
            case ParamKind::NamedList: return namedList(value, spec);
            case ParamKind::Families:
                for (Value& item : value.items()) {
                    for (auto& [id, params] : item.members()) {
                        if (const ObjectSpec* member = m_catalog.member(spec.family, id)) {
                            object(params, *member);
                        }
                    }
                }
                return Keep::Yes;
            case ParamKind::Family:
                if (const Value* id = value.find(spec.familyKey)) {
                    if (const ObjectSpec* member = m_catalog.member(spec.family, id->text())) {
                        object(value, *member);
                    }
                }
                return Keep::Yes;
            default: return Keep::Yes;
        }
    }

    Keep address(Value& value)
    {
        if (value.text().starts_with(kMockPrefix)) {
            return m_on(value, "mocks", kMockPrefix);
        }
        if (value.text().starts_with(kListenerPrefix)) {
            return m_on(value, "listeners", kListenerPrefix);
        }
        return Keep::Yes;
    }

    /// A list element that has lost the reference it cannot do without is gone itself.
    bool lostRequired(const Value& before, const Value& after, const ObjectSpec& spec) const
    {
        return std::ranges::any_of(spec.params, [&](const ParamSpec& p) {
            return p.required && before.find(p.key) != nullptr && after.find(p.key) == nullptr;
        });
    }

    Keep list(Value& value, const ParamSpec& spec)
    {
        if (spec.element == nullptr) {
            return Keep::Yes;
        }
        if (!value.isList()) {
            const Value before = value;
            const Keep keep = visit(value, *spec.element);
            const ObjectSpec* const alone = spec.element->object;
            return alone != nullptr && lostRequired(before, value, *alone) ? Keep::No : keep;
        }
        std::erase_if(value.items(), [&](Value& item) {
            const Value before = item;
            if (visit(item, *spec.element) == Keep::No) {
                return true;
            }
            return spec.element->object != nullptr && lostRequired(before, item, *spec.element->object);
        });
        return Keep::Yes;
    }

    Keep namedList(Value& value, const ParamSpec& spec)
    {
        if (spec.object == nullptr) {
            return Keep::Yes;
        }
        const bool dropsWhole = spec.object->id == "backend";
        std::erase_if(value.items(), [&](Value& item) {
            const Value before = item;
            object(item, *spec.object);
            return dropsWhole && lostRequired(before, item, *spec.object);
        });
        return Keep::Yes;
    }

    const site::Catalog& m_catalog;
    OnReference m_on;
};

void collectNames(const Value& value, std::set<std::string, std::less<>>& names)
{
    if (const Value* name = value.find("name"); name != nullptr && name->isScalar()) {
        names.insert(name->text());
    }
    for (const Value& item : value.items()) {
        collectNames(item, names);
    }
    for (const auto& [key, member] : value.members()) {
        if (key != "canvas") {
            collectNames(member, names);
        }
    }
}

/// Canvas keys are names or whole paths; a name that some other element still bears stays as well.
void renameCanvas(Value& root, std::string_view path, const std::string& oldName, const std::string& newPath,
                  const std::string& newName)
{
    Value* canvas = root.find("canvas");
    if (canvas == nullptr) {
        return;
    }
    const std::string below = std::string(path) + "/";
    for (auto& [key, place] : canvas->members()) {
        if (key == path) {
            key = newPath;
        } else if (key.starts_with(below)) {
            key = newPath + key.substr(path.size());
        }
    }
    const Value* old = canvas->find(oldName);
    if (old == nullptr || canvas->find(newName) != nullptr) {
        return;
    }
    std::set<std::string, std::less<>> names;
    collectNames(root, names);
    if (names.contains(oldName)) {
        Value copy = *old;
        canvas->set(newName, std::move(copy));
        return;
    }
    for (auto& [key, place] : canvas->members()) {
        if (key == oldName) {
            key = newName;
        }
    }
}

void pruneCanvas(Value& root, std::string_view path, const std::set<std::string, std::less<>>& before)
{
    Value* canvas = root.find("canvas");
    if (canvas == nullptr) {
        return;
    }
    std::set<std::string, std::less<>> after;
    collectNames(root, after);
    const std::string below = std::string(path) + "/";
    std::erase_if(canvas->members(), [&](const Value::Member& member) {
        const bool gone = before.contains(member.first) && !after.contains(member.first);
        return gone || member.first == path || member.first.starts_with(below);
    });
    if (canvas->members().empty()) {
        root.erase("canvas");
    }
}

void dropReferences(site::Site& site, const site::Catalog& catalog, std::string_view list, const std::string& name)
{
    ReferenceWalker walker(catalog, [&](Value& scalar, std::string_view to, std::string_view prefix) {
        return to == list && scalar.text().substr(prefix.size()) == name ? Keep::No : Keep::Yes;
    });
    walker.object(site.root, site::siteSpec());
}

bool isReferenced(site::Site& site, const site::Catalog& catalog, std::string_view list, const std::string& name)
{
    bool found = false;
    ReferenceWalker walker(catalog, [&](Value& scalar, std::string_view to, std::string_view prefix) {
        found = found || (to == list && scalar.text().substr(prefix.size()) == name);
        return Keep::Yes;
    });
    walker.object(site.root, site::siteSpec());
    return found;
}

}  // namespace

Value* find(Value& root, std::string_view path)
{
    Value* at = &root;
    while (at != nullptr && !path.empty()) {
        const std::string segment = site::takeSegment(path);
        at = at->isList() ? element(*at, segment) : at->find(segment);
    }
    return at;
}

Value* findOrMake(Value& root, std::string_view path)
{
    Value* at = &root;
    while (at != nullptr && !path.empty()) {
        const std::string segment = site::takeSegment(path);
        if (at->isList()) {
            at = element(*at, segment);
            continue;
        }
        if (at->isScalar()) {
            // A family may be written as its bare id; giving it a parameter turns it into a map, which the caller
            // writes whole.
            return nullptr;
        }
        Value* next = at->find(segment);
        at = next != nullptr ? next : &at->set(segment, Value());
    }
    return at;
}

Split splitPath(std::string_view path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return {{}, std::string(path)};
    }
    std::string_view last = path.substr(slash + 1);
    return {std::string(path.substr(0, slash)), site::takeSegment(last)};
}

bool remove(Value& root, std::string_view path)
{
    const Split split = splitPath(path);
    Value* parent = find(root, split.parent);
    if (parent == nullptr) {
        return false;
    }
    if (parent->isList()) {
        const Value* item = element(*parent, split.last);
        if (item == nullptr) {
            return false;
        }
        parent->items().erase(parent->items().begin() + (item - parent->items().data()));
        return true;
    }
    if (!parent->erase(split.last)) {
        return false;
    }
    const Value* grandParent = find(root, splitPath(split.parent).parent);
    if (!split.parent.empty() && parent->members().empty() && grandParent != nullptr && grandParent->isMap() &&
        grandParent != &root) {
        remove(root, split.parent);
    }
    return true;
}

void renameReferences(site::Site& site, const site::Catalog& catalog, std::string_view path, std::string_view newName)
{
    const Split split = splitPath(path);
    std::string_view listKey = split.parent;
    listKey = listKey.substr(listKey.rfind('/') == std::string_view::npos ? 0 : listKey.rfind('/') + 1);
    const bool topLevel = split.parent == listKey;
    if (topLevel) {
        ReferenceWalker walker(catalog, [&](Value& scalar, std::string_view to, std::string_view prefix) {
            if (to == listKey && scalar.text().substr(prefix.size()) == split.last) {
                const Value old = scalar;
                scalar = Value::scalar(std::string(prefix) + std::string(newName), old.quoted());
                scalar.trailing = old.trailing;
                scalar.comments = old.comments;
            }
            return Keep::Yes;
        });
        walker.object(site.root, site::siteSpec());
    }
    renameCanvas(site.root, path, split.last, site::childPath(split.parent, newName), std::string(newName));
}

void removeElement(site::Site& site, const site::Catalog& catalog, std::string_view path)
{
    const Split split = splitPath(path);
    std::set<std::string, std::less<>> before;
    collectNames(site.root, before);
    std::string mock;
    if (const Value* element = find(site.root, path)) {
        const Value* address = element->find("address");
        if (split.parent.ends_with("/backends") && address != nullptr && address->text().starts_with(kMockPrefix)) {
            mock = address->text().substr(kMockPrefix.size());
        }
    }
    if (!remove(site.root, path)) {
        return;
    }
    if (split.parent.find('/') == std::string::npos) {
        dropReferences(site, catalog, split.parent, split.last);
    }
    if (!mock.empty() && !isReferenced(site, catalog, "mocks", mock)) {
        remove(site.root, site::childPath("mocks", mock));
    }
    pruneCanvas(site.root, path, before);
}

}  // namespace signalbox::ui::edits
