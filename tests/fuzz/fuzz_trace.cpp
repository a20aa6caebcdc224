#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/http/char_class.h"
#include "core/traffic/trace_reader.h"

/// Every line parser must survive any bytes, and what it accepts must be sendable as a request line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace signalbox;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const traffic::TraceFormatDescriptor& format : traffic::builtinTraceFormats().all()) {
        (void)format.recognise(text);
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            const auto entry = format.parseLine(rest.substr(0, end));
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            if (!entry) {
                if (entry.error().detail.empty()) {
                    std::abort();
                }
                continue;
            }
            const bool sendable = http::isToken(entry->method) && !entry->path.empty() &&
                                  (entry->path.front() == '/' || entry->path == "*") &&
                                  entry->path.find_first_of(" \r\n\t") == std::string::npos;
            if (!sendable || entry->timeNs < -86'400'000'000'000) {
                std::abort();
            }
        }
    }
    return 0;
}
