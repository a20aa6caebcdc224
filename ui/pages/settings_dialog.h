#pragma once

#include <QDialog>

#include "ui/theme/settings.h"

namespace signalbox::ui {

/// Theme, text size and motion; every choice acts at once. GUI thread.
class SettingsDialog : public QDialog {
    Q_OBJECT

public:
    explicit SettingsDialog(Settings& settings, QWidget* parent = nullptr);
};

}  // namespace signalbox::ui
