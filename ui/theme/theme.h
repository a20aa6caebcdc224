#pragma once

#include <QFont>
#include <QIcon>
#include <QObject>

#include "ui/theme/tokens.h"

namespace signalbox::ui {

/// Applies a theme to the application (palette, style, fonts) and tells everyone who paints by hand. One per process,
/// made after QApplication. GUI thread.
class Theme : public QObject {
    Q_OBJECT

public:
    static Theme& instance();
    /// Installs style, fonts and palette; call once after QApplication is made.
    void install(ThemeChoice choice);
    void setChoice(ThemeChoice choice);
    [[nodiscard]] ThemeChoice choice() const noexcept { return m_choice; }
    /// 0.8 to 2.0; all text and controls follow.
    void setTextScale(double scale);
    [[nodiscard]] double textScale() const noexcept { return m_scale; }
    /// A length of the 4-px grid at the user's scale.
    [[nodiscard]] int px(int length) const noexcept;

    enum class TextRole { Body, Small, Section, Panel, Page, Mono, Number };
    /// Inter or JetBrains Mono (system fonts where they are missing) in the role's size and weight.
    [[nodiscard]] QFont font(TextRole role) const;

Q_SIGNALS:
    /// Palette and tokens() have changed: drop caches and repaint.
    void changed();

private:
    Theme() = default;
    void apply();

    ThemeChoice m_choice = ThemeChoice::System;
    double m_scale = 1.0;
    bool m_systemIsDark = false;
    QString m_bodyFamily;
    QString m_monoFamily;
};

/// Which colour of the theme an icon takes, so that it follows theme changes by itself.
/// Rail: muted, and accent where the button is checked.
enum class IconRole { Text, Muted, Accent, OnAccent, Rail, Ok, Warn, Error };

/// A line icon of resources/icons ("play", "server", ...) drawn in the palette's text colour, or in `colour`. Follows
/// theme changes by itself when `colour` is not given.
[[nodiscard]] QIcon icon(const QString& name, const QColor& colour = {});
[[nodiscard]] QIcon icon(const QString& name, IconRole role);
/// The icon as a pixmap for painting by hand, sharp at `devicePixelRatio`.
[[nodiscard]] QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal devicePixelRatio);

}  // namespace signalbox::ui
