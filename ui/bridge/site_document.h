#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QUndoStack>

#include <vector>

#include "core/site/site.h"

namespace signalbox::ui {

/// The open site: owns the Site and its undo history, and tells what changed. Every edit of the window, whatever made
/// it (form, canvas, table twin, YAML), goes through one of the edit functions below, so that every edit can be undone.
/// Objects are named by their ValuePath ("pools/shop/backends/a1"). GUI thread.
class SiteDocument : public QObject {
    Q_OBJECT

public:
    explicit SiteDocument(const site::Catalog& catalog, QObject* parent = nullptr);
    ~SiteDocument() override;

    [[nodiscard]] const site::Site& site() const noexcept { return m_site; }
    [[nodiscard]] const site::Catalog& catalog() const noexcept { return m_catalog; }
    [[nodiscard]] QUndoStack& undoStack() noexcept { return m_undo; }

    // Files. Opening a file with errors keeps what could be read, so that it can be mended here; `error` is for a file
    // that cannot be read at all.
    bool open(const QString& file, QString* error);
    bool save(QString* error);
    bool saveAs(const QString& file, QString* error);
    /// A new document from a template or a paste; its file is empty until it is saved.
    void setSite(site::Site site, const QString& title);
    [[nodiscard]] QString file() const { return m_file; }
    [[nodiscard]] QString title() const;
    [[nodiscard]] bool hasFile() const { return !m_file.isEmpty(); }
    [[nodiscard]] bool isModified() const { return !m_undo.isClean(); }

    // Edits. `text` names the step in the undo menu ("set weight of a2 to 3"). Steps with the same non-empty `mergeKey`
    // that follow each other become one (typing, dragging).
    void setValue(const QString& path, const Value& value, const QString& text, const QString& mergeKey = {});
    void removeValue(const QString& path, const QString& text);
    void insertItem(const QString& listPath, int index, const Value& value, const QString& text);
    void moveItem(const QString& listPath, int from, int to, const QString& text);
    /// Renames an element and every reference to it ("mock:a1", pools of routes, canvas positions), as one step.
    void rename(const QString& path, const QString& newName);
    /// Removes an element and what refers to it alone (edges), as one step.
    void removeElement(const QString& path);
    /// Replaces the whole tree (YAML tab), as one step.
    void replaceAll(const site::Site& site, const QString& text, const QString& mergeKey = {});
    void beginMacro(const QString& text) { m_undo.beginMacro(text); }
    void endMacro() { m_undo.endMacro(); }

    /// A name not yet used in a top-level or nested list: "a", "a-2", "a-3".
    [[nodiscard]] QString freeName(const QString& listPath, const QString& wish) const;
    /// Current problems of check and compile, after the last edit.
    [[nodiscard]] const std::vector<site::Problem>& problems() const noexcept { return m_problems; }
    [[nodiscard]] bool hasErrors() const { return site::hasErrors(m_problems); }

Q_SIGNALS:
    /// After every edit, undo and redo; `paths` are the values that changed, an empty list means everything.
    void changed(const QStringList& paths);
    void problemsChanged();
    void fileChanged();
    void modifiedChanged(bool modified);

private:
    friend class EditCommand;
    /// Pushes what differs between the tree and `root` as one step; nothing where nothing differs.
    void commit(const Value& root, const QStringList& paths, const QString& text, const QString& mergeKey = {});
    void afterEdit(const QStringList& paths);
    void recheck();

    const site::Catalog& m_catalog;
    site::Site m_site;
    QString m_file;
    QString m_title;
    QUndoStack m_undo;
    std::vector<site::Problem> m_problems;
};

}  // namespace signalbox::ui
