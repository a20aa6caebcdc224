#include "ui/pages/trace_curve.h"

#include <QPainter>

#include <algorithm>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr std::size_t kBuckets = 400;

}  // namespace

TraceCurve::TraceCurve(ReplaySession& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    describe(this, QStringLiteral("traceCurve"), QStringLiteral("Requests over the time of the trace"));
    setMinimumHeight(40);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&session, &ReplaySession::traceChanged, this, &TraceCurve::rebuild);
    connect(&session, &ReplaySession::changed, this, qOverload<>(&QWidget::update));
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    rebuild();
}

void TraceCurve::rebuild()
{
    m_curve = m_session.trace() ? m_session.trace()->rateCurve(kBuckets) : std::vector<std::uint32_t>();
    m_peak = m_curve.empty() ? 0 : *std::ranges::max_element(m_curve);
    update();
}

void TraceCurve::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.window);
    painter.drawRoundedRect(rect(), 6, 6);
    if (m_curve.empty() || m_peak == 0) {
        painter.setPen(t.muted);
        painter.setFont(Theme::instance().font(Theme::TextRole::Small));
        painter.drawText(
            rect(), Qt::AlignCenter,
            m_session.isLoading() ? QStringLiteral("Reading the trace…") : QStringLiteral("No trace is open"));
        return;
    }
    const QRectF area = QRectF(rect()).adjusted(8, 5, -8, -4);
    const auto x = [&](std::size_t i) {
        return area.left() + area.width() * static_cast<double>(i) / static_cast<double>(m_curve.size() - 1);
    };
    QPolygonF line;
    for (std::size_t i = 0; i < m_curve.size(); ++i) {
        line << QPointF(x(i), area.bottom() - area.height() * m_curve[i] / m_peak);
    }
    const double head = area.left() + area.width() * m_session.position();
    QPolygonF filled = line;
    filled << area.bottomRight() << area.bottomLeft();
    painter.setPen(Qt::NoPen);
    painter.setBrush(mix(t.muted, t.window, 0.28));
    painter.drawPolygon(filled);
    painter.save();
    painter.setClipRect(QRectF(area.left(), 0, head - area.left(), height()));
    painter.setBrush(mix(t.accent, t.window, 0.55));
    painter.drawPolygon(filled);
    painter.restore();
    painter.setPen(QPen(t.muted, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(line);
    painter.setPen(QPen(t.accent, 2));
    painter.drawLine(QPointF(head, 3), QPointF(head, height() - 3));
    painter.setBrush(t.accent);
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(QPointF(head, 5), 4, 4);
}

}  // namespace signalbox::ui
