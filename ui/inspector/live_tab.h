#pragma once

#include <QWidget>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"

class QStackedLayout;

namespace signalbox::ui {

class EmptyState;
class StatTile;
class TextLabel;

/// The numbers of one element over the last minute. GUI thread.
class LiveTab : public QWidget {
    Q_OBJECT

public:
    LiveTab(SiteDocument& document, EngineBridge& bridge, QWidget* parent = nullptr);
    /// Of which element; `mockPath` names the mock behind it, if there is one.
    void setElement(const QString& path, const QString& mockPath);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void update();
    void updateTiles();
    void updateShare();
    void updateMock();
    void updateScenario();
    /// The element that is counted: a mock is known by the backend that stands on it.
    [[nodiscard]] QString countedPath() const;

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    QString m_path;
    QString m_mockPath;
    QStackedLayout* m_stack;
    EmptyState* m_empty;
    StatTile* m_rate;
    StatTile* m_errors;
    StatTile* m_p99;
    StatTile* m_active;
    TextLabel* m_share;
    TextLabel* m_more;
    TextLabel* m_mock;
    int m_tick = 0;
};

}  // namespace signalbox::ui
