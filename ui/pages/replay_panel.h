#pragma once

#include <QComboBox>
#include <QListWidget>
#include <QStackedWidget>

#include "ui/pages/replay_session.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

/// What is replayed and where to: the trace with its figures, the listener, and the lines that were skipped. GUI
/// thread.
class ReplayPanel : public QStackedWidget {
    Q_OBJECT

public:
    ReplayPanel(SiteDocument& document, ReplaySession& session, QWidget* parent = nullptr);

public Q_SLOTS:
    void chooseFile();

private:
    QWidget* makeDetails();
    void refresh();
    void fillListeners();

    SiteDocument& m_document;
    ReplaySession& m_session;
    TextLabel* m_name;
    TextLabel* m_figures;
    QComboBox* m_listener;
    TextLabel* m_skippedTitle;
    QListWidget* m_skipped;
};

}  // namespace signalbox::ui
