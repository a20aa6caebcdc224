#pragma once

#include <QWidget>

#include "ui/bridge/site_document.h"

class QPlainTextEdit;

namespace signalbox::ui {

class TextLabel;

/// The element as the file says it. A fit text is taken over as one step by Ctrl+Return or on leaving; what is wrong is named with
/// its line. GUI thread.
class YamlTab : public QWidget {
    Q_OBJECT

public:
    explicit YamlTab(SiteDocument& document, QWidget* parent = nullptr);
    /// What was typed for the element before is taken over first, where it is fit.
    void setElement(const QString& path);
    void refresh();
    /// Takes the text over; false with a message where it is not fit.
    bool commit();

Q_SIGNALS:
    /// The text gave the element another name.
    void renamed(const QString& path);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void check();
    void showMessage(const QString& text, bool isError, int line);
    [[nodiscard]] QString stored() const;

    SiteDocument& m_document;
    QString m_path;
    QString m_shown;
    QPlainTextEdit* m_text;
    TextLabel* m_message;
};

}  // namespace signalbox::ui
