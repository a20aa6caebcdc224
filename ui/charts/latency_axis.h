#pragma once

#include <qcustomplot.h>

namespace signalbox::ui {

/// Milliseconds on a logarithmic axis: whole decades around what was seen, at least two. It widens at once and narrows only
/// when what it holds left a decade empty for long, so that a plot does not jump. A plain value of one chart.
class LatencyRange {
public:
    /// Extremes of the window; no effect where there are none.
    void fit(double lowest, double highest);
    [[nodiscard]] QCPRange range() const { return {m_lower, m_upper}; }
    static void prepare(QCPAxis& axis);

private:
    double m_lower = 1;
    double m_upper = 1000;
    int m_roomy = 0;
    bool m_fresh = true;
};

}  // namespace signalbox::ui
