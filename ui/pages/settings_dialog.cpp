#include "ui/pages/settings_dialog.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QSlider>
#include <QVBoxLayout>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

SettingsDialog::SettingsDialog(Settings& settings, QWidget* parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("settingsDialog"));
    setWindowTitle(QStringLiteral("Settings"));
    setMinimumWidth(420);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 20);
    layout->setSpacing(12);
    layout->addWidget(new TextLabel(QStringLiteral("Settings"), Theme::TextRole::Page, false, this));
    auto* form = new QFormLayout;
    form->setVerticalSpacing(10);
    form->setHorizontalSpacing(24);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);

    auto* theme = new QComboBox(this);
    describe(theme, QStringLiteral("themeChoice"), QStringLiteral("Theme"), QStringLiteral("Colours of the window"));
    theme->addItems({QStringLiteral("Follow the system"), QStringLiteral("Light"), QStringLiteral("Dark")});
    theme->setCurrentIndex(static_cast<int>(settings.theme()));
    connect(theme, &QComboBox::activated, &settings,
            [&settings](int index) { settings.setTheme(static_cast<ThemeChoice>(index)); });

    auto* scaleRow = new QHBoxLayout;
    auto* scale = new QSlider(Qt::Horizontal, this);
    describe(scale, QStringLiteral("textScale"), QStringLiteral("Text size"), QStringLiteral("80 to 200 percent"));
    scale->setRange(8, 20);
    scale->setValue(qRound(settings.textScale() * 10));
    scale->setMinimumHeight(28);
    auto* percent = new TextLabel(QStringLiteral("%1 %").arg(scale->value() * 10), Theme::TextRole::Mono, false, this);
    connect(scale, &QSlider::valueChanged, this,
            [percent](int tenths) { percent->setText(QStringLiteral("%1 %").arg(tenths * 10)); });
    // Relayouting the whole window while the knob moves would move the knob away from the pointer.
    connect(scale, &QSlider::sliderReleased, this,
            [scale, &settings] { settings.setTextScale(scale->value() / 10.0); });
    connect(scale, &QSlider::valueChanged, this, [scale, &settings](int tenths) {
        if (!scale->isSliderDown()) {
            settings.setTextScale(tenths / 10.0);
        }
    });
    scaleRow->addWidget(scale, 1);
    scaleRow->addWidget(percent);

    auto* motion = new QComboBox(this);
    describe(motion, QStringLiteral("motionSetting"), QStringLiteral("Motion"),
             QStringLiteral("How much moves on the canvas"));
    motion->addItems({QStringLiteral("Full: moving dots"), QStringLiteral("Reduced: widths and counts"),
                      QStringLiteral("None: still pictures")});
    motion->setCurrentIndex(static_cast<int>(settings.motion()));
    connect(motion, &QComboBox::activated, &settings,
            [&settings](int index) { settings.setMotion(static_cast<MotionChoice>(index)); });

    form->addRow(QStringLiteral("Theme"), theme);
    form->addRow(QStringLiteral("Text size"), scaleRow);
    form->addRow(QStringLiteral("Motion"), motion);
    layout->addLayout(form);
    layout->addStretch();
    auto* close = makeButton(QStringLiteral("Done"), QStringLiteral("settingsDone"), true, {}, this);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    layout->addWidget(close, 0, Qt::AlignRight);
}

}  // namespace signalbox::ui
