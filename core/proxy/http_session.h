#pragma once

#include <cstdint>
#include <string>

#include "core/http/head_scan.h"
#include "core/net/reactor.h"

namespace signalbox::proxy {

class Exchange;
class PortAcceptor;
class Worker;

/// One client connection: cuts what arrives into requests, serves one after the other, and keeps what a client sends
/// ahead (bounded: then it stops reading). What a request needs hangs on an Exchange that is only attached while one is
/// under way, so an idle connection is small. Owned by its worker, its thread only.
class HttpSession final : public net::StreamHandler {
public:
    HttpSession(Worker& worker, PortAcceptor& port, net::Stream& stream);

    // For the exchange.
    [[nodiscard]] net::Stream& stream() noexcept { return *m_stream; }
    /// Address without port.
    [[nodiscard]] std::string_view clientAddress() const noexcept { return m_clientAddress; }
    [[nodiscard]] std::uint16_t clientPort() const noexcept { return m_clientPort; }
    /// No further request will be taken after the present one.
    [[nodiscard]] bool endsSoon() const noexcept { return m_endsSoon || m_ended; }
    void pauseBody();
    void resumeBody();
    /// Calls Exchange::onDeadline at `at` or a little later; cheap when it only moves back.
    void wakeAt(TimePoint at);

    enum class After : std::uint8_t {
        KeepAlive,
        Close,  ///< deliver what is queued, then close in a way that does not cut off the answer
        Abort   ///< the answer is cut off and the client must notice
    };
    /// The exchange has answered and counted everything; it goes back to its pool.
    void exchangeEnded(After after);

    // For the port.
    [[nodiscard]] HttpSession* next() const noexcept { return m_next; }
    void insertBefore(HttpSession* first) noexcept;
    void unlink() noexcept;
    [[nodiscard]] bool busy() const noexcept { return m_exchange != nullptr; }
    /// Closes now if idle, otherwise after the present request.
    void endSoon();
    void cutOff();
    /// One connection too many: says so and closes, without reading.
    void refuse();
    [[nodiscard]] bool refused() const noexcept { return m_refused; }

    void onData(net::IoBuffer data) override;
    void onEnd() override;
    void onDrained() override;
    void onFailed(const Error& error) override;

private:
    static constexpr std::size_t kHeldLimit = 64 * 1024;

    static void onTimer(void* self);
    void onDeadline();

    /// Serves from `data` as far as it goes now; answers what is left.
    [[nodiscard]] net::IoBuffer feed(net::IoBuffer data);
    /// Takes one head from the front and begins its request; answers what is left behind it.
    [[nodiscard]] net::IoBuffer takeHead(net::IoBuffer data);
    void hold(const net::IoBuffer& data);
    void serveHeld();
    void idle();

    void leave();
    void closeQuietly();

    Worker& m_worker;
    PortAcceptor& m_port;
    net::Stream* m_stream;
    Exchange* m_exchange = nullptr;
    HttpSession* m_next = nullptr;
    HttpSession* m_previous = nullptr;
    net::IoBuffer m_head;  // of a head that is not complete yet
    net::IoBuffer m_held;  // what was sent ahead of the present request's end
    TimePoint m_headSince{};
    TimePoint m_wakeAt{};
    http::HeadScan m_scan;
    std::uint16_t m_clientPort;
    bool m_left = false;
    bool m_refused = false;
    bool m_ended = false;
    bool m_endsSoon = false;
    bool m_serving = false;
    bool m_bodyPaused = false;
    bool m_heldPaused = false;
    net::Timer m_timer;
    std::string m_clientAddress;
};

}  // namespace signalbox::proxy
