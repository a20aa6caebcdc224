#pragma once

#include <QColor>
#include <QString>

#include <array>

namespace signalbox::ui {

/// All colours and measures of the look. Filled from resources/themes/*.json; nobody else names a colour.
struct Tokens {
    bool dark = false;
    QColor window, surface, raised, border;
    QColor text, muted, accent, onAccent;
    std::array<QColor, 6> series;           ///< charts, told apart in four kinds of colour vision
    QColor ok, warn, error, limited, idle;  ///< status: shapes, never text
    std::array<QColor, 5> heat;             ///< heat map ramp, low to high

    /// Reads a theme; false with a sentence in `error` when a colour is missing or is none.
    [[nodiscard]] static bool fromJson(const QByteArray& json, Tokens* out, QString* error);
};

enum class ThemeChoice { System, Light, Dark };

/// The theme in force. GUI thread.
[[nodiscard]] const Tokens& tokens();

/// `share` of `over` laid on `under`, opaque: hover and selection fills, chart areas.
[[nodiscard]] QColor mix(const QColor& over, const QColor& under, qreal share);

}  // namespace signalbox::ui
