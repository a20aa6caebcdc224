#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <poll.h>
#include <set>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/base/endpoint.h"
#include "core/net/socket.h"

namespace signalbox::test {

/// A small server on a thread of its own that knows nothing of the reactor: it notes who asked for what, and answers
/// with whatever bytes `answer` gives (an empty text: none; kClose: it closes instead; with `closing` it closes after
/// each). Read the notes after `stop`.
class RecordingServer {
public:
    struct Request {
        std::string client;  ///< address without port
        std::string head;
        [[nodiscard]] std::string target() const
        {
            const auto first = head.find(' ') + 1;
            return head.substr(first, head.find(' ', first) - first);
        }
    };
    static constexpr std::string_view kClose = "close";
    using Answer = std::function<std::string(const Request&)>;

    explicit RecordingServer(Answer answer, bool closing = false) : m_answer(std::move(answer)), m_closing(closing)
    {
        m_socket = std::move(*net::listenOn(*Endpoint::parse("127.0.0.1:0"), {.reusePort = false}));
        m_thread = std::thread([this] { serve(); });
    }
    ~RecordingServer() { stop(); }
    RecordingServer(const RecordingServer&) = delete;
    RecordingServer& operator=(const RecordingServer&) = delete;

    [[nodiscard]] Endpoint address() const { return m_socket.localEndpoint(); }
    void stop()
    {
        m_stop = true;
        if (m_thread.joinable()) {
            m_thread.join();
        }
    }
    [[nodiscard]] const std::vector<Request>& requests() const noexcept { return m_requests; }
    [[nodiscard]] std::set<std::string> clients() const
    {
        std::set<std::string> out;
        for (const Request& request : m_requests) {
            out.insert(request.client);
        }
        return out;
    }
    [[nodiscard]] int connections() const noexcept { return m_connections; }

private:
    struct Peer {
        std::string client;
        std::string in;
    };

    void serve()
    {
        std::map<int, Peer> peers;
        while (!m_stop) {
            std::vector<pollfd> waiting{{m_socket.fd(), POLLIN, 0}};
            for (const auto& [fd, peer] : peers) {
                waiting.push_back({fd, POLLIN, 0});
            }
            if (::poll(waiting.data(), waiting.size(), 20) <= 0) {
                continue;
            }
            if (waiting.front().revents) {
                accept(peers);
            }
            for (std::size_t i = 1; i < waiting.size(); ++i) {
                if (waiting[i].revents && !read(waiting[i].fd, peers[waiting[i].fd])) {
                    ::close(waiting[i].fd);
                    peers.erase(waiting[i].fd);
                }
            }
        }
        for (const auto& [fd, peer] : peers) {
            ::close(fd);
        }
    }
    void accept(std::map<int, Peer>& peers)
    {
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const int fd = ::accept(m_socket.fd(), reinterpret_cast<sockaddr*>(&from), &size);
        if (fd >= 0) {
            char text[INET_ADDRSTRLEN]{};
            ::inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
            peers[fd].client = text;
            ++m_connections;
        }
    }
    bool read(int fd, Peer& peer)
    {
        char bytes[16384];
        const auto got = ::recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0) {
            return false;
        }
        peer.in.append(bytes, static_cast<std::size_t>(got));
        for (auto end = peer.in.find("\r\n\r\n"); end != std::string::npos; end = peer.in.find("\r\n\r\n")) {
            m_requests.push_back({peer.client, peer.in.substr(0, end + 2)});
            peer.in.erase(0, end + 4);
            const std::string answer = m_answer(m_requests.back());
            if (answer == kClose) {
                return false;
            }
            if (!answer.empty() && ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) {
                return false;
            }
            if (m_closing) {
                return false;
            }
        }
        return true;
    }

    Answer m_answer;
    bool m_closing;
    net::Socket m_socket;
    std::atomic<bool> m_stop{false};
    std::vector<Request> m_requests;
    std::atomic<int> m_connections{0};
    std::thread m_thread;
};

}  // namespace signalbox::test
