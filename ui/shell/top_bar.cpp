#include "ui/shell/top_bar.h"

#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>

#include <algorithm>

namespace signalbox::ui {

namespace {

QString counted(std::size_t n, const QString& word)
{
    return QStringLiteral("%1 %2%3").arg(n).arg(word, n == 1 ? QString() : QStringLiteral("s"));
}

QString subtitleOf(const site::Site& site)
{
    std::size_t backends = 0;
    for (const Value& pool : site.list("pools")) {
        const Value* list = pool.find("backends");
        backends += list != nullptr ? list->items().size() : 0;
    }
    QStringList parts{counted(site.list("listeners").size(), QStringLiteral("listener")),
                      counted(site.list("pools").size(), QStringLiteral("pool")),
                      counted(backends, QStringLiteral("backend"))};
    return parts.join(QStringLiteral(" · "));
}

/// The command box: a field to look at, a button to use.
class CommandBox final : public QPushButton {
public:
    using QPushButton::QPushButton;

protected:
    void paintEvent(QPaintEvent*) override
    {
        const Tokens& t = tokens();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(
            QPen(hasFocus() ? t.accent : mix(t.muted, t.border, underMouse() ? 0.6 : 0.25), hasFocus() ? 2 : 1));
        painter.setBrush(palette().color(QPalette::Base));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
        painter.drawPixmap(10, (height() - 16) / 2,
                           iconPixmap(QStringLiteral("search"), 16, t.muted, devicePixelRatioF()));
        painter.setPen(t.muted);
        const QRect area = rect().adjusted(34, 0, -10, 0);
        const QString key = QStringLiteral("Ctrl+K");
        const int keyWidth = fontMetrics().horizontalAdvance(key);
        painter.drawText(area, Qt::AlignVCenter | Qt::AlignRight, key);
        painter.drawText(area.adjusted(0, 0, -keyWidth - 8, 0), Qt::AlignVCenter | Qt::AlignLeft,
                         fontMetrics().elidedText(text(), Qt::ElideRight, area.width() - keyWidth - 8));
    }
};

}  // namespace

EngineChip::EngineChip(EngineBridge& bridge, QWidget* parent) : QWidget(parent), m_bridge(bridge)
{
    describe(this, QStringLiteral("engineChip"), QStringLiteral("Engine"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&bridge, &EngineBridge::stateChanged, this, &EngineChip::refresh);
    connect(&bridge, &EngineBridge::applied, this, &EngineChip::refresh);
    connect(&Theme::instance(), &Theme::changed, this, &EngineChip::refresh);
    refresh();
}

QString EngineChip::text() const
{
    switch (m_bridge.state()) {
        case EngineBridge::State::Stopped: return QStringLiteral("STOPPED");
        case EngineBridge::State::Starting: return QStringLiteral("STARTING");
        case EngineBridge::State::Stopping: return QStringLiteral("STOPPING");
        case EngineBridge::State::Running: break;
    }
    QString text = QStringLiteral("REAL ENGINE");
    QStringList addresses;
    for (const auto& [name, endpoint] : m_bridge.addresses()) {
        if (name.starts_with("listener:")) {
            addresses.append(QString::fromStdString(endpoint.text()));
        }
    }
    if (!addresses.isEmpty() && !m_compact) {
        text += QStringLiteral("  ") + addresses.first();
        if (addresses.size() > 1) {
            text += QStringLiteral(" +%1").arg(addresses.size() - 1);
        }
    }
    return text;
}

void EngineChip::setCompact(bool compact)
{
    if (compact != m_compact) {
        m_compact = compact;
        refresh();
    }
}

void EngineChip::refresh()
{
    setFont(Theme::instance().font(Theme::TextRole::Small));
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    setFont(bold);
    m_text = text();
    QStringList lines;
    for (const auto& [name, endpoint] : m_bridge.addresses()) {
        lines.append(
            QStringLiteral("%1  %2").arg(QString::fromStdString(name), QString::fromStdString(endpoint.text())));
    }
    const QString state = m_bridge.isRunning()
                              ? QStringLiteral("A real proxy on real sockets (%1)").arg(m_bridge.reactorName())
                              : QStringLiteral("Nothing runs");
    setToolTip((QStringList{state} + lines).join(u'\n'));
    setAccessibleName(QStringLiteral("Engine: %1").arg(m_text));
    updateGeometry();
    update();
}

QSize EngineChip::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_text) + 36, 28};
}

QSize EngineChip::minimumSizeHint() const
{
    return sizeHint();
}

void EngineChip::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool running = m_bridge.isRunning();
    painter.setPen(QPen(running ? t.ok : t.border, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), height() / 2.0, height() / 2.0);
    painter.setPen(Qt::NoPen);
    painter.setBrush(running ? t.ok : t.idle);
    const QPointF mark(16, height() / 2.0);
    if (running) {
        painter.drawEllipse(mark, 4, 4);
    } else {
        painter.drawRect(QRectF(mark.x() - 3.5, mark.y() - 3.5, 7, 7));
    }
    painter.setPen(running ? t.text : t.muted);
    painter.drawText(rect().adjusted(26, 0, -8, 0), Qt::AlignVCenter | Qt::AlignLeft, m_text);
}

TopBar::TopBar(SiteDocument& document, EngineBridge& bridge, QMenu* menu, QWidget* parent)
    : Panel(Fill::Surface, parent, Qt::BottomEdge), m_document(document), m_bridge(bridge)
{
    setObjectName(QStringLiteral("topBar"));
    setFixedHeight(48);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 16, 1);
    layout->setSpacing(8);
    auto* hamburger = makeIconButton(QStringLiteral("menu"), QStringLiteral("menuButton"), QStringLiteral("Menu"),
                                     QStringLiteral("Menu (F10)"), this);
    connect(hamburger, &QToolButton::clicked, this,
            [hamburger, menu] { menu->popup(hamburger->mapToGlobal(QPoint(0, hamburger->height() + 4))); });
    m_title = new ElidedLabel({}, Theme::TextRole::Panel, false, this);
    m_title->setObjectName(QStringLiteral("siteTitle"));
    m_subtitle = new ElidedLabel({}, Theme::TextRole::Body, true, this);
    m_subtitle->setObjectName(QStringLiteral("siteSubtitle"));
    m_command = new CommandBox(QStringLiteral("Search or run a command"), this);
    describe(m_command, QStringLiteral("commandBox"), QStringLiteral("Search or run a command"),
             QStringLiteral("Find a command, node, template or file (Ctrl+K)"));
    m_command->setFixedHeight(30);
    m_command->setMinimumWidth(180);
    m_command->setMaximumWidth(320);
    m_command->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_chip = new EngineChip(bridge, this);
    m_apply = makeButton({}, QStringLiteral("applyButton"), false, QStringLiteral("check"), this);
    m_apply->hide();
    m_run = makeButton({}, QStringLiteral("runButton"), true, QStringLiteral("play"), this);
    layout->addWidget(hamburger);
    layout->addWidget(m_title);
    layout->addWidget(m_subtitle);
    layout->addStretch(1);
    layout->addWidget(m_command, 3);
    layout->addStretch(1);
    layout->addWidget(m_chip);
    layout->addWidget(m_apply);
    layout->addWidget(m_run);
    connect(m_command, &QPushButton::clicked, this, &TopBar::commandRequested);
    connect(m_apply, &QPushButton::clicked, this, &TopBar::applyRequested);
    connect(m_run, &QPushButton::clicked, this, &TopBar::runRequested);
    connect(&document, &SiteDocument::changed, this, &TopBar::refreshTitle);
    connect(&document, &SiteDocument::fileChanged, this, &TopBar::refreshTitle);
    connect(&document, &SiteDocument::modifiedChanged, this, &TopBar::refreshTitle);
    connect(&bridge, &EngineBridge::stateChanged, this, &TopBar::refreshRun);
    refreshTitle();
    refreshRun();
}

void TopBar::setPending(int changes, bool valid)
{
    m_apply->setVisible(changes > 0);
    m_apply->setText(QStringLiteral("Apply %1").arg(changes));
    m_apply->setIcon(valid ? icon(QStringLiteral("check")) : icon(QStringLiteral("error"), IconRole::Error));
    m_apply->setAccessibleName(changes == 1 ? QStringLiteral("Apply 1 change")
                                            : QStringLiteral("Apply %1 changes").arg(changes));
    m_apply->setToolTip(QStringLiteral("Show and publish what was edited (F6)"));
}

void TopBar::setSiteOpen(bool open)
{
    m_siteOpen = open;
    refreshTitle();
    refreshRun();
}

void TopBar::refreshTitle()
{
    m_title->setText(m_siteOpen ? m_document.title() + (m_document.isModified() ? QStringLiteral(" •") : QString())
                                : QStringLiteral("Signalbox"));
    m_subtitle->setText(m_siteOpen ? subtitleOf(m_document.site()) : QString());
    m_title->updateGeometry();
    m_subtitle->updateGeometry();
    m_title->update();
    m_subtitle->update();
}

void TopBar::refreshRun()
{
    const bool runs = m_bridge.state() == EngineBridge::State::Running;
    m_run->setText(runs ? QStringLiteral("Stop  F5") : QStringLiteral("Run  F5"));
    m_run->setIcon(icon(runs ? QStringLiteral("stop") : QStringLiteral("play"), IconRole::OnAccent));
    m_run->setAccessibleName(runs ? QStringLiteral("Stop") : QStringLiteral("Run"));
    m_run->setToolTip(runs ? QStringLiteral("Answer what has begun, then stop (F5)")
                           : QStringLiteral("Start the site's listeners and mocks (F5)"));
    m_run->setEnabled(m_siteOpen && (runs || m_bridge.state() == EngineBridge::State::Stopped));
}

void TopBar::resizeEvent(QResizeEvent* event)
{
    Panel::resizeEvent(event);
    m_subtitle->setVisible(width() >= 1120);
    m_chip->setCompact(width() < 900);
}

}  // namespace signalbox::ui
