#include "ui/requests/request_detail.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QStackedLayout>
#include <QVBoxLayout>

#include "ui/bridge/trace_text.h"
#include "ui/requests/waterfall.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

RequestDetail::RequestDetail(QWidget* parent) : QWidget(parent), m_stack(new QStackedLayout(this))
{
    setObjectName(QStringLiteral("request-detail"));
    setAccessibleName(QStringLiteral("Selected request"));
    auto* scroll = new QScrollArea(this);
    scroll->setObjectName(QStringLiteral("request-detail-scroll"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(makeContent());
    auto* hint = new TextLabel(QStringLiteral("Select a request to see why it went where it went."), Theme::TextRole::Body, true, this);
    hint->setAlignment(Qt::AlignCenter);
    hint->setWordWrap(true);
    hint->setMargin(16);
    m_stack->addWidget(hint);
    m_stack->addWidget(scroll);
}

QWidget* RequestDetail::makeContent()
{
    auto* content = new Panel(Panel::Fill::Surface);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(16, 8, 16, 12);
    layout->setSpacing(4);
    auto* head = new QHBoxLayout;
    m_title = new ElidedLabel({}, Theme::TextRole::Section, false, content);
    auto* copy = makeIconButton(QStringLiteral("copy"), QStringLiteral("request-copy"), QStringLiteral("Copy this explanation"), {}, content);
    copy->setFixedSize(28, 28);
    connect(copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(asText()); });
    head->addWidget(m_title, 1);
    head->addWidget(copy);
    layout->addLayout(head);
    m_subtitle = new ElidedLabel({}, Theme::TextRole::Small, true, content);
    layout->addWidget(m_subtitle);
    layout->addSpacing(4);
    m_why = new TextLabel({}, Theme::TextRole::Body, false, content);
    m_why->setObjectName(QStringLiteral("request-why"));
    m_why->setWordWrap(true);
    m_why->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_why);
    layout->addSpacing(8);
    layout->addWidget(new TextLabel(QStringLiteral("Where the time went"), Theme::TextRole::Section, false, content));
    m_waterfall = new Waterfall(content);
    layout->addWidget(m_waterfall);
    layout->addSpacing(4);
    layout->addWidget(new TextLabel(QStringLiteral("Step by step"), Theme::TextRole::Section, false, content));
    m_steps = new TextLabel({}, Theme::TextRole::Body, false, content);
    m_steps->setObjectName(QStringLiteral("request-steps"));
    m_steps->setWordWrap(true);
    m_steps->setTextFormat(Qt::RichText);
    m_steps->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_steps);
    layout->addStretch();
    return content;
}

void RequestDetail::show(const stats::DecisionTrace& trace)
{
    m_trace = trace;
    m_stack->setCurrentIndex(1);
    const QString status = trace.status == 0 ? QStringLiteral("no answer") : QString::number(trace.status);
    m_title->setText(QStringLiteral("%1 %2 \u2192 %3").arg(text(trace.method.view()), text(trace.target.view()), status));
    QStringList facts{QStringLiteral("#%1").arg(trace.id), outcomeWord(trace.outcome), QStringLiteral("from %1").arg(text(trace.client.view()))};
    if (!trace.consumer.view().empty()) {
        facts << QStringLiteral("consumer %1").arg(text(trace.consumer.view()));
    }
    facts << QStringLiteral("%1 bytes out").arg(trace.bytesOut);
    m_subtitle->setText(facts.join(QStringLiteral(" \u00B7 ")));
    m_why->setText(whyText(trace));
    m_waterfall->setTrace(trace);
    QString html;
    for (const QString& line : stepsOf(trace)) {
        const bool particular = line.startsWith(QLatin1String("- "));
        const QString body = (particular ? line.mid(2) : line).toHtmlEscaped();
        html += particular ? QStringLiteral("<p style='margin:0 0 2px 18px; color:%1'>%2</p>").arg(tokens().muted.name(), body)
                           : QStringLiteral("<p style='margin:3px 0 2px 0'>%1</p>").arg(body);
    }
    if (!trace.complete) {
        html += QStringLiteral("<p style='color:%1'>The steps of this request were not recorded or are no longer kept; this is its summary.</p>").arg(tokens().muted.name());
    }
    m_steps->setText(html);
}

void RequestDetail::clear()
{
    m_stack->setCurrentIndex(0);
}

QString RequestDetail::asText() const
{
    return whyText(m_trace) + u'\n' + stepsOf(m_trace).join(u'\n') + u'\n';
}

}  // namespace signalbox::ui
