#include "ui/bridge/slot_name.h"

#include <QStringList>

#include <algorithm>

namespace signalbox::ui {

namespace {

bool hasRoute(const Value& listener, const std::string& name)
{
    const Value* routes = listener.find("routes");
    return routes != nullptr &&
           std::ranges::any_of(routes->items(), [&](const Value& route) { return site::Site::nameOf(route) == name; });
}

/// The first listener with a route of that name counts it under its plain name, see plan::compile.
std::string routeSlot(const site::Site& site, const std::string& listener, const std::string& route)
{
    const auto& all = site.list("listeners");
    const auto first = std::ranges::find_if(all, [&](const Value& value) { return hasRoute(value, route); });
    return first == all.end() || site::Site::nameOf(*first) == listener ? route : listener + "/" + route;
}

}  // namespace

std::optional<SlotName> slotNameOf(const site::Site& site, const QString& path)
{
    const QStringList parts = path.split(u'/');
    const auto part = [&](int at) { return parts.value(at).toStdString(); };
    if (parts.size() == 2) {
        if (parts[0] == u"listeners") {
            return SlotName{stats::Scope::Listener, part(1)};
        }
        if (parts[0] == u"pools") {
            return SlotName{stats::Scope::Pool, part(1)};
        }
        if (parts[0] == u"consumers") {
            return SlotName{stats::Scope::Consumer, part(1)};
        }
    }
    if (parts.size() == 4 && parts[2] == u"routes") {
        return SlotName{stats::Scope::Route, routeSlot(site, part(1), part(3))};
    }
    if (parts.size() == 4 && parts[2] == u"backends") {
        return SlotName{stats::Scope::Backend, part(1) + "/" + part(3)};
    }
    return std::nullopt;
}

bool concerns(const stats::DecisionTrace& trace, const QString& path)
{
    const QStringList parts = path.split(u'/');
    const auto is = [&](std::string_view view, int at) { return parts.value(at).toStdString() == view; };
    if (parts.size() == 2) {
        return (parts[0] == u"listeners" && is(trace.listener.view(), 1)) ||
               (parts[0] == u"pools" && is(trace.pool.view(), 1)) ||
               (parts[0] == u"consumers" && is(trace.consumer.view(), 1));
    }
    if (parts.size() == 4 && parts[2] == u"routes") {
        return is(trace.listener.view(), 1) && is(trace.route.view(), 3);
    }
    if (parts.size() == 4 && parts[2] == u"backends" && is(trace.pool.view(), 1)) {
        return is(trace.backend.view(), 3) ||
               std::any_of(trace.tries.begin(), trace.tries.end(),
                           [&](const stats::Attempt& attempt) { return is(attempt.backend.view(), 3); });
    }
    return false;
}

}  // namespace signalbox::ui
