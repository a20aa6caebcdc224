#include "ui/theme/settings.h"

#include <QSettings>

#include <algorithm>

#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

constexpr char kTheme[] = "look/theme";
constexpr char kScale[] = "look/textScale";
constexpr char kMotion[] = "look/motion";

QString key(const char* text)
{
    return QString::fromLatin1(text);
}

template <typename Enum>
Enum readEnum(const QSettings& settings, const char* name, Enum last)
{
    return static_cast<Enum>(std::clamp(settings.value(key(name), 0).toInt(), 0, static_cast<int>(last)));
}

}  // namespace

Settings::Settings(bool persistent, QObject* parent) : QObject(parent), m_persistent(persistent)
{
    if (persistent) {
        const QSettings settings;
        m_theme = readEnum(settings, kTheme, ThemeChoice::Dark);
        m_textScale = std::clamp(settings.value(key(kScale), 1.0).toDouble(), 0.8, 2.0);
        m_motion = readEnum(settings, kMotion, MotionChoice::None);
    }
}

void Settings::setTheme(ThemeChoice theme)
{
    m_theme = theme;
    if (m_persistent) {
        QSettings().setValue(key(kTheme), static_cast<int>(theme));
    }
    Theme::instance().setChoice(theme);
    Q_EMIT themeChanged(theme);
}

void Settings::setTextScale(double scale)
{
    m_textScale = scale;
    if (m_persistent) {
        QSettings().setValue(key(kScale), scale);
    }
    Theme::instance().setTextScale(scale);
}

void Settings::setMotion(MotionChoice motion)
{
    if (motion == m_motion) {
        return;
    }
    m_motion = motion;
    if (m_persistent) {
        QSettings().setValue(key(kMotion), static_cast<int>(motion));
    }
    Q_EMIT motionChanged(motion);
}

}  // namespace signalbox::ui
