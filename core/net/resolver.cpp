#include "core/net/resolver.h"

#include <algorithm>
#include <cerrno>
#include <netdb.h>
#include <sys/socket.h>

namespace signalbox::net {
namespace {

class SystemResolver final : public Resolver {
public:
    Result<std::vector<Endpoint>> resolve(const std::string& host) override
    {
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        if (const int wrong = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); wrong != 0) {
            const std::string why = wrong == EAI_SYSTEM ? errorFromErrno(errno, ErrorOrigin::Us, "system").detail
                                                        : std::string(::gai_strerror(wrong));
            return fail({ErrorCode::NotFound, ErrorOrigin::Us, true, "cannot look up '" + host + "': " + why});
        }
        std::vector<Endpoint> out;
        for (const addrinfo* at = list; at; at = at->ai_next) {
            const Endpoint found = Endpoint::fromSockaddr(at->ai_addr, at->ai_addrlen);
            if (found.family() != Endpoint::Family::None && std::ranges::find(out, found) == out.end()) {
                out.push_back(found);
            }
        }
        ::freeaddrinfo(list);
        if (out.empty()) {
            return fail({ErrorCode::NotFound, ErrorOrigin::Us, true, "'" + host + "' has no address"});
        }
        return out;
    }
};

}  // namespace

std::shared_ptr<Resolver> systemResolver()
{
    return std::make_shared<SystemResolver>();
}

}  // namespace signalbox::net
