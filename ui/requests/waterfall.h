#pragma once

#include <QWidget>
#include <vector>

#include "core/stats/decision_trace.h"

namespace signalbox::ui {

/// One bar of a waterfall.
struct WaterfallRow {
    enum class Kind : std::uint8_t { Own, Connect, Wait, Body, Failed };
    QString name;
    std::int64_t startNs = 0;
    std::int64_t endNs = 0;
    Kind kind = Kind::Own;
    bool child = false;  ///< a try below the request
};

/// The phases of a request from its moments: parse, routes, policies, pick, connect or reuse, send, wait, body; with more than one
/// try each has its row.
[[nodiscard]] std::vector<WaterfallRow> waterfallRows(const stats::DecisionTrace& trace);

/// Draws them over an axis of milliseconds. GUI thread.
class Waterfall : public QWidget {
    Q_OBJECT

public:
    explicit Waterfall(QWidget* parent = nullptr);
    void setTrace(const stats::DecisionTrace& trace);
    void clear();
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] int rowHeight() const;
    void paintRow(QPainter& painter, const WaterfallRow& row, int top, int left, int width) const;

    std::vector<WaterfallRow> m_rows;
    std::int64_t m_totalNs = 0;
};

}  // namespace signalbox::ui
