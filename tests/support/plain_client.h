#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "core/base/endpoint.h"
#include "core/http/message.h"

namespace signalbox::test {

/// A blocking HTTP/1.1 client on a plain socket that knows nothing of the reactor: what it sees is what any program
/// sees.
class PlainClient {
public:
    struct Answer {
        int status = 0;
        std::string head;
        std::string body;
        [[nodiscard]] std::string header(std::string_view name) const
        {
            std::string_view rest = head;
            while (!rest.empty()) {
                const auto end = rest.find("\r\n");
                const auto line = rest.substr(0, end);
                const auto colon = line.find(": ");
                if (colon != std::string_view::npos && http::equalsIgnoreCase(line.substr(0, colon), name)) {
                    return std::string(line.substr(colon + 2));
                }
                rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
            }
            return {};
        }
    };

    explicit PlainClient(const Endpoint& to)
    {
        sockaddr_storage address{};
        const socklen_t length = to.toSockaddr(address);
        m_fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        m_connected = m_fd >= 0 && ::connect(m_fd, reinterpret_cast<sockaddr*>(&address), length) == 0;
    }
    ~PlainClient()
    {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
    }
    PlainClient(const PlainClient&) = delete;
    PlainClient& operator=(const PlainClient&) = delete;

    [[nodiscard]] bool connected() const noexcept { return m_connected; }
    [[nodiscard]] int fd() const noexcept { return m_fd; }
    [[nodiscard]] const std::string& pending() const noexcept { return m_in; }

    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto sent = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void finishSending() { ::shutdown(m_fd, SHUT_WR); }

    /// Status 0 where the connection ended or nothing came in time. `noBody`: the answer to HEAD.
    Answer receive(bool noBody = false)
    {
        Answer answer;
        std::size_t end = 0;
        while ((end = m_in.find("\r\n\r\n")) == std::string::npos) {
            if (!more()) {
                return answer;
            }
        }
        answer.head = m_in.substr(0, end + 2);
        m_in.erase(0, end + 4);
        answer.status = std::atoi(answer.head.c_str() + 9);
        if (noBody || answer.status < 200 || answer.status == 204 || answer.status == 304) {
            return answer;
        }
        const std::string length = answer.header("content-length");
        const std::size_t size = length.empty() ? std::string::npos : std::strtoull(length.c_str(), nullptr, 10);
        while (m_in.size() < size) {
            if (!more()) {
                break;
            }
        }
        answer.body = m_in.substr(0, size);
        m_in.erase(0, answer.body.size());
        return answer;
    }
    Answer get(const std::string& path, const std::string& headers = {})
    {
        send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
        return receive();
    }
    /// Reads what is there; false at the end, on a reset, or when nothing came in time.
    bool more(int limitMs = 10'000)
    {
        pollfd waiting{m_fd, POLLIN, 0};
        char bytes[65536];
        if (::poll(&waiting, 1, limitMs) != 1) {
            return false;
        }
        const auto got = ::recv(m_fd, bytes, sizeof bytes, 0);
        m_reset = got < 0 && errno == ECONNRESET;
        if (got <= 0) {
            return false;
        }
        m_in.append(bytes, static_cast<std::size_t>(got));
        return true;
    }
    [[nodiscard]] bool wasReset() const noexcept { return m_reset; }
    /// Throws away `count` bytes; how many came.
    std::uint64_t discard(std::uint64_t count)
    {
        std::uint64_t got = m_in.size();
        m_in.clear();
        while (got < count && more()) {
            got += m_in.size();
            m_in.clear();
        }
        return got;
    }

private:
    int m_fd = -1;
    bool m_connected = false;
    bool m_reset = false;
    std::string m_in;
};

}  // namespace signalbox::test
