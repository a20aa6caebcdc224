#include "ui/bridge/edit_command.h"

#include <algorithm>
#include <utility>

#include "ui/bridge/site_document.h"

namespace signalbox::ui {

namespace {

Value& walk(Value& root, const std::vector<std::size_t>& at, std::size_t from = 0)
{
    Value* value = &root;
    for (std::size_t i = from; i < at.size(); ++i) {
        value = value->isList() ? &value->items()[at[i]] : &value->members()[at[i]].second;
    }
    return *value;
}

bool sameKeys(const Value& a, const Value& b)
{
    return a.members().size() == b.members().size() &&
           std::ranges::equal(a.members(), b.members(), {}, &Value::Member::first, &Value::Member::first);
}

/// The only child that differs, or nothing where several do or the shapes differ.
std::optional<std::size_t> onlyDifference(const Value& a, const Value& b)
{
    std::optional<std::size_t> found;
    const auto differ = [&](std::size_t i) {
        const bool first = !found.has_value();
        found = i;
        return first;
    };
    if (a.isMap() && b.isMap() && sameKeys(a, b)) {
        for (std::size_t i = 0; i < a.members().size(); ++i) {
            if (!(a.members()[i].second == b.members()[i].second) && !differ(i)) {
                return std::nullopt;
            }
        }
    } else if (a.isList() && b.isList() && a.items().size() == b.items().size()) {
        for (std::size_t i = 0; i < a.items().size(); ++i) {
            if (!(a.items()[i] == b.items()[i]) && !differ(i)) {
                return std::nullopt;
            }
        }
    }
    return found;
}

}  // namespace

std::optional<TreePatch> TreePatch::between(const Value& before, const Value& after)
{
    if (before == after) {
        return std::nullopt;
    }
    TreePatch patch;
    const Value* a = &before;
    const Value* b = &after;
    while (const auto next = onlyDifference(*a, *b)) {
        patch.at.push_back(*next);
        a = a->isList() ? &a->items()[*next] : &a->members()[*next].second;
        b = b->isList() ? &b->items()[*next] : &b->members()[*next].second;
    }
    patch.before = *a;
    patch.after = *b;
    return patch;
}

void TreePatch::redo(Value& root) const
{
    walk(root, at) = after;
}

void TreePatch::undo(Value& root) const
{
    walk(root, at) = before;
}

bool TreePatch::append(const TreePatch& next)
{
    const std::size_t shared = std::min(at.size(), next.at.size());
    if (!std::equal(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(shared), next.at.begin())) {
        return false;
    }
    if (at.size() <= next.at.size()) {
        walk(after, next.at, at.size()) = next.after;
        return true;
    }
    Value start = next.before;
    walk(start, at, next.at.size()) = before;
    at = next.at;
    before = std::move(start);
    after = next.after;
    return true;
}

EditCommand::EditCommand(SiteDocument& document, TreePatch patch, QStringList paths, const QString& text,
                         QString mergeKey)
    : QUndoCommand(text),
      m_document(document),
      m_patch(std::move(patch)),
      m_paths(std::move(paths)),
      m_mergeKey(std::move(mergeKey))
{}

void EditCommand::redo()
{
    m_patch.redo(m_document.m_site.root);
    m_document.afterEdit(m_paths);
}

void EditCommand::undo()
{
    m_patch.undo(m_document.m_site.root);
    m_document.afterEdit(m_paths);
}

int EditCommand::id() const
{
    return m_mergeKey.isEmpty() ? -1 : 1;
}

bool EditCommand::mergeWith(const QUndoCommand* other)
{
    const auto* next = static_cast<const EditCommand*>(other);
    if (next->m_mergeKey != m_mergeKey || !m_patch.append(next->m_patch)) {
        return false;
    }
    for (const QString& path : next->m_paths) {
        if (!m_paths.contains(path)) {
            m_paths.append(path);
        }
    }
    setText(next->text());
    setObsolete(m_patch.before == m_patch.after);
    return true;
}

}  // namespace signalbox::ui
