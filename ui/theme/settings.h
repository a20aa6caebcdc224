#pragma once

#include <QObject>

#include "ui/theme/tokens.h"

namespace signalbox::ui {

/// How much moves: dots, or stepped widths and counts only, or nothing until refreshed.
enum class MotionChoice { Full, Reduced, None };

/// The user's choices about the look, kept in QSettings unless `persistent` is false (screenshots, tests). Setting one
/// applies it at once. GUI thread.
class Settings : public QObject {
    Q_OBJECT

public:
    explicit Settings(bool persistent, QObject* parent = nullptr);

    [[nodiscard]] bool persistent() const noexcept { return m_persistent; }
    [[nodiscard]] ThemeChoice theme() const noexcept { return m_theme; }
    void setTheme(ThemeChoice theme);
    [[nodiscard]] double textScale() const noexcept { return m_textScale; }
    void setTextScale(double scale);
    [[nodiscard]] MotionChoice motion() const noexcept { return m_motion; }
    void setMotion(MotionChoice motion);

Q_SIGNALS:
    void themeChanged(ThemeChoice theme);
    void motionChanged(MotionChoice motion);

private:
    bool m_persistent;
    ThemeChoice m_theme = ThemeChoice::System;
    double m_textScale = 1.0;
    MotionChoice m_motion = MotionChoice::Full;
};

}  // namespace signalbox::ui
