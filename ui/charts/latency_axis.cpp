#include "ui/charts/latency_axis.h"

#include <algorithm>
#include <cmath>

#include "ui/charts/tickers.h"

namespace signalbox::ui {

namespace {

constexpr int kPatience = 25;  // updates, five seconds

}  // namespace

void LatencyRange::fit(double lowest, double highest)
{
    if (!(lowest > 0) || !(highest >= lowest)) {
        return;
    }
    double lower = std::pow(10, std::floor(std::log10(lowest * 0.95)));
    double upper = std::pow(10, std::ceil(std::log10(highest * 1.05)));
    while (upper / lower < 99) {
        // The decade with less room to its edge is added.
        if (std::log10(lowest / lower) < std::log10(upper / highest)) {
            lower /= 10;
        } else {
            upper *= 10;
        }
    }
    const bool outside = lower < m_lower * 0.99 || upper > m_upper * 1.01;
    const bool roomy = lower > m_lower * 1.01 || upper < m_upper * 0.99;
    m_roomy = roomy ? m_roomy + 1 : 0;
    if (m_fresh || m_roomy > kPatience) {
        m_lower = lower;
        m_upper = upper;
        m_roomy = 0;
    } else if (outside) {
        m_lower = std::min(m_lower, lower);
        m_upper = std::max(m_upper, upper);
    }
    m_fresh = false;
}

void LatencyRange::prepare(QCPAxis& axis)
{
    axis.setScaleType(QCPAxis::stLogarithmic);
    axis.setNumberFormat(QStringLiteral("f"));
    axis.setNumberPrecision(0);
    axis.setTicker(QSharedPointer<QCPAxisTicker>(new DecadeTicker));
    axis.setRange(1, 1000);
}

}  // namespace signalbox::ui
