#include "ui/bridge/recent_files.h"

#include <QFileInfo>
#include <QSettings>

namespace signalbox::ui {

namespace {

QString key()
{
    return QStringLiteral("recentFiles");
}

}  // namespace

RecentFiles::RecentFiles(bool persistent, QObject* parent) : QObject(parent), m_persistent(persistent)
{
    if (persistent) {
        m_files = QSettings().value(key()).toStringList();
    }
}

QStringList RecentFiles::files() const
{
    QStringList result;
    for (const QString& file : m_files) {
        if (QFileInfo::exists(file)) {
            result.append(file);
        }
    }
    return result;
}

void RecentFiles::add(const QString& file)
{
    const QString absolute = QFileInfo(file).absoluteFilePath();
    m_files.removeAll(absolute);
    m_files.prepend(absolute);
    m_files = m_files.mid(0, kMost);
    store();
    Q_EMIT changed();
}

void RecentFiles::clear()
{
    m_files.clear();
    store();
    Q_EMIT changed();
}

void RecentFiles::store() const
{
    if (m_persistent) {
        QSettings().setValue(key(), m_files);
    }
}

}  // namespace signalbox::ui
