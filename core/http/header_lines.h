#pragma once

#include <llhttp.h>
#include <string_view>

#include "core/http/head_scan.h"
#include "core/http/message.h"

namespace signalbox::http {

/// Reads header lines with llhttp in strict mode. The first line is read by rules of the parsers' own, so llhttp is
/// shown a plain one once, and every head goes on from the state behind it. Owned by a parser, whose thread alone uses
/// it.
class HeaderLines {
public:
    enum class Of : std::uint8_t { Request, Response };

    explicit HeaderLines(Of of);
    HeaderLines(const HeaderLines&) = delete;
    HeaderLines& operator=(const HeaderLines&) = delete;

    /// `lines`: from behind the first line to the end of a head that HeadScan found complete. Fills `headers` with
    /// views of it; the version is that of the first line.
    [[nodiscard]] HeadError read(std::string_view lines, int versionMinor, HeaderList& headers) noexcept;

private:
    struct Sink {
        HeaderList* headers = nullptr;
        bool inValue = true;
    };
    static Sink& sinkOf(llhttp_t* parser);
    static int onName(llhttp_t* parser, const char* at, std::size_t size);
    static int onValue(llhttp_t* parser, const char* at, std::size_t size);

    llhttp_settings_t m_settings;
    llhttp_t m_behindFirstLine{};
    llhttp_t m_parser{};
    Sink m_sink;
    Of m_of;
};

/// Without its line end.
[[nodiscard]] inline std::string_view firstLine(std::string_view head) noexcept
{
    return head.substr(0, head.find('\r'));
}

}  // namespace signalbox::http
