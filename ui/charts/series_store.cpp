#include "ui/charts/series_store.h"

#include <algorithm>
#include <set>

namespace signalbox::ui {

namespace {

using stats::Counter;
using stats::Scope;

constexpr std::size_t kRollingSteps = 10;  // of 100 ms
constexpr std::string_view kListenerPrefix = "listener:";

struct InnerHops {
    std::set<std::string, std::less<>> listeners;
    std::set<std::string, std::less<>> backends;
};

InnerHops innerHops(const site::Site& site)
{
    InnerHops out;
    for (const Value& pool : site.list("pools")) {
        const Value* backends = pool.find("backends");
        if (backends == nullptr) {
            continue;
        }
        for (const Value& backend : backends->items()) {
            const Value* address = backend.find("address");
            if (address != nullptr && address->text().starts_with(kListenerPrefix)) {
                out.listeners.insert(address->text().substr(kListenerPrefix.size()));
                out.backends.insert(site::Site::nameOf(pool) + "/" + site::Site::nameOf(backend));
            }
        }
    }
    return out;
}

}  // namespace

QString statusGroupName(StatusGroup group)
{
    switch (group) {
        case StatusGroup::Success: return QStringLiteral("2xx");
        case StatusGroup::Redirect: return QStringLiteral("3xx");
        case StatusGroup::ClientError: return QStringLiteral("4xx");
        case StatusGroup::Limited: return QStringLiteral("429");
        case StatusGroup::ServerError: return QStringLiteral("5xx");
    }
    return {};
}

void SeriesStore::clear()
{
    m_bins.clear();
    m_rolling.reset();
    m_listeners.clear();
    m_backends.clear();
    m_labels.clear();
    m_last.reset();
    m_sawRequests = false;
}

void SeriesStore::learnNames(const stats::StatsSnapshot& snapshot, const site::Site& running)
{
    const InnerHops inner = innerHops(running);
    m_listeners.clear();
    bool grew = false;
    for (const auto& slot : snapshot.slots) {
        if (slot.scope == Scope::Listener && !inner.listeners.contains(slot.name)) {
            m_listeners.push_back(slot.name);
        } else if (slot.scope == Scope::Backend && !inner.backends.contains(slot.name) && std::ranges::find(m_backends, slot.name) == m_backends.end()) {
            m_backends.push_back(slot.name);
            grew = true;
        }
    }
    if (grew) {
        label();
    }
}

void SeriesStore::label()
{
    m_labels.clear();
    for (const std::string& slot : m_backends) {
        const QString whole = QString::fromStdString(slot);
        const QString own = whole.section(u'/', 1);
        const auto same = std::ranges::count_if(m_backends, [&](const std::string& other) { return QString::fromStdString(other).section(u'/', 1) == own; });
        m_labels << (same > 1 || own.isEmpty() ? whole : own);
    }
}

SeriesBin SeriesStore::binOf(const stats::StatsSnapshot& from, const stats::StatsSnapshot& to)
{
    SeriesBin bin;
    bin.at = to.at;
    bin.seconds = std::chrono::duration<double>(to.at - from.at).count();
    for (const std::string& name : m_listeners) {
        const auto part = stats::between(from, to, Scope::Listener, name);
        bin.requests += part.perSecond(Counter::Requests);
        constexpr std::array kCountersOf{Counter::Status2xx, Counter::Status3xx, Counter::Status4xx, Counter::Status429, Counter::Status5xx};
        for (std::size_t at = 0; at < kStatusGroups; ++at) {
            bin.status[at] += part.perSecond(kCountersOf[at]);
        }
        bin.latency.merge(part.latency);
    }
    for (const std::string& name : m_backends) {
        const auto* before = from.find(Scope::Backend, name);
        const auto* after = to.find(Scope::Backend, name);
        const std::uint64_t start = before != nullptr ? before->value(Counter::Requests) : 0;
        const std::uint64_t end = after != nullptr ? after->value(Counter::Requests) : 0;
        bin.backends.push_back(end > start && bin.seconds > 0 ? static_cast<double>(end - start) / bin.seconds : 0);
    }
    m_sawRequests = m_sawRequests || bin.requests > 0;
    return bin;
}

void SeriesStore::sync(const stats::SnapshotHistory& coarse, const stats::SnapshotHistory& fine, const site::Site& running)
{
    if (coarse.size() == 0) {
        return;
    }
    std::size_t next = coarse.size();
    while (next > 0 && coarse.at(next - 1) != m_last) {
        --next;
    }
    if (next == 0) {
        clear();
        next = 1;
    }
    if (next < coarse.size() || m_listeners.empty()) {
        learnNames(*coarse.latest(), running);
    }
    for (; next < coarse.size(); ++next) {
        m_bins.push_back(binOf(*coarse.at(next - 1), *coarse.at(next)));
        if (m_bins.size() > m_capacity) {
            m_bins.pop_front();
        }
    }
    m_last = coarse.latest();
    m_newest = m_last->at;
    if (fine.size() >= 2) {
        const std::size_t back = std::min(kRollingSteps, fine.size() - 1);
        m_rolling = binOf(*fine.at(fine.size() - 1 - back), *fine.latest());
        m_newest = std::max(m_newest, fine.latest()->at);
    }
}

}  // namespace signalbox::ui
