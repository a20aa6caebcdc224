#pragma once

#include <string>
#include <string_view>

#include "core/site/site.h"

/// Edits of a document tree as plain functions: no undo, no signals. Paths are ValuePaths. Any thread.
namespace signalbox::ui::edits {

[[nodiscard]] Value* find(Value& root, std::string_view path);
/// The value at a path; what is missing on the way is made as maps. Null where a list has no such element.
[[nodiscard]] Value* findOrMake(Value& root, std::string_view path);
/// Takes a member of a map or an element of a list away, and a map that is left empty by it (but not a top-level key).
bool remove(Value& root, std::string_view path);

/// Splits "pools/shop/backends/a1" into "pools/shop/backends" and "a1".
struct Split {
    std::string parent;
    std::string last;
};
[[nodiscard]] Split splitPath(std::string_view path);

/// Everything that refers to the element at `path` by its name ("mock:a1", pools of routes, traffic targets, canvas
/// keys) follows it to `newName`. The element itself is not touched.
void renameReferences(site::Site& site, const site::Catalog& catalog, std::string_view path, std::string_view newName);
/// Removes the element at `path` and every reference to it: the keys of routes and listeners, members of splits,
/// backends of a removed mock, and the mock of a removed backend when no other backend uses it.
void removeElement(site::Site& site, const site::Catalog& catalog, std::string_view path);

}  // namespace signalbox::ui::edits
