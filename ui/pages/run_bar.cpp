#include "ui/pages/run_bar.h"

#include <QHBoxLayout>
#include <QSignalBlocker>

#include <algorithm>
#include <cmath>

#include "core/stats/time_series.h"

namespace signalbox::ui {

namespace {

// The slider is logarithmic: 0.1x at its left end, 1x in the middle, 10x at its right end.
constexpr int kRateSteps = 20;

double factorOf(int step)
{
    return std::pow(10.0, static_cast<double>(step) / kRateSteps);
}

int stepOf(double factor)
{
    return std::clamp(qRound(std::log10(factor) * kRateSteps), -kRateSteps, kRateSteps);
}

QString clockText(Duration time)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return QStringLiteral("%1:%2:%3")
        .arg(seconds / 3600, 2, 10, QLatin1Char('0'))
        .arg(seconds / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(seconds % 60, 2, 10, QLatin1Char('0'));
}

std::uint64_t requestsOf(const stats::StatsSnapshot& snapshot)
{
    std::uint64_t sum = 0;
    for (const auto& slot : snapshot.slots) {
        sum += slot.scope == stats::Scope::Listener ? slot.value(stats::Counter::Requests) : 0;
    }
    return sum;
}

/// Over the last second.
double requestsPerSecond(const stats::SnapshotHistory& history)
{
    if (history.size() < 2) {
        return 0;
    }
    const auto& last = *history.latest();
    const auto& first = *history.at(history.size() > 10 ? history.size() - 11 : 0);
    const double seconds = std::chrono::duration<double>(last.at - first.at).count();
    return seconds > 0 ? static_cast<double>(requestsOf(last) - requestsOf(first)) / seconds : 0;
}

}  // namespace

RunBar::RunBar(SiteDocument& document, EngineBridge& bridge, Settings& settings, QWidget* parent)
    : Panel(Fill::Surface, parent, Qt::TopEdge), m_document(document), m_bridge(bridge), m_settings(settings)
{
    setObjectName(QStringLiteral("runBar"));
    setFixedHeight(44);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 0, 16, 0);
    layout->setSpacing(8);
    m_live = new TextLabel({}, Theme::TextRole::Mono, false, this);
    describe(m_live, QStringLiteral("liveTime"), QStringLiteral("Time since the engine started"));
    m_pause = makeIconButton(QStringLiteral("pause"), QStringLiteral("pauseView"), QStringLiteral("Pause the view"),
                             QStringLiteral("Pause the view; the engine goes on (Space)"), this);
    m_pause->setCheckable(true);
    m_scenario = new QComboBox(this);
    describe(m_scenario, QStringLiteral("scenarioChoice"), QStringLiteral("Traffic scenario"),
             QStringLiteral("Which traffic to send"));
    m_scenario->setMinimumWidth(120);
    m_scenario->setMaximumWidth(190);
    m_scenario->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_scenario->setMinimumContentsLength(12);
    m_toggle = makeButton(QStringLiteral("Start traffic"), QStringLiteral("trafficToggle"), false,
                          QStringLiteral("activity"), this);
    m_rate = new QSlider(Qt::Horizontal, this);
    describe(m_rate, QStringLiteral("rateSlider"), QStringLiteral("Traffic rate"),
             QStringLiteral("Traffic rate, 0.1 to 10 times the scenario's ([ and ])"));
    m_rate->setRange(-kRateSteps, kRateSteps);
    m_rate->setFixedWidth(110);
    m_rate->setMinimumHeight(28);
    m_rateText = new TextLabel(QStringLiteral("×1.0"), Theme::TextRole::Mono, false, this);
    m_rateText->setFixedWidth(44);
    m_repeat =
        makeIconButton(QStringLiteral("repeat"), QStringLiteral("repeatTraffic"), QStringLiteral("Repeat traffic"),
                       QStringLiteral("Start the scenario again when it ends"), this);
    m_repeat->setCheckable(true);
    m_repeat->setChecked(bridge.repeat());
    m_counters = new TextLabel({}, Theme::TextRole::Mono, true, this);
    describe(m_counters, QStringLiteral("counters"), QStringLiteral("Requests per second over the last second"));
    m_counters->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_problems = makeButton({}, QStringLiteral("problemsChip"), false, QStringLiteral("warning"), this);
    m_faults = makeButton({}, QStringLiteral("faultsChip"), false, QStringLiteral("bolt"), this);
    for (QPushButton* chip : {m_problems, m_faults}) {
        chip->setProperty("flat", true);
        chip->hide();
    }
    m_motion = new QComboBox(this);
    describe(m_motion, QStringLiteral("motionChoice"), QStringLiteral("Motion"),
             QStringLiteral("How much moves: dots, counts only, or nothing"));
    m_motion->addItems(
        {QStringLiteral("Motion: full"), QStringLiteral("Motion: reduced"), QStringLiteral("Motion: none")});
    m_motion->setCurrentIndex(static_cast<int>(settings.motion()));

    layout->addWidget(m_live);
    layout->addWidget(m_pause);
    layout->addWidget(m_scenario, 1);
    layout->addWidget(m_toggle);
    layout->addWidget(m_rate);
    layout->addWidget(m_rateText);
    layout->addWidget(m_repeat);
    layout->addStretch(2);
    layout->addWidget(m_counters);
    layout->addWidget(m_problems);
    layout->addWidget(m_faults);
    layout->addWidget(m_motion);

    connect(m_pause, &QToolButton::toggled, this, [this](bool paused) {
        m_pause->setIcon(icon(paused ? QStringLiteral("play") : QStringLiteral("pause")));
        refresh();
        Q_EMIT pauseChanged(paused);
    });
    connect(m_toggle, &QPushButton::clicked, this, &RunBar::toggleTraffic);
    connect(m_rate, &QSlider::valueChanged, this, &RunBar::onSlider);
    connect(m_repeat, &QToolButton::toggled, this, [this](bool on) { m_bridge.setRepeat(on); });
    connect(m_scenario, &QComboBox::currentIndexChanged, this, &RunBar::refresh);
    connect(m_problems, &QPushButton::clicked, this, &RunBar::problemsRequested);
    connect(m_faults, &QPushButton::clicked, this, &RunBar::faultsRequested);
    connect(m_motion, &QComboBox::activated, this,
            [this](int index) { m_settings.setMotion(static_cast<MotionChoice>(index)); });
    connect(&settings, &Settings::motionChanged, this,
            [this](MotionChoice motion) { m_motion->setCurrentIndex(static_cast<int>(motion)); });
    connect(&document, &SiteDocument::changed, this, &RunBar::fillScenarios);
    connect(&bridge, &EngineBridge::trafficChanged, this, &RunBar::refresh);
    connect(&bridge, &EngineBridge::stateChanged, this, &RunBar::refresh);
    connect(&bridge, &EngineBridge::faultsChanged, this, &RunBar::refresh);
    connect(&bridge, &EngineBridge::snapshotTaken, this, &RunBar::refreshCounters);
    fillScenarios();
}

void RunBar::fillScenarios()
{
    QStringList names;
    for (const Value& scenario : m_document.site().list("traffic")) {
        names.append(QString::fromStdString(site::Site::nameOf(scenario)));
    }
    QStringList shown;
    for (int i = 0; i < m_scenario->count(); ++i) {
        if (m_scenario->itemData(i).isValid()) {
            shown.append(m_scenario->itemData(i).toString());
        }
    }
    if (names == shown && m_scenario->count() > 0) {
        return;
    }
    const QString before = m_scenario->currentText();
    {
        const QSignalBlocker blocker(m_scenario);
        m_scenario->clear();
        if (names.size() > 1) {
            m_scenario->addItem(QStringLiteral("All scenarios"));
        }
        for (const QString& name : names) {
            m_scenario->addItem(name, name);
        }
        if (names.isEmpty()) {
            m_scenario->addItem(QStringLiteral("No scenario"));
        }
        m_scenario->setCurrentIndex(std::max(0, m_scenario->findText(before)));
    }
    refresh();
}

QStringList RunBar::chosen() const
{
    const QVariant one = m_scenario->currentData();
    if (one.isValid()) {
        return {one.toString()};
    }
    QStringList names;
    for (const Value& scenario : m_document.site().list("traffic")) {
        names.append(QString::fromStdString(site::Site::nameOf(scenario)));
    }
    return names;
}

bool RunBar::anyRunning() const
{
    const QStringList names = chosen();
    return std::any_of(names.begin(), names.end(),
                       [this](const QString& name) { return m_bridge.trafficRunning(name); });
}

void RunBar::toggleTraffic()
{
    const bool stop = anyRunning();
    for (const QString& name : chosen()) {
        if (stop) {
            m_bridge.stopTraffic(name);
        } else {
            m_bridge.startTraffic(name);
        }
    }
}

void RunBar::changeRate(double by)
{
    m_rate->setValue(stepOf(factorOf(m_rate->value()) * by));
}

void RunBar::onSlider()
{
    const double factor = factorOf(m_rate->value());
    m_rateText->setText(QStringLiteral("×%1").arg(factor, 0, 'g', 2));
    for (const QString& name : chosen()) {
        m_bridge.setRateFactor(name, factor);
    }
}

void RunBar::refresh()
{
    const bool running = m_bridge.isRunning();
    const bool sends = anyRunning();
    const QStringList names = chosen();
    m_toggle->setText(sends ? QStringLiteral("Stop traffic") : QStringLiteral("Start traffic"));
    m_toggle->setIcon(icon(sends ? QStringLiteral("stop") : QStringLiteral("activity")));
    m_toggle->setEnabled(running && !names.isEmpty());
    m_toggle->setToolTip(names.isEmpty() ? QStringLiteral("The site has no traffic scenario")
                         : running       ? QStringLiteral("Send or stop the chosen traffic (Ctrl+T)")
                                         : QStringLiteral("Start the site first (F5)"));
    m_scenario->setEnabled(!names.isEmpty());
    m_rate->setEnabled(!names.isEmpty());
    if (!names.isEmpty()) {
        const QSignalBlocker blocker(m_rate);
        const double factor = m_bridge.rateFactor(names.first());
        m_rate->setValue(stepOf(factor));
        m_rateText->setText(QStringLiteral("×%1").arg(factor, 0, 'g', 2));
    }
    const int faults = m_bridge.faultCount();
    m_faults->setVisible(faults > 0);
    m_faults->setText(faults == 1 ? QStringLiteral("1 fault on") : QStringLiteral("%1 faults on").arg(faults));
    m_faults->setToolTip(QStringLiteral("Show the mocks with faults"));
    refreshCounters();
}

void RunBar::refreshCounters()
{
    if (!m_bridge.isRunning()) {
        m_live->setText(QStringLiteral("STOPPED"));
        m_counters->clear();
        return;
    }
    const QString word = m_pause->isChecked() ? QStringLiteral("VIEW PAUSED") : QStringLiteral("LIVE");
    m_live->setText(QStringLiteral("%1 %2").arg(word, clockText(m_bridge.runningFor())));
    m_counters->setText(QStringLiteral("%1 req/s").arg(requestsPerSecond(m_bridge.fineHistory()), 0, 'f', 0));
}

void RunBar::setProblemCount(int errors, int warnings)
{
    const auto text = [](int n, const QString& word) {
        return QStringLiteral("%1 %2%3").arg(n).arg(word, n == 1 ? QString() : QStringLiteral("s"));
    };
    m_problems->setVisible(errors + warnings > 0);
    m_problems->setText(errors > 0 ? text(errors, QStringLiteral("error")) : text(warnings, QStringLiteral("warning")));
    m_problems->setIcon(errors > 0 ? icon(QStringLiteral("error"), IconRole::Error)
                                   : icon(QStringLiteral("warning"), IconRole::Warn));
    m_problems->setToolTip(QStringLiteral("Show the problems (Ctrl+Shift+M)"));
}

void RunBar::setCompact(bool compact)
{
    m_motion->setVisible(!compact);
    m_rate->setFixedWidth(compact ? 80 : 110);
}

}  // namespace signalbox::ui
