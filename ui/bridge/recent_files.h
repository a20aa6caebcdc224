#pragma once

#include <QObject>
#include <QStringList>

namespace signalbox::ui {

/// The files opened last, newest first, kept in the user's settings unless `persistent` is false. GUI thread.
class RecentFiles : public QObject {
    Q_OBJECT

public:
    explicit RecentFiles(bool persistent, QObject* parent = nullptr);
    [[nodiscard]] QStringList files() const;  ///< those that still exist
    void add(const QString& file);
    void clear();

Q_SIGNALS:
    void changed();

private:
    void store() const;

    static constexpr int kMost = 10;
    bool m_persistent;
    QStringList m_files;
};

}  // namespace signalbox::ui
