#include "core/traffic/trace_reader.h"

namespace signalbox::traffic {

TraceFormatDescriptor ncsaFormat();
TraceFormatDescriptor jsonLinesFormat();

const Registry<TraceFormatDescriptor>& builtinTraceFormats()
{
    static const auto registry = [] {
        Registry<TraceFormatDescriptor> out;
        out.add(ncsaFormat());
        out.add(jsonLinesFormat());
        return out;
    }();
    return registry;
}

}  // namespace signalbox::traffic
