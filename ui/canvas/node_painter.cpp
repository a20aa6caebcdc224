#include "ui/canvas/node_painter.h"

#include <QCoreApplication>
#include <QFontMetricsF>

#include <algorithm>

#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

constexpr qreal kRadius = 8;
constexpr qreal kChipHeight = 20;
constexpr int kMostChips = 2;

QString tr(const char* source)
{
    return QCoreApplication::translate("NodePainter", source);
}

/// A theme font at the canvas's own scale: zoom scales the text, not the user's text size, so that it fits the boxes.
QFont canvasFont(Theme::TextRole role, int pixels, QFont::Weight weight = QFont::Normal)
{
    QFont font = Theme::instance().font(role);
    font.setPixelSize(pixels);
    font.setWeight(weight);
    return font;
}

QColor stateColour(NodeState state)
{
    const auto& theme = tokens();
    switch (state) {
        case NodeState::Idle: return theme.idle;
        case NodeState::Ok: return theme.ok;
        case NodeState::Warning: return theme.warn;
        case NodeState::Failing: return theme.error;
    }
    return theme.idle;
}

/// The state again as a shape, so that colour is never alone.
void paintBadge(QPainter& painter, const TopologyNode& node, const NodeLook& look)
{
    const auto& theme = tokens();
    QString name;
    QColor colour;
    if (look.faulty) {
        name = QStringLiteral("bolt");
        colour = theme.warn;
    } else if (node.errors > 0) {
        name = QStringLiteral("error");
        colour = theme.error;
    } else if (node.warnings > 0) {
        name = QStringLiteral("warning");
        colour = theme.warn;
    } else if (look.showLive && look.live.state == NodeState::Failing) {
        name = QStringLiteral("close");
        colour = theme.error;
    } else if (look.showLive && look.live.state == NodeState::Warning) {
        name = QStringLiteral("warning");
        colour = theme.warn;
    } else if (look.showLive && look.live.state == NodeState::Ok) {
        name = QStringLiteral("check");
        colour = theme.ok;
    } else {
        return;
    }
    const qreal ratio = painter.device()->devicePixelRatioF() * painter.transform().m11();
    const QRectF box(node.position + QPointF(kNodeWidth - 24, 10), QSizeF(14, 14));
    painter.drawPixmap(box.topLeft(), iconPixmap(name, 14, colour, std::max(1.0, ratio)));
}

void paintChips(QPainter& painter, const TopologyNode& node)
{
    if (node.chips.isEmpty()) {
        return;
    }
    const auto& theme = tokens();
    const QFont font = canvasFont(Theme::TextRole::Small, 10, QFont::DemiBold);
    const QFontMetricsF metrics(font);
    QStringList shown = node.chips.mid(0, kMostChips);
    if (node.chips.size() > kMostChips) {
        shown << QStringLiteral("+%1").arg(node.chips.size() - kMostChips);
    }
    painter.setFont(font);
    qreal right = node.position.x() + kNodeWidth - 8;
    for (int at = static_cast<int>(shown.size()) - 1; at >= 0; --at) {
        const QString text = metrics.elidedText(shown[at], Qt::ElideRight, 76);
        const qreal width = metrics.horizontalAdvance(text) + 14;
        const QRectF chip(right - width, node.position.y() - kChipHeight / 2, width, kChipHeight);
        painter.setPen(QPen(theme.limited, 1.25));
        painter.setBrush(theme.raised);
        painter.drawRoundedRect(chip, kChipHeight / 2, kChipHeight / 2);
        painter.setPen(theme.text);
        painter.drawText(chip, Qt::AlignCenter, text);
        right -= width + 4;
    }
}

void paintSpark(QPainter& painter, const QRectF& area, const QVector<float>& values)
{
    if (values.size() < 2) {
        return;
    }
    const float top = std::max(1.0F, *std::max_element(values.cbegin(), values.cend()));
    QPolygonF line;
    line.reserve(values.size());
    for (int at = 0; at < values.size(); ++at) {
        line << QPointF(area.left() + area.width() * at / (values.size() - 1), area.bottom() - area.height() * values[at] / top);
    }
    painter.setPen(QPen(tokens().muted, 1.25));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(line);
}

void paintLive(QPainter& painter, const TopologyNode& node, const NodeLive& live)
{
    const auto& theme = tokens();
    const QPointF at = node.position;
    painter.setFont(canvasFont(Theme::TextRole::Small, 11));
    painter.setPen(theme.muted);
    QString text = rateText(live.flow.total());
    if (node.kind == NodeKind::Backend && live.p99Ms >= 0) {
        text += QStringLiteral(" · p99 ") + latencyText(live.p99Ms);
    } else if (node.kind == NodeKind::Pool) {
        text += QStringLiteral(" · ") + tr("%1 active").arg(live.active);
    }
    painter.drawText(QRectF(at + QPointF(14, 32), QSizeF(104, 16)), Qt::AlignVCenter | Qt::AlignLeft,
                     QFontMetricsF(painter.font()).elidedText(text, Qt::ElideRight, 104));
    paintSpark(painter, QRectF(at + QPointF(122, 36), QSizeF(44, 20)), live.spark);
    const QRectF bar(at + QPointF(14, 54), QSizeF(98, 4));
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.border);
    painter.drawRoundedRect(bar, 2, 2);
    if (live.utilisation > 0.01) {
        painter.setBrush(stateColour(live.state));
        painter.drawRoundedRect(QRectF(bar.topLeft(), QSizeF(std::max(4.0, bar.width() * live.utilisation), 4)), 2, 2);
    }
}

void paintFrame(QPainter& painter, const TopologyNode& node, const NodeLook& look)
{
    const auto& theme = tokens();
    QPen pen(node.errors > 0 ? theme.error : theme.border, node.errors > 0 ? 1.5 : 1);
    if (look.selected) {
        pen = QPen(theme.accent, 2);
    }
    if (look.pending) {
        pen.setStyle(Qt::DashLine);
        pen.setColor(look.selected ? theme.accent : theme.muted);
    }
    const QRectF rect = nodeRect(node);
    if (look.focused) {
        painter.setPen(QPen(theme.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(rect.adjusted(-4, -4, 4, 4), kRadius + 4, kRadius + 4);
    }
    painter.setPen(pen);
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(rect, kRadius, kRadius);
}

}  // namespace

void paintNode(QPainter& painter, const TopologyNode& node, const NodeLook& look, qreal devicePixelRatio)
{
    const auto& theme = tokens();
    painter.save();
    painter.setOpacity(look.dimmed ? 0.35 : 1);
    paintFrame(painter, node, look);

    const QPointF at = node.position;
    painter.setPen(Qt::NoPen);
    painter.setBrush(look.showLive ? stateColour(look.live.state) : theme.idle);
    painter.drawRoundedRect(QRectF(at + QPointF(0, 10), QSizeF(4, kNodeHeight - 20)), 2, 2);

    const qreal ratio = std::max(1.0, devicePixelRatio * painter.transform().m11());
    painter.drawPixmap(at + QPointF(14, 10), iconPixmap(iconOf(node.kind), 18, theme.text, ratio));
    painter.setFont(canvasFont(Theme::TextRole::Body, 13, QFont::DemiBold));
    painter.setPen(theme.text);
    painter.drawText(QRectF(at + QPointF(40, 8), QSizeF(108, 22)), Qt::AlignVCenter | Qt::AlignLeft,
                     QFontMetricsF(painter.font()).elidedText(node.title, Qt::ElideRight, 108));
    const bool hasNumbers = node.kind != NodeKind::Traffic && node.kind != NodeKind::Mock && node.kind != NodeKind::Consumer;
    if (look.showLive && hasNumbers) {
        paintLive(painter, node, look.live);
    } else {
        painter.setFont(canvasFont(Theme::TextRole::Small, 11));
        painter.setPen(theme.muted);
        painter.drawText(QRectF(at + QPointF(14, 36), QSizeF(150, 18)), Qt::AlignVCenter | Qt::AlignLeft,
                         QFontMetricsF(painter.font()).elidedText(node.subtitle, Qt::ElideRight, 150));
    }
    paintBadge(painter, node, look);
    paintChips(painter, node);
    painter.restore();
}

QRectF nodeBounds(const TopologyNode& node)
{
    return nodeRect(node).adjusted(-6, -kChipHeight / 2 - 2, 6, 6);
}

QString iconOf(NodeKind kind)
{
    switch (kind) {
        case NodeKind::Traffic: return QStringLiteral("activity");
        case NodeKind::LoadBalancer: return QStringLiteral("split");
        case NodeKind::Gateway: return QStringLiteral("shield");
        case NodeKind::Route: return QStringLiteral("route");
        case NodeKind::Pool: return QStringLiteral("list");
        case NodeKind::Backend: return QStringLiteral("server");
        case NodeKind::Mock: return QStringLiteral("mock");
        case NodeKind::Consumer: return QStringLiteral("user");
    }
    return {};
}

QString titleOf(NodeKind kind)
{
    switch (kind) {
        case NodeKind::Traffic: return tr("Traffic");
        case NodeKind::LoadBalancer: return tr("Load balancer");
        case NodeKind::Gateway: return tr("API gateway");
        case NodeKind::Route: return tr("Route");
        case NodeKind::Pool: return tr("Pool");
        case NodeKind::Backend: return tr("Backend");
        case NodeKind::Mock: return tr("Mock");
        case NodeKind::Consumer: return tr("Consumer");
    }
    return {};
}

QString rateText(double perSecond)
{
    if (perSecond >= 9950) {
        return QStringLiteral("%1k/s").arg(perSecond / 1000, 0, 'f', 0);
    }
    if (perSecond >= 995) {
        return QStringLiteral("%1k/s").arg(perSecond / 1000, 0, 'f', 1);
    }
    return QStringLiteral("%1/s").arg(perSecond, 0, 'f', perSecond > 0 && perSecond < 9.95 ? 1 : 0);
}

QString latencyText(double ms)
{
    if (ms >= 999.5) {
        return QStringLiteral("%1 s").arg(ms / 1000, 0, 'f', 1);
    }
    return QStringLiteral("%1 ms").arg(ms, 0, 'f', ms < 9.95 ? 1 : 0);
}

QSizeF plateSize(const QString& text)
{
    const QFontMetricsF metrics(canvasFont(Theme::TextRole::Small, 11, QFont::DemiBold));
    return text.isEmpty() ? QSizeF() : QSizeF(metrics.horizontalAdvance(text) + 14, 20);
}

void paintPlate(QPainter& painter, const QPointF& centre, const QString& text, const QColor& outline)
{
    const auto& theme = tokens();
    QRectF plate(QPointF(), plateSize(text));
    plate.moveCenter(centre);
    painter.setPen(QPen(outline.isValid() ? outline : theme.border, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(plate, 8, 8);
    painter.setPen(theme.text);
    painter.setFont(canvasFont(Theme::TextRole::Small, 11, QFont::DemiBold));
    painter.drawText(plate, Qt::AlignCenter, text);
}

}  // namespace signalbox::ui
