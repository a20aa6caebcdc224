#pragma once

#include <QToolButton>

#include "ui/theme/theme.h"

namespace signalbox::ui {

/// A title that opens and closes what stands below it: a chevron and its text, no more. Checked means open. GUI thread.
class FoldButton : public QToolButton {
    Q_OBJECT

public:
    FoldButton(const QString& text, Theme::TextRole role, QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Theme::TextRole m_role;
};

}  // namespace signalbox::ui
