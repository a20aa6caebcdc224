#pragma once

#include <QFrame>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"

namespace signalbox::ui {

/// What applying the edits would change, before it is done: the differences, the requests in flight, or why it cannot
/// be. GUI thread.
class ApplyPopup : public QFrame {
    Q_OBJECT

public:
    ApplyPopup(SiteDocument& document, EngineBridge& bridge, QWidget* parent = nullptr);
    /// Opens under `anchor`, right edges aligned.
    void popUp(QWidget* anchor);

Q_SIGNALS:
    void applyRequested();
    void revertRequested();
    void problemsRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void fill();
    void addLine(const QString& text, bool muted, bool mono);

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    QVBoxLayout* m_lines;
    QPushButton* m_apply;
    QPushButton* m_problems;
};

}  // namespace signalbox::ui
