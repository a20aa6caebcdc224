#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/base/endpoint.h"
#include "core/net/socket.h"

namespace signalbox::test {

/// One accepted connection of a ScriptedBackend, used by its script with blocking calls that give up after some
/// seconds.
class BackendConnection {
public:
    explicit BackendConnection(int fd) : m_fd(fd) {}

    /// The next head with its empty line; empty when the peer closed. Bytes behind it stay for the next read.
    std::string readHead()
    {
        std::size_t end;
        while ((end = m_read.find("\r\n\r\n")) == std::string::npos) {
            if (!readMore()) {
                return {};
            }
        }
        return take(end + 4);
    }
    std::string readExactly(std::size_t size)
    {
        while (m_read.size() < size && readMore()) {
        }
        return take(std::min(size, m_read.size()));
    }
    /// Raw bytes up to and with `mark`.
    std::string readUntil(std::string_view mark)
    {
        std::size_t at;
        while ((at = m_read.find(mark)) == std::string::npos) {
            if (!readMore()) {
                return {};
            }
        }
        return take(at + mark.size());
    }
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
    /// Closes with RST when the script returns.
    void reset()
    {
        const linger hard{1, 0};
        ::setsockopt(m_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    void halfClose() { ::shutdown(m_fd, SHUT_WR); }
    /// Waits until the peer closes or resets.
    void waitForEnd()
    {
        while (readMore()) {
            m_read.clear();
        }
    }
    [[nodiscard]] int fd() const noexcept { return m_fd; }

private:
    bool readMore()
    {
        char buffer[64 * 1024];
        pollfd wait{m_fd, POLLIN, 0};
        if (::poll(&wait, 1, 20'000) <= 0) {
            return false;
        }
        const ssize_t got = ::recv(m_fd, buffer, sizeof buffer, 0);
        if (got <= 0) {
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

    int m_fd;
    std::string m_read;
};

/// A backend on a loopback port of its own, whose script runs once a connection on a thread of its own. Counts.
class ScriptedBackend {
public:
    using Script = std::function<void(BackendConnection&)>;

    explicit ScriptedBackend(Script script, const Endpoint& at = Endpoint::v4(0x7F000001, 0))
        : m_script(std::move(script))
    {
        m_listening = std::move(*net::listenOn(at, {false, 1024}));
        m_address = m_listening.localEndpoint();
        m_acceptor = std::thread([this] { acceptAll(); });
    }
    ~ScriptedBackend() { stop(); }
    ScriptedBackend(const ScriptedBackend&) = delete;
    ScriptedBackend& operator=(const ScriptedBackend&) = delete;

    /// Closes the listening socket and resets all connections: the process is dead.
    void stop()
    {
        if (m_stopped.exchange(true)) {
            return;
        }
        ::shutdown(m_listening.fd(), SHUT_RDWR);
        m_acceptor.join();
        m_listening = net::Socket();
        {
            const std::lock_guard lock(m_mutex);
            for (const int fd : m_open) {
                ::shutdown(fd, SHUT_RDWR);
            }
        }
        for (std::thread& thread : m_threads) {
            thread.join();
        }
    }

    [[nodiscard]] const Endpoint& address() const noexcept { return m_address; }
    [[nodiscard]] int connections() const noexcept { return m_connections.load(); }
    /// For scripts to count what they like.
    std::atomic<int> requests{0};

    /// Answers every request with 200 and `body` for ever; request bodies with a length are read.
    static Script answering(std::string body)
    {
        return [body = std::move(body)](BackendConnection& connection) {
            const std::string answer =
                "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
            for (;;) {
                const std::string head = connection.readHead();
                if (head.empty()) {
                    return;
                }
                const std::size_t at = head.find("Content-Length: ");
                if (at != std::string::npos) {
                    connection.readExactly(std::stoul(head.substr(at + 16)));
                }
                if (!connection.send(answer)) {
                    return;
                }
            }
        };
    }

private:
    void acceptAll()
    {
        for (;;) {
            pollfd wait{m_listening.fd(), POLLIN, 0};
            ::poll(&wait, 1, -1);
            const int fd = ::accept4(m_listening.fd(), nullptr, nullptr, SOCK_CLOEXEC);
            if (m_stopped) {
                if (fd >= 0) {
                    ::close(fd);
                }
                return;
            }
            if (fd < 0) {
                continue;
            }
            ++m_connections;
            const std::lock_guard lock(m_mutex);
            m_open.push_back(fd);
            m_threads.emplace_back([this, fd] {
                BackendConnection connection(fd);
                m_script(connection);
                const std::lock_guard inner(m_mutex);
                m_open.remove(fd);
                ::close(fd);
            });
        }
    }

    Script m_script;
    net::Socket m_listening;
    Endpoint m_address;
    std::thread m_acceptor;
    std::mutex m_mutex;
    std::list<int> m_open;
    std::list<std::thread> m_threads;
    std::atomic<int> m_connections{0};
    std::atomic<bool> m_stopped{false};
};

}  // namespace signalbox::test
