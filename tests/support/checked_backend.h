#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "tests/support/scripted_backend.h"

namespace signalbox::test {

/// A backend that answers checks (paths below /health) and requests each with a status that a test sets, and can die
/// and come back at the same address. Counts.
class CheckedBackend {
public:
    explicit CheckedBackend(std::string name) : m_name(std::move(name)) { start(); }

    void stop() { m_backend->stop(); }
    void start()
    {
        const Endpoint at = m_backend ? m_backend->address() : Endpoint::v4(0x7F000001, 0);
        m_backend.reset();
        m_backend = std::make_unique<ScriptedBackend>([this](BackendConnection& connection) { serve(connection); }, at);
    }
    [[nodiscard]] std::string address() const { return m_backend->address().text(); }

    std::atomic<int> status{200};       ///< of requests
    std::atomic<int> checkStatus{200};  ///< of checks; 0: no answer, -1: closes, -2: not HTTP
    std::atomic<int> requests{0};
    std::atomic<int> checks{0};
    std::atomic<int> open{0};  ///< connections that have carried a request

private:
    void serve(BackendConnection& connection)
    {
        bool counted = false;
        for (;;) {
            const std::string head = connection.readHead();
            if (head.empty()) {
                break;
            }
            int answer = 0;
            if (head.find(" /health") != std::string::npos) {
                ++checks;
                answer = checkStatus;
            } else {
                ++requests;
                open += counted ? 0 : 1;
                counted = true;
                answer = status;
            }
            if (answer == 0) {
                connection.waitForEnd();
                break;
            }
            if (answer < 0) {
                connection.send(answer == -2 ? "SSH-2.0-OpenSSH_9.2\r\n\r\n" : "");
                break;
            }
            const std::string text = "HTTP/1.1 " + std::to_string(answer) +
                                     " X\r\nContent-Length: " + std::to_string(m_name.size()) + "\r\n\r\n";
            if (!connection.send(head.starts_with("HEAD") ? text : text + m_name)) {
                break;
            }
        }
        open -= counted ? 1 : 0;
    }

    const std::string m_name;
    std::unique_ptr<ScriptedBackend> m_backend;  // last: its threads use the rest
};

}  // namespace signalbox::test
