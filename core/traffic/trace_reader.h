#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/registry.h"
#include "core/base/result.h"
#include "core/traffic/scenario.h"

namespace signalbox::traffic {

/// One recorded request.
struct TraceEntry {
    std::int64_t timeNs = 0;  ///< since 1970
    std::string client;
    std::string method;
    std::string path;
    int status = 0;           ///< recorded answer, 0 unknown
    std::uint64_t bytes = 0;  ///< recorded answer size
};

/// A format of recorded traffic. Its parser sees one line at a time and must not trust it.
struct TraceFormatDescriptor {
    std::string_view id;  ///< "ncsa"
    std::string_view title;
    /// True when this looks like the format (the first lines of a file).
    bool (*recognise)(std::string_view head) = nullptr;
    /// Parses one line. Errors: a sentence saying what is wrong.
    Result<TraceEntry> (*parseLine)(std::string_view line) = nullptr;
};
[[nodiscard]] const Registry<TraceFormatDescriptor>& builtinTraceFormats();

struct SkippedLine {
    std::uint64_t line = 0;
    std::string why;
};

/// A whole trace in memory, in order of time (stable: equal times keep the file's order).
struct Trace {
    std::string file;
    std::string format;
    std::vector<TraceEntry> entries;
    std::vector<SkippedLine> skipped;  ///< all broken lines
    std::uint32_t clients = 0;

    [[nodiscard]] Duration duration() const noexcept;
    /// Requests in each of `buckets` equal parts of the duration: the thumbnail of the transport bar.
    [[nodiscard]] std::vector<std::uint32_t> rateCurve(std::size_t buckets) const;
};

/// Errors: unreadable, empty, or of no known format. Broken lines are skipped and reported.
[[nodiscard]] Result<Trace> readTrace(const std::string& file);

/// The trace as planned requests: original gaps from the first entry on; sub-second order within one recorded second is
/// spread evenly (`spread`), as NCSA logs only have whole seconds. Clients are numbered in order of appearance.
[[nodiscard]] std::unique_ptr<RequestSource> sourceOf(std::shared_ptr<const Trace> trace, bool spread = true);

}  // namespace signalbox::traffic
