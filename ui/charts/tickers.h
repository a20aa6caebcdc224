#pragma once

#include <cmath>

#include <qcustomplot.h>

namespace signalbox::ui {

/// "−60 s … now" or "−5 m … now".
class SecondsAgoTicker final : public QCPAxisTicker {
public:
    explicit SecondsAgoTicker(double window) : m_window(window) {}

protected:
    double getTickStep(const QCPRange&) override { return m_window <= 90 ? 15 : m_window <= 360 ? 60 : 300; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override
    {
        if (std::abs(tick) < 0.5) {
            return QStringLiteral("now");
        }
        const QString minus(QChar(0x2212));
        return m_window <= 90 ? minus + QString::number(std::lround(-tick)) + QStringLiteral(" s")
                              : minus + QString::number(std::lround(-tick / 60)) + QStringLiteral(" m");
    }
    int getSubTickCount(double) override { return 0; }

private:
    double m_window;
};

/// Decades of a logarithmic axis, with 2 and 5 between them where few decades are shown: 1 2 5 10.
class DecadeTicker final : public QCPAxisTicker {
protected:
    QVector<double> createTickVector(double, const QCPRange& range) override
    {
        QVector<double> ticks;
        if (!(range.lower > 0)) {
            return ticks;
        }
        const bool dense = range.upper / range.lower <= 120;
        const int first = static_cast<int>(std::floor(std::log10(range.lower)));
        const int last = static_cast<int>(std::ceil(std::log10(range.upper)));
        for (int power = first; power <= last; ++power) {
            for (const double step : {1.0, 2.0, 5.0}) {
                const double tick = step * std::pow(10, power);
                if ((step == 1.0 || dense) && tick >= range.lower * 0.999 && tick <= range.upper * 1.001) {
                    ticks << tick;
                }
            }
        }
        return ticks;
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override
    {
        return QString::number(tick, 'f', tick >= 0.9 ? 0 : tick >= 0.09 ? 1 : tick >= 0.009 ? 2 : 3);
    }
    int getSubTickCount(double) override { return 0; }
    double getTickStep(const QCPRange&) override { return 1; }
};

}  // namespace signalbox::ui
