#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/http/head_scan.h"
#include "core/http/message.h"

namespace signalbox::http {

/// Finds the body in what follows a head, whatever its framing. Plain value owned by a session; one thread.
/// Feed it bytes until `end`; each call takes some from the front and yields at most one range of the body, as a view
/// of what was given. The proxy sends ranges on under framing of its own (see writeChunkHead), so that nothing a client
/// puts into chunk sizes, extensions or trailers reaches a backend unread.
///
/// Chunk extensions are checked and dropped; a size line may take 256 bytes, and all extensions together 16 KiB
/// more than a quarter of the body, so that one-byte chunks with long extensions cannot feed on a worker. Blanks around
/// a chunk size are refused. Trailers are checked, bounded by 8 KiB and collected, without those that must not be
/// trailers (framing, routing and authentication; RFC 9110 section 6.5.1).
class BodyReader {
public:
    struct Step {
        std::size_t used = 0;   ///< bytes taken from the front
        std::string_view data;  ///< part of the body among them; may be empty
        bool end = false;       ///< the body is complete; what follows belongs to the next message
        HeadError error;        ///< 400; the connection cannot be used further
    };

    /// Begins a body. `length` counts for BodyKind::Length.
    void start(BodyKind kind, std::uint64_t length = 0) noexcept;
    /// Takes from `bytes`. With no bytes and an empty body it answers `end` at once.
    [[nodiscard]] Step next(std::string_view bytes);
    /// The peer closed the connection: completes UntilClose, is a fault anywhere else before the end. True when
    /// complete.
    [[nodiscard]] bool finishAtClose() noexcept;

    [[nodiscard]] bool done() const noexcept { return m_state == State::Done; }
    [[nodiscard]] BodyKind kind() const noexcept { return m_kind; }
    /// Body bytes still to come of a Length body, or of the present chunk.
    [[nodiscard]] std::uint64_t left() const noexcept { return m_left; }
    /// After the end of a chunked body: the trailer lines fit to be sent on, each with its CR LF; usually empty.
    [[nodiscard]] std::string_view trailers() const noexcept { return m_trailers; }

private:
    enum class State : std::uint8_t {
        Done,
        Data,
        UntilClose,
        Size,
        ExtName,
        ExtValue,
        ExtToken,
        ExtQuoted,
        ExtAfterQuoted,
        SizeLf,
        DataCr,
        DataLf,
        Trailer,
        TrailerLf,
        Failed
    };
    Step fail(std::string_view detail) noexcept;
    Step takeData(std::string_view bytes) noexcept;
    bool sizeByte(char c) noexcept;
    bool extensionByte(char c) noexcept;
    bool framingByte(char c);
    bool trailerLine();

    std::uint64_t m_left = 0;
    std::uint64_t m_budget = 0;  ///< extension bytes still allowed
    std::string m_trailers;
    std::uint32_t m_lineStart = 0;  ///< in m_trailers
    std::uint16_t m_lineBytes = 0;  ///< of the present size line
    std::uint8_t m_digits = 0;
    BodyKind m_kind = BodyKind::None;
    State m_state = State::Done;
};

inline constexpr std::size_t kMostChunkHead = 18;
inline constexpr std::string_view kChunkTail = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// Writes the size line of a chunk of `size` > 0 bytes; kMostChunkHead bytes suffice. How many were written.
/// The data and kChunkTail follow it; kLastChunk ends the body where there are no trailers ("0\r\n", trailers, "\r\n"
/// else).
std::size_t writeChunkHead(char* out, std::uint64_t size) noexcept;

}  // namespace signalbox::http
