#include "core/site/catalog.h"

#include <algorithm>

namespace signalbox::site {

const Catalog::Family* Catalog::family(std::string_view name) const noexcept
{
    const auto it = std::ranges::find(families, name, &Family::name);
    return it == families.end() ? nullptr : &*it;
}

const ObjectSpec* Catalog::member(std::string_view familyName, std::string_view id) const noexcept
{
    const Family* found = family(familyName);
    if (!found) {
        return nullptr;
    }
    const auto it = std::ranges::find(found->members, id, [](const ObjectSpec* spec) { return spec->id; });
    return it == found->members.end() ? nullptr : *it;
}

}  // namespace signalbox::site
