#pragma once

#include <QPointF>
#include <QString>
#include <QStringList>

#include "ui/bridge/site_document.h"
#include "ui/canvas/topology_model.h"

namespace signalbox::ui {

/// What the canvas and its table twin do to the document: each function is one step of undo. GUI thread.
class CanvasEdits {
public:
    explicit CanvasEdits(SiteDocument& document) : m_document(document) {}

    /// Adds an element of that kind with working defaults (a free name and port) at a place. Kinds that live inside others
    /// (route, backend) go into `parent`, or into the only or first possible one; a missing one is made first.
    /// Answers the new element's path, empty with `why` set where it cannot be.
    QString add(NodeKind kind, const QPointF& position, const QString& parent, QString* why);
    /// Connects two nodes as TopologyModel::refusal allows. False with `why` set otherwise.
    bool connectNodes(const QString& from, const QString& to, QString* why);
    /// Takes an edge away: a route's pool, a split's member, a scenario's target, a backend of its pool.
    bool disconnect(const QString& from, const QString& to, QString* why);
    void remove(const QStringList& paths);
    /// Copies elements beside the originals, with what they point to; answers the new paths.
    QStringList duplicate(const QStringList& paths);
    /// Moves nodes; successive moves with one `mergeKey` are one step.
    void move(const QHash<QString, QPointF>& positions, const QString& mergeKey);
    /// Positions of a whole laid-out model, as one step.
    void tidy();

private:
    [[nodiscard]] const Value* at(const QString& path) const;
    [[nodiscard]] int freePort(int from) const;
    void place(const QString& path, const QPointF& position);
    QString addListener(NodeKind kind);
    QString addRoute(const QString& listener, QString* why);
    QString addPool();
    QString addBackend(const QString& pool);
    QString addMock();
    QString addTraffic();
    QString append(const QString& listPath, const Value& value, const QString& text);

    SiteDocument& m_document;
};

}  // namespace signalbox::ui
