#pragma once

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"
#include "ui/theme/widgets.h"

class QMenu;

namespace signalbox::ui {

/// The engine's state as words and a shape, always in sight: what runs, and where. GUI thread.
class EngineChip : public QWidget {
    Q_OBJECT

public:
    explicit EngineChip(EngineBridge& bridge, QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QString text() const;
    /// Addresses are left out where there is no room.
    void setCompact(bool compact);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void refresh();

    EngineBridge& m_bridge;
    bool m_compact = false;
    QString m_text;
};

/// The line above everything: menu, what is open, command box, engine, apply, run. GUI thread.
class TopBar : public Panel {
    Q_OBJECT

public:
    TopBar(SiteDocument& document, EngineBridge& bridge, QMenu* menu, QWidget* parent = nullptr);
    [[nodiscard]] QWidget* commandBox() const noexcept { return m_command; }
    [[nodiscard]] QWidget* applyButton() const noexcept { return m_apply; }
    /// Number of changes that the running site does not have yet; 0 hides the button.
    void setPending(int changes, bool valid);
    void setSiteOpen(bool open);

Q_SIGNALS:
    void commandRequested();
    void applyRequested();
    void runRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refreshTitle();
    void refreshRun();

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    bool m_siteOpen = false;
    ElidedLabel* m_title;
    ElidedLabel* m_subtitle;
    QPushButton* m_command;
    EngineChip* m_chip;
    QPushButton* m_apply;
    QPushButton* m_run;
};

}  // namespace signalbox::ui
