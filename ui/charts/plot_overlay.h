#pragma once

#include <QPixmap>
#include <limits>
#include <vector>

#include <qcustomplot.h>

#include "ui/charts/chart.h"

namespace signalbox::ui {

/// What lies over a plot: names at the ends of lines, event markers, the shared cursor. On a layer of its own, so that moving the
/// cursor does not draw the data again. Owned by its plot.
class PlotOverlay final : public QCPLayerable {
    Q_OBJECT

public:
    struct Marker {
        double x = 0;
        QString icon;
    };

    explicit PlotOverlay(QCustomPlot* plot);
    void setLabels(std::vector<EndLabel> labels) { m_labels = std::move(labels); }
    void setMarkers(std::vector<Marker> markers) { m_markers = std::move(markers); }
    /// Not a number: no cursor.
    void setCursor(double x) { m_cursor = x; }

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    void drawMarkers(QCPPainter* painter, const QRect& area) const;
    void drawLabels(QCPPainter* painter, const QRect& area) const;

    std::vector<EndLabel> m_labels;
    std::vector<Marker> m_markers;
    double m_cursor = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace signalbox::ui
