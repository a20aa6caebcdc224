#include "core/net/reactor.h"

#include <cstdlib>
#include <string>

#include "core/net/epoll_reactor.h"
#include "core/net/uring_reactor.h"

namespace signalbox::net {
namespace {

Result<ReactorKind> kindFromEnvironment()
{
    const char* const text = std::getenv("SIGNALBOX_REACTOR");
    const std::string_view word = text ? text : "";
    if (word.empty() || word == "auto") {
        return ReactorKind::Auto;
    }
    if (word == "epoll") {
        return ReactorKind::Epoll;
    }
    if (word == "io_uring") {
        return ReactorKind::IoUring;
    }
    return fail({ErrorCode::InvalidArgument, ErrorOrigin::Us, false,
                 "SIGNALBOX_REACTOR must be epoll, io_uring or auto, not '" + std::string(word) + "'"});
}

}  // namespace

Result<std::unique_ptr<Reactor>> Reactor::create(const ReactorOptions& options)
{
    ReactorKind kind = options.kind;
    if (kind == ReactorKind::Auto) {
        const Result<ReactorKind> wanted = kindFromEnvironment();
        if (!wanted) {
            return fail(wanted.error());
        }
        kind = *wanted;
    }
    if (kind != ReactorKind::Epoll) {
        Result<std::unique_ptr<Reactor>> reactor = UringReactor::create(options);
        if (reactor || kind == ReactorKind::IoUring) {
            return reactor;
        }
    }
    return EpollReactor::create();
}

}  // namespace signalbox::net
