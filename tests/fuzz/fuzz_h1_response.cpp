#include <cstdint>
#include <cstdlib>
#include <llhttp.h>
#include <string>
#include <string_view>

#include "core/http/h1_parser.h"
#include "core/http/header_rules.h"

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

bool llhttpAccepts(std::string_view head)
{
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_headers_complete = pauseThere;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_RESPONSE, &settings);
    return llhttp_execute(&parser, head.data(), head.size()) == HPE_PAUSED;
}

}  // namespace

/// The first byte chooses the request that was asked; the rest is the backend's answer. Whole and split feeds agree;
/// nothing is accepted that strict llhttp refuses; what is sent on is accepted again with the framing that was
/// announced.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    const ResponseExpectation expected{(data[0] & 1) != 0 ? Method::Head : Method::Get, (data[0] & 2) != 0};
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    static ResponseParser parser;
    const HeadLimits limits{256, 2048, 20};
    ResponseHead whole;
    HeadScan scan;
    const ParseResult result = parser.parse(bytes, scan, limits, expected, whole);

    ResponseHead split;
    HeadScan splitScan;
    ParseResult last;
    for (std::size_t end = 0; end <= bytes.size() && last.state == HeadScan::State::NeedMore; ++end) {
        const std::string area(bytes.substr(0, end));
        last = parser.parse(area, splitScan, limits, expected, split);
    }
    require(last.state == result.state && last.used == result.used && last.error.detail == result.error.detail);
    if (result.state != HeadScan::State::Complete) {
        require(result.state == HeadScan::State::NeedMore || result.error.status == 502);
        return 0;
    }
    require(llhttpAccepts(bytes.substr(0, result.used)));
    const bool reframe = whole.body == BodyKind::Chunked || whole.body == BodyKind::UntilClose;
    const ResponseForward forward{.body = reframe ? ResponseBody::Chunked : ResponseBody::AsParsed,
                                  .upgrade = whole.upgrade};
    std::string once(writeResponseHead(whole, forward, {}), '\0');
    require(writeResponseHead(whole, forward, {once.data(), once.size()}) == once.size());
    ResponseHead again;
    HeadScan againScan;
    const ParseResult second = parser.parse(once, againScan, {}, expected, again);
    require(second.state == HeadScan::State::Complete && second.used == once.size() && again.status == whole.status);
    require(again.body == (reframe ? BodyKind::Chunked : whole.body) &&
            (again.body != BodyKind::Length || again.contentLength == whole.contentLength));
    return 0;
}
