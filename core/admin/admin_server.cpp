#include "core/admin/admin_server.h"

#include <algorithm>
#include <fstream>
#include <future>
#include <pthread.h>
#include <thread>
#include <vector>

#include "core/admin/admin_connection.h"
#include "core/base/log.h"

namespace signalbox::admin {
namespace {

constexpr std::size_t kMostConnections = 64;

/// Everything on the admin thread.
class Service final : public net::AcceptHandler {
public:
    Service(running::RunningSite& running, std::string_view token, net::Reactor& reactor)
        : m_api(running, token), m_shared{m_api, reactor, {}, [this](AdminConnection& gone) { bury(gone); }}
    {
        reactor.onBatchEnd([this] { m_buried.clear(); });
    }
    Result<void> listen(net::Socket socket)
    {
        auto acceptor = m_shared.reactor.accept(std::move(socket), *this);
        if (!acceptor) {
            return fail(acceptor.error());
        }
        m_acceptor = std::move(*acceptor);
        return {};
    }
    void onAccepted(net::Stream& stream) override
    {
        if (m_connections.size() >= kMostConnections) {
            stream.abort();
            return;
        }
        m_connections.push_back(std::make_unique<AdminConnection>(m_shared, stream));
    }
    void onAcceptFailed(const Error& /*error*/) override {}  // of descriptors the listeners speak

private:
    void bury(AdminConnection& gone)
    {
        const auto at = std::ranges::find(m_connections, &gone, &std::unique_ptr<AdminConnection>::get);
        m_buried.push_back(std::move(*at));
        m_connections.erase(at);
    }

    AdminApi m_api;
    AdminShared m_shared;
    std::vector<std::unique_ptr<AdminConnection>> m_connections;
    std::vector<std::unique_ptr<AdminConnection>> m_buried;
    std::unique_ptr<net::Acceptor> m_acceptor;
};

}  // namespace

Result<std::string> readToken(const std::string& file)
{
    std::ifstream in(file);
    std::string token;
    if (!in || !std::getline(in, token)) {
        return fail({ErrorCode::NotFound, ErrorOrigin::Us, false, "cannot read a token from '" + file + "'"});
    }
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!token.empty() && blank(token.back())) {
        token.pop_back();
    }
    token.erase(token.begin(), std::ranges::find_if_not(token, blank));
    const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
    if (token.empty() || !std::ranges::all_of(token, printable)) {
        return fail({ErrorCode::InvalidArgument, ErrorOrigin::Us, false,
                     "'" + file + "' needs a token of printable characters without blanks on its first line"});
    }
    return token;
}

struct AdminServer::Impl {
    Endpoint address;
    std::unique_ptr<net::Reactor> reactor;
    std::thread thread;

    void run(running::RunningSite& running, const std::string& token, net::Socket socket,
             std::promise<Result<void>>& started);
};

void AdminServer::Impl::run(running::RunningSite& running, const std::string& token, net::Socket socket,
                            std::promise<Result<void>>& started)
{
    ::pthread_setname_np(::pthread_self(), "admin");
    net::ReactorOptions options;
    options.receiveBuffers = 16;
    auto made = net::Reactor::create(options);
    if (!made) {
        started.set_value(fail(made.error()));
        return;
    }
    reactor = std::move(*made);
    Service service(running, token, *reactor);
    Result<void> listening = service.listen(std::move(socket));
    const bool fine = listening.has_value();
    started.set_value(std::move(listening));
    if (fine) {
        reactor->run();
    }
}

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Result<std::unique_ptr<AdminServer>> AdminServer::start(running::RunningSite& running, const AdminOptions& options)
{
    if (options.token.empty() && !options.bind.isLoopback()) {
        return fail(
            {ErrorCode::InvalidArgument, ErrorOrigin::Us, false,
             "the admin interface on " + options.bind.text() +
                 " would be open to everyone: bind a loopback address, or give a token with --admin-token-file"});
    }
    auto socket = net::listenOn(options.bind, {.reusePort = false, .backlog = 128});
    if (!socket) {
        Error error = socket.error();
        error.detail = "admin interface: " + error.detail;
        return fail(std::move(error));
    }
    std::unique_ptr<AdminServer> server(new AdminServer(std::make_unique<Impl>()));
    Impl& impl = *server->m_impl;
    impl.address = socket->localEndpoint();
    std::promise<Result<void>> promise;
    auto started = promise.get_future();
    impl.thread = std::thread([&impl, &running, &promise, token = options.token, owned = std::move(*socket)]() mutable {
        impl.run(running, token, std::move(owned), promise);
    });
    if (Result<void> result = started.get(); !result) {
        return fail(result.error());
    }
    return server;
}

AdminServer::~AdminServer()
{
    if (m_impl->reactor) {
        m_impl->reactor->stop();
    }
    if (m_impl->thread.joinable()) {
        m_impl->thread.join();
    }
}

const Endpoint& AdminServer::address() const noexcept
{
    return m_impl->address;
}

}  // namespace signalbox::admin
