#include "ui/inspector/live_tab.h"

#include <QGridLayout>
#include <QLocale>
#include <QStackedLayout>
#include <QVBoxLayout>
#include <algorithm>
#include <limits>

#include "ui/bridge/slot_name.h"
#include "ui/inspector/field_edits.h"
#include "ui/inspector/stat_tile.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

using stats::Counter;

constexpr std::size_t kPoints = 60;
constexpr std::size_t kRolling = 10;  // of 100 ms
constexpr std::uint64_t kEnough = 20;
constexpr int kEvery = 5;  // snapshots: twice a second
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

QString number(double value)
{
    return QString::number(value, 'f', value >= 100 || value == 0 ? 0 : value >= 10 ? 1 : 2);
}

double failedShare(const stats::IntervalStats& interval)
{
    const auto requests = static_cast<double>(interval.counters[static_cast<std::size_t>(Counter::Requests)]);
    const auto failed = static_cast<double>(interval.counters[static_cast<std::size_t>(Counter::Status5xx)]);
    return requests > 0 ? std::min(1.0, failed / requests) : 0;
}

/// The sum of the weights of the backends that take traffic, and one backend's own.
double expectedShare(const site::Site& site, const QString& path)
{
    const Value* backends = site::valueAt(site, path.section(u'/', 0, 2).toStdString());
    double sum = 0;
    double own = 0;
    for (const Value& backend : backends != nullptr ? backends->items() : std::vector<Value>{}) {
        const Value* backup = backend.find("backup");
        if (backup != nullptr && parseBoolean(backup->text()).value_or(false)) {
            continue;
        }
        const Value* weight = backend.find("weight");
        const double value = weight != nullptr ? parseNumber(weight->text()).value_or(1) : 1;
        sum += value;
        own = QString::fromStdString(site::Site::nameOf(backend)) == path.section(u'/', 3) ? value : own;
    }
    return sum > 0 ? own / sum : 0;
}

}  // namespace

LiveTab::LiveTab(SiteDocument& document, EngineBridge& bridge, QWidget* parent)
    : QWidget(parent), m_document(document), m_bridge(bridge), m_stack(new QStackedLayout(this))
{
    setObjectName(QStringLiteral("inspector-live"));
    m_empty = new EmptyState(QStringLiteral("activity"), {}, {}, this);
    m_stack->addWidget(m_empty);
    auto* page = new QWidget(this);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(8);
    auto* grid = new QGridLayout;
    grid->setSpacing(8);
    m_rate = new StatTile(QStringLiteral("live-rate"), QStringLiteral("Requests"), QStringLiteral("req/s"), page);
    m_errors = new StatTile(QStringLiteral("live-errors"), QStringLiteral("Failed"), QStringLiteral("%"), page);
    m_p99 = new StatTile(QStringLiteral("live-p99"), QStringLiteral("p99"), QStringLiteral("ms"), page);
    m_active = new StatTile(QStringLiteral("live-active"), QStringLiteral("Active"), QStringLiteral("now"), page);
    grid->addWidget(m_rate, 0, 0);
    grid->addWidget(m_errors, 0, 1);
    grid->addWidget(m_p99, 1, 0);
    grid->addWidget(m_active, 1, 1);
    layout->addLayout(grid);
    m_share = new TextLabel({}, Theme::TextRole::Body, false, page);
    m_share->setObjectName(QStringLiteral("live-share"));
    m_more = new TextLabel({}, Theme::TextRole::Body, true, page);
    m_mock = new TextLabel({}, Theme::TextRole::Body, true, page);
    m_mock->setObjectName(QStringLiteral("live-mock"));
    for (TextLabel* label : {m_share, m_more, m_mock}) {
        label->setWordWrap(true);
        layout->addWidget(label);
    }
    layout->addStretch();
    m_stack->addWidget(page);
    connect(&bridge, &EngineBridge::snapshotTaken, this, [this] {
        if (++m_tick % kEvery == 0 && isVisible()) {
            update();
        }
    });
    connect(&bridge, &EngineBridge::stateChanged, this, &LiveTab::update);
}

void LiveTab::setElement(const QString& path, const QString& mockPath)
{
    m_path = path;
    m_mockPath = mockPath;
    update();
}

void LiveTab::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    update();
}

QString LiveTab::countedPath() const
{
    if (!m_path.startsWith(QLatin1String("mocks/"))) {
        return m_path;
    }
    const std::string address = "mock:" + m_path.section(u'/', 1).toStdString();
    const auto& site = m_bridge.runningSite();
    for (const Value& pool : site.list("pools")) {
        const Value* backends = pool.find("backends");
        for (const Value& backend : backends != nullptr ? backends->items() : std::vector<Value>{}) {
            const Value* at = backend.find("address");
            const Value* bind = site::valueAt(site, m_path.toStdString() + "/bind");
            if (at != nullptr && (at->text() == address || (bind != nullptr && at->text() == bind->text()))) {
                return QString::fromStdString("pools/" + site::Site::nameOf(pool) + "/backends/" + site::Site::nameOf(backend));
            }
        }
    }
    return {};
}

void LiveTab::update()
{
    const bool scenario = m_path.startsWith(QLatin1String("traffic/"));
    const auto slot = slotNameOf(m_bridge.runningSite(), countedPath());
    const auto snapshot = m_bridge.snapshot();
    const bool known = scenario ? m_bridge.trafficProgress(m_path.section(u'/', 1)).has_value()
                                : slot && snapshot && snapshot->find(slot->scope, slot->name) != nullptr;
    m_stack->setCurrentIndex(known ? 1 : 0);
    if (!known) {
        if (scenario) {
            m_empty->setTexts(QStringLiteral("This scenario does not run"), QStringLiteral("Start it to see what it sends and what comes back."));
        } else if (!m_bridge.isRunning()) {
            m_empty->setTexts(QStringLiteral("Nothing is running"), QStringLiteral("Run the site to see the numbers of this element."));
        } else {
            m_empty->setTexts(QStringLiteral("Not part of what runs"), QStringLiteral("Apply the changes to see the numbers of this element."));
        }
        return;
    }
    m_share->clear();
    m_more->clear();
    m_mock->clear();
    if (scenario) {
        updateScenario();
        return;
    }
    updateTiles();
    updateShare();
    updateMock();
}

void LiveTab::updateTiles()
{
    const auto slot = slotNameOf(m_bridge.runningSite(), countedPath());
    const auto& coarse = m_bridge.history();
    QVector<double> rate;
    QVector<double> errors;
    QVector<double> p99;
    QVector<double> active;
    const std::size_t points = std::min(kPoints, coarse.size() > 0 ? coarse.size() - 1 : 0);
    for (std::size_t at = coarse.size() - points; at < coarse.size() && points > 0; ++at) {
        const auto interval = stats::between(*coarse.at(at - 1), *coarse.at(at), slot->scope, slot->name);
        rate << interval.perSecond(Counter::Requests);
        errors << failedShare(interval) * 100;
        p99 << (interval.latency.count() >= kEnough ? std::chrono::duration<double, std::milli>(interval.latency.quantile(0.99)).count() : kGap);
        active << static_cast<double>(interval.active);
    }
    const auto& fine = m_bridge.fineHistory();
    if (fine.size() < 2) {
        return;
    }
    const std::size_t back = std::min(kRolling, fine.size() - 1);
    const auto now = stats::between(*fine.at(fine.size() - 1 - back), *fine.latest(), slot->scope, slot->name);
    m_rate->setValue(number(now.perSecond(Counter::Requests)), rate);
    m_errors->setValue(number(failedShare(now) * 100), errors);
    const bool enough = now.latency.count() >= kEnough;
    m_p99->setValue(enough ? number(std::chrono::duration<double, std::milli>(now.latency.quantile(0.99)).count()) : QString(), p99);
    m_active->setValue(QString::number(now.active), active);
    const double limited = now.perSecond(Counter::Status429);
    const double retries = now.perSecond(Counter::Retries);
    QStringList more;
    if (limited > 0) {
        more << QStringLiteral("%1 req/s rate limited").arg(number(limited));
    }
    if (retries > 0) {
        more << QStringLiteral("%1 retries/s").arg(number(retries));
    }
    m_more->setText(more.join(QStringLiteral(" \u00B7 ")));
}

void LiveTab::updateShare()
{
    const QString path = countedPath();
    const QStringList parts = path.split(u'/');
    const auto& coarse = m_bridge.history();
    if (parts.size() != 4 || parts[2] != u"backends" || coarse.size() < 2) {
        return;
    }
    const std::size_t first = coarse.size() - 1 - std::min(kPoints, coarse.size() - 1);
    const auto count = [&](stats::Scope scope, const std::string& name) {
        const auto interval = stats::between(*coarse.at(first), *coarse.latest(), scope, name);
        return static_cast<double>(interval.counters[static_cast<std::size_t>(Counter::Requests)]);
    };
    const std::string pool = parts[1].toStdString();
    double all = 0;
    const Value* backends = site::valueAt(m_bridge.runningSite(), "pools/" + pool + "/backends");
    for (const Value& backend : backends != nullptr ? backends->items() : std::vector<Value>{}) {
        all += count(stats::Scope::Backend, pool + "/" + site::Site::nameOf(backend));
    }
    if (all <= 0) {
        return;
    }
    const double share = count(stats::Scope::Backend, pool + "/" + parts[3].toStdString()) / all;
    m_share->setText(QStringLiteral("Share of pool %1: %2 % (by weight %3 %), of %4 requests in the last minute")
                         .arg(parts[1])
                         .arg(share * 100, 0, 'f', 1)
                         .arg(expectedShare(m_bridge.runningSite(), path) * 100, 0, 'f', 1)
                         .arg(QLocale().toString(all, 'f', 0)));
}

void LiveTab::updateMock()
{
    if (m_mockPath.isEmpty()) {
        return;
    }
    const QString name = m_mockPath.section(u'/', 1);
    const auto counters = m_bridge.mockCounters(name);
    m_mock->setText(QStringLiteral("Mock %1: %2 being served, %3 waiting, %4 answered, %5 of them failed, %6 turned away by a full queue")
                        .arg(name)
                        .arg(counters.serving)
                        .arg(counters.queued)
                        .arg(QLocale().toString(static_cast<qulonglong>(counters.answered)), QLocale().toString(static_cast<qulonglong>(counters.errors)),
                             QLocale().toString(static_cast<qulonglong>(counters.overflowed))));
}

void LiveTab::updateScenario()
{
    const auto progress = m_bridge.trafficProgress(m_path.section(u'/', 1));
    const double seconds = std::max(1e-3, std::chrono::duration<double>(progress->elapsed).count());
    const auto sent = static_cast<double>(progress->sent);
    m_rate->setValue(number(sent / seconds), {});
    m_errors->setValue(number(sent > 0 ? static_cast<double>(progress->failed) / sent * 100 : 0), {});
    m_p99->setValue({}, {});
    m_active->setValue(QString::number(progress->inFlight), {});
    m_more->setText(QStringLiteral("%1 planned, %2 sent, %3 answered. 99 % were sent at most %4 late.")
                        .arg(progress->planned)
                        .arg(progress->sent)
                        .arg(progress->answered)
                        .arg(QString::fromStdString(formatDuration(std::chrono::duration_cast<std::chrono::microseconds>(progress->latenessP99)))));
}

}  // namespace signalbox::ui
