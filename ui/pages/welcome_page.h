#pragma once

#include <QAbstractButton>
#include <QVBoxLayout>
#include <QWidget>

#include "ui/bridge/recent_files.h"
#include "ui/canvas/topology_model.h"
#include "ui/pages/templates.h"

namespace signalbox::ui {

/// A template as a card with a small drawing of the site it makes. GUI thread.
class TemplateCard : public QAbstractButton {
    Q_OBJECT

public:
    TemplateCard(const SiteTemplate& entry, const site::Catalog& catalog, QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintPreview(QPainter& painter, const QRectF& area) const;

    QString m_text;
    TopologyModel m_model;
};

/// What is seen without a site: templates, files opened before, open. GUI thread.
class WelcomePage : public QWidget {
    Q_OBJECT

public:
    WelcomePage(const site::Catalog& catalog, RecentFiles& recent, QWidget* parent = nullptr);

Q_SIGNALS:
    void templateChosen(const QString& id);
    void fileChosen(const QString& file);
    void openRequested();
    void newRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* makeCards(const site::Catalog& catalog);
    void fillRecent();

    RecentFiles& m_recent;
    QVBoxLayout* m_recentList;
};

}  // namespace signalbox::ui
