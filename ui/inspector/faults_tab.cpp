#include "ui/inspector/faults_tab.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>
#include <QWheelEvent>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr int kMostLatencyMs = 5000;

struct Dial {
    QSlider* slider;
    QSpinBox* box;
};

/// A slider and a number for the same value.
Dial addDial(QVBoxLayout& layout, const QString& title, const QString& objectName, int most, const QString& suffix, int step, QWidget* parent)
{
    layout.addWidget(new TextLabel(title, Theme::TextRole::Section, false, parent));
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    Dial dial{new QSlider(Qt::Horizontal, parent), new QSpinBox(parent)};
    dial.slider->setRange(0, most);
    dial.slider->setSingleStep(step);
    dial.slider->setPageStep(step * 10);
    dial.slider->setMinimumHeight(28);
    dial.box->setRange(0, most);
    dial.box->setSingleStep(step);
    dial.box->setSuffix(suffix);
    dial.box->setMinimumWidth(96);
    describe(dial.slider, objectName + QStringLiteral("-slider"), title);
    describe(dial.box, objectName, title);
    row->addWidget(dial.slider, 1);
    row->addWidget(dial.box);
    layout.addLayout(row);
    return dial;
}

}  // namespace

FaultsTab::FaultsTab(EngineBridge& bridge, QWidget* parent) : QWidget(parent), m_bridge(bridge)
{
    setObjectName(QStringLiteral("inspector-faults"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(makeControls());
    layout->addStretch();
    connect(&bridge, &EngineBridge::faultsChanged, this, &FaultsTab::refresh);
    connect(&bridge, &EngineBridge::stateChanged, this, &FaultsTab::refresh);
}

QWidget* FaultsTab::makeControls()
{
    auto* page = new QWidget(this);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(8);
    m_state = new TextLabel({}, Theme::TextRole::Body, true, page);
    m_state->setObjectName(QStringLiteral("fault-state"));
    m_state->setWordWrap(true);
    layout->addWidget(m_state);
    m_down = new QCheckBox(QStringLiteral("Down: refuses every connection"), page);
    describe(m_down, QStringLiteral("fault-down"), QStringLiteral("Down: refuses every connection"));
    layout->addWidget(m_down);
    const Dial latency = addDial(*layout, QStringLiteral("Extra latency"), QStringLiteral("fault-latency"), kMostLatencyMs, QStringLiteral(" ms"), 10, page);
    const Dial errors = addDial(*layout, QStringLiteral("Answers that fail"), QStringLiteral("fault-errors"), 100, QStringLiteral(" %"), 1, page);
    m_latency = latency.slider;
    m_latencyBox = latency.box;
    m_errors = errors.slider;
    m_errorsBox = errors.box;
    m_off = makeButton(QStringLiteral("Faults off"), QStringLiteral("fault-off"), false, QStringLiteral("check"), page);
    layout->addSpacing(8);
    layout->addWidget(m_off, 0, Qt::AlignLeft);
    connect(m_down, &QCheckBox::toggled, this, &FaultsTab::commit);
    for (const Dial& dial : {latency, errors}) {
        connect(dial.slider, &QSlider::valueChanged, dial.box, &QSpinBox::setValue);
        connect(dial.box, qOverload<int>(&QSpinBox::valueChanged), dial.slider, &QSlider::setValue);
        connect(dial.box, qOverload<int>(&QSpinBox::valueChanged), this, &FaultsTab::commit);
    }
    connect(m_off, &QPushButton::clicked, this, [this] { m_bridge.setMockFault(m_mock, {}); });
    return page;
}

void FaultsTab::setMock(const QString& name)
{
    m_mock = name;
    refresh();
}

void FaultsTab::refresh()
{
    if (m_mock.isEmpty()) {
        return;
    }
    const auto fault = m_bridge.mockFault(m_mock);
    m_filling = true;
    m_down->setChecked(fault.down);
    m_latencyBox->setValue(fault.extraLatencyMs);
    m_errorsBox->setValue(qRound(fault.errorShare * 100));
    m_filling = false;
    m_off->setEnabled(fault.any());
    const QString when = m_bridge.isRunning() ? QStringLiteral("It acts at once") : QStringLiteral("It acts as soon as the site runs");
    m_state->setText(fault.any() ? QStringLiteral("Mock %1 has a fault. %2, and is not written into the site.").arg(m_mock, when)
                                 : QStringLiteral("Make mock %1 fail. %2, and is not written into the site.").arg(m_mock, when));
}

void FaultsTab::commit()
{
    if (!m_filling && !m_mock.isEmpty()) {
        m_bridge.setMockFault(m_mock, {m_down->isChecked(), m_latencyBox->value(), m_errorsBox->value() / 100.0});
    }
}

}  // namespace signalbox::ui
