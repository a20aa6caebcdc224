#include "ui/canvas/topology_model.h"

#include <QCoreApplication>
#include <QSet>

namespace signalbox::ui {

namespace {

using site::Site;

QString text(const Value* value)
{
    return value ? QString::fromStdString(value->text()) : QString();
}

QString nameOf(const Value& element)
{
    return QString::fromStdString(Site::nameOf(element));
}

QString tr(const char* source)
{
    return QCoreApplication::translate("TopologyModel", source);
}

/// A policy as a chip: its numbers where they say more than its name.
QString chipOf(const std::string& id, const Value& params)
{
    if (id == "rate-limit") {
        return text(params.find("rate"));
    }
    return QString::fromStdString(id);
}

QStringList chipsOf(const Value* policies)
{
    QStringList chips;
    if (policies) {
        for (const auto& entry : policies->items()) {
            for (const auto& [id, params] : entry.members()) {
                chips << chipOf(id, params);
            }
            if (entry.isScalar()) {
                chips << QString::fromStdString(entry.text());
            }
        }
    }
    return chips;
}

QString routeSubtitle(const Value& route)
{
    const Value* match = route.find("match");
    if (!match) {
        return tr("every request");
    }
    QStringList parts;
    if (const Value* method = match->find("method")) {
        QStringList methods;
        for (const auto& item : method->items()) {
            methods << QString::fromStdString(item.text());
        }
        parts << (method->isScalar() ? text(method) : methods.join(u' '));
    }
    for (const char* key : {"host", "path", "path_exact", "path_regex"}) {
        if (const Value* value = match->find(key)) {
            parts << (value->isList() && !value->items().empty() ? text(&value->items().front()) : text(value));
        }
    }
    if (const Value* headers = match->find("headers"); headers && !headers->members().empty()) {
        parts << QString::fromStdString(headers->members().front().first);
    }
    return parts.join(u' ');
}

/// Collects nodes and edges while it walks the lists of the site.
class Builder {
public:
    explicit Builder(const Site& site) : m_site(site) {}

    TopologyModel build()
    {
        addTraffic();
        addListeners();
        addPools();
        addLooseMocks();
        return std::move(m_model);
    }

private:
    TopologyNode& node(const QString& path, NodeKind kind, const QString& title, const QString& subtitle)
    {
        TopologyNode made;
        made.path = path;
        made.kind = kind;
        made.title = title;
        made.subtitle = subtitle;
        place(made);
        m_model.nodes.push_back(std::move(made));
        return m_model.nodes.back();
    }

    /// `canvas:` is keyed by the node's path, or as the contract's example by the plain name of a backend or mock.
    void place(TopologyNode& made) const
    {
        const Value* canvas = m_site.root.find("canvas");
        if (!canvas) {
            return;
        }
        const Value* at = canvas->find(made.path.toStdString());
        if (!at) {
            at = canvas->find(made.title.toStdString());
        }
        if (at && at->items().size() == 2) {
            bool okX = false;
            bool okY = false;
            const double x = text(&at->items()[0]).toDouble(&okX);
            const double y = text(&at->items()[1]).toDouble(&okY);
            if (okX && okY) {
                made.position = {x, y};
                made.placed = true;
            }
        }
    }

    void edge(const QString& from, const QString& to, const QString& label = {})
    {
        m_model.edges.push_back({from, to, label});
    }

    void addTraffic()
    {
        for (const auto& scenario : m_site.list("traffic")) {
            const QString path = u"traffic/"_qs + nameOf(scenario);
            QString subtitle = text(scenario.find("duration"));
            if (const Value* arrivals = scenario.find("arrivals")) {
                subtitle = text(arrivals->find("process")) + u" · "_qs +
                           text(arrivals->find(arrivals->find("rate") ? "rate" : "to"));
            } else if (const Value* closed = scenario.find("closed")) {
                subtitle = tr("%1 users").arg(text(closed->find("users")));
            }
            node(path, NodeKind::Traffic, nameOf(scenario), subtitle);
            const QString target = text(scenario.find("target"));
            if (m_site.named("listeners", target.toStdString())) {
                edge(path, u"listeners/"_qs + target);
            }
        }
    }

    void addListeners()
    {
        for (const auto& listener : m_site.list("listeners")) {
            const QString path = u"listeners/"_qs + nameOf(listener);
            const bool gateway = text(listener.find("role")) == u"api-gateway"_qs;
            auto& made = node(path, gateway ? NodeKind::Gateway : NodeKind::LoadBalancer, nameOf(listener),
                              text(listener.find("bind")));
            made.chips = chipsOf(listener.find("policies"));
            if (const QString pool = text(listener.find("pool")); !pool.isEmpty()) {
                edgeToPool(path, pool);
            }
            if (const Value* routes = listener.find("routes")) {
                for (const auto& route : routes->items()) {
                    addRoute(path, route);
                }
            }
        }
    }

    void addRoute(const QString& listenerPath, const Value& route)
    {
        const QString path = listenerPath + u"/routes/"_qs + nameOf(route);
        auto& made = node(path, NodeKind::Route, nameOf(route), routeSubtitle(route));
        made.chips = chipsOf(route.find("policies"));
        if (route.find("redirect")) {
            made.chips << tr("redirect");
        } else if (route.find("respond")) {
            made.chips << tr("answers itself");
        }
        edge(listenerPath, path);
        if (const QString pool = text(route.find("pool")); !pool.isEmpty()) {
            edgeToPool(path, pool);
        }
        const Value* split = route.find("split");
        if (!split) {
            return;
        }
        double total = 0;
        for (const auto& member : split->items()) {
            total += text(member.find("weight")).toDouble();
        }
        for (const auto& member : split->items()) {
            const double share = total > 0 ? 100 * text(member.find("weight")).toDouble() / total : 0;
            edgeToPool(path, text(member.find("pool")), QStringLiteral("%1 %").arg(share, 0, 'g', 3));
        }
    }

    void edgeToPool(const QString& from, const QString& pool, const QString& label = {})
    {
        if (m_site.named("pools", pool.toStdString())) {
            edge(from, u"pools/"_qs + pool, label);
        }
    }

    void addPools()
    {
        for (const auto& pool : m_site.list("pools")) {
            const QString path = u"pools/"_qs + nameOf(pool);
            const Value* balance = pool.find("balance");
            const QString algorithm = balance && balance->isMap() ? text(balance->find("algorithm")) : text(balance);
            const Value* backends = pool.find("backends");
            node(path, NodeKind::Pool, nameOf(pool), algorithm.isEmpty() ? u"round-robin"_qs : algorithm);
            if (backends) {
                for (const auto& backend : backends->items()) {
                    addBackend(path, backend);
                }
            }
        }
    }

    void addBackend(const QString& poolPath, const Value& backend)
    {
        const QString path = poolPath + u"/backends/"_qs + nameOf(backend);
        const QString address = text(backend.find("address"));
        const Value* mock = mockBehind(address);
        QString subtitle = mock ? text(mock->find("bind")) : address;
        if (const QString weight = text(backend.find("weight")); !weight.isEmpty() && weight != u"1"_qs) {
            subtitle = u"w "_qs + weight + u" · "_qs + subtitle;
        }
        auto& made = node(path, NodeKind::Backend, nameOf(backend), subtitle);
        if (text(backend.find("backup")) == u"true"_qs) {
            made.chips << tr("backup");
        }
        if (mock) {
            m_usedMocks.insert(nameOf(*mock));
        }
        edge(poolPath, path);
        if (address.startsWith(u"listener:"_qs)) {
            edge(path, u"listeners/"_qs + address.mid(9));
        }
    }

    [[nodiscard]] const Value* mockBehind(const QString& address) const
    {
        if (address.startsWith(u"mock:"_qs)) {
            return m_site.named("mocks", address.mid(5).toStdString());
        }
        for (const auto& mock : m_site.list("mocks")) {
            if (!address.isEmpty() && text(mock.find("bind")) == address) {
                return &mock;
            }
        }
        return nullptr;
    }

    void addLooseMocks()
    {
        for (const auto& mock : m_site.list("mocks")) {
            if (!m_usedMocks.contains(nameOf(mock))) {
                node(u"mocks/"_qs + nameOf(mock), NodeKind::Mock, nameOf(mock), text(mock.find("bind")));
            }
        }
    }

    const Site& m_site;
    TopologyModel m_model;
    QSet<QString> m_usedMocks;
};

}  // namespace

TopologyModel TopologyModel::fromSite(const site::Site& site)
{
    TopologyModel model = Builder(site).build();
    layOut(model, false);
    return model;
}

const TopologyNode* TopologyModel::find(const QString& path) const
{
    for (const auto& node : nodes) {
        if (node.path == path) {
            return &node;
        }
    }
    return nullptr;
}

QString TopologyModel::refusal(NodeKind from, NodeKind to)
{
    switch (from) {
        case NodeKind::Traffic:
            return to == NodeKind::LoadBalancer || to == NodeKind::Gateway
                       ? QString()
                       : tr("Traffic goes to a load balancer or a gateway: that is where clients connect");
        case NodeKind::LoadBalancer:
            return to == NodeKind::Pool ? QString()
                                        : tr("A load balancer spreads over one pool: connect it to a pool");
        case NodeKind::Gateway:
            return to == NodeKind::Route || to == NodeKind::Pool
                       ? QString()
                       : tr("A gateway reaches services through routes: connect it to a route or a pool");
        case NodeKind::Route:
            return to == NodeKind::Pool ? QString() : tr("A route sends to pools: connect it to a pool");
        case NodeKind::Pool:
            return to == NodeKind::Backend || to == NodeKind::Mock || to == NodeKind::LoadBalancer ||
                           to == NodeKind::Gateway
                       ? QString()
                       : tr("A pool sends to backends, mocks or another listener");
        case NodeKind::Backend:
            return to == NodeKind::LoadBalancer || to == NodeKind::Gateway
                       ? QString()
                       : tr("A backend is where a request ends; it can only stand for another listener");
        case NodeKind::Mock: return tr("A mock answers requests, it sends none");
        case NodeKind::Consumer: return tr("Consumers are known by their keys, not by a connection");
    }
    return {};
}

}  // namespace signalbox::ui
