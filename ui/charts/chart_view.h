#pragma once

#include <QWidget>
#include <memory>

#include "ui/charts/chart.h"

class QCustomPlot;

namespace signalbox::ui {

class ElidedLabel;
class PlotOverlay;

/// One chart on the screen: its title, its plot, its cursor read-out, and a menu with its picture and its values. Draws only when
/// told to. GUI thread; owned by the panel.
class ChartView : public QWidget {
    Q_OBJECT

public:
    explicit ChartView(const ChartDescriptor& descriptor, QWidget* parent = nullptr);
    ~ChartView() override;

    [[nodiscard]] QString id() const;
    [[nodiscard]] bool inFirstRow() const noexcept { return m_descriptor.inFirstRow; }
    [[nodiscard]] QString title() const;
    void setFrame(const ChartFrame& frame);
    /// The shared cursor, in seconds before the end (below zero); not a number: none.
    void setCursorAt(double x);
    [[nodiscard]] ChartTable table() const { return m_chart->table(); }
    [[nodiscard]] QString readOut() const;
    void copyPicture() const;
    void showTable();
    [[nodiscard]] QCustomPlot& plot() noexcept { return *m_plot; }

Q_SIGNALS:
    void cursorMoved(double x);
    void maximiseRequested();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void preparePlot();
    void restyle();
    void showMenu(const QPoint& at);
    void moveCursorBy(double seconds);
    void updateReadOut();

    const ChartDescriptor& m_descriptor;
    std::unique_ptr<Chart> m_chart;
    QCustomPlot* m_plot;
    PlotOverlay* m_overlay = nullptr;
    ElidedLabel* m_readOut = nullptr;
    double m_cursor;
    double m_window = 0;
};

}  // namespace signalbox::ui
