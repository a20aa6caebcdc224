#include "ui/pages/templates.h"

#include <QFile>

namespace signalbox::ui {

const std::vector<SiteTemplate>& siteTemplates()
{
    static const std::vector<SiteTemplate> table{
        {QStringLiteral("load-balancer"), QStringLiteral("Load balancer"),
         QStringLiteral("One address in front of equal servers. It spreads requests, and looks no further.")},
        {QStringLiteral("api-gateway"), QStringLiteral("API gateway"),
         QStringLiteral("Knows who calls and what they ask for: keys, limits, routes, rewritten paths.")},
        {QStringLiteral("gateway-and-balancers"), QStringLiteral("Gateway in front of load balancers"),
         QStringLiteral("The gateway picks the service, a load balancer of its own picks the server.")},
        {QStringLiteral("side-by-side"), QStringLiteral("Side by side"),
         QStringLiteral("The same traffic through both, one above the other. Watch where they differ.")},
    };
    return table;
}

site::Site templateSite(const QString& id, const site::Catalog& catalog)
{
    QFile file(QStringLiteral(":/sites/%1.yaml").arg(id));
    if (!file.open(QIODevice::ReadOnly)) {
        return emptySite();
    }
    return site::readSite(file.readAll().toStdString(), {}, catalog).site;
}

site::Site emptySite()
{
    site::Site site;
    site.root.set("signalbox", Value::scalar("1"));
    return site;
}

}  // namespace signalbox::ui
