#include "ui/shell/file_controller.h"

#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>

#include "ui/pages/templates.h"

namespace signalbox::ui {

namespace {

QString filter()
{
    return QStringLiteral("Sites (*.yaml *.yml *.json);;All files (*)");
}

}  // namespace

FileController::FileController(SiteDocument& document, RecentFiles& recent, QWidget* window)
    : QObject(window), m_document(document), m_recent(recent), m_window(window), m_ask([this] {
          return askWithDialog();
      })
{}

FileController::Answer FileController::askWithDialog() const
{
    QMessageBox box(m_window);
    box.setObjectName(QStringLiteral("unsavedQuestion"));
    box.setWindowTitle(QStringLiteral("Unsaved edits"));
    box.setText(QStringLiteral("Save the edits of %1?").arg(m_document.title()));
    box.setInformativeText(QStringLiteral("They are lost otherwise."));
    auto* save = box.addButton(QStringLiteral("Save"), QMessageBox::AcceptRole);
    auto* discard = box.addButton(QStringLiteral("Discard"), QMessageBox::DestructiveRole);
    box.addButton(QStringLiteral("Cancel"), QMessageBox::RejectRole);
    save->setProperty("primary", true);
    box.setDefaultButton(save);
    box.exec();
    return box.clickedButton() == save      ? Answer::Save
           : box.clickedButton() == discard ? Answer::Discard
                                            : Answer::Cancel;
}

bool FileController::mayClose()
{
    if (!m_document.isModified()) {
        return true;
    }
    switch (m_ask()) {
        case Answer::Save: return save();
        case Answer::Discard: return true;
        case Answer::Cancel: return false;
    }
    return false;
}

void FileController::newSite()
{
    if (mayClose()) {
        m_document.setSite(emptySite(), QStringLiteral("New site"));
        Q_EMIT opened();
    }
}

void FileController::openTemplate(const QString& id)
{
    if (!mayClose()) {
        return;
    }
    for (const SiteTemplate& entry : siteTemplates()) {
        if (entry.id == id) {
            m_document.setSite(templateSite(id, m_document.catalog()), entry.title);
            Q_EMIT opened();
        }
    }
}

void FileController::chooseAndOpen()
{
    const QString file =
        QFileDialog::getOpenFileName(m_window, QStringLiteral("Open site"), m_document.file(), filter());
    if (!file.isEmpty()) {
        open(file);
    }
}

bool FileController::open(const QString& file)
{
    if (!mayClose()) {
        return false;
    }
    QString error;
    if (!m_document.open(file, &error)) {
        Q_EMIT failed(error);
        return false;
    }
    m_recent.add(file);
    Q_EMIT opened();
    return true;
}

bool FileController::save()
{
    if (!m_document.hasFile()) {
        return saveAs();
    }
    QString error;
    if (!m_document.save(&error)) {
        Q_EMIT failed(error);
        return false;
    }
    return true;
}

bool FileController::saveAs()
{
    const QString proposal = m_document.hasFile()
                                 ? m_document.file()
                                 : m_document.title().toLower().replace(u' ', u'-') + QStringLiteral(".yaml");
    const QString file = QFileDialog::getSaveFileName(m_window, QStringLiteral("Save site"), proposal, filter());
    if (file.isEmpty()) {
        return false;
    }
    QString error;
    if (!m_document.saveAs(file, &error)) {
        Q_EMIT failed(error);
        return false;
    }
    m_recent.add(file);
    return true;
}

}  // namespace signalbox::ui
