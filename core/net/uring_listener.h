#pragma once

#include "core/net/uring_reactor.h"

namespace signalbox::net {

/// A listening socket of a UringReactor. Shared by the reactor, which keeps it until its accept has completed for the
/// last time, and the handle its user holds.
class UringReactor::Listener {
public:
    Listener(UringReactor& owner, Socket listening, AcceptHandler& receiver)
        : reactor(&owner), socket(std::move(listening)), handler(&receiver), retry(owner, &Listener::onRetry, this)
    {}

    static void onRetry(void* self) { static_cast<Listener*>(self)->reactor->m_listenersWaiting = true; }

    UringReactor* reactor;
    Socket socket;
    AcceptHandler* handler;  // null once the user let go
    bool armed = false;
    Timer retry;
};

}  // namespace signalbox::net
