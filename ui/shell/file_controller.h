#pragma once

#include <QObject>

#include <functional>

#include "ui/bridge/recent_files.h"
#include "ui/bridge/site_document.h"

namespace signalbox::ui {

/// New, open, save and the question before edits are lost. GUI thread.
class FileController : public QObject {
    Q_OBJECT

public:
    FileController(SiteDocument& document, RecentFiles& recent, QWidget* window);

    enum class Answer { Save, Discard, Cancel };
    /// Replaces the dialog that asks before unsaved edits are lost.
    void setAsk(std::function<Answer()> ask) { m_ask = std::move(ask); }

    void newSite();
    void openTemplate(const QString& id);
    void chooseAndOpen();
    bool open(const QString& file);
    bool save();
    bool saveAs();
    /// True when nothing would be lost, or the user agreed.
    [[nodiscard]] bool mayClose();

Q_SIGNALS:
    /// Another site is in the document.
    void opened();
    void failed(const QString& why);

private:
    [[nodiscard]] Answer askWithDialog() const;

    SiteDocument& m_document;
    RecentFiles& m_recent;
    QWidget* m_window;
    std::function<Answer()> m_ask;
};

}  // namespace signalbox::ui
