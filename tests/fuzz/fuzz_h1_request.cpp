#include <cstdint>
#include <cstdlib>
#include <llhttp.h>
#include <string>
#include <string_view>

#include "core/base/arena.h"
#include "core/http/h1_parser.h"
#include "core/http/header_rules.h"
#include "core/http/path.h"

using namespace signalbox;
using namespace signalbox::http;

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

int pauseThere(llhttp_t*)
{
    return HPE_PAUSED;
}

/// Whether llhttp takes the header lines; the first line is ours alone, since it does not know every method.
bool llhttpAccepts(std::string_view whole)
{
    const std::size_t begin = whole.find("\r\n", whole.starts_with("\r\n") ? 2 : 0);
    const std::string head = "GET / HTTP/1.1" + std::string(whole.substr(begin));
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_headers_complete = pauseThere;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    return llhttp_execute(&parser, head.data(), head.size()) == HPE_PAUSED;
}

std::string forwarded(const RequestHead& head)
{
    const RequestForward forward{
        .clientAddress = "127.0.0.1", .upgrade = head.upgrade, .expectContinue = head.expectContinue};
    std::string out(writeRequestHead(head, forward, {}), '\0');
    require(writeRequestHead(head, forward, {out.data(), out.size()}) == out.size());
    return out;
}

}  // namespace

/// Whole and split feeds agree; nothing is accepted that strict llhttp refuses; what is sent on is accepted again, with
/// the same framing, and unchanged by a second pass.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static RequestParser parser;
    const HeadLimits limits{256, 2048, 20};
    Arena arena;
    RequestHead whole;
    HeadScan scan;
    const ParseResult result = parser.parse(bytes, scan, limits, arena, whole);

    RequestHead split;
    HeadScan splitScan;
    ParseResult last;
    for (std::size_t end = 0; end <= size && last.state == HeadScan::State::NeedMore; ++end) {
        const std::string area(bytes.substr(0, end));
        last = parser.parse(area, splitScan, limits, arena, split);
    }
    require(last.state == result.state && last.used == result.used && last.error.detail == result.error.detail);
    if (result.state != HeadScan::State::Complete) {
        require((result.state == HeadScan::State::Refused) == (result.error.status != 0));
        return 0;
    }
    require(llhttpAccepts(bytes.substr(0, result.used)));
    if (whole.method == Method::Connect) {
        return 0;
    }
    const std::string once = forwarded(whole);
    RequestHead again;
    HeadScan againScan;
    const ParseResult second = parser.parse(once, againScan, {}, arena, again);
    require(second.state == HeadScan::State::Complete && second.used == once.size());
    require(again.body == whole.body && again.contentLength == whole.contentLength && again.path == whole.path &&
            again.query == whole.query);
    require((whole.host.empty() || again.host == whole.host) && again.methodText == whole.methodText);
    if (whole.hiddenSegments) {
        const std::string_view matching = matchingPath(whole.path, arena);
        require(normalisePath(matching, arena).fault == PathFault::None);
        require(matchedBytes(whole.path, matching.size()) <= whole.path.size());
    }
    return 0;
}
