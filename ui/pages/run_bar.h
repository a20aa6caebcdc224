#pragma once

#include <QComboBox>
#include <QSlider>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"
#include "ui/theme/settings.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

/// The line under the canvas in Run: time, pause of the view, traffic with its rate, counters, faults, motion. GUI
/// thread.
class RunBar : public Panel {
    Q_OBJECT

public:
    RunBar(SiteDocument& document, EngineBridge& bridge, Settings& settings, QWidget* parent = nullptr);
    [[nodiscard]] bool viewPaused() const { return m_pause->isChecked(); }
    void setViewPaused(bool paused) { m_pause->setChecked(paused); }
    void toggleTraffic();
    /// Multiplies the rate of the chosen scenarios.
    void changeRate(double by);
    void setProblemCount(int errors, int warnings);
    /// Leaves out what does not fit a small window.
    void setCompact(bool compact);

Q_SIGNALS:
    void pauseChanged(bool paused);
    void problemsRequested();
    void faultsRequested();

private:
    void fillScenarios();
    void refresh();
    void refreshCounters();
    void onSlider();
    [[nodiscard]] QStringList chosen() const;
    [[nodiscard]] bool anyRunning() const;

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    Settings& m_settings;
    TextLabel* m_live;
    QToolButton* m_pause;
    QComboBox* m_scenario;
    QPushButton* m_toggle;
    QSlider* m_rate;
    TextLabel* m_rateText;
    QToolButton* m_repeat;
    TextLabel* m_counters;
    QPushButton* m_problems;
    QPushButton* m_faults;
    QComboBox* m_motion;
};

}  // namespace signalbox::ui
