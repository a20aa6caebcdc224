#include "ui/pages/replay_panel.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

#include "core/base/units.h"

namespace signalbox::ui {

namespace {

constexpr std::size_t kMostSkippedShown = 500;

}  // namespace

ReplayPanel::ReplayPanel(SiteDocument& document, ReplaySession& session, QWidget* parent)
    : QStackedWidget(parent), m_document(document), m_session(session)
{
    setObjectName(QStringLiteral("replayPanel"));
    auto* empty = new EmptyState(QStringLiteral("replay"), QStringLiteral("Replay recorded traffic"),
                                 QStringLiteral("An access log (NCSA common or combined) is sent to this site again, "
                                                "request by request. No trace is open yet."),
                                 this);
    connect(empty->addButton(QStringLiteral("Open trace…"), QStringLiteral("openTraceFirst")), &QPushButton::clicked,
            this, &ReplayPanel::chooseFile);
    addWidget(empty);
    addWidget(makeDetails());
    connect(&session, &ReplaySession::traceChanged, this, &ReplayPanel::refresh);
    connect(&document, &SiteDocument::changed, this, &ReplayPanel::fillListeners);
    fillListeners();
    refresh();
}

QWidget* ReplayPanel::makeDetails()
{
    auto* page = new QWidget(this);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(8);
    m_name = new TextLabel({}, Theme::TextRole::Panel, false, page);
    m_name->setObjectName(QStringLiteral("traceName"));
    m_name->setWordWrap(true);
    m_figures = new TextLabel({}, Theme::TextRole::Body, true, page);
    m_figures->setObjectName(QStringLiteral("traceFigures"));
    m_figures->setWordWrap(true);
    auto* open =
        makeButton(QStringLiteral("Open another…"), QStringLiteral("openTrace"), false, QStringLiteral("open"), page);
    connect(open, &QPushButton::clicked, this, &ReplayPanel::chooseFile);
    m_listener = new QComboBox(page);
    describe(m_listener, QStringLiteral("replayTarget"), QStringLiteral("Target listener"),
             QStringLiteral("The listener of this site that gets the requests"));
    connect(m_listener, &QComboBox::currentTextChanged, &m_session, &ReplaySession::setListener);
    m_skippedTitle = new TextLabel({}, Theme::TextRole::Section, false, page);
    m_skipped = new QListWidget(page);
    describe(m_skipped, QStringLiteral("skippedLines"), QStringLiteral("Skipped lines"));
    m_skipped->setToolTip({});
    m_skipped->setFrameShape(QFrame::NoFrame);
    m_skipped->setWordWrap(true);
    layout->addWidget(m_name);
    layout->addWidget(m_figures);
    layout->addWidget(open, 0, Qt::AlignLeft);
    layout->addSpacing(8);
    layout->addWidget(new TextLabel(QStringLiteral("Send to"), Theme::TextRole::Section, false, page));
    layout->addWidget(m_listener);
    layout->addSpacing(8);
    layout->addWidget(m_skippedTitle);
    layout->addWidget(m_skipped, 1);
    return page;
}

void ReplayPanel::chooseFile()
{
    const QString file = QFileDialog::getOpenFileName(this, QStringLiteral("Open trace"), {},
                                                      QStringLiteral("Access logs (*.log *.txt);;All files (*)"));
    if (!file.isEmpty()) {
        m_session.open(file);
    }
}

void ReplayPanel::fillListeners()
{
    const QString before = m_listener->currentText();
    {
        const QSignalBlocker blocker(m_listener);
        m_listener->clear();
        for (const Value& listener : m_document.site().list("listeners")) {
            m_listener->addItem(QString::fromStdString(site::Site::nameOf(listener)));
        }
        m_listener->setCurrentIndex(std::max(0, m_listener->findText(before)));
    }
    m_session.setListener(m_listener->currentText());
}

void ReplayPanel::refresh()
{
    const auto& trace = m_session.trace();
    setCurrentIndex(trace ? 1 : 0);
    if (!trace) {
        return;
    }
    const QLocale english(QLocale::English);
    m_name->setText(QFileInfo(QString::fromStdString(trace->file)).fileName());
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(trace->duration());
    m_figures->setText(QStringLiteral("%1 requests of %2 clients over %3, %4 format")
                           .arg(english.toString(static_cast<qulonglong>(trace->entries.size())),
                                english.toString(trace->clients), QString::fromStdString(formatDuration(whole)),
                                QString::fromStdString(trace->format)));
    const std::size_t count = trace->skipped.size();
    m_skippedTitle->setText(
        count == 0 ? QStringLiteral("Every line was read")
                   : QStringLiteral("Skipped lines: %1").arg(english.toString(static_cast<qulonglong>(count))));
    m_skipped->clear();
    m_skipped->setVisible(count > 0);
    for (std::size_t i = 0; i < std::min(count, kMostSkippedShown); ++i) {
        const auto& line = trace->skipped[i];
        m_skipped->addItem(QStringLiteral("line %1: %2").arg(line.line).arg(QString::fromStdString(line.why)));
    }
}

}  // namespace signalbox::ui
