#include "ui/pages/apply_popup.h"

#include <QHBoxLayout>
#include <QPainter>

#include <algorithm>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr std::size_t kMostLines = 8;

std::int64_t inFlight(const EngineBridge& bridge)
{
    std::int64_t active = 0;
    if (const auto snapshot = bridge.snapshot()) {
        for (const auto& slot : snapshot->slots) {
            active += slot.scope == stats::Scope::Listener ? slot.active : 0;
        }
    }
    return active;
}

}  // namespace

ApplyPopup::ApplyPopup(SiteDocument& document, EngineBridge& bridge, QWidget* parent)
    : QFrame(parent, Qt::Popup), m_document(document), m_bridge(bridge)
{
    setObjectName(QStringLiteral("applyPopup"));
    setAccessibleName(QStringLiteral("Changes to apply"));
    setAttribute(Qt::WA_TranslucentBackground);
    setFixedWidth(400);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(8);
    layout->addWidget(
        new TextLabel(QStringLiteral("Changes to the running site"), Theme::TextRole::Panel, false, this));
    m_lines = new QVBoxLayout;
    m_lines->setSpacing(4);
    layout->addLayout(m_lines);
    auto* row = new QHBoxLayout;
    auto* revert = makeButton(QStringLiteral("Revert to running"), QStringLiteral("revertToRunning"), false,
                              QStringLiteral("undo"), this);
    revert->setToolTip(QStringLiteral("Give up these edits; can be undone"));
    m_problems = makeButton(QStringLiteral("Show problems"), QStringLiteral("applyShowProblems"), false, {}, this);
    m_apply = makeButton(QStringLiteral("Apply"), QStringLiteral("applyConfirm"), true, QStringLiteral("check"), this);
    m_apply->setToolTip(QStringLiteral("Publish the edits (Enter)"));
    m_apply->setDefault(true);
    row->addWidget(revert);
    row->addStretch();
    row->addWidget(m_problems);
    row->addWidget(m_apply);
    layout->addLayout(row);
    const auto closing = [this](auto signal) {
        return [this, signal] {
            hide();
            Q_EMIT(this->*signal)();
        };
    };
    connect(revert, &QPushButton::clicked, this, closing(&ApplyPopup::revertRequested));
    connect(m_problems, &QPushButton::clicked, this, closing(&ApplyPopup::problemsRequested));
    connect(m_apply, &QPushButton::clicked, this, closing(&ApplyPopup::applyRequested));
}

void ApplyPopup::popUp(QWidget* anchor)
{
    fill();
    adjustSize();
    move(anchor->mapToGlobal(QPoint(anchor->width() - width(), anchor->height() + 6)));
    show();
    (m_apply->isEnabled() ? m_apply : m_problems)->setFocus();
}

void ApplyPopup::addLine(const QString& text, bool muted, bool mono)
{
    auto* label = new TextLabel(text, mono ? Theme::TextRole::Mono : Theme::TextRole::Body, muted, this);
    label->setWordWrap(true);
    m_lines->addWidget(label);
}

void ApplyPopup::fill()
{
    while (QLayoutItem* item = m_lines->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const auto lines = site::diff(m_bridge.runningSite(), m_document.site());
    for (std::size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) {
        addLine(QString::fromStdString(lines[i]), false, true);
    }
    if (lines.size() > kMostLines) {
        addLine(QStringLiteral("and %1 more").arg(lines.size() - kMostLines), true, false);
    }
    const bool invalid = m_document.hasErrors();
    m_apply->setEnabled(!invalid);
    m_problems->setVisible(invalid);
    if (invalid) {
        const auto errors = std::ranges::count(m_document.problems(), site::Severity::Error, &site::Problem::severity);
        addLine(
            QStringLiteral("The edited site is not valid (%1 %2). The last good plan keeps running until it is mended.")
                .arg(errors)
                .arg(errors == 1 ? QStringLiteral("error") : QStringLiteral("errors")),
            true, false);
    } else {
        const auto active = inFlight(m_bridge);
        addLine(active == 1 ? QStringLiteral("1 request in flight finishes on the old plan.")
                            : QStringLiteral("%1 requests in flight finish on the old plan.").arg(active),
                true, false);
    }
}

void ApplyPopup::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(tokens().border, 1));
    painter.setBrush(tokens().raised);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
}

}  // namespace signalbox::ui
