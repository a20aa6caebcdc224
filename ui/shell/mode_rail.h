#pragma once

#include <QButtonGroup>

#include "ui/pages/workspace.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

/// The modes at the left edge, and the settings at its foot. GUI thread.
class ModeRail : public Panel {
    Q_OBJECT

public:
    explicit ModeRail(QWidget* parent = nullptr);
    void setMode(Mode mode);
    /// Without a site no mode is on.
    void setNoMode();

Q_SIGNALS:
    void modeChosen(Mode mode);
    void settingsRequested();

private:
    QToolButton* addButton(const QString& iconName, const QString& text, const QString& objectName,
                           const QString& toolTip);
    QButtonGroup* m_modes;
};

}  // namespace signalbox::ui
