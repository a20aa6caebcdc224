#include "core/proxy/buffers.h"

#include <cstring>

namespace signalbox::proxy {
namespace {

constexpr std::uint32_t kFirstRoom = 2 * 1024;

}  // namespace

net::IoBuffer joined(net::Reactor& reactor, const net::IoBuffer& front, const net::IoBuffer& back)
{
    const std::uint32_t size = front.size() + back.size();
    net::IoBuffer out;
    if (!front.empty() && front.capacity() >= size) {
        out = front.share(0, front.size());
    } else {
        out = reactor.allocate(size > kFirstRoom ? size * 2 : kFirstRoom);
        if (!front.empty()) {
            std::memcpy(out.data(), front.data(), front.size());
        }
    }
    std::memcpy(out.data() + front.size(), back.data(), back.size());
    out.resize(size);
    return out;
}

}  // namespace signalbox::proxy
