#include "ui/requests/waterfall.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/bridge/trace_text.h"
#include "ui/theme/theme.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr int kNameWidth = 84;
constexpr int kTimeWidth = 64;

using Kind = WaterfallRow::Kind;

QColor colourOf(Kind kind)
{
    const Tokens& t = tokens();
    switch (kind) {
        case Kind::Own: return t.series[1];
        case Kind::Connect: return t.series[5];
        case Kind::Wait: return t.series[4];
        case Kind::Body: return t.series[2];
        case Kind::Failed: return t.error;
    }
    return t.idle;
}

void addTries(std::vector<WaterfallRow>& rows, const stats::DecisionTrace& trace)
{
    int number = 0;
    for (const auto& attempt : trace.tries) {
        ++number;
        const bool answered = attempt.result == stats::AttemptResult::Answered;
        const std::int64_t end = attempt.endNs > 0 ? attempt.endNs : trace.totalNs;
        rows.push_back({QStringLiteral("%1. %2").arg(number).arg(text(attempt.backend.view())), attempt.startNs, end, answered ? Kind::Wait : Kind::Failed, true});
    }
}

/// The attempt that the phases belong to: the last one that did not lose to another. Null where there was none.
const stats::Attempt* decisive(const stats::DecisionTrace& trace)
{
    const stats::Attempt* out = nullptr;
    for (const auto& attempt : trace.tries) {
        out = out == nullptr || attempt.result != stats::AttemptResult::Lost ? &attempt : out;
    }
    return out;
}

}  // namespace

std::vector<WaterfallRow> waterfallRows(const stats::DecisionTrace& trace)
{
    std::vector<WaterfallRow> rows;
    std::int64_t at = 0;
    const auto phase = [&](const char* name, std::int64_t end, Kind kind) {
        if (end > at) {
            rows.push_back({QString::fromLatin1(name), at, end, kind, false});
            at = end;
        }
    };
    const stats::Attempt* const own = decisive(trace);
    const bool reused = own != nullptr && own->reusedConnection;
    phase("parse", trace.parsedNs, Kind::Own);
    phase("routes", trace.routedNs, Kind::Own);
    phase("policies", trace.policiesNs, Kind::Own);
    phase("pick", trace.pickedNs, Kind::Own);
    if (trace.tries.size() > 1) {
        addTries(rows, trace);
        // Its own phases follow from where it began.
        at = std::max(at, own->startNs);
    }
    phase(reused ? "reuse" : "connect", trace.connectedNs, Kind::Connect);
    phase("send", trace.sentNs, Kind::Own);
    phase("wait", trace.firstByteNs, Kind::Wait);
    if (trace.firstByteNs > 0) {
        phase("body", trace.totalNs, Kind::Body);
    } else {
        phase(trace.tries.size() > 0 ? "wait" : "answer", trace.totalNs, trace.tries.size() > 0 ? Kind::Failed : Kind::Own);
    }
    return rows;
}

Waterfall::Waterfall(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("request-waterfall"));
    setAccessibleName(QStringLiteral("Phases of the request"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Waterfall::setTrace(const stats::DecisionTrace& trace)
{
    m_rows = waterfallRows(trace);
    m_totalNs = trace.totalNs;
    for (const auto& row : m_rows) {
        m_totalNs = std::max(m_totalNs, row.endNs);
    }
    QStringList spoken;
    for (const auto& row : m_rows) {
        spoken << row.name + u' ' + shortDuration(row.endNs - row.startNs);
    }
    setAccessibleDescription(spoken.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

void Waterfall::clear()
{
    m_rows.clear();
    m_totalNs = 0;
    updateGeometry();
    update();
}

int Waterfall::rowHeight() const
{
    return Theme::instance().px(20);
}

QSize Waterfall::sizeHint() const
{
    return {280, rowHeight() * (static_cast<int>(m_rows.size()) + 1) + 4};
}

QSize Waterfall::minimumSizeHint() const
{
    return {200, sizeHint().height()};
}

void Waterfall::paintRow(QPainter& painter, const WaterfallRow& row, int top, int left, int width) const
{
    const Tokens& t = tokens();
    const int height = rowHeight();
    const double scale = width / static_cast<double>(m_totalNs);
    const double x = left + static_cast<double>(row.startNs) * scale;
    const double length = std::max(2.0, static_cast<double>(row.endNs - row.startNs) * scale);
    painter.setFont(Theme::instance().font(Theme::TextRole::Small));
    painter.setPen(row.child ? t.muted : t.text);
    const int indent = row.child ? 10 : 0;
    const QString name = painter.fontMetrics().elidedText(row.name, Qt::ElideRight, left - indent - 8);
    painter.drawText(QRect(indent, top, left - indent - 8, height), Qt::AlignVCenter | Qt::AlignLeft, name);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(mix(colourOf(row.kind), t.surface, row.child ? 0.55 : 0.85));
    const QRectF bar(std::min(x, left + width - length), top + 5, length, height - 10);
    painter.drawRoundedRect(bar, 2, 2);
    if (row.kind == Kind::Failed) {
        painter.drawPixmap(QPointF(std::min(bar.right() + 3, left + width - 12.0), top + (height - 12) / 2.0),
                           iconPixmap(QStringLiteral("close"), 12, t.text, devicePixelRatioF()));
    }
    painter.setPen(t.muted);
    painter.drawText(QRect(left + width + 4, top, kTimeWidth, height), Qt::AlignVCenter | Qt::AlignRight, shortDuration(row.endNs - row.startNs));
}

void Waterfall::paintEvent(QPaintEvent*)
{
    if (m_rows.empty() || m_totalNs <= 0) {
        return;
    }
    QPainter painter(this);
    const Tokens& t = tokens();
    const int left = Theme::instance().px(kNameWidth);
    const int area = width() - left - Theme::instance().px(kTimeWidth) - 8;
    const int height = rowHeight();
    const int bottom = height * static_cast<int>(m_rows.size());
    painter.setFont(Theme::instance().font(Theme::TextRole::Small));
    for (int part = 0; part <= 2; ++part) {
        const int x = left + area * part / 2;
        painter.fillRect(QRect(x, 0, 1, bottom + 2), mix(t.border, t.surface, 0.7));
        painter.setPen(t.muted);
        const QString mark = part == 0 ? QStringLiteral("0") : shortDuration(m_totalNs * part / 2);
        painter.drawText(QRect(x - 40, bottom + 2, 80, height), Qt::AlignHCenter | Qt::AlignVCenter, mark);
    }
    for (std::size_t at = 0; at < m_rows.size(); ++at) {
        paintRow(painter, m_rows[at], static_cast<int>(at) * height, left, area);
    }
}

bool Waterfall::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int row = help->pos().y() / rowHeight();
        if (row >= 0 && row < static_cast<int>(m_rows.size())) {
            const WaterfallRow& each = m_rows[static_cast<std::size_t>(row)];
            QToolTip::showText(help->globalPos(), QStringLiteral("%1: from %2 to %3").arg(each.name, shortDuration(each.startNs), shortDuration(each.endNs)), this);
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QWidget::event(event);
}

}  // namespace signalbox::ui
