#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/admin/admin_api.h"
#include "core/base/arena.h"
#include "core/http/body_reader.h"
#include "core/http/h1_parser.h"
#include "core/net/reactor.h"

namespace signalbox::admin {

class AdminConnection;

/// What the connections of one admin interface share. Its thread only.
struct AdminShared {
    AdminApi& api;
    net::Reactor& reactor;
    http::RequestParser parser;
    std::function<void(AdminConnection&)> gone;  ///< forgets a connection at the end of the batch
};

/// One client of the admin interface: one request after the other, each read whole and then answered. Owned by the
/// server, its thread only.
class AdminConnection final : public net::StreamHandler {
public:
    AdminConnection(AdminShared& shared, net::Stream& stream);

    void onData(net::IoBuffer data) override;
    void onEnd() override;
    void onDrained() override;
    void onFailed(const Error& error) override;

private:
    static void onTimer(void* self);
    void serve();
    /// Each takes what it can from m_in; false where more must come first or the connection ends.
    bool takeHead();
    bool takeBody();
    void respond(const AdminResponse& response, bool close);
    void closeAfterSend();

    AdminShared& m_shared;
    net::Stream* m_stream;
    net::Timer m_timer;
    std::string m_in;
    std::string m_head;  // the bytes that m_request looks at
    std::string m_body;
    http::HeadScan m_scan;
    Arena m_arena;
    http::RequestHead m_request;
    http::BodyReader m_reader;
    bool m_hasHead = false;
    bool m_ended = false;
};

}  // namespace signalbox::admin
