#include "ui/requests/request_record.h"

#include <algorithm>
#include <limits>

namespace signalbox::ui {

namespace {

constexpr std::int64_t kTick = 100;  // nanoseconds

std::uint32_t ticks(std::int64_t ns)
{
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>((ns + kTick / 2) / kTick, ns > 0 ? 1 : 0, std::numeric_limits<std::uint32_t>::max()));
}

std::int64_t ns(std::uint32_t ticks)
{
    return static_cast<std::int64_t>(ticks) * kTick;
}

}  // namespace

TextPool::TextPool(std::size_t capacity) : m_capacity(std::max<std::size_t>(capacity, 2))
{
    m_texts.emplace_back();
    m_texts.emplace_back("\xE2\x80\xA6");
    m_ids.emplace(m_texts[0], 0);
}

std::uint32_t TextPool::add(std::string_view text)
{
    if (const auto it = m_ids.find(text); it != m_ids.end()) {
        return it->second;
    }
    if (m_texts.size() >= m_capacity) {
        return 1;
    }
    m_texts.emplace_back(text);
    const auto id = static_cast<std::uint32_t>(m_texts.size() - 1);
    m_ids.emplace(m_texts.back(), id);
    return id;
}

RequestStore::RequestStore(std::size_t capacity, std::size_t wholeTraces) : m_capacity(std::max<std::size_t>(capacity, 1)), m_wholeTraces(wholeTraces) {}

std::size_t RequestStore::overflow(std::size_t count) const noexcept
{
    const std::size_t after = m_records.size() + std::min(count, m_capacity);
    return after > m_capacity ? after - m_capacity : 0;
}

void RequestStore::dropOldest(std::size_t count)
{
    m_records.erase(m_records.begin(), m_records.begin() + static_cast<std::ptrdiff_t>(std::min(count, m_records.size())));
}

void RequestStore::clear()
{
    m_records.clear();
    m_byId.clear();
    m_all = {};
    m_trouble = {};
}

void RequestStore::add(const stats::DecisionTrace& trace)
{
    RequestRecord record;
    record.id = trace.id;
    record.wallNs = trace.wallNs;
    record.target = trace.target.view();
    record.method = m_texts.add(trace.method.view());
    record.listener = m_texts.add(trace.listener.view());
    record.route = m_texts.add(trace.route.view());
    record.pool = m_texts.add(trace.pool.view());
    record.backend = m_texts.add(trace.backend.view());
    record.policy = m_texts.add(trace.refusedBy.view());
    record.client = m_texts.add(trace.client.view());
    record.consumer = m_texts.add(trace.consumer.view());
    record.detail = m_texts.add(trace.detail.view());
    record.status = static_cast<std::uint16_t>(std::clamp(trace.status, 0, 999));
    record.outcome = trace.outcome;
    record.attempts = trace.attempts;
    record.bytesIn = trace.bytesIn;
    record.bytesOut = trace.bytesOut;
    record.phases = {ticks(trace.parsedNs), ticks(trace.routedNs), ticks(trace.policiesNs), ticks(trace.pickedNs),
                     ticks(trace.connectedNs), ticks(trace.sentNs), ticks(trace.firstByteNs), ticks(trace.totalNs)};
    m_records.push_back(std::move(record));
    keep(trace.outcome == stats::Outcome::Ok ? m_all : m_trouble, trace);
}

void RequestStore::keep(TraceRing& ring, const stats::DecisionTrace& trace)
{
    if (m_wholeTraces == 0) {
        return;
    }
    if (ring.traces.empty()) {
        ring.traces.reserve(m_wholeTraces);  // m_byId points into it
    }
    stats::DecisionTrace* place = nullptr;
    if (ring.traces.size() < m_wholeTraces) {
        place = &ring.traces.emplace_back(trace);
    } else {
        place = &ring.traces[ring.next];
        if (const auto old = m_byId.find(place->id); old != m_byId.end() && old->second == place) {
            m_byId.erase(old);
        }
        *place = trace;
    }
    ring.next = (ring.next + 1) % m_wholeTraces;
    m_byId[trace.id] = place;
}

stats::DecisionTrace RequestStore::trace(std::size_t index) const
{
    const RequestRecord& record = m_records[index];
    if (const auto it = m_byId.find(record.id); it != m_byId.end() && it->second->wallNs == record.wallNs) {
        return *it->second;
    }
    stats::DecisionTrace out;
    out.id = record.id;
    out.wallNs = record.wallNs;
    out.target.assign(record.target);
    out.method.assign(m_texts.at(record.method));
    out.listener.assign(m_texts.at(record.listener));
    out.route.assign(m_texts.at(record.route));
    out.pool.assign(m_texts.at(record.pool));
    out.backend.assign(m_texts.at(record.backend));
    out.refusedBy.assign(m_texts.at(record.policy));
    out.client.assign(m_texts.at(record.client));
    out.consumer.assign(m_texts.at(record.consumer));
    out.detail.assign(m_texts.at(record.detail));
    out.status = record.status;
    out.outcome = record.outcome;
    out.attempts = record.attempts;
    out.bytesIn = record.bytesIn;
    out.bytesOut = record.bytesOut;
    out.parsedNs = ns(record.phases.parsed);
    out.routedNs = ns(record.phases.routed);
    out.policiesNs = ns(record.phases.policies);
    out.pickedNs = ns(record.phases.picked);
    out.connectedNs = ns(record.phases.connected);
    out.sentNs = ns(record.phases.sent);
    out.firstByteNs = ns(record.phases.firstByte);
    out.totalNs = ns(record.phases.total);
    return out;
}

}  // namespace signalbox::ui
