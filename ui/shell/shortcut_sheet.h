#pragma once

#include <QDialog>

#include "ui/shell/action_registry.h"

namespace signalbox::ui {

/// Every command that has a key, by menu. GUI thread.
class ShortcutSheet : public QDialog {
    Q_OBJECT

public:
    explicit ShortcutSheet(const ActionRegistry& registry, QWidget* parent = nullptr);
};

}  // namespace signalbox::ui
