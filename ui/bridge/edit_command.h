#pragma once

#include <QStringList>
#include <QUndoCommand>

#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/value.h"

namespace signalbox::ui {

class SiteDocument;

/// The smallest subtree in which two documents differ, before and after. A plain value.
struct TreePatch {
    std::vector<std::size_t> at;  ///< positions of members or items from the root
    Value before;
    Value after;

    /// Nothing where the trees have the same content.
    [[nodiscard]] static std::optional<TreePatch> between(const Value& before, const Value& after);
    void redo(Value& root) const;
    void undo(Value& root) const;
    /// Makes this the patch of doing this and then `next`; false where their places have nothing to do with each other.
    [[nodiscard]] bool append(const TreePatch& next);
};

/// One undoable edit of a SiteDocument. Owned by its undo stack. GUI thread.
class EditCommand final : public QUndoCommand {
public:
    EditCommand(SiteDocument& document, TreePatch patch, QStringList paths, const QString& text, QString mergeKey);

    void redo() override;
    void undo() override;
    [[nodiscard]] int id() const override;
    bool mergeWith(const QUndoCommand* other) override;

private:
    SiteDocument& m_document;
    TreePatch m_patch;
    QStringList m_paths;
    QString m_mergeKey;
};

}  // namespace signalbox::ui
