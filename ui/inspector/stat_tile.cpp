#include "ui/inspector/stat_tile.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace signalbox::ui {

StatTile::StatTile(const QString& objectName, const QString& label, const QString& unit, QWidget* parent) : QWidget(parent), m_label(label), m_unit(unit)
{
    setObjectName(objectName);
    setAccessibleName(label);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void StatTile::setValue(const QString& value, const QVector<double>& spark)
{
    m_value = value;
    m_spark = spark;
    setAccessibleDescription(value.isEmpty() ? QStringLiteral("no value") : value + u' ' + m_unit);
    update();
}

QSize StatTile::sizeHint() const
{
    const Theme& theme = Theme::instance();
    return {theme.px(120), theme.px(84)};
}

void StatTile::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokens();
    const Theme& theme = Theme::instance();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(t.border);
    painter.setBrush(mix(t.raised, t.surface, 0.6));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    const QRect inner = rect().adjusted(12, 8, -12, -8);
    painter.setFont(theme.font(Theme::TextRole::Small));
    painter.setPen(t.muted);
    painter.drawText(inner, Qt::AlignTop | Qt::AlignLeft, m_label);
    const int labelHeight = painter.fontMetrics().height();
    painter.setFont(theme.font(Theme::TextRole::Number));
    painter.setPen(m_value.isEmpty() ? t.muted : t.text);
    const QString shown = m_value.isEmpty() ? QStringLiteral("\u2013") : m_value;
    const QRect line(inner.left(), inner.top() + labelHeight + 2, inner.width(), painter.fontMetrics().height());
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft, shown);
    const int numberWidth = painter.fontMetrics().horizontalAdvance(shown);
    painter.setFont(theme.font(Theme::TextRole::Small));
    painter.setPen(t.muted);
    painter.drawText(line.adjusted(numberWidth + 5, 3, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, m_unit);

    if (m_spark.size() < 2) {
        return;
    }
    double top = 0;
    for (const double point : std::as_const(m_spark)) {
        top = std::isfinite(point) ? std::max(top, point) : top;
    }
    top = top > 0 ? top : 1;
    const QRectF area(inner.left(), line.bottom() + 4, inner.width(), std::max(8, inner.bottom() - line.bottom() - 5));
    QPolygonF path;
    painter.setPen(QPen(t.accent, 1.25));
    for (qsizetype at = 0; at < m_spark.size(); ++at) {
        if (!std::isfinite(m_spark[at])) {
            painter.drawPolyline(path);
            path.clear();
            continue;
        }
        const double x = area.left() + area.width() * static_cast<double>(at) / static_cast<double>(m_spark.size() - 1);
        path << QPointF(x, area.bottom() - area.height() * std::clamp(m_spark[at] / top, 0.0, 1.0));
    }
    painter.drawPolyline(path);
}

}  // namespace signalbox::ui
