#include <algorithm>

#include "core/site/site.h"

namespace signalbox::site {

namespace {

/// The words of the lists whose elements are told apart by name.
std::string_view elementWord(std::string_view key)
{
    static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"listeners", "listener"}, {"pools", "pool"},   {"consumers", "consumer"}, {"mocks", "mock"},
        {"traffic", "scenario"},   {"routes", "route"}, {"backends", "backend"},   {"certificates", "certificate"},
    };
    for (const auto& [list, word] : kWords) {
        if (list == key) {
            return word;
        }
    }
    return {};
}

std::string shortText(const Value& value)
{
    constexpr std::size_t kLongest = 60;
    if (value.isNull()) {
        return "nothing";
    }
    Value oneLine = value;
    oneLine.style = Value::Style::Flow;
    std::string text = value.isScalar() ? value.text() : writeValue(oneLine);
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    if (text.empty()) {
        return "''";
    }
    return text.size() > kLongest ? text.substr(0, kLongest - 3) + "..." : text;
}

class Differ {
public:
    std::vector<std::string> lines;

    void maps(const Value& before, const Value& after, const std::string& where)
    {
        for (const auto& [key, old] : before.members()) {
            if (const Value* now = after.find(key)) {
                member(key, old, *now, where);
            } else {
                gone(key, old, where);
            }
        }
        for (const auto& [key, now] : after.members()) {
            if (!before.find(key)) {
                added(key, now, where);
            }
        }
    }

private:
    void member(const std::string& key, const Value& before, const Value& after, const std::string& where)
    {
        if (before == after || key == "canvas") {
            return;
        }
        const std::string_view word = elementWord(key);
        if (!word.empty() && (before.isList() || after.isList())) {
            elements(word, before, after, where);
        } else if (before.isMap() && after.isMap()) {
            maps(before, after, where.empty() ? key : where + "/" + key);
        } else {
            lines.push_back("~ " + key + of(where) + ": " + shortText(before) + " -> " + shortText(after));
        }
    }

    void gone(const std::string& key, const Value& value, const std::string& where)
    {
        const std::string_view word = elementWord(key);
        if (!word.empty() && value.isList()) {
            elements(word, value, Value::list(), where);
        } else if (key != "canvas") {
            lines.push_back("- " + key + of(where));
        }
    }

    void added(const std::string& key, const Value& value, const std::string& where)
    {
        const std::string_view word = elementWord(key);
        if (!word.empty() && value.isList()) {
            elements(word, Value::list(), value, where);
        } else if (key != "canvas") {
            lines.push_back("+ " + key + of(where) + (value.isScalar() ? ": " + shortText(value) : ""));
        }
    }

    static const Value* named(const Value& list, const std::string& name)
    {
        const auto it =
            std::ranges::find_if(list.items(), [&](const Value& item) { return Site::nameOf(item) == name; });
        return it == list.items().end() ? nullptr : &*it;
    }

    void elements(std::string_view word, const Value& before, const Value& after, const std::string& where)
    {
        const std::string in = where.empty() ? "" : " in " + containerWord(word) + " " + where;
        for (const auto& old : before.items()) {
            const std::string& name = Site::nameOf(old);
            if (const Value* now = named(after, name)) {
                maps(old, *now, where.empty() ? name : where + "/" + name);
            } else {
                lines.push_back("- " + std::string(word) + " " + name + in);
            }
        }
        for (const auto& now : after.items()) {
            if (!named(before, Site::nameOf(now))) {
                lines.push_back("+ " + std::string(word) + " " + Site::nameOf(now) + in);
            }
        }
        if (sameNamesInAnotherOrder(before, after)) {
            lines.push_back("~ order of the " + std::string(word) + "s" + in);
        }
    }

    static std::string containerWord(std::string_view word) { return word == "backend" ? "pool" : "listener"; }

    static bool sameNamesInAnotherOrder(const Value& before, const Value& after)
    {
        if (before.items().size() != after.items().size()) {
            return false;
        }
        bool moved = false;
        for (std::size_t at = 0; at < before.items().size(); ++at) {
            moved = moved || Site::nameOf(before.items()[at]) != Site::nameOf(after.items()[at]);
            if (!named(after, Site::nameOf(before.items()[at]))) {
                return false;
            }
        }
        return moved;
    }

    static std::string of(const std::string& where) { return where.empty() ? "" : " of " + where; }
};

}  // namespace

std::vector<std::string> diff(const Site& before, const Site& after)
{
    Differ differ;
    differ.maps(before.root, after.root, {});
    return std::move(differ.lines);
}

}  // namespace signalbox::site
