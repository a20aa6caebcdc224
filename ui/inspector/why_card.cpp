#include "ui/inspector/why_card.h"

#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/bridge/trace_text.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

QString questionOf(const stats::DecisionTrace& trace)
{
    switch (trace.outcome) {
        case stats::Outcome::Ok: return trace.backend.view().empty() ? QStringLiteral("Why this answer?") : QStringLiteral("Why this backend?");
        case stats::Outcome::Rejected:
        case stats::Outcome::RateLimited:
        case stats::Outcome::NoRoute:
        case stats::Outcome::BadRequest: return QStringLiteral("Why was this refused?");
        default: return QStringLiteral("Why did this fail?");
    }
}

}  // namespace

WhyCard::WhyCard(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("why-card"));
    setAccessibleName(QStringLiteral("Why"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea(this);
    scroll->setObjectName(QStringLiteral("why-scroll"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    outer->addWidget(scroll);
    auto* content = new Panel(Panel::Fill::Surface, nullptr, Qt::TopEdge);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(4);
    m_title = new TextLabel({}, Theme::TextRole::Section, false, content);
    m_title->setObjectName(QStringLiteral("why-title"));
    m_request = new ElidedLabel({}, Theme::TextRole::Small, true, content);
    m_why = new TextLabel({}, Theme::TextRole::Body, false, content);
    m_why->setObjectName(QStringLiteral("why-text"));
    m_steps = new TextLabel({}, Theme::TextRole::Small, true, content);
    m_steps->setObjectName(QStringLiteral("why-steps"));
    m_steps->setTextFormat(Qt::RichText);
    for (TextLabel* label : {m_why, m_steps}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    layout->addWidget(m_title);
    layout->addWidget(m_request);
    layout->addSpacing(4);
    layout->addWidget(m_why);
    layout->addSpacing(4);
    layout->addWidget(m_steps);
    layout->addStretch();
    scroll->setWidget(content);
    showNothing({});
}

void WhyCard::show(const stats::DecisionTrace& trace, const QString& reason)
{
    m_title->setText(questionOf(trace));
    QString line = QStringLiteral("#%1 %2 %3").arg(trace.id).arg(text(trace.method.view()), text(trace.target.view()));
    if (!reason.isEmpty()) {
        line += QStringLiteral(" \u00B7 ") + reason;
    }
    m_request->setText(line);
    m_request->show();
    m_why->setMuted(false);
    m_why->setText(whyText(trace));
    QString html;
    for (const QString& step : stepsOf(trace)) {
        const bool particular = step.startsWith(QLatin1String("- "));
        html += QStringLiteral("<p style='margin:%1'>%2</p>")
                    .arg(particular ? QStringLiteral("0 0 1px 14px") : QStringLiteral("3px 0 1px 0"), (particular ? step.mid(2) : step).toHtmlEscaped());
    }
    m_steps->setText(html);
    m_steps->show();
}

void WhyCard::showNothing(const QString& sentence)
{
    m_title->setText(QStringLiteral("Why?"));
    m_request->hide();
    m_why->setMuted(true);
    m_why->setText(sentence.isEmpty() ? QStringLiteral("Select a request to see what decided where it went.") : sentence);
    m_steps->hide();
}

}  // namespace signalbox::ui
