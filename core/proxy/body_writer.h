#pragma once

#include <cstring>
#include <string_view>

#include "core/http/body_reader.h"
#include "core/net/reactor.h"

namespace signalbox::proxy {

/// Sends a message on: its head, then pieces of its body under framing of our own. Small things (head, chunk heads, a
/// short body) are joined into one buffer, larger pieces pass through without a copy. `sink(net::IoBuffer)` takes what
/// is ready, in order. A plain value of one exchange; worker's thread only.
class BodyWriter {
public:
    enum class Framing : std::uint8_t { Plain, Chunked };

    explicit BodyWriter(net::Reactor& reactor) noexcept : m_reactor(reactor) {}

    /// Begins with a composed head, whose spare capacity is used for what follows.
    void start(net::IoBuffer head, Framing framing) noexcept
    {
        m_joined = std::move(head);
        m_framing = framing;
    }

    template <typename Sink>
    void write(net::IoBuffer piece, Sink&& sink)
    {
        if (m_framing == Framing::Plain) {
            put(std::move(piece), sink);
            return;
        }
        char head[http::kMostChunkHead];
        putCopy({head, http::writeChunkHead(head, piece.size())}, sink);
        put(std::move(piece), sink);
        putCopy(http::kChunkTail, sink);
    }

    /// The body is complete. Trailers only where it is chunked.
    template <typename Sink>
    void finish(std::string_view trailers, Sink&& sink)
    {
        if (m_framing == Framing::Chunked && trailers.empty()) {
            putCopy(http::kLastChunk, sink);
        } else if (m_framing == Framing::Chunked) {
            putCopy("0\r\n", sink);
            putCopy(trailers, sink);
            putCopy("\r\n", sink);
        }
        flush(sink);
    }

    /// Hands over what was joined; at the end of each event, so that nothing waits here.
    template <typename Sink>
    void flush(Sink&& sink)
    {
        if (!m_joined.empty()) {
            sink(std::exchange(m_joined, {}));
        }
    }

    void clear() noexcept { m_joined.reset(); }

private:
    [[nodiscard]] std::uint32_t room() const noexcept
    {
        return m_joined.chunk() ? m_joined.capacity() - m_joined.size() : 0;
    }

    template <typename Sink>
    void put(net::IoBuffer piece, Sink&& sink)
    {
        if (piece.size() <= room()) {
            append(piece.view());
            return;
        }
        flush(sink);
        sink(std::move(piece));
    }

    template <typename Sink>
    void putCopy(std::string_view text, Sink&& sink)
    {
        if (text.size() > room()) {
            flush(sink);
            m_joined = m_reactor.allocate(static_cast<std::uint32_t>(text.size()));
        }
        append(text);
    }

    void append(std::string_view text) noexcept
    {
        std::memcpy(m_joined.data() + m_joined.size(), text.data(), text.size());
        m_joined.resize(m_joined.size() + static_cast<std::uint32_t>(text.size()));
    }

    net::Reactor& m_reactor;
    net::IoBuffer m_joined;
    Framing m_framing = Framing::Plain;
};

}  // namespace signalbox::proxy
