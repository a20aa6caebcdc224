#include "core/traffic/trace_reader.h"

#include <algorithm>
#include <fstream>
#include <unordered_map>
#include <unordered_set>

namespace signalbox::traffic {

namespace {

constexpr std::size_t kRecognisedHead = 64 * 1024;
constexpr std::size_t kLongestLine = 1024 * 1024;

auto unreadable(const std::string& file, const std::string& what)
{
    return fail({.code = ErrorCode::InvalidArgument, .detail = file + ": " + what});
}

const TraceFormatDescriptor* formatOf(std::ifstream& in)
{
    std::string head(kRecognisedHead, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(in.gcount()));
    in.clear();
    in.seekg(0);
    for (const TraceFormatDescriptor& format : builtinTraceFormats().all()) {
        if (format.recognise(head)) {
            return &format;
        }
    }
    return nullptr;
}

void readLines(std::ifstream& in, const TraceFormatDescriptor& format, Trace& trace)
{
    std::string line;
    for (std::uint64_t number = 1; std::getline(in, line); ++number) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (line.find_first_not_of(" \t") == std::string::npos) {
            continue;
        }
        if (line.size() > kLongestLine) {
            trace.skipped.push_back({number, "the line is longer than 1 MiB"});
            continue;
        }
        auto entry = format.parseLine(line);
        if (entry) {
            trace.entries.push_back(std::move(*entry));
        } else {
            trace.skipped.push_back({number, std::move(entry.error().detail)});
        }
    }
}

/// The entries of a trace as requests. Numbers clients on the way.
class TraceSource final : public RequestSource {
public:
    TraceSource(std::shared_ptr<const Trace> trace, bool spread) : m_trace(std::move(trace)), m_spread(spread) {}

    std::optional<PlannedRequest> next() override
    {
        const auto& entries = m_trace->entries;
        if (m_at == entries.size()) {
            return std::nullopt;
        }
        if (m_at == m_groupEnd) {
            nextGroup();
        }
        const TraceEntry& entry = entries[m_at];
        PlannedRequest out;
        out.at =
            Duration(entry.timeNs - entries.front().timeNs) + m_step * static_cast<std::int64_t>(m_at - m_groupBegin);
        out.client = m_clients.try_emplace(entry.client, static_cast<std::uint32_t>(m_clients.size())).first->second;
        out.method = entry.method;
        out.path = entry.path;
        ++m_at;
        return out;
    }

    std::optional<std::uint64_t> expectedCount() const override { return m_trace->entries.size(); }

private:
    /// Entries with the same whole second share that second evenly.
    void nextGroup()
    {
        const auto& entries = m_trace->entries;
        const std::int64_t time = entries[m_at].timeNs;
        m_groupBegin = m_at;
        m_groupEnd = m_at + 1;
        while (m_groupEnd < entries.size() && entries[m_groupEnd].timeNs == time) {
            ++m_groupEnd;
        }
        const bool whole = time % 1'000'000'000 == 0;
        m_step = m_spread && whole
                     ? Duration(std::chrono::seconds(1)) / static_cast<std::int64_t>(m_groupEnd - m_groupBegin)
                     : Duration::zero();
        // A trace with finer times keeps its order: the second is shared only up to the next entry.
        if (m_groupEnd < entries.size()) {
            const Duration gap(entries[m_groupEnd].timeNs - time);
            m_step = std::min(m_step, gap / static_cast<std::int64_t>(m_groupEnd - m_groupBegin));
        }
    }

    std::shared_ptr<const Trace> m_trace;
    bool m_spread;
    std::size_t m_at = 0;
    std::size_t m_groupBegin = 0;
    std::size_t m_groupEnd = 0;
    Duration m_step{};
    std::unordered_map<std::string_view, std::uint32_t> m_clients;
};

}  // namespace

Duration Trace::duration() const noexcept
{
    return entries.empty() ? Duration::zero() : Duration(entries.back().timeNs - entries.front().timeNs);
}

std::vector<std::uint32_t> Trace::rateCurve(std::size_t buckets) const
{
    std::vector<std::uint32_t> curve(buckets);
    if (entries.empty() || buckets == 0) {
        return curve;
    }
    const double length = std::max<double>(1, static_cast<double>(duration().count()));
    for (const TraceEntry& entry : entries) {
        const double share = static_cast<double>(entry.timeNs - entries.front().timeNs) / length;
        ++curve[std::min(buckets - 1, static_cast<std::size_t>(share * static_cast<double>(buckets)))];
    }
    return curve;
}

Result<Trace> readTrace(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return unreadable(file, "cannot be read");
    }
    const TraceFormatDescriptor* const format = formatOf(in);
    if (!format) {
        return unreadable(file, "is no recorded traffic: neither an NCSA log nor JSON lines");
    }
    Trace trace;
    trace.file = file;
    trace.format = format->id;
    readLines(in, *format, trace);
    if (trace.entries.empty()) {
        const std::string why = trace.skipped.empty() ? ""
                                                      : ": line " + std::to_string(trace.skipped.front().line) + ": " +
                                                            trace.skipped.front().why;
        return unreadable(file, "holds no request that can be replayed" + why);
    }
    std::ranges::stable_sort(trace.entries, {}, &TraceEntry::timeNs);
    std::unordered_set<std::string_view> clients;
    for (const TraceEntry& entry : trace.entries) {
        clients.insert(entry.client);
    }
    trace.clients = static_cast<std::uint32_t>(clients.size());
    return trace;
}

std::unique_ptr<RequestSource> sourceOf(std::shared_ptr<const Trace> trace, bool spread)
{
    return std::make_unique<TraceSource>(std::move(trace), spread);
}

}  // namespace signalbox::traffic
