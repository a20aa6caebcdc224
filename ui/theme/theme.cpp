#include "ui/theme/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QPalette>
#include <QPixmapCache>
#include <QToolTip>
#include <QWidget>

#include <algorithm>

#include "ui/theme/app_style.h"

namespace signalbox::ui {

namespace {

Tokens& current()
{
    static Tokens value;
    return value;
}

QString familyOr(const QString& wanted, QFontDatabase::SystemFont fallback)
{
    return QFontDatabase::hasFamily(wanted) ? wanted : QFontDatabase::systemFont(fallback).family();
}

Tokens load(bool dark)
{
    QFile file(dark ? QStringLiteral(":/themes/dark.json") : QStringLiteral(":/themes/light.json"));
    Tokens result;
    QString error;
    if (!file.open(QIODevice::ReadOnly) || !Tokens::fromJson(file.readAll(), &result, &error)) {
        qFatal("theme %s: %s", qPrintable(file.fileName()), qPrintable(error.isEmpty() ? file.errorString() : error));
    }
    return result;
}

QPalette paletteOf(const Tokens& t)
{
    QPalette p;
    const QColor selection = mix(t.accent, t.surface, t.dark ? 0.30 : 0.18);
    p.setColor(QPalette::Window, t.surface);
    p.setColor(QPalette::WindowText, t.text);
    p.setColor(QPalette::Base, t.dark ? t.window : t.surface);
    p.setColor(QPalette::AlternateBase, mix(t.border, t.surface, 0.25));
    p.setColor(QPalette::Text, t.text);
    p.setColor(QPalette::Button, t.raised);
    p.setColor(QPalette::ButtonText, t.text);
    p.setColor(QPalette::BrightText, t.text);
    p.setColor(QPalette::Highlight, selection);
    p.setColor(QPalette::HighlightedText, t.text);
    p.setColor(QPalette::Link, t.accent);
    p.setColor(QPalette::LinkVisited, t.accent);
    p.setColor(QPalette::PlaceholderText, t.muted);
    p.setColor(QPalette::ToolTipBase, t.raised);
    p.setColor(QPalette::ToolTipText, t.text);
    p.setColor(QPalette::Light, t.raised);
    p.setColor(QPalette::Midlight, t.border);
    p.setColor(QPalette::Mid, t.border);
    p.setColor(QPalette::Dark, t.border);
    p.setColor(QPalette::Shadow, mix(QColor(Qt::black), t.window, 0.5));
    const QColor off = mix(t.muted, t.surface, 0.6);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText}) {
        p.setColor(QPalette::Disabled, role, off);
    }
    p.setColor(QPalette::Disabled, QPalette::Highlight, mix(t.border, t.surface, 0.5));
    return p;
}

}  // namespace

const Tokens& tokens()
{
    return current();
}

Theme& Theme::instance()
{
    static Theme theme;
    return theme;
}

void Theme::install(ThemeChoice choice)
{
    const QPalette start = QApplication::palette();
    m_systemIsDark = start.color(QPalette::Window).lightness() < start.color(QPalette::WindowText).lightness();
    m_bodyFamily = familyOr(QStringLiteral("Inter"), QFontDatabase::GeneralFont);
    m_monoFamily = familyOr(QStringLiteral("JetBrains Mono"), QFontDatabase::FixedFont);
    m_choice = choice;
    current() = load(choice == ThemeChoice::Dark || (choice == ThemeChoice::System && m_systemIsDark));
    QApplication::setStyle(new AppStyle);
    apply();
}

void Theme::setChoice(ThemeChoice choice)
{
    if (choice == m_choice) {
        return;
    }
    m_choice = choice;
    apply();
}

void Theme::setTextScale(double scale)
{
    scale = std::clamp(scale, 0.8, 2.0);
    if (qFuzzyCompare(scale, m_scale)) {
        return;
    }
    m_scale = scale;
    apply();
}

int Theme::px(int length) const noexcept
{
    return qRound(length * m_scale);
}

void Theme::apply()
{
    current() = load(m_choice == ThemeChoice::Dark || (m_choice == ThemeChoice::System && m_systemIsDark));
    QPixmapCache::clear();
    const QPalette palette = paletteOf(current());
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    const QFont body = font(TextRole::Body);
    QApplication::setFont(body);
    QToolTip::setFont(font(TextRole::Small));
    Q_EMIT changed();
    for (QWidget* widget : QApplication::allWidgets()) {
        widget->updateGeometry();
        widget->update();
    }
}

QFont Theme::font(TextRole role) const
{
    const auto make = [this](const QString& family, int size, QFont::Weight weight) {
        QFont result(family);
        result.setPixelSize(px(size));
        result.setWeight(weight);
        return result;
    };
    switch (role) {
        case TextRole::Body: return make(m_bodyFamily, 13, QFont::Normal);
        case TextRole::Small: return make(m_bodyFamily, 11, QFont::Normal);
        case TextRole::Section: return make(m_bodyFamily, 12, QFont::DemiBold);
        case TextRole::Panel: return make(m_bodyFamily, 15, QFont::DemiBold);
        case TextRole::Page: return make(m_bodyFamily, 20, QFont::DemiBold);
        case TextRole::Mono: return make(m_monoFamily, 12, QFont::Normal);
        case TextRole::Number: return make(m_monoFamily, 18, QFont::Medium);
    }
    return {};
}

}  // namespace signalbox::ui
