#pragma once

#include <charconv>
#include <cstdint>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/endpoint.h"

namespace signalbox::test {

/// A blocking client that sends given bytes and reads answers by their framing, so that tests see exactly what was
/// sent.
class RawClient {
public:
    struct Answer {
        int status = 0;
        std::string head;  ///< with its empty line
        std::string body;  ///< decoded
        std::string raw;   ///< of a chunked body, as received
        bool complete = false;

        [[nodiscard]] bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
    };

    explicit RawClient(const Endpoint& to)
    {
        sockaddr_storage address{};
        const socklen_t length = to.toSockaddr(address);
        m_fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        m_connected = ::connect(m_fd, reinterpret_cast<const sockaddr*>(&address), length) == 0;
    }
    ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void close()
    {
        if (m_fd >= 0) {
            ::close(m_fd);
            m_fd = -1;
        }
    }
    [[nodiscard]] bool connected() const noexcept { return m_connected; }
    [[nodiscard]] int fd() const noexcept { return m_fd; }
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void endSending() { ::shutdown(m_fd, SHUT_WR); }

    /// The next answer; status 0 when the connection ended before its head. `head` true: a HEAD was asked.
    Answer read(bool head = false)
    {
        Answer out;
        std::size_t end;
        while ((end = m_read.find("\r\n\r\n")) == std::string::npos) {
            if (!more()) {
                return out;
            }
        }
        out.head = take(end + 4);
        out.status = std::stoi(out.head.substr(9, 3));
        if (head || out.status < 200 || out.status == 204 || out.status == 304) {
            out.complete = true;
        } else if (out.has("Transfer-Encoding: chunked")) {
            readChunks(out);
        } else if (const std::size_t at = out.head.find("Content-Length: "); at != std::string::npos) {
            const std::size_t length = std::stoul(out.head.substr(at + 16));
            while (m_read.size() < length && more()) {
            }
            out.complete = m_read.size() >= length;
            out.body = take(std::min(length, m_read.size()));
        } else {
            while (more()) {
            }
            out.complete = m_endedCleanly;
            out.body = take(m_read.size());
        }
        return out;
    }
    Answer request(std::string_view bytes, bool head = false)
    {
        send(bytes);
        return read(head);
    }
    Answer get(std::string_view path)
    {
        return request("GET " + std::string(path) + " HTTP/1.1\r\nHost: site\r\n\r\n");
    }

    /// True when the other side closes within some seconds.
    bool waitForEnd()
    {
        while (more()) {
        }
        return m_ended;
    }
    /// It ended by FIN, not by RST.
    [[nodiscard]] bool endedCleanly() const noexcept { return m_endedCleanly; }
    [[nodiscard]] const std::string& unread() const noexcept { return m_read; }

private:
    void readChunks(Answer& out)
    {
        for (;;) {
            std::size_t line;
            while ((line = m_read.find("\r\n")) == std::string::npos) {
                if (!more()) {
                    return;
                }
            }
            std::size_t size = 0;
            std::from_chars(m_read.data(), m_read.data() + line, size, 16);
            out.raw += take(line + 2);
            if (size == 0) {
                break;
            }
            while (m_read.size() < size + 2) {
                if (!more()) {
                    out.body += take(std::min(size, m_read.size()));
                    return;
                }
            }
            out.body += m_read.substr(0, size);
            out.raw += take(size + 2);
        }
        while (m_read.find("\r\n") != 0) {
            const std::size_t line = m_read.find("\r\n");
            if (line == std::string::npos) {
                if (!more()) {
                    return;
                }
            } else {
                out.raw += take(line + 2);
            }
        }
        out.raw += take(2);
        out.complete = true;
    }
    bool more()
    {
        char buffer[64 * 1024];
        pollfd wait{m_fd, POLLIN, 0};
        if (::poll(&wait, 1, 20'000) <= 0) {
            return false;
        }
        const ssize_t got = ::recv(m_fd, buffer, sizeof buffer, 0);
        if (got <= 0) {
            m_ended = true;
            m_endedCleanly = got == 0;
            return false;
        }
        m_read.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    std::string take(std::size_t size)
    {
        std::string out = m_read.substr(0, size);
        m_read.erase(0, size);
        return out;
    }

    int m_fd = -1;
    bool m_connected = false;
    bool m_ended = false;
    bool m_endedCleanly = false;
    std::string m_read;
};

}  // namespace signalbox::test
