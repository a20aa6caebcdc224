#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/site/problem_codes.h"
#include "core/site/site.h"
#include "core/site/value_path.h"

namespace signalbox::site {

namespace {

/// A place in the tree on the way down; the path is only written out when there is a problem.
struct Trail {
    const Trail* parent = nullptr;
    std::string_view segment;
    std::size_t index = 0;
    bool isIndex = false;

    [[nodiscard]] ValuePath path() const
    {
        ValuePath out = parent ? parent->path() : ValuePath{};
        if (parent) {
            appendSegment(out, isIndex ? std::to_string(index) : std::string(segment));
        }
        return out;
    }
};

std::string quote(std::string_view text)
{
    return "'" + std::string(text) + "'";
}

std::string hint(std::string_view word, std::span<const std::string_view> candidates)
{
    const std::string_view near = nearest(word, candidates);
    return near.empty() ? std::string{} : ": did you mean " + quote(near) + "?";
}

/// "pools" -> "pool": how one element of a top-level list is called.
std::string_view singular(std::string_view list)
{
    if (list == "traffic") {
        return "scenario";
    }
    return list.ends_with('s') ? list.substr(0, list.size() - 1) : list;
}

std::string_view singularFamily(std::string_view family)
{
    if (family == "latency") {
        return "latency distribution";
    }
    return family == "arrivals" ? "arrival process" : family;
}

bool isScalarKind(ParamKind kind)
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

class Checker {
public:
    Checker(const Site& site, const Catalog& catalog) : m_site(site), m_catalog(catalog) {}

    std::vector<Problem> run()
    {
        const Trail root;
        object(siteSpec(), m_site.root, root, "the site");
        return std::move(m_problems);
    }

private:
    void report(std::string_view code, std::string message, const Trail& trail, Place place)
    {
        m_problems.push_back({Severity::Error, std::string(code), std::move(message), trail.path(), place});
    }

    void wrongKind(const ParamSpec& spec, std::string_view what, const Value& value, const Trail& trail)
    {
        const std::string_view is = value.isNull()   ? "empty"
                                    : value.isMap()  ? "a map"
                                    : value.isList() ? "a list"
                                                     : "a text";
        report(codes::kWrongKind, quote(spec.key) + " must be " + std::string(what) + ", and is " + std::string(is),
               trail, value.isNull() ? value.keyPlace : value.place);
    }

    void object(const ObjectSpec& spec, const Value& value, const Trail& trail, const std::string& what,
                std::string_view extraKey = {});
    void member(const ObjectSpec& spec, const std::string& key, const Value& value, const Trail& trail);
    void value(const ParamSpec& spec, const Value& value, const Trail& trail);
    void scalar(const ParamSpec& spec, const Value& value, const Trail& trail);
    void reference(const ParamSpec& spec, const Value& value, const Trail& trail);
    void backendAddress(const Value& value, const Trail& trail);
    void list(const ParamSpec& spec, const Value& value, const Trail& trail);
    void namedList(const ParamSpec& spec, const Value& value, const Trail& trail);
    void textMap(const ParamSpec& spec, const Value& value, const Trail& trail);
    void families(const ParamSpec& spec, const Value& value, const Trail& trail);
    void family(const ParamSpec& spec, const Value& value, const Trail& trail);
    const ObjectSpec* findMember(const ParamSpec& spec, std::string_view id, Place place, const Trail& trail);
    void mustExist(std::string_view listKey, std::string_view name, const Value& value, const Trail& trail);

    /// The names of a top-level list, gathered once.
    const std::unordered_set<std::string_view>& names(std::string_view listKey)
    {
        const auto [it, fresh] = m_names.try_emplace(std::string(listKey));
        if (fresh) {
            for (const auto& element : m_site.list(listKey)) {
                it->second.insert(Site::nameOf(element));
            }
        }
        return it->second;
    }

    const Site& m_site;
    const Catalog& m_catalog;
    std::vector<Problem> m_problems;
    std::unordered_map<std::string, std::unordered_set<std::string_view>> m_names;
};

void Checker::object(const ObjectSpec& spec, const Value& value, const Trail& trail, const std::string& what,
                     std::string_view extraKey)
{
    for (const auto& [key, inner] : value.members()) {
        if (key != extraKey) {
            member(spec, key, inner, {&trail, key});
        }
    }
    for (const auto& param : spec.params) {
        if (param.required && !value.find(param.key)) {
            report(codes::kMissingKey, what + " needs " + quote(param.key), trail,
                   value.place.line > 0 ? value.place : Place{1, 1});
        }
    }
}

void Checker::member(const ObjectSpec& spec, const std::string& key, const Value& inner, const Trail& trail)
{
    const ParamSpec* param = spec.find(key);
    if (!param) {
        std::vector<std::string_view> known;
        for (const auto& candidate : spec.params) {
            known.push_back(candidate.key);
        }
        report(codes::kUnknownKey, "unknown key " + quote(key) + hint(key, known), trail, inner.keyPlace);
    } else if (param->availability == Availability::Later) {
        report(codes::kNotSupportedYet, quote(key) + " is not supported yet", trail, inner.keyPlace);
    } else {
        value(*param, inner, trail);
    }
}

void Checker::value(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    switch (spec.kind) {
        case ParamKind::Object:
            if (value.isMap()) {
                object(*spec.object, value, trail, quote(spec.key));
            } else {
                wrongKind(spec, "a map", value, trail);
            }
            break;
        case ParamKind::List: list(spec, value, trail); break;
        case ParamKind::NamedList: namedList(spec, value, trail); break;
        case ParamKind::TextMap: textMap(spec, value, trail); break;
        case ParamKind::Families: families(spec, value, trail); break;
        case ParamKind::Family: family(spec, value, trail); break;
        case ParamKind::Anything: break;
        default: scalar(spec, value, trail); break;
    }
}

void Checker::scalar(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    if (!value.isScalar()) {
        wrongKind(spec, "a single value", value, trail);
        return;
    }
    if (spec.kind == ParamKind::Reference) {
        reference(spec, value, trail);
        return;
    }
    if (auto wrong = checkScalar(spec, value.text())) {
        const bool later = wrong->ends_with("is not supported yet");
        report(later ? codes::kNotSupportedYet : codes::kBadValue, quote(spec.key) + ": " + *wrong, trail, value.place);
    } else if (spec.kind == ParamKind::Address && spec.referenceTo == "backend-address") {
        backendAddress(value, trail);
    }
}

void Checker::reference(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    const bool isUrl = value.text().starts_with("http://") || value.text().starts_with("https://");
    if (!(spec.mayBeUrl && isUrl)) {
        mustExist(spec.referenceTo, value.text(), value, trail);
    }
}

void Checker::mustExist(std::string_view listKey, std::string_view name, const Value& value, const Trail& trail)
{
    const auto& known = names(listKey);
    if (!known.contains(name)) {
        const std::vector<std::string_view> candidates(known.begin(), known.end());
        // An unordered set has no fixed order; a hint must not depend on it.
        auto ordered = candidates;
        std::ranges::sort(ordered);
        report(codes::kUnknownReference,
               "no " + std::string(singular(listKey)) + " is named " + quote(name) + hint(name, ordered), trail,
               value.place);
    }
}

void Checker::backendAddress(const Value& value, const Trail& trail)
{
    const std::string_view text = value.text();
    if (text.starts_with("mock:")) {
        mustExist("mocks", text.substr(5), value, trail);
    } else if (text.starts_with("listener:")) {
        mustExist("listeners", text.substr(9), value, trail);
    }
}

void Checker::list(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    if (value.isScalar() && isScalarKind(spec.element->kind)) {
        scalar(*spec.element, value, trail);
        return;
    }
    if (value.isMap() && spec.loneObject) {
        object(*spec.element->object, value, trail, quote(spec.key));
        return;
    }
    if (!value.isList()) {
        wrongKind(spec, spec.loneObject ? "a map or a list of them" : "a list", value, trail);
        return;
    }
    for (std::size_t at = 0; at < value.items().size(); ++at) {
        const Value& item = value.items()[at];
        const Trail inner{&trail, {}, at, true};
        if (item.isNull()) {
            report(codes::kWrongKind, "an element of " + quote(spec.key) + " is empty", inner,
                   item.place.line > 0 ? item.place : value.place);
        } else {
            this->value(*spec.element, item, inner);
        }
    }
}

void Checker::namedList(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    if (!value.isList()) {
        if (!value.isNull()) {
            wrongKind(spec, "a list", value, trail);
        }
        return;
    }
    std::unordered_map<std::string_view, Place> seen;
    for (std::size_t at = 0; at < value.items().size(); ++at) {
        const Value& item = value.items()[at];
        const std::string& name = Site::nameOf(item);
        if (!item.isMap()) {
            report(codes::kWrongKind, "an element of " + quote(spec.key) + " must be a map with a name",
                   {&trail, {}, at, true}, item.place.line > 0 ? item.place : value.place);
            continue;
        }
        const auto [first, fresh] = seen.try_emplace(name, item.place);
        const bool byIndex = name.empty() || !fresh;
        const Trail inner{&trail, name, at, byIndex};
        const std::string kind(spec.object->id);
        object(*spec.object, item, inner, name.empty() ? "a " + kind : kind + " " + quote(name));
        if (!fresh && !name.empty()) {
            std::string message = "two of " + quote(spec.key) + " are named " + quote(name);
            if (first->second.line > 0) {
                message += ": first at line " + std::to_string(first->second.line);
            }
            report(codes::kDuplicateName, std::move(message), inner, item.find("name")->place);
        }
    }
}

void Checker::textMap(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    if (!value.isMap()) {
        wrongKind(spec, "a map", value, trail);
        return;
    }
    for (const auto& [key, inner] : value.members()) {
        if (!inner.isScalar()) {
            report(codes::kWrongKind, quote(key) + " must be a text", {&trail, key},
                   inner.isNull() ? inner.keyPlace : inner.place);
        }
    }
}

const ObjectSpec* Checker::findMember(const ParamSpec& spec, std::string_view id, Place place, const Trail& trail)
{
    const Catalog::Family* family = m_catalog.family(spec.family);
    const ObjectSpec* found = m_catalog.member(spec.family, id);
    if (found || !family) {
        return found;
    }
    if (std::ranges::find(family->laterMembers, id) != family->laterMembers.end()) {
        report(codes::kNotSupportedYet,
               std::string(singularFamily(spec.family)) + " " + quote(id) + " is not supported yet", trail, place);
        return nullptr;
    }
    std::vector<std::string_view> known;
    for (const auto* candidate : family->members) {
        known.push_back(candidate->id);
    }
    std::string near = hint(id, known);
    // A shortened word ("least_con") is far in letters and near in meaning.
    for (auto it = known.begin(); near.empty() && id.size() >= 3 && it != known.end(); ++it) {
        std::string folded(id);
        std::ranges::replace(folded, '_', '-');
        if (it->starts_with(folded)) {
            near = ": did you mean " + quote(*it) + "?";
        }
    }
    report(codes::kUnknownMember, "unknown " + std::string(singularFamily(spec.family)) + " " + quote(id) + near, trail,
           place);
    return nullptr;
}

void Checker::families(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    if (!value.isList()) {
        if (!value.isNull()) {
            wrongKind(spec, "a list", value, trail);
        }
        return;
    }
    for (std::size_t at = 0; at < value.items().size(); ++at) {
        const Value& item = value.items()[at];
        const Trail element{&trail, {}, at, true};
        const std::string kind(singularFamily(spec.family));
        if (!item.isMap() || item.members().size() != 1) {
            const std::string example = item.isScalar() ? item.text() : "NAME";
            report(codes::kWrongKind, "a " + kind + " is a map with one key: write {" + example + ": {}}", element,
                   item.place.line > 0 ? item.place : value.place);
            continue;
        }
        const auto& [id, params] = item.members().front();
        const Trail inner{&element, id};
        const ObjectSpec* found = findMember(spec, id, params.keyPlace, inner);
        if (found && !params.isMap() && !params.isNull()) {
            report(codes::kWrongKind, "the parameters of " + quote(id) + " must be a map", inner, params.place);
        } else if (found) {
            Value empty = Value::map();
            empty.place = params.keyPlace;
            object(*found, params.isMap() ? params : empty, inner, kind + " " + quote(id));
        }
    }
}

void Checker::family(const ParamSpec& spec, const Value& value, const Trail& trail)
{
    const std::string kind(singularFamily(spec.family));
    if (value.isScalar()) {
        if (const ObjectSpec* found = findMember(spec, value.text(), value.place, trail)) {
            Value empty = Value::map();
            empty.place = value.place;
            object(*found, empty, trail, kind + " " + quote(value.text()));
        }
        return;
    }
    if (!value.isMap()) {
        wrongKind(spec, "a name or a map", value, trail);
        return;
    }
    const Value* id = value.find(spec.familyKey);
    if (!id || !id->isScalar()) {
        report(id ? codes::kWrongKind : codes::kMissingKey, quote(spec.key) + " needs " + quote(spec.familyKey), trail,
               value.place);
        return;
    }
    if (const ObjectSpec* found = findMember(spec, id->text(), id->place, {&trail, spec.familyKey})) {
        object(*found, value, trail, kind + " " + quote(id->text()), spec.familyKey);
    }
}

}  // namespace

std::vector<Problem> check(const Site& site, const Catalog& catalog)
{
    return Checker(site, catalog).run();
}

}  // namespace signalbox::site
