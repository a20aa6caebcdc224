#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/value.h"
#include "core/site/catalog.h"
#include "core/site/problems.h"

namespace signalbox::site {

/// The editable configuration: one document tree, exactly what the file says, in the file's order. The window edits it,
/// the compiler reads it; there is no second model. A plain value: copies are independent.
struct Site {
    Value root = Value::map();
    std::string file;  ///< where it came from; relative paths in it are relative to this file's folder

    friend bool operator==(const Site& a, const Site& b) { return a.root == b.root; }

    /// The elements of a top-level list ("listeners", "pools", ...); empty where absent.
    [[nodiscard]] const std::vector<Value>& list(std::string_view key) const noexcept;
    /// The element of a top-level list with that name, or nullptr.
    [[nodiscard]] const Value* named(std::string_view listKey, std::string_view name) const noexcept;
    /// The `name` of an element, or an empty text.
    [[nodiscard]] static const std::string& nameOf(const Value& element) noexcept;
};

/// A site as read, with everything that is wrong with it: all problems at once. Where there are errors the tree is still
/// as complete as could be read, so that the window can show it.
struct ReadResult {
    Site site;
    std::vector<Problem> problems;
};

/// Parses YAML (or JSON) text. Never throws. Problems here are those of the text (syntax, duplicate keys, aliases that
/// expand without end, nesting over 64, size over 16 MiB) followed by check()'s.
[[nodiscard]] ReadResult readSite(std::string_view text, const std::string& file, const Catalog& catalog);
/// readSite of a file; an unreadable file is one problem.
[[nodiscard]] ReadResult readSiteFile(const std::string& file, const Catalog& catalog);

/// Checks a tree against the grammar: unknown keys with the nearest known one, kinds and ranges, missing keys, duplicate
/// names, references to names that do not exist, keys whose feature is not supported yet. Not: what the compiler knows
/// (roles, addresses in use twice, regular expressions).
[[nodiscard]] std::vector<Problem> check(const Site& site, const Catalog& catalog);

/// YAML text that reads back equal, keeping key order, comments, and flow or block style where they are known.
[[nodiscard]] std::string writeSite(const Site& site);
/// YAML text of one value, for copy and paste and the YAML tab.
[[nodiscard]] std::string writeValue(const Value& value);

/// The value at a path ("pools/shop/backends/a1/weight", "listeners/api/policies/0/rate-limit/rate"), or nullptr.
[[nodiscard]] const Value* valueAt(const Site& site, std::string_view path) noexcept;
[[nodiscard]] Value* valueAt(Site& site, std::string_view path) noexcept;
/// The ParamSpec that describes the value at a path, or nullptr (free-form places).
[[nodiscard]] const ParamSpec* specAt(const Site& site, const Catalog& catalog, std::string_view path) noexcept;

/// One line for each difference, for the apply preview: "+ backend a4 in pool shop", "~ weight of shop/a2: 1 -> 3", "- route old".
[[nodiscard]] std::vector<std::string> diff(const Site& before, const Site& after);

/// Writes text to a file so that a crash at any moment leaves the old or the new content: temporary file in the same
/// folder, fsync, rename. Keeps the file's permissions.
[[nodiscard]] Result<void> saveFile(const std::string& file, std::string_view text);

}  // namespace signalbox::site
