#include "core/http/header_lines.h"

#include "core/http/char_class.h"
#include "core/http/framing.h"

namespace signalbox::http {

namespace {

constexpr std::string_view kBad = "Bad request";

int onHeadersComplete(llhttp_t*)
{
    return HPE_PAUSED;
}

HeadError fromLlhttp(llhttp_errno_t code) noexcept
{
    switch (code) {
        case HPE_UNEXPECTED_SPACE:
        case HPE_INVALID_HEADER_TOKEN:
            return {400, kBad,
                    "A header line is not NAME: VALUE with a valid name and no blank before the colon (RFC 9112 "
                    "section 5.1)."};
        case HPE_UNEXPECTED_CONTENT_LENGTH:
            return {400, "Bad message length",
                    "Content-Length is given twice or beside Transfer-Encoding (RFC 9112 section 6.1)."};
        case HPE_INVALID_CONTENT_LENGTH:
            return {400, "Bad message length", "Content-Length is not one whole number (RFC 9110 section 8.6)."};
        case HPE_INVALID_TRANSFER_ENCODING:
            return {
                400, "Bad message length",
                "Transfer-Encoding does not end in chunked, so the body has no certain end (RFC 9112 section 6.3)."};
        default: return {400, kBad, "The head is not valid HTTP/1.1 (RFC 9112)."};
    }
}

/// What llhttp refused; where it is about the length, in our own sentence, which is the more precise one.
HeadError explain(llhttp_errno_t outcome, const HeaderList& soFar, int versionMinor, bool isRequest) noexcept
{
    Framing framing;
    framing.read(soFar);
    const bool isSyntax = outcome == HPE_INVALID_HEADER_TOKEN || outcome == HPE_UNEXPECTED_SPACE;
    const HeadError error = isSyntax ? HeadError{} : framing.fault(versionMinor, isRequest);
    return error ? error : fromLlhttp(outcome);
}

}  // namespace

HeaderLines::Sink& HeaderLines::sinkOf(llhttp_t* parser)
{
    return *static_cast<Sink*>(parser->data);
}

/// llhttp hands each name and value over as one span, because it is always given all lines at once; a span that is
/// delivered in parts all the same is joined.
int HeaderLines::onName(llhttp_t* parser, const char* at, std::size_t size)
{
    Sink& sink = sinkOf(parser);
    if (sink.inValue) {
        sink.headers->add({at, size}, {at + size, 0});
        sink.inValue = false;
    } else {
        auto& name = sink.headers->fields().back().name;
        name = {name.data(), name.size() + size};
    }
    return 0;
}

int HeaderLines::onValue(llhttp_t* parser, const char* at, std::size_t size)
{
    Sink& sink = sinkOf(parser);
    auto& value = sink.headers->fields().back().value;
    value = sink.inValue ? std::string_view(value.data(), static_cast<std::size_t>(at + size - value.data()))
                         : std::string_view(at, size);
    sink.inValue = true;
    return 0;
}

HeaderLines::HeaderLines(Of of) : m_of(of)
{
    llhttp_settings_init(&m_settings);
    m_settings.on_header_field = onName;
    m_settings.on_header_value = onValue;
    m_settings.on_headers_complete = onHeadersComplete;
    const bool isRequest = of == Of::Request;
    const std::string_view plain = isRequest ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 200 OK\r\n";
    llhttp_init(&m_behindFirstLine, isRequest ? HTTP_REQUEST : HTTP_RESPONSE, &m_settings);
    m_behindFirstLine.data = &m_sink;
    llhttp_execute(&m_behindFirstLine, plain.data(), plain.size());
}

HeadError HeaderLines::read(std::string_view lines, int versionMinor, HeaderList& headers) noexcept
{
    m_parser = m_behindFirstLine;
    m_sink = {&headers, true};
    const llhttp_errno_t outcome = llhttp_execute(&m_parser, lines.data(), lines.size());
    bool nameless = false;
    for (HeaderField& field : headers.fields()) {
        field.value = trimBlanks(field.value);
        nameless = nameless || field.name.empty();
    }
    if (outcome != HPE_PAUSED) {
        return explain(outcome, headers, versionMinor, m_of == Of::Request);
    }
    return nameless ? HeadError{400, kBad, "A header line has no name (RFC 9112 section 5)."} : HeadError{};
}

}  // namespace signalbox::http
