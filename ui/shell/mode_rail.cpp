#include "ui/shell/mode_rail.h"

#include <QVBoxLayout>

namespace signalbox::ui {

ModeRail::ModeRail(QWidget* parent) : Panel(Fill::Surface, parent, Qt::RightEdge), m_modes(new QButtonGroup(this))
{
    describe(this, QStringLiteral("modeRail"), QStringLiteral("Modes"));
    setToolTip({});
    setFixedWidth(72);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 8, 5, 8);
    layout->setSpacing(4);
    const auto mode = [&](Mode value, const QString& iconName, const QString& text, const QString& what) {
        const int number = static_cast<int>(value) + 1;
        auto* button = addButton(iconName, text, QStringLiteral("mode%1").arg(text),
                                 QStringLiteral("%1 (Ctrl+%2)").arg(what).arg(number));
        button->setCheckable(true);
        m_modes->addButton(button, static_cast<int>(value));
        layout->addWidget(button);
    };
    mode(Mode::Design, QStringLiteral("design"), QStringLiteral("Design"), QStringLiteral("Draw and edit the site"));
    mode(Mode::Run, QStringLiteral("run"), QStringLiteral("Run"), QStringLiteral("Run it and watch"));
    mode(Mode::Replay, QStringLiteral("replay"), QStringLiteral("Replay"), QStringLiteral("Send recorded traffic"));
    layout->addStretch();
    auto* settings = addButton(QStringLiteral("settings"), QStringLiteral("Settings"), QStringLiteral("settingsButton"),
                               QStringLiteral("Settings (Ctrl+,)"));
    layout->addWidget(settings);
    connect(settings, &QToolButton::clicked, this, &ModeRail::settingsRequested);
    connect(m_modes, &QButtonGroup::idClicked, this, [this](int id) { Q_EMIT modeChosen(static_cast<Mode>(id)); });
}

QToolButton* ModeRail::addButton(const QString& iconName, const QString& text, const QString& objectName,
                                 const QString& toolTip)
{
    auto* button = new QToolButton(this);
    button->setProperty("rail", true);
    button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    button->setText(text);
    button->setIcon(icon(iconName, IconRole::Rail));
    button->setIconSize({20, 20});
    button->setFixedSize(63, 56);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    describe(button, objectName, text, toolTip);
    const auto restyle = [button] {
        QFont font = Theme::instance().font(Theme::TextRole::Small);
        font.setPixelSize(std::min(font.pixelSize(), 13));
        button->setFont(font);
        QPalette p = button->palette();
        p.setColor(QPalette::ButtonText, button->isChecked() ? tokens().accent : tokens().muted);
        button->setPalette(p);
    };
    restyle();
    connect(&Theme::instance(), &Theme::changed, button, restyle);
    connect(button, &QToolButton::toggled, button, restyle);
    return button;
}

void ModeRail::setMode(Mode mode)
{
    m_modes->setExclusive(true);
    m_modes->button(static_cast<int>(mode))->setChecked(true);
}

void ModeRail::setNoMode()
{
    m_modes->setExclusive(false);
    for (QAbstractButton* button : m_modes->buttons()) {
        button->setChecked(false);
    }
    m_modes->setExclusive(true);
}

}  // namespace signalbox::ui
