#include "ui/canvas/canvas_edits.h"

#include <QCoreApplication>
#include <QSet>

#include <cmath>

namespace signalbox::ui {

namespace {

QString tr(const char* source)
{
    return QCoreApplication::translate("CanvasEdits", source);
}

Value scalar(const QString& text)
{
    return Value::scalar(text.toStdString());
}

QString lastPart(const QString& path)
{
    return path.mid(path.lastIndexOf(u'/') + 1);
}

QString parentList(const QString& path)
{
    return path.left(path.lastIndexOf(u'/'));
}

NodeKind kindOf(const QString& path, const site::Site& site)
{
    const TopologyModel model = TopologyModel::fromSite(site);
    const TopologyNode* node = model.find(path);
    return node ? node->kind : NodeKind::Mock;
}

}  // namespace

const Value* CanvasEdits::at(const QString& path) const
{
    return site::valueAt(m_document.site(), path.toStdString());
}

int CanvasEdits::freePort(int from) const
{
    QSet<int> used;
    for (const char* list : {"listeners", "mocks"}) {
        for (const auto& element : m_document.site().list(list)) {
            if (const Value* bind = element.find("bind")) {
                used.insert(QString::fromStdString(bind->text()).section(u':', -1).toInt());
            }
        }
    }
    while (used.contains(from)) {
        ++from;
    }
    return from;
}

QString CanvasEdits::append(const QString& listPath, const Value& value, const QString& text)
{
    const Value* list = at(listPath);
    const QString name = QString::fromStdString(site::Site::nameOf(value));
    if (!list) {
        Value made = Value::list();
        made.append(value);
        m_document.setValue(listPath, made, text);
    } else {
        m_document.insertItem(listPath, static_cast<int>(list->items().size()), value, text);
    }
    return listPath + u'/' + name;
}

void CanvasEdits::place(const QString& path, const QPointF& position)
{
    Value point = Value::list();
    point.style = Value::Style::Flow;
    point.append(scalar(QString::number(std::lround(position.x()))));
    point.append(scalar(QString::number(std::lround(position.y()))));
    // A path holds '/', which separates the steps of a ValuePath, so the whole map is set.
    const Value* existing = at(QStringLiteral("canvas"));
    Value canvas = existing ? *existing : Value::map();
    canvas.set(path.toStdString(), point);
    m_document.setValue(QStringLiteral("canvas"), canvas, tr("move"));
}

QString CanvasEdits::addListener(NodeKind kind)
{
    const bool gateway = kind == NodeKind::Gateway;
    const QString name = m_document.freeName(QStringLiteral("listeners"), gateway ? u"api"_qs : u"lb"_qs);
    Value listener = Value::map();
    listener.set("name", scalar(name));
    listener.set("bind", scalar(QStringLiteral("127.0.0.1:%1").arg(freePort(8080))));
    listener.set("protocol", scalar(u"http"_qs));
    listener.set("role", scalar(gateway ? u"api-gateway"_qs : u"load-balancer"_qs));
    return append(QStringLiteral("listeners"), listener,
                  gateway ? tr("add gateway %1").arg(name) : tr("add load balancer %1").arg(name));
}

QString CanvasEdits::addRoute(const QString& listener, QString* why)
{
    QString owner = listener;
    if (owner.isEmpty()) {
        for (const auto& candidate : m_document.site().list("listeners")) {
            const Value* role = candidate.find("role");
            if (role && role->text() == "api-gateway") {
                owner = u"listeners/"_qs + QString::fromStdString(site::Site::nameOf(candidate));
                break;
            }
        }
    }
    if (owner.isEmpty()) {
        *why = tr("A route belongs to an API gateway: add a gateway first");
        return {};
    }
    const QString list = owner + u"/routes"_qs;
    const QString name = m_document.freeName(list, u"route"_qs);
    Value match = Value::map();
    match.style = Value::Style::Flow;
    match.set("path", scalar(u'/' + name));
    Value route = Value::map();
    route.set("name", scalar(name));
    route.set("match", match);
    if (const auto& pools = m_document.site().list("pools"); !pools.empty()) {
        route.set("pool", Value::scalar(site::Site::nameOf(pools.front())));
    } else {
        Value respond = Value::map();
        respond.style = Value::Style::Flow;
        respond.set("status", scalar(u"200"_qs));
        respond.set("body", Value::scalar("hello\n", true));
        route.set("respond", respond);
    }
    return append(list, route, tr("add route %1").arg(name));
}

QString CanvasEdits::addPool()
{
    const QString name = m_document.freeName(QStringLiteral("pools"), u"pool"_qs);
    Value pool = Value::map();
    pool.set("name", scalar(name));
    pool.set("balance", scalar(u"round-robin"_qs));
    pool.set("backends", Value::list());
    return append(QStringLiteral("pools"), pool, tr("add pool %1").arg(name));
}

QString CanvasEdits::addMock()
{
    const QString name = m_document.freeName(QStringLiteral("mocks"), u"mock"_qs);
    Value latency = Value::map();
    latency.style = Value::Style::Flow;
    latency.set("distribution", scalar(u"lognormal"_qs));
    latency.set("median", scalar(u"8ms"_qs));
    latency.set("p99", scalar(u"40ms"_qs));
    Value mock = Value::map();
    mock.set("name", scalar(name));
    mock.set("bind", scalar(QStringLiteral("127.0.0.1:%1").arg(freePort(9001))));
    mock.set("workers", scalar(u"8"_qs));
    mock.set("latency", latency);
    return append(QStringLiteral("mocks"), mock, tr("add mock %1").arg(name));
}

QString CanvasEdits::addBackend(const QString& pool)
{
    QString owner = pool;
    if (owner.isEmpty()) {
        const auto& pools = m_document.site().list("pools");
        owner = pools.empty() ? addPool() : u"pools/"_qs + QString::fromStdString(site::Site::nameOf(pools.front()));
    }
    // A backend that answers at once: a mock comes with it.
    const QString mock = lastPart(addMock());
    const QString list = owner + u"/backends"_qs;
    const QString name = m_document.freeName(list, mock);
    Value backend = Value::map();
    backend.style = Value::Style::Flow;
    backend.set("name", scalar(name));
    backend.set("address", scalar(u"mock:"_qs + mock));
    return append(list, backend, tr("add backend %1").arg(name));
}

QString CanvasEdits::addTraffic()
{
    const QString name = m_document.freeName(QStringLiteral("traffic"), u"traffic"_qs);
    Value arrivals = Value::map();
    arrivals.style = Value::Style::Flow;
    arrivals.set("process", scalar(u"poisson"_qs));
    arrivals.set("rate", scalar(u"100/s"_qs));
    Value request = Value::map();
    request.style = Value::Style::Flow;
    request.set("method", scalar(u"GET"_qs));
    request.set("path", scalar(u"/"_qs));
    Value requests = Value::list();
    requests.append(request);
    Value scenario = Value::map();
    scenario.set("name", scalar(name));
    if (const auto& listeners = m_document.site().list("listeners"); !listeners.empty()) {
        scenario.set("target", Value::scalar(site::Site::nameOf(listeners.front())));
    }
    scenario.set("duration", scalar(u"1m"_qs));
    scenario.set("arrivals", arrivals);
    scenario.set("requests", requests);
    return append(QStringLiteral("traffic"), scenario, tr("add traffic %1").arg(name));
}

QString CanvasEdits::add(NodeKind kind, const QPointF& position, const QString& parent, QString* why)
{
    m_document.beginMacro(tr("add"));
    QString path;
    switch (kind) {
        case NodeKind::LoadBalancer:
        case NodeKind::Gateway: path = addListener(kind); break;
        case NodeKind::Route: path = addRoute(parent, why); break;
        case NodeKind::Pool: path = addPool(); break;
        case NodeKind::Backend: path = addBackend(parent); break;
        case NodeKind::Mock: path = addMock(); break;
        case NodeKind::Traffic: path = addTraffic(); break;
        case NodeKind::Consumer: *why = tr("Consumers are edited in the inspector of the gateway"); break;
    }
    if (!path.isEmpty()) {
        place(path, position);
    }
    m_document.endMacro();
    return path;
}

bool CanvasEdits::connectNodes(const QString& from, const QString& to, QString* why)
{
    const NodeKind source = kindOf(from, m_document.site());
    const NodeKind target = kindOf(to, m_document.site());
    *why = TopologyModel::refusal(source, target);
    if (!why->isEmpty()) {
        return false;
    }
    const QString name = lastPart(to);
    const QString step = tr("connect %1 to %2").arg(lastPart(from), name);
    switch (source) {
        case NodeKind::Traffic: m_document.setValue(from + u"/target"_qs, scalar(name), step); return true;
        case NodeKind::LoadBalancer: m_document.setValue(from + u"/pool"_qs, scalar(name), step); return true;
        case NodeKind::Route: {
            m_document.beginMacro(step);
            for (const char* other : {"/redirect", "/respond", "/split"}) {
                if (at(from + QString::fromLatin1(other))) {
                    m_document.removeValue(from + QString::fromLatin1(other), step);
                }
            }
            m_document.setValue(from + u"/pool"_qs, scalar(name), step);
            m_document.endMacro();
            return true;
        }
        case NodeKind::Gateway: {
            if (target == NodeKind::Route) {
                *why = tr("A route belongs to its gateway; add a new route instead");
                return false;
            }
            m_document.beginMacro(step);
            const QString route = addRoute(from, why);
            m_document.setValue(route + u"/pool"_qs, scalar(name), step);
            if (at(route + u"/respond"_qs)) {
                m_document.removeValue(route + u"/respond"_qs, step);
            }
            m_document.endMacro();
            return true;
        }
        case NodeKind::Pool: {
            if (target == NodeKind::Backend) {
                *why = tr("That backend belongs to another pool; connect the pool to its mock, or add a backend");
                return false;
            }
            const bool mock = target == NodeKind::Mock;
            const QString list = from + u"/backends"_qs;
            Value backend = Value::map();
            backend.style = Value::Style::Flow;
            backend.set("name", scalar(m_document.freeName(list, name)));
            backend.set("address", scalar((mock ? u"mock:"_qs : u"listener:"_qs) + name));
            append(list, backend, step);
            return true;
        }
        case NodeKind::Backend: m_document.setValue(from + u"/address"_qs, scalar(u"listener:"_qs + name), step); return true;
        case NodeKind::Mock:
        case NodeKind::Consumer: return false;
    }
    return false;
}

bool CanvasEdits::disconnect(const QString& from, const QString& to, QString* why)
{
    const QString name = lastPart(to);
    const QString step = tr("disconnect %1 from %2").arg(lastPart(from), name);
    if (to.startsWith(from + u"/backends/"_qs) || to.startsWith(from + u"/routes/"_qs)) {
        m_document.removeElement(to);
        return true;
    }
    for (const char* key : {"/pool", "/target"}) {
        const QString path = from + QString::fromLatin1(key);
        if (const Value* value = at(path); value && value->text() == name.toStdString()) {
            m_document.removeValue(path, step);
            return true;
        }
    }
    if (const Value* split = at(from + u"/split"_qs)) {
        for (std::size_t index = 0; index < split->items().size(); ++index) {
            const Value* pool = split->items()[index].find("pool");
            if (pool && pool->text() == name.toStdString()) {
                m_document.removeValue(from + u"/split/"_qs + QString::number(index), step);
                return true;
            }
        }
    }
    *why = tr("These two are not connected by a setting that can be removed");
    return false;
}

void CanvasEdits::remove(const QStringList& paths)
{
    if (paths.isEmpty()) {
        return;
    }
    const QString text = paths.size() == 1 ? tr("remove %1").arg(lastPart(paths.front()))
                                           : tr("remove %1 elements").arg(paths.size());
    m_document.beginMacro(text);
    for (const auto& path : paths) {
        // A backend may have gone with its pool a moment ago.
        if (at(path)) {
            m_document.removeElement(path);
        }
    }
    m_document.endMacro();
}

QStringList CanvasEdits::duplicate(const QStringList& paths)
{
    QStringList made;
    if (paths.isEmpty()) {
        return made;
    }
    const TopologyModel model = TopologyModel::fromSite(m_document.site());
    m_document.beginMacro(paths.size() == 1 ? tr("duplicate %1").arg(lastPart(paths.front()))
                                            : tr("duplicate %1 elements").arg(paths.size()));
    for (const auto& path : paths) {
        const Value* original = at(path);
        if (!original) {
            continue;
        }
        Value copy = *original;
        const QString list = parentList(path);
        const QString name = m_document.freeName(list, lastPart(path));
        copy.set("name", scalar(name));
        if (const Value* bind = copy.find("bind")) {
            const QString old = QString::fromStdString(bind->text());
            const int port = old.section(u':', -1).toInt();
            copy.set("bind", scalar(old.left(old.lastIndexOf(u':') + 1) + QString::number(freePort(port))));
        }
        const QString created = append(list, copy, tr("duplicate"));
        if (const TopologyNode* node = model.find(path)) {
            place(created, node->position + QPointF(kGrid, kGrid * 4));
        }
        made << created;
    }
    m_document.endMacro();
    return made;
}

void CanvasEdits::move(const QHash<QString, QPointF>& positions, const QString& mergeKey)
{
    const Value* existing = at(QStringLiteral("canvas"));
    Value canvas = existing ? *existing : Value::map();
    for (auto it = positions.cbegin(); it != positions.cend(); ++it) {
        Value point = Value::list();
        point.style = Value::Style::Flow;
        point.append(scalar(QString::number(std::lround(it.value().x()))));
        point.append(scalar(QString::number(std::lround(it.value().y()))));
        canvas.set(it.key().toStdString(), point);
    }
    const QString text = positions.size() == 1 ? tr("move %1").arg(lastPart(positions.cbegin().key()))
                                               : tr("move %1 elements").arg(positions.size());
    m_document.setValue(QStringLiteral("canvas"), canvas, text, mergeKey);
}

void CanvasEdits::tidy()
{
    TopologyModel model = TopologyModel::fromSite(m_document.site());
    layOut(model, true);
    QHash<QString, QPointF> positions;
    for (const auto& node : model.nodes) {
        positions.insert(node.path, node.position);
    }
    move(positions, {});
}

}  // namespace signalbox::ui
