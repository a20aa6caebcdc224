#pragma once

#include <string>

#include "core/http/body_reader.h"
#include "core/http/head_scan.h"
#include "core/net/reactor.h"
#include "core/traffic/generator.h"

namespace signalbox::traffic {

/// One connection of a client to the target: one request at a time, used again where the answer allows it.
/// Owned by its Generator; its thread only.
class GeneratorConnection final : public net::StreamHandler {
public:
    /// Starts connecting at once.
    GeneratorConnection(Generator& generator, Client& client);
    ~GeneratorConnection() override;

    /// Requires that no request is on its way.
    void send(Flight flight);
    [[nodiscard]] Client& client() noexcept { return m_client; }
    /// An earlier request was answered on it.
    [[nodiscard]] bool reused() const noexcept { return m_reused; }

    void onData(net::IoBuffer data) override;
    void onEnd() override;
    void onFailed(const Error& error) override;

    std::size_t index = 0;  ///< the generator's own place for it

private:
    enum class Reading : std::uint8_t { Idle, Head, Body };
    /// What one step of reading leads to; everything but More ends the callback, since the object may be gone.
    enum class Outcome : std::uint8_t { More, Wait, Done, Broken };
    Outcome read(std::string_view bytes, std::size_t& used);
    Outcome readHead(std::string_view bytes, std::size_t& used);
    Outcome readBody(std::string_view bytes, std::size_t& used);
    void takeHead();
    void complete(bool clean);
    void lose(std::string_view kind);
    void onTimeout();

    Generator& m_generator;
    Client& m_client;
    net::Stream* m_stream;
    net::Timer m_timeout;
    std::string m_in;  // part of an answer's head
    http::HeadScan m_scan;
    http::BodyReader m_body;
    Flight m_flight;
    Answer m_answer;
    Reading m_reading = Reading::Idle;
    bool m_keepAlive = true;
    bool m_wantsProblem = false;
    bool m_fresh = true;
    bool m_reused = false;
};

}  // namespace signalbox::traffic
