#pragma once

#include <QFrame>
#include <QLineEdit>
#include <QListWidget>

#include <functional>
#include <vector>

namespace signalbox::ui {

/// Finds commands, nodes, templates and files by typed letters and runs what is chosen. GUI thread.
class CommandPalette : public QFrame {
    Q_OBJECT

public:
    struct Entry {
        QString id;    ///< remembered among the recent ones
        QString text;  ///< what is searched
        QString hint;  ///< kind or key, at the right
        QString icon;
        std::function<void()> run;
    };

    explicit CommandPalette(QWidget* window);
    /// Opens below `anchor` with these entries; recently used ones stand first until something is typed.
    void popUp(QWidget* anchor, std::vector<Entry> entries);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void fill();
    void runCurrent();

    std::vector<Entry> m_entries;
    QStringList m_recent;
    QLineEdit* m_search;
    QListWidget* m_list;
};

}  // namespace signalbox::ui
