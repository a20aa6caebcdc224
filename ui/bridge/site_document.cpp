#include "ui/bridge/site_document.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <utility>

#include "core/plan/compiler.h"
#include "ui/bridge/edit_command.h"
#include "ui/bridge/site_edits.h"

namespace signalbox::ui {

SiteDocument::SiteDocument(const site::Catalog& catalog, QObject* parent) : QObject(parent), m_catalog(catalog)
{
    connect(&m_undo, &QUndoStack::cleanChanged, this, [this](bool clean) { Q_EMIT modifiedChanged(!clean); });
}

SiteDocument::~SiteDocument()
{
    // The stack's own end would tell listeners that are half gone.
    m_undo.disconnect(this);
}

bool SiteDocument::open(const QString& file, QString* error)
{
    QFile probe(file);
    if (!probe.open(QIODevice::ReadOnly)) {
        *error = QStringLiteral("%1: %2").arg(file, probe.errorString());
        return false;
    }
    const std::string name = QFileInfo(file).absoluteFilePath().toStdString();
    auto read = site::readSite(probe.readAll().toStdString(), name, m_catalog);
    if (read.site.root.members().empty() && site::hasErrors(read.problems)) {
        // Nothing could be read: showing an empty site would invite to save it over the user's text.
        *error = QString::fromStdString(site::format(read.problems, name)).trimmed();
        return false;
    }
    m_undo.clear();
    m_site = std::move(read.site);
    m_site.file = name;
    m_file = QString::fromStdString(name);
    m_title.clear();
    recheck();
    // What the text itself was wrong about (a duplicate key) is seen by the reader alone.
    for (const auto& problem : read.problems) {
        const bool known = std::ranges::any_of(
            m_problems, [&](const site::Problem& p) { return p.path == problem.path && p.message == problem.message; });
        if (!known) {
            m_problems.push_back(problem);
        }
    }
    Q_EMIT fileChanged();
    Q_EMIT changed({});
    Q_EMIT problemsChanged();
    return true;
}

bool SiteDocument::save(QString* error)
{
    return saveAs(m_file, error);
}

bool SiteDocument::saveAs(const QString& file, QString* error)
{
    const QString absolute = QFileInfo(file).absoluteFilePath();
    if (auto saved = site::saveFile(absolute.toStdString(), site::writeSite(m_site)); !saved) {
        *error = QString::fromStdString(saved.error().detail);
        return false;
    }
    m_file = absolute;
    m_site.file = absolute.toStdString();
    m_undo.setClean();
    Q_EMIT fileChanged();
    return true;
}

void SiteDocument::setSite(site::Site site, const QString& title)
{
    m_undo.clear();
    m_site = std::move(site);
    m_site.file.clear();
    m_file.clear();
    m_title = title;
    recheck();
    Q_EMIT fileChanged();
    Q_EMIT changed({});
    Q_EMIT problemsChanged();
}

QString SiteDocument::title() const
{
    if (!m_file.isEmpty()) {
        return QFileInfo(m_file).fileName();
    }
    return m_title.isEmpty() ? QStringLiteral("Untitled") : m_title;
}

void SiteDocument::setValue(const QString& path, const Value& value, const QString& text, const QString& mergeKey)
{
    Value root = m_site.root;
    Value* at = edits::findOrMake(root, path.toStdString());
    if (at == nullptr) {
        return;
    }
    Value next = value;
    next.comments = next.comments.empty() ? at->comments : next.comments;
    next.trailing = next.trailing.empty() ? at->trailing : next.trailing;
    next.keyPlace = at->keyPlace;
    next.place = next.place.line == 0 ? at->place : next.place;
    *at = std::move(next);
    commit(root, {path}, text, mergeKey);
}

void SiteDocument::removeValue(const QString& path, const QString& text)
{
    Value root = m_site.root;
    if (edits::remove(root, path.toStdString())) {
        commit(root, {path}, text);
    }
}

void SiteDocument::insertItem(const QString& listPath, int index, const Value& value, const QString& text)
{
    Value root = m_site.root;
    Value* list = edits::findOrMake(root, listPath.toStdString());
    if (list == nullptr || list->isMap()) {
        return;
    }
    if (!list->isList()) {
        // A list of one may be written as a lone scalar.
        Value made = Value::list();
        if (list->isScalar()) {
            made.append(*list);
        }
        *list = std::move(made);
    }
    auto& items = list->items();
    const auto at = index < 0 ? items.size() : std::min(items.size(), static_cast<std::size_t>(index));
    items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), value);
    commit(root, {listPath}, text);
}

void SiteDocument::moveItem(const QString& listPath, int from, int to, const QString& text)
{
    Value root = m_site.root;
    Value* list = edits::find(root, listPath.toStdString());
    const int size = list != nullptr ? static_cast<int>(list->items().size()) : 0;
    if (from < 0 || to < 0 || from >= size || to >= size || from == to) {
        return;
    }
    auto& items = list->items();
    if (from < to) {
        std::rotate(items.begin() + from, items.begin() + from + 1, items.begin() + to + 1);
    } else {
        std::rotate(items.begin() + to, items.begin() + from, items.begin() + from + 1);
    }
    commit(root, {listPath}, text);
}

void SiteDocument::rename(const QString& path, const QString& newName)
{
    site::Site next = m_site;
    const std::string where = path.toStdString();
    Value* element = edits::find(next.root, where);
    Value* name = element != nullptr ? element->find("name") : nullptr;
    if (name == nullptr || newName.isEmpty() || name->text() == newName.toStdString()) {
        return;
    }
    const QString text = QStringLiteral("rename %1 to %2").arg(QString::fromStdString(name->text()), newName);
    const Value old = *name;
    *name = Value::scalar(newName.toStdString());
    name->trailing = old.trailing;
    edits::renameReferences(next, m_catalog, where, newName.toStdString());
    commit(next.root, {}, text);
}

void SiteDocument::removeElement(const QString& path)
{
    site::Site next = m_site;
    edits::removeElement(next, m_catalog, path.toStdString());
    commit(next.root, {}, QStringLiteral("delete %1").arg(path.section(u'/', -1)));
}

void SiteDocument::replaceAll(const site::Site& site, const QString& text, const QString& mergeKey)
{
    commit(site.root, {}, text, mergeKey);
}

QString SiteDocument::freeName(const QString& listPath, const QString& wish) const
{
    const Value* list = site::valueAt(m_site, listPath.toStdString());
    const auto taken = [list](const std::string& name) {
        return list != nullptr &&
               std::ranges::any_of(list->items(), [&](const Value& item) { return site::Site::nameOf(item) == name; });
    };
    QString name = wish;
    for (int i = 2; taken(name.toStdString()); ++i) {
        name = QStringLiteral("%1-%2").arg(wish).arg(i);
    }
    return name;
}

void SiteDocument::commit(const Value& root, const QStringList& paths, const QString& text, const QString& mergeKey)
{
    auto patch = TreePatch::between(m_site.root, root);
    if (!patch) {
        site::Site other = m_site;
        other.root = root;
        if (site::writeSite(other) == site::writeSite(m_site)) {
            return;
        }
        // Only comments or style differ.
        patch = TreePatch{{}, m_site.root, root};
    }
    m_undo.push(new EditCommand(*this, std::move(*patch), paths, text, mergeKey));
}

void SiteDocument::afterEdit(const QStringList& paths)
{
    recheck();
    Q_EMIT changed(paths);
    Q_EMIT problemsChanged();
}

void SiteDocument::recheck()
{
    m_problems = plan::compile({m_site, m_catalog, nullptr, nullptr, {}}).problems;
}

}  // namespace signalbox::ui
