#include "ui/pages/welcome_page.h"

#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QScrollArea>

#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

QColor nodeColour(NodeKind kind)
{
    const Tokens& t = tokens();
    switch (kind) {
        case NodeKind::Traffic: return t.idle;
        case NodeKind::Gateway:
        case NodeKind::Route: return t.limited;
        case NodeKind::LoadBalancer:
        case NodeKind::Pool: return t.accent;
        default: return t.ok;
    }
}

}  // namespace

TemplateCard::TemplateCard(const SiteTemplate& entry, const site::Catalog& catalog, QWidget* parent)
    : QAbstractButton(parent), m_text(entry.text), m_model(TopologyModel::fromSite(templateSite(entry.id, catalog)))
{
    layOut(m_model, false);
    setText(entry.title);
    setAttribute(Qt::WA_Hover);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    describe(this, QStringLiteral("template-%1").arg(entry.id), entry.title,
             QStringLiteral("Open the template “%1”").arg(entry.title));
    setAccessibleDescription(entry.text);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize TemplateCard::sizeHint() const
{
    return {Theme::instance().px(300), Theme::instance().px(192)};
}

QSize TemplateCard::minimumSizeHint() const
{
    return {Theme::instance().px(240), Theme::instance().px(192)};
}

void TemplateCard::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool touched = underMouse() || hasFocus();
    const QColor fill = isDown() ? mix(t.accent, t.surface, 0.10) : t.surface;
    painter.setPen(QPen(touched ? t.accent : t.border, hasFocus() ? 2 : 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);

    const int margin = theme.px(16);
    const QRectF preview(margin, margin, width() - 2 * margin, theme.px(92));
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.window);
    painter.drawRoundedRect(preview, 6, 6);
    paintPreview(painter, preview.adjusted(12, 10, -12, -10));

    QRectF textArea(margin, preview.bottom() + theme.px(12), width() - 2 * margin, theme.px(20));
    painter.setFont(theme.font(Theme::TextRole::Panel));
    painter.setPen(t.text);
    painter.drawText(textArea, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, int(textArea.width())));
    textArea.translate(0, theme.px(24));
    textArea.setHeight(theme.px(40));
    painter.setFont(theme.font(Theme::TextRole::Body));
    painter.setPen(t.muted);
    painter.drawText(textArea, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_text);
}

void TemplateCard::paintPreview(QPainter& painter, const QRectF& area) const
{
    const Tokens& t = tokens();
    QRectF bounds;
    for (const auto& node : m_model.nodes) {
        bounds |= QRectF(node.position, QSizeF(kNodeWidth, kNodeHeight));
    }
    if (bounds.isEmpty()) {
        return;
    }
    // Boxes keep a readable size, so only their centres are scaled.
    const QSizeF box(std::min(34.0, area.width() / 7), 11);
    const auto centre = [&](const TopologyNode& node) {
        const QPointF c = QRectF(node.position, QSizeF(kNodeWidth, kNodeHeight)).center() - bounds.center();
        const qreal spanX = std::max(1.0, bounds.width() - kNodeWidth);
        const qreal spanY = std::max(1.0, bounds.height() - kNodeHeight);
        const qreal sx = (area.width() - box.width()) / spanX;
        const qreal sy = std::min((area.height() - box.height()) / spanY, 0.24);
        return area.center() + QPointF(c.x() * sx, c.y() * sy);
    };
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(mix(t.muted, t.window, 0.6), 1.25));
    for (const auto& edge : m_model.edges) {
        const auto* from = m_model.find(edge.from);
        const auto* to = m_model.find(edge.to);
        if (from == nullptr || to == nullptr) {
            continue;
        }
        const QPointF a = centre(*from) + QPointF(box.width() / 2, 0);
        const QPointF b = centre(*to) - QPointF(box.width() / 2, 0);
        QPainterPath path(a);
        const qreal bend = (b.x() - a.x()) / 2;
        path.cubicTo(a + QPointF(bend, 0), b - QPointF(bend, 0), b);
        painter.drawPath(path);
    }
    for (const auto& node : m_model.nodes) {
        const QPointF c = centre(node);
        const QRectF r(c.x() - box.width() / 2, c.y() - box.height() / 2, box.width(), box.height());
        painter.setPen(QPen(nodeColour(node.kind), 1.25));
        painter.setBrush(t.raised);
        painter.drawRoundedRect(r, 3, 3);
        painter.setPen(Qt::NoPen);
        painter.setBrush(nodeColour(node.kind));
        painter.drawRoundedRect(QRectF(r.x() + 3, r.y() + 3, 3, r.height() - 6), 1.5, 1.5);
    }
}

WelcomePage::WelcomePage(const site::Catalog& catalog, RecentFiles& recent, QWidget* parent)
    : QWidget(parent), m_recent(recent)
{
    setObjectName(QStringLiteral("welcomePage"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->viewport()->setAutoFillBackground(false);
    outer->addWidget(scroll);
    auto* content = new QWidget;
    scroll->setWidget(content);
    content->setAutoFillBackground(false);
    auto* centring = new QHBoxLayout(content);
    centring->setContentsMargins(32, 24, 32, 24);
    auto* column = new QWidget(content);
    column->setMaximumWidth(920);
    centring->addStretch(1);
    centring->addWidget(column, 100);
    centring->addStretch(1);

    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addStretch(1);
    layout->addWidget(new TextLabel(QStringLiteral("See where each request goes, and why"), Theme::TextRole::Page));
    layout->addWidget(new TextLabel(
        QStringLiteral("Start from a template: its services and traffic are inside, nothing else is needed."),
        Theme::TextRole::Body, true));
    layout->addSpacing(8);
    layout->addWidget(makeCards(catalog));
    layout->addSpacing(16);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(new TextLabel(QStringLiteral("Your sites"), Theme::TextRole::Section));
    row->addStretch();
    auto* fresh = makeButton(QStringLiteral("New site"), QStringLiteral("welcomeNew"), false, QStringLiteral("plus"));
    fresh->setToolTip(QStringLiteral("Start with an empty site (Ctrl+N)"));
    connect(fresh, &QPushButton::clicked, this, &WelcomePage::newRequested);
    auto* open = makeButton(QStringLiteral("Open…"), QStringLiteral("welcomeOpen"), false, QStringLiteral("open"));
    open->setToolTip(QStringLiteral("Open a site file (Ctrl+O)"));
    connect(open, &QPushButton::clicked, this, &WelcomePage::openRequested);
    row->addWidget(fresh);
    row->addWidget(open);
    layout->addLayout(row);
    m_recentList = new QVBoxLayout;
    m_recentList->setSpacing(2);
    layout->addLayout(m_recentList);
    layout->addStretch(2);
    fillRecent();
    connect(&m_recent, &RecentFiles::changed, this, &WelcomePage::fillRecent);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void WelcomePage::paintEvent(QPaintEvent*)
{
    QPainter(this).fillRect(rect(), tokens().window);
}

QWidget* WelcomePage::makeCards(const site::Catalog& catalog)
{
    auto* cards = new QWidget;
    auto* grid = new QGridLayout(cards);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(12);
    int index = 0;
    for (const SiteTemplate& entry : siteTemplates()) {
        auto* card = new TemplateCard(entry, catalog);
        connect(card, &QAbstractButton::clicked, this, [this, id = entry.id] { Q_EMIT templateChosen(id); });
        grid->addWidget(card, index / 2, index % 2);
        ++index;
    }
    return cards;
}

void WelcomePage::fillRecent()
{
    while (QLayoutItem* item = m_recentList->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const QStringList files = m_recent.files().mid(0, 4);
    if (files.isEmpty()) {
        m_recentList->addWidget(
            new TextLabel(QStringLiteral("None yet. A site is one YAML file; drop one on this window to open it."),
                          Theme::TextRole::Body, true));
    }
    for (const QString& file : files) {
        auto* button = makeButton(QFileInfo(file).fileName() + QStringLiteral("   ") + QFileInfo(file).absolutePath(),
                                  QStringLiteral("recent"), false, QStringLiteral("file"));
        button->setProperty("flat", true);
        button->setAccessibleName(QStringLiteral("Open %1").arg(file));
        button->setToolTip(file);
        connect(button, &QPushButton::clicked, this, [this, file] { Q_EMIT fileChosen(file); });
        m_recentList->addWidget(button, 0, Qt::AlignLeft);
    }
}

}  // namespace signalbox::ui
