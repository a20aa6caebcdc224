// Echoes messages between a client thread and a server thread and prints what a message cost the server.
// usage: bench_reactor_echo epoll|io_uring [CONNECTIONS] [BYTES] [SECONDS]

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "core/net/reactor.h"
#include "core/net/socket_stream.h"

using namespace signalbox;
using namespace signalbox::net;

namespace {

std::unique_ptr<Reactor> makeReactor(std::string_view name)
{
    ReactorOptions options;
    options.kind = name == "epoll" ? ReactorKind::Epoll : ReactorKind::IoUring;
    auto reactor = Reactor::create(options);
    if (!reactor) {
        std::fprintf(stderr, "%s\n", reactor.error().detail.c_str());
        std::exit(1);
    }
    return std::move(*reactor);
}

struct Echo final : StreamHandler {
    void onData(IoBuffer data) override { stream->send(std::move(data)); }
    void onEnd() override { stream->close(); }
    void onFailed(const Error&) override {}
    Stream* stream = nullptr;
};

struct EchoServer final : AcceptHandler {
    void onAccepted(Stream& stream) override
    {
        streams.push_back(std::make_unique<Echo>());
        streams.back()->stream = &stream;
        stream.setHandler(*streams.back());
    }
    std::vector<std::unique_ptr<Echo>> streams;
};

struct Client final : StreamHandler {
    void onConnected() override { sendNext(); }
    void onData(IoBuffer data) override
    {
        received += data.size();
        if (received >= size) {
            received = 0;
            ++*messages;
            sendNext();
        }
    }
    void onEnd() override { stream->close(); }
    void onFailed(const Error&) override {}
    void sendNext()
    {
        IoBuffer buffer = reactor->allocate(size);
        std::memset(buffer.data(), 'e', size);
        buffer.resize(size);
        stream->send(std::move(buffer));
    }
    Reactor* reactor = nullptr;
    Stream* stream = nullptr;
    std::uint32_t size = 0;
    std::uint32_t received = 0;
    std::uint64_t* messages = nullptr;
};

double threadSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string_view kind = argc > 1 ? argv[1] : "io_uring";
    const int connections = argc > 2 ? std::atoi(argv[2]) : 64;
    const auto size = static_cast<std::uint32_t>(argc > 3 ? std::atoi(argv[3]) : 128);
    const int seconds = argc > 4 ? std::atoi(argv[4]) : 3;
    auto listening = listenOn(Endpoint::v4(0x7f000001, 0));
    if (!listening) {
        std::fprintf(stderr, "%s\n", listening.error().detail.c_str());
        return 1;
    }
    const Endpoint address = listening->localEndpoint();
    const auto server = makeReactor(kind);
    EchoServer echo;
    const auto acceptor = server->accept(std::move(*listening), echo);
    double serverSeconds = 0;
    std::thread worker([&] {
        server->run();
        serverSeconds = threadSeconds();
    });

    const auto client = makeReactor("epoll");
    std::uint64_t messages = 0;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < connections; ++i) {
        clients.push_back(std::make_unique<Client>());
        Client& one = *clients.back();
        one.reactor = client.get();
        one.size = size;
        one.messages = &messages;
        one.stream = &client->connect(address, one);
    }
    Timer end(
        *client, [](void* reactor) { static_cast<Reactor*>(reactor)->stop(); }, client.get());
    end.start(std::chrono::seconds(seconds));
    client->run();
    server->stop();
    worker.join();
    std::printf("%s: %d connections, %u bytes: %.0f messages/s, server %.2f us CPU a message, stream %zu bytes\n",
                std::string(server->name()).c_str(), connections, size, static_cast<double>(messages) / seconds,
                serverSeconds * 1e6 / static_cast<double>(messages), sizeof(SocketStream));
    return 0;
}
