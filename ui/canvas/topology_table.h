#pragma once

#include <QWidget>

#include "ui/canvas/canvas_edits.h"
#include "ui/canvas/topology_table_model.h"

class QTreeView;
class QToolButton;

namespace signalbox::ui {

/// The table twin of the canvas: the same nodes, the same selection, the same edits (add, connect to, rename, duplicate,
/// delete), for the keyboard, for screen readers and for whoever prefers a table. GUI thread.
class TopologyTable : public QWidget {
    Q_OBJECT

public:
    TopologyTable(SiteDocument& document, EngineBridge& bridge, QWidget* parent = nullptr);
    [[nodiscard]] QStringList selection() const;

public Q_SLOTS:
    void select(const QStringList& paths);

Q_SIGNALS:
    void selectionChanged(const QStringList& paths);
    void activated(const QString& path);
    void refused(const QString& why);

private:
    void onSelection();
    void updateButtons();
    void fillAddMenu();
    void fillConnectMenu();
    void add(NodeKind kind);

    SiteDocument& m_document;
    CanvasEdits m_edits;
    TopologyTableModel* m_model;
    QTreeView* m_view;
    QToolButton* m_add;
    QToolButton* m_connect;
    QToolButton* m_duplicate;
    QToolButton* m_delete;
    QStringList m_selection;
    bool m_selecting = false;
};

}  // namespace signalbox::ui
