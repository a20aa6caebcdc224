#pragma once

#include "core/net/epoll_reactor.h"

namespace signalbox::net {

/// A listening socket of an EpollReactor. Shared by the reactor and the handle its user holds.
class EpollReactor::Listener {
public:
    Listener(EpollReactor& owner, Socket listening, AcceptHandler& receiver)
        : reactor(&owner), socket(std::move(listening)), handler(&receiver), retry(owner, &Listener::onRetry, this)
    {}

    static void onRetry(void* self)
    {
        auto& listener = *static_cast<Listener*>(self);
        listener.waiting = true;
        listener.reactor->m_acceptsWaiting = true;
    }

    EpollReactor* reactor;
    Socket socket;
    AcceptHandler* handler;  // null once the user let go
    bool waiting = false;    // connections may be waiting
    Timer retry;
};

}  // namespace signalbox::net
