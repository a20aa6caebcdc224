#include <cstdint>
#include <cstdlib>
#include <llhttp.h>
#include <string>
#include <string_view>

#include "core/http/body_reader.h"

using namespace signalbox::http;

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

struct Outcome {
    std::string body;
    std::string trailers;
    std::size_t used = 0;
    bool end = false;
    bool failed = false;
};

Outcome feed(std::string_view bytes, std::size_t piece)
{
    BodyReader reader;
    reader.start(BodyKind::Chunked);
    Outcome out;
    while (!bytes.empty() && !out.end) {
        std::string_view part = bytes.substr(0, piece);
        bytes.remove_prefix(part.size());
        while (!part.empty() && !out.end) {
            const BodyReader::Step step = reader.next(part);
            if (step.error) {
                out.failed = true;
                return out;
            }
            require(step.used > 0);
            out.body += step.data;
            out.used += step.used;
            out.end = step.end;
            part.remove_prefix(step.used);
        }
    }
    out.trailers = reader.trailers();
    return out;
}

int collect(llhttp_t* parser, const char* at, std::size_t size)
{
    static_cast<std::string*>(parser->data)->append(at, size);
    return 0;
}

int pauseThere(llhttp_t*)
{
    return HPE_PAUSED;
}

/// The body as strict llhttp reads it, which must take all of `bytes`.
bool llhttpAgrees(std::string_view bytes, const std::string& body)
{
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_body = collect;
    settings.on_message_complete = pauseThere;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    std::string read;
    parser.data = &read;
    const std::string message = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(bytes);
    return llhttp_execute(&parser, message.data(), message.size()) == HPE_PAUSED && read == body;
}

}  // namespace

/// Whole and split feeds agree; a body that is accepted is the body that strict llhttp reads.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Outcome whole = feed(bytes, size > 0 ? size : 1);
    for (const std::size_t piece : {1u, 3u}) {
        const Outcome split = feed(bytes, piece);
        require(split.failed == whole.failed && split.end == whole.end);
        require(whole.failed ||
                (split.body == whole.body && split.used == whole.used && split.trailers == whole.trailers));
    }
    if (whole.end) {
        require(llhttpAgrees(bytes.substr(0, whole.used), whole.body));
    }
    return 0;
}
