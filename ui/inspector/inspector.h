#pragma once

#include <QPointer>
#include <QWidget>
#include <deque>

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/site_document.h"

class QLabel;
class QLineEdit;
class QScrollArea;
class QSplitter;
class QStackedLayout;
class QTabWidget;

namespace signalbox::ui {

class ElidedLabel;
class EmptyState;
class FaultsTab;
class LiveTab;
class ParamForm;
class TextLabel;
class WhyCard;
class YamlTab;

/// The right side of the window: one element of the site with its form, its numbers, its faults and its text, and below it why
/// the last request of interest went where it went. GUI thread.
class Inspector : public QWidget {
    Q_OBJECT

public:
    Inspector(SiteDocument& document, EngineBridge& bridge, QWidget* parent = nullptr);
    ~Inspector() override;

    [[nodiscard]] QString path() const { return m_path; }

public Q_SLOTS:
    /// "listeners/api", "listeners/api/routes/users", "pools/x", "pools/x/backends/a1", "mocks/a1", ...; empty: nothing selected.
    void show(const QString& path);
    /// The Why card explains this request until another element or request is chosen.
    void showTrace(const signalbox::stats::DecisionTrace& trace);

Q_SIGNALS:
    /// The user followed a link to another element.
    void navigated(const QString& path);

private:
    QWidget* makeHeader();
    void makeTabs();
    void documentChanged(const QStringList& paths);
    void rebuildForm();
    void updateHeader();
    void updateTabs();
    void commitName();
    void watch(const std::vector<stats::DecisionTrace>& traces);
    void updateWhy();

    SiteDocument& m_document;
    EngineBridge& m_bridge;
    QString m_path;
    QString m_mockPath;      ///< of the mock behind a backend, or the mock itself
    QLabel* m_icon = nullptr;
    QLineEdit* m_name = nullptr;
    ElidedLabel* m_kind = nullptr;
    QTabWidget* m_tabs = nullptr;
    QStackedLayout* m_stack = nullptr;
    QScrollArea* m_configArea = nullptr;
    QPointer<QWidget> m_config;
    LiveTab* m_live = nullptr;
    FaultsTab* m_faults = nullptr;
    YamlTab* m_yaml = nullptr;
    WhyCard* m_why = nullptr;
    bool m_pinnedTrace = false;
    bool m_whyDue = false;
    std::deque<stats::DecisionTrace> m_trouble;  ///< the newest that were refused or failed
};

}  // namespace signalbox::ui
