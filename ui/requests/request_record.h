#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/stats/decision_trace.h"

namespace signalbox::ui {

/// Gives each distinct text a number, so that 200,000 records hold numbers. Number 0 is the empty text. Past its capacity new
/// texts share one number whose text is "…". One thread.
class TextPool {
public:
    explicit TextPool(std::size_t capacity = 20'000);
    std::uint32_t add(std::string_view text);
    [[nodiscard]] std::string_view at(std::uint32_t id) const { return m_texts[id]; }
    [[nodiscard]] std::size_t size() const noexcept { return m_texts.size(); }

private:
    std::size_t m_capacity;
    std::deque<std::string> m_texts;
    std::unordered_map<std::string_view, std::uint32_t> m_ids;
};

/// The moments of one request, in tenths of a microsecond since its first byte; 0: not reached.
struct PhaseTimes {
    std::uint32_t parsed = 0, routed = 0, policies = 0, picked = 0, connected = 0, sent = 0, firstByte = 0, total = 0;
};

/// A DecisionTrace without its steps, a thirtieth of its size.
struct RequestRecord {
    std::uint64_t id = 0;
    std::int64_t wallNs = 0;
    std::string target;
    std::uint32_t method = 0, listener = 0, route = 0, pool = 0, backend = 0, policy = 0, client = 0, consumer = 0, detail = 0;
    std::uint16_t status = 0;
    stats::Outcome outcome = stats::Outcome::Ok;
    std::uint8_t attempts = 0;
    std::uint64_t bytesIn = 0;
    std::uint64_t bytesOut = 0;
    PhaseTimes phases;
};

/// The newest records, with the whole traces of the newest few thousand and of those that went wrong. One thread.
class RequestStore {
public:
    explicit RequestStore(std::size_t capacity = 200'000, std::size_t wholeTraces = 3'000);

    /// How many of the oldest records go when `count` are added.
    [[nodiscard]] std::size_t overflow(std::size_t count) const noexcept;
    void dropOldest(std::size_t count);
    void add(const stats::DecisionTrace& trace);
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return m_records.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return m_capacity; }
    /// Oldest first.
    [[nodiscard]] const RequestRecord& at(std::size_t index) const { return m_records[index]; }
    [[nodiscard]] const TextPool& texts() const noexcept { return m_texts; }
    /// The whole trace where it is kept, else one made of the summary (complete is false).
    [[nodiscard]] stats::DecisionTrace trace(std::size_t index) const;

private:
    struct TraceRing {
        std::vector<stats::DecisionTrace> traces;
        std::size_t next = 0;
    };
    void keep(TraceRing& ring, const stats::DecisionTrace& trace);

    std::size_t m_capacity;
    std::size_t m_wholeTraces;
    std::deque<RequestRecord> m_records;
    TextPool m_texts;
    TraceRing m_all;
    TraceRing m_trouble;  ///< so that a burst of good ones does not push out the few that matter
    std::unordered_map<std::uint64_t, const stats::DecisionTrace*> m_byId;
};

}  // namespace signalbox::ui
