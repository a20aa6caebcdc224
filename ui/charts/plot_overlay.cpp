#include "ui/charts/plot_overlay.h"

#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

constexpr int kSwatch = 8;
constexpr int kGap = 6;
constexpr int kIcon = 12;

}  // namespace

PlotOverlay::PlotOverlay(QCustomPlot* plot) : QCPLayerable(plot, QStringLiteral("signalboxOverlay")) {}

void PlotOverlay::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(false);
}

void PlotOverlay::draw(QCPPainter* painter)
{
    const QRect area = mParentPlot->axisRect()->rect();
    drawMarkers(painter, area);
    drawLabels(painter, area);
    if (std::isfinite(m_cursor)) {
        const int x = qRound(mParentPlot->xAxis->coordToPixel(m_cursor));
        if (x >= area.left() && x <= area.right() + 1) {
            painter->setPen(QPen(tokens().accent, 1));
            painter->drawLine(QLineF(x, area.top(), x, area.bottom()));
        }
    }
}

void PlotOverlay::drawMarkers(QCPPainter* painter, const QRect& area) const
{
    const qreal ratio = mParentPlot->devicePixelRatioF();
    for (const Marker& marker : m_markers) {
        const int x = qRound(mParentPlot->xAxis->coordToPixel(marker.x));
        if (x < area.left() || x > area.right() + 1) {
            continue;
        }
        painter->setPen(QPen(mix(tokens().text, tokens().surface, 0.65), 1, Qt::DashLine));
        painter->drawLine(QLineF(x, area.top() + kIcon + 4, x, area.bottom()));
        const QRect plate(x - kIcon / 2 - 2, area.top(), kIcon + 4, kIcon + 4);
        painter->setAntialiasing(true);
        painter->setPen(tokens().border);
        painter->setBrush(tokens().raised);
        painter->drawRoundedRect(plate, 4, 4);
        painter->drawPixmap(plate.topLeft() + QPoint(2, 2), iconPixmap(marker.icon, kIcon, tokens().text, ratio));
        painter->setAntialiasing(false);
    }
}

void PlotOverlay::drawLabels(QCPPainter* painter, const QRect& area) const
{
    if (m_labels.empty()) {
        return;
    }
    const QFont font = Theme::instance().font(Theme::TextRole::Small);
    painter->setFont(font);
    const QFontMetrics metrics(font);
    const int height = metrics.height();
    std::vector<std::pair<double, const EndLabel*>> placed;
    // From the last: of two that lie on each other the later one (p99 over p95) is the upper.
    for (auto label = m_labels.rbegin(); label != m_labels.rend(); ++label) {
        placed.emplace_back(mParentPlot->yAxis->coordToPixel(label->y), &*label);
    }
    std::ranges::stable_sort(placed, {}, [](const auto& entry) { return entry.first; });
    // Names keep their order and move apart: first down from the top, then up from the bottom.
    double least = area.top() + height / 2.0;
    for (auto& [y, label] : placed) {
        y = std::max(y, least);
        least = y + height;
    }
    double most = area.bottom() - height / 2.0;
    for (auto it = placed.rbegin(); it != placed.rend(); ++it) {
        it->first = std::min(it->first, most);
        most = it->first - height;
    }
    const int left = area.right() + kGap;
    const int room = mParentPlot->width() - left - kSwatch - 4 - 2;
    for (const auto& [y, label] : placed) {
        const int top = qRound(y - height / 2.0);
        painter->fillRect(QRect(left, qRound(y) - kSwatch / 2, kSwatch, kSwatch), label->colour);
        painter->setPen(tokens().text);
        painter->drawText(QRect(left + kSwatch + 4, top, room, height), Qt::AlignLeft | Qt::AlignVCenter,
                          metrics.elidedText(label->text, Qt::ElideRight, room));
    }
}

}  // namespace signalbox::ui
