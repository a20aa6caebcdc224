#include "ui/shell/action_registry.h"

#include <algorithm>
#include <utility>

#include "ui/theme/theme.h"

namespace signalbox::ui {

ActionRegistry::ActionRegistry(QWidget* window) : QObject(window), m_window(window) {}

QAction* ActionRegistry::add(const Spec& spec, std::function<void()> run)
{
    Q_ASSERT(find(spec.id) == nullptr);
    auto* action = new QAction(spec.text, this);
    action->setObjectName(spec.id);
    action->setCheckable(spec.checkable);
    if (!spec.icon.isEmpty()) {
        action->setIcon(icon(spec.icon));
    }
    action->setShortcut(spec.key);
    const QString key = spec.key.toString(QKeySequence::NativeText);
    action->setToolTip(key.isEmpty() ? spec.text : QStringLiteral("%1 (%2)").arg(spec.text, key));
    if (spec.context == ActionContext::Window) {
        action->setShortcutContext(Qt::WindowShortcut);
        m_window->addAction(action);
    } else {
        // Whoever has the canvas adds it there: a letter typed into a field is not a command.
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    }
    connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
    m_entries.push_back({spec, action});
    return action;
}

QAction* ActionRegistry::find(const QString& id) const
{
    const auto it = std::ranges::find_if(m_entries, [&](const Entry& entry) { return entry.spec.id == id; });
    return it == m_entries.end() ? nullptr : it->action;
}

}  // namespace signalbox::ui
