#include "ui/canvas/library_panel.h"

#include <QApplication>
#include <QDrag>
#include <QMimeData>
#include <QMouseEvent>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/canvas/node_painter.h"
#include "ui/theme/theme.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

QString helpOf(NodeKind kind)
{
    switch (kind) {
        case NodeKind::Traffic: return LibraryPanel::tr("Sends requests: a scenario");
        case NodeKind::LoadBalancer: return LibraryPanel::tr("Spreads one service's load over a pool");
        case NodeKind::Gateway: return LibraryPanel::tr("Routes requests to many services, with policies");
        case NodeKind::Route: return LibraryPanel::tr("A rule of a gateway: which requests go where");
        case NodeKind::Pool: return LibraryPanel::tr("Backends that serve the same thing");
        case NodeKind::Backend: return LibraryPanel::tr("One server of a pool, with a mock behind it");
        case NodeKind::Mock: return LibraryPanel::tr("A service that Signalbox itself plays");
        case NodeKind::Consumer: return {};
    }
    return {};
}

}  // namespace

/// One part of the library: a button that can also be dragged.
class LibraryButton : public QToolButton {
public:
    LibraryButton(NodeKind kind, QWidget* parent) : QToolButton(parent), m_kind(kind)
    {
        setText(titleOf(kind));
        setIcon(signalbox::ui::icon(iconOf(kind)));
        setIconSize({18, 18});
        setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        setAutoRaise(true);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        setMinimumHeight(32);
        setObjectName(QStringLiteral("library.") + titleOf(kind).toLower().replace(u' ', u'-'));
        setAccessibleName(LibraryPanel::tr("Add %1").arg(titleOf(kind)));
        setToolTip(helpOf(kind) + LibraryPanel::tr(". Drag it onto the drawing, or click."));
    }

protected:
    void mousePressEvent(QMouseEvent* event) override
    {
        m_press = event->position();
        QToolButton::mousePressEvent(event);
    }
    void mouseMoveEvent(QMouseEvent* event) override
    {
        const QPointF moved = event->position() - m_press;
        if (!(event->buttons() & Qt::LeftButton) || moved.manhattanLength() < QApplication::startDragDistance()) {
            return;
        }
        setDown(false);
        auto* data = new QMimeData;
        data->setData(LibraryPanel::mimeType(), QByteArray::number(static_cast<int>(m_kind)));
        auto* drag = new QDrag(this);
        drag->setMimeData(data);
        TopologyNode node;
        node.kind = m_kind;
        node.title = titleOf(m_kind);
        node.position = {2, 2};
        QPixmap picture(QSize(static_cast<int>(kNodeWidth) + 4, static_cast<int>(kNodeHeight) + 4) * devicePixelRatioF());
        picture.setDevicePixelRatio(devicePixelRatioF());
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        painter.setRenderHint(QPainter::Antialiasing);
        paintNode(painter, node, {}, devicePixelRatioF());
        painter.end();
        drag->setPixmap(picture);
        drag->setHotSpot({static_cast<int>(kNodeWidth / 2), static_cast<int>(kNodeHeight / 2)});
        drag->exec(Qt::CopyAction);
    }

private:
    NodeKind m_kind;
    QPointF m_press;
};

LibraryPanel::LibraryPanel(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("libraryPanel"));
    setAccessibleName(tr("Library"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(2);
    for (const auto kind : kinds()) {
        auto* button = new LibraryButton(kind, this);
        connect(button, &QToolButton::clicked, this, [this, kind] { Q_EMIT addRequested(kind); });
        layout->addWidget(button);
        m_buttons.push_back(button);
    }
    layout->addStretch();
}

void LibraryPanel::setCompact(bool compact)
{
    for (auto* button : m_buttons) {
        button->setToolButtonStyle(compact ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    }
}

const std::vector<NodeKind>& LibraryPanel::kinds()
{
    static const std::vector<NodeKind> all{NodeKind::Traffic, NodeKind::LoadBalancer, NodeKind::Gateway, NodeKind::Route,
                                           NodeKind::Pool,    NodeKind::Backend,      NodeKind::Mock};
    return all;
}

QString LibraryPanel::mimeType()
{
    return QStringLiteral("application/x-signalbox-part");
}

std::optional<NodeKind> LibraryPanel::kindOf(const QMimeData* data)
{
    if (!data->hasFormat(mimeType())) {
        return std::nullopt;
    }
    bool ok = false;
    const int kind = data->data(mimeType()).toInt(&ok);
    const bool known = ok && std::any_of(kinds().begin(), kinds().end(),
                                         [&](NodeKind candidate) { return static_cast<int>(candidate) == kind; });
    return known ? std::optional(static_cast<NodeKind>(kind)) : std::nullopt;
}

}  // namespace signalbox::ui
