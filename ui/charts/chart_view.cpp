#include "ui/charts/chart_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QVBoxLayout>
#include <cmath>
#include <limits>

#include <qcustomplot.h>

#include "ui/charts/chart_table_dialog.h"
#include "ui/charts/plot_overlay.h"
#include "ui/charts/tickers.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr double kNoCursor = std::numeric_limits<double>::quiet_NaN();
constexpr int kLeftMargin = 40;
constexpr int kRightMargin = 56;  // room for the names at the ends of lines

QString latin(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

}  // namespace

ChartView::ChartView(const ChartDescriptor& descriptor, QWidget* parent)
    : QWidget(parent), m_descriptor(descriptor), m_chart(descriptor.create()), m_plot(new QCustomPlot(this)), m_cursor(kNoCursor)
{
    describe(this, QStringLiteral("chart-") + id(), title(), latin(descriptor.help));
    setAutoFillBackground(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 0, 0);
    layout->setSpacing(0);
    auto* header = new QHBoxLayout;
    header->setContentsMargins(4, 0, 8, 0);
    header->setSpacing(6);
    auto* name = new TextLabel(title(), Theme::TextRole::Section, false, this);
    auto* unit = new TextLabel(latin(descriptor.unit), Theme::TextRole::Small, true, this);
    m_readOut = new ElidedLabel({}, Theme::TextRole::Small, true, this);
    m_readOut->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    header->addWidget(name);
    header->addWidget(unit);
    header->addStretch();
    header->addWidget(m_readOut);
    layout->addLayout(header);
    layout->addWidget(m_plot, 1);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(200, 120);
    setContextMenuPolicy(Qt::CustomContextMenu);
    connect(this, &QWidget::customContextMenuRequested, this, &ChartView::showMenu);
    preparePlot();
    restyle();
    connect(&Theme::instance(), &Theme::changed, this, &ChartView::restyle);
}

ChartView::~ChartView() = default;

QString ChartView::id() const
{
    return latin(m_descriptor.id);
}

QString ChartView::title() const
{
    return latin(m_descriptor.title);
}

void ChartView::preparePlot()
{
    describe(m_plot, QStringLiteral("plot-") + id(), title(), latin(m_descriptor.help));
    m_plot->setPlottingHints(QCP::phFastPolylines | QCP::phCacheLabels);
    m_plot->setNoAntialiasingOnDrag(true);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setContextMenuPolicy(Qt::NoContextMenu);
    m_plot->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_plot->axisRect()->setupFullAxesBox(false);
    m_plot->xAxis2->setVisible(false);
    m_plot->yAxis2->setVisible(false);
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->yAxis->ticker()->setTickCount(4);
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    m_plot->addLayer(QStringLiteral("signalboxOverlay"), nullptr, QCustomPlot::limAbove);
    m_plot->layer(QStringLiteral("signalboxOverlay"))->setMode(QCPLayer::lmBuffered);
    m_overlay = new PlotOverlay(m_plot);
    m_chart->build(*m_plot);
    m_plot->setMouseTracking(true);
    m_plot->installEventFilter(this);
}

void ChartView::restyle()
{
    const Tokens& t = tokens();
    const Theme& theme = Theme::instance();
    const QFont small = theme.font(Theme::TextRole::Small);
    QPalette ground = palette();
    ground.setColor(QPalette::Window, t.surface);
    setPalette(ground);
    m_plot->setBackground(t.surface);
    m_plot->axisRect()->setBackground(QBrush(t.surface));
    const int line = QFontMetrics(small).height();
    m_plot->axisRect()->setMargins(QMargins(theme.px(kLeftMargin), 8, theme.px(kRightMargin), line + 10));
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTickLabelFont(small);
        axis->setTickLabelColor(t.muted);
        axis->setBasePen(axis == m_plot->xAxis ? QPen(t.border, 1) : QPen(Qt::NoPen));
        axis->setTickPen(QPen(Qt::NoPen));
        axis->setSubTicks(false);
        axis->setTickLabelPadding(6);
        axis->grid()->setPen(QPen(mix(t.border, t.surface, 0.7), 1));
        axis->grid()->setZeroLinePen(Qt::NoPen);
        axis->grid()->setSubGridVisible(false);
    }
    m_chart->restyle(t);
    m_overlay->setLabels(m_chart->endLabels());
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ChartView::setFrame(const ChartFrame& frame)
{
    if (frame.window != m_window) {
        m_window = frame.window;
        m_plot->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new SecondsAgoTicker(m_window)));
        m_plot->xAxis->setRange(-m_window, 0);
    }
    m_chart->update(frame);
    std::vector<PlotOverlay::Marker> markers;
    for (const ChartMarker& marker : frame.markers) {
        if (const double x = frame.x(marker.at); x >= -m_window && x <= 0) {
            markers.push_back({x, marker.icon});
        }
    }
    m_overlay->setMarkers(std::move(markers));
    m_overlay->setLabels(m_chart->endLabels());
    updateReadOut();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void ChartView::setCursorAt(double x)
{
    m_cursor = x;
    m_overlay->setCursor(x);
    updateReadOut();
    m_overlay->layer()->replot();
}

QString ChartView::readOut() const
{
    return std::isfinite(m_cursor) ? m_chart->readOut(m_cursor) : QString();
}

void ChartView::updateReadOut()
{
    const QString text = readOut();
    if (text != m_readOut->text()) {
        m_readOut->setText(text);
        m_readOut->updateGeometry();
        setAccessibleDescription(text.isEmpty() ? latin(m_descriptor.help) : text);
    }
}

void ChartView::moveCursorBy(double seconds)
{
    const double from = std::isfinite(m_cursor) ? m_cursor : seconds < 0 ? 0 : -m_window;
    Q_EMIT cursorMoved(std::clamp(from + seconds, -m_window, 0.0));
}

void ChartView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
        case Qt::Key_Left: moveCursorBy(-1); return;
        case Qt::Key_Right: moveCursorBy(1); return;
        case Qt::Key_Escape: Q_EMIT cursorMoved(kNoCursor); return;
        case Qt::Key_Return:
        case Qt::Key_Enter: Q_EMIT maximiseRequested(); return;
        default: QWidget::keyPressEvent(event);
    }
}

bool ChartView::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::MouseMove) {
        const QPoint at = static_cast<QMouseEvent*>(event)->pos();
        const bool inside = m_plot->axisRect()->rect().contains(at);
        Q_EMIT cursorMoved(inside ? m_plot->xAxis->pixelToCoord(at.x()) : kNoCursor);
    } else if (event->type() == QEvent::Leave) {
        Q_EMIT cursorMoved(kNoCursor);
    } else if (event->type() == QEvent::MouseButtonDblClick) {
        Q_EMIT maximiseRequested();
    }
    return QWidget::eventFilter(watched, event);
}

void ChartView::copyPicture() const
{
    const qreal ratio = devicePixelRatioF();
    QGuiApplication::clipboard()->setPixmap(m_plot->toPixmap(m_plot->width(), m_plot->height(), ratio));
}

void ChartView::showTable()
{
    auto* dialog = new ChartTableDialog(title(), m_chart->table(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
}

void ChartView::showMenu(const QPoint& at)
{
    QMenu menu(this);
    menu.addAction(icon(QStringLiteral("copy")), QStringLiteral("Copy picture"), this, &ChartView::copyPicture);
    menu.addAction(icon(QStringLiteral("copy")), QStringLiteral("Copy values as CSV"), this,
                   [this] { QGuiApplication::clipboard()->setText(m_chart->table().csv()); });
    menu.addAction(icon(QStringLiteral("table")), QStringLiteral("Show as table"), this, &ChartView::showTable);
    menu.addSeparator();
    menu.addAction(icon(QStringLiteral("fit")), QStringLiteral("Show alone, or all again"), this, &ChartView::maximiseRequested);
    menu.exec(mapToGlobal(at));
}

}  // namespace signalbox::ui
