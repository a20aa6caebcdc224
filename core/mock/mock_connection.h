#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/http/body_reader.h"
#include "core/http/head_scan.h"
#include "core/net/reactor.h"

namespace signalbox::mock {

class MockService;
struct MockJob;

/// One connection to a mock: reads requests one after the other, throws their bodies away, answers in order.
/// Owned by its MockService; its thread only.
class MockConnection final : public net::StreamHandler {
public:
    MockConnection(MockService& service, net::Stream& stream);
    ~MockConnection() override;

    /// The job of this connection's request was served.
    void answer(bool failing);
    /// Resets the connection. The object must be removed afterwards.
    void abort();

    void onData(net::IoBuffer data) override;
    void onEnd() override;
    void onDrained() override;
    void onFailed(const Error& error) override;

    std::size_t index = 0;  ///< the service's own place for it

private:
    /// Reads requests from `bytes` until one waits for its answer; how many bytes were used.
    std::size_t consume(std::string_view bytes);
    std::size_t consumeHead(std::string_view bytes);
    std::size_t consumeBody(std::string_view bytes);
    void takeHead(std::string_view bytes);
    void requestComplete();
    void respond(bool failing);
    void respondText(int status, std::string_view body);
    /// Queues the head, with `text` or else `generated` bytes as body.
    void sendAnswer(std::string_view head, std::string_view text, std::uint64_t generated, bool hasLength);
    void refuse(int status, std::string_view why);
    void pump();
    /// After an answer: the next pipelined request, or the end.
    void goOn();
    [[nodiscard]] bool busy() const noexcept { return m_job || m_bodyLeft > 0; }
    /// Removes the object when its stream is gone. Last call of every callback.
    void settle();

    MockService& m_service;
    net::Stream* m_stream;
    std::string m_in;  // what came while an answer was due, or part of a head
    http::HeadScan m_scan;
    http::BodyReader m_body;
    std::string m_echo;
    MockJob* m_job = nullptr;
    std::uint64_t m_bodyLeft = 0;  // of the answer
    std::uint64_t m_bodyOffset = 0;
    bool m_inBody = false;
    bool m_isHead = false;
    bool m_keepAlive = true;
    bool m_oldVersion = false;
    bool m_wantsEcho = false;
    bool m_ended = false;
    bool m_paused = false;
};

}  // namespace signalbox::mock
