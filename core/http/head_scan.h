#pragma once

#include <cstdint>
#include <string_view>

namespace signalbox::http {

/// Why a message was refused. The texts are static: `detail` is one sentence that names the rule.
struct HeadError {
    int status = 0;  ///< 400, 414, 417, 431, 501, 505, 508; 502 for a response
    std::string_view title;
    std::string_view detail;
    explicit operator bool() const noexcept { return status != 0; }
};

struct HeadLimits {
    std::uint32_t requestLine = 8 * 1024;  ///< bytes without the line end; past it 414
    std::uint32_t headBytes = 64 * 1024;   ///< first line and header lines; past it 431
    std::uint32_t headers = 100;           ///< lines; past it 431
};

/// Finds the end of a head in bytes that arrive in any pieces, and refuses on the way what no head may hold: bare CR or
/// LF, control bytes, folded lines, more bytes or lines than the limits allow.
///
/// This is all that a connection keeps while its head is split: 16 bytes. Nothing is parsed and no view is taken before
/// the head is complete, so the caller may move the bytes to a bigger area at any time, and every byte is looked at
/// once however it arrives. An idle connection costs these 16 bytes; the parser itself is one per worker.
class HeadScan {
public:
    enum class State : std::uint8_t { NeedMore, Complete, Refused };

    /// `bytes` is everything received of this head so far, from its first byte; only what is new is looked at.
    /// The answer does not depend on how the bytes were split.
    [[nodiscard]] State scan(std::string_view bytes, const HeadLimits& limits) noexcept
    {
        return run(bytes, limits, false);
    }
    /// The same, but stops behind the first line (see lines), so that a bad one is answered before the rest arrives.
    [[nodiscard]] State scanFirstLine(std::string_view bytes, const HeadLimits& limits) noexcept
    {
        return run(bytes, limits, true);
    }
    /// Lines seen to their end.
    [[nodiscard]] std::uint16_t lines() const noexcept { return m_lines; }

    /// After Complete: where the first line begins (2 after an empty line before a request, RFC 9112 section 2.2) and
    /// how many bytes the head takes with that and its closing empty line.
    [[nodiscard]] std::size_t begin() const noexcept { return m_begin; }
    [[nodiscard]] std::size_t end() const noexcept { return m_at; }
    /// After Refused.
    [[nodiscard]] HeadError error() const noexcept;
    /// Ready for the next head.
    void reset() noexcept { *this = HeadScan{}; }

private:
    enum class Fault : std::uint8_t { None, LongLine, LongHead, ManyLines, BareLf, BareCr, Control, Fold, EmptyLines };
    State run(std::string_view bytes, const HeadLimits& limits, bool firstLineOnly) noexcept;
    State refuse(Fault fault) noexcept;
    void lineEnd(std::size_t at, const HeadLimits& limits) noexcept;

    std::uint32_t m_at = 0;  ///< everything before is checked
    std::uint32_t m_lineStart = 0;
    std::uint16_t m_lines = 0;
    std::uint8_t m_begin = 0;
    State m_state = State::NeedMore;
    Fault m_fault = Fault::None;
};

}  // namespace signalbox::http
