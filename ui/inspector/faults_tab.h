#pragma once

#include <QWidget>

#include "ui/bridge/engine_bridge.h"

class QCheckBox;
class QPushButton;
class QSlider;
class QSpinBox;

namespace signalbox::ui {

class TextLabel;

/// Makes a mock fail at once and takes it back as quickly; nothing of it is written into the site. GUI thread.
class FaultsTab : public QWidget {
    Q_OBJECT

public:
    explicit FaultsTab(EngineBridge& bridge, QWidget* parent = nullptr);
    void setMock(const QString& name);

private:
    QWidget* makeControls();
    void refresh();
    void commit();

    EngineBridge& m_bridge;
    QString m_mock;
    QCheckBox* m_down = nullptr;
    QSlider* m_latency = nullptr;
    QSpinBox* m_latencyBox = nullptr;
    QSlider* m_errors = nullptr;
    QSpinBox* m_errorsBox = nullptr;
    QPushButton* m_off = nullptr;
    TextLabel* m_state = nullptr;
    bool m_filling = false;
};

}  // namespace signalbox::ui
