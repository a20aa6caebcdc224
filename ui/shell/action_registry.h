#pragma once

#include <QAction>
#include <QKeySequence>
#include <QObject>
#include <QString>

#include <functional>
#include <vector>

namespace signalbox::ui {

/// Where an action's single-letter key works.
enum class ActionContext { Window, Canvas };

/// Every command of the window, once: feeds menus, command palette, toolbars, shortcut sheet and key map.
/// Owned by the main window. GUI thread.
class ActionRegistry : public QObject {
    Q_OBJECT

public:
    explicit ActionRegistry(QWidget* window);
    struct Spec {
        QString id;    ///< "run.start"
        QString text;  ///< "Run"
        QString icon;  ///< name in resources/icons, may be empty
        QKeySequence key;
        ActionContext context = ActionContext::Window;
        QString menu;  ///< "File", "Edit", "View", "Run", "Help"; empty: palette only
        bool checkable = false;
    };
    /// Makes the action; `run` is called when it triggers.
    QAction* add(const Spec& spec, std::function<void()> run);
    [[nodiscard]] QAction* find(const QString& id) const;
    struct Entry {
        Spec spec;
        QAction* action;
    };
    [[nodiscard]] const std::vector<Entry>& all() const noexcept { return m_entries; }

private:
    QWidget* m_window;
    std::vector<Entry> m_entries;
};

}  // namespace signalbox::ui
