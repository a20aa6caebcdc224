#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/net/resolver.h"

namespace signalbox::running {

/// Keeps the addresses of host names fresh, on threads of its own: a name is looked up when it is first wanted and
/// again and again in its period. A failed look-up keeps the last good address and is logged once. Control threads.
///
/// A name with several addresses stands for the first one that the system's order gives; while the present one is still
/// among the answers it stays, so that a rotating answer does not move connections about.
class NameWatch {
public:
    using Addresses = std::map<std::string, Endpoint, std::less<>>;  ///< host -> address, port 0
    /// `onChange` runs on a thread of the watch whenever an address changed after its name had been looked up before.
    NameWatch(std::shared_ptr<net::Resolver> resolver, std::function<void()> onChange);
    /// Waits for a running `onChange`, not for a resolver that hangs.
    ~NameWatch();
    NameWatch(const NameWatch&) = delete;
    NameWatch& operator=(const NameWatch&) = delete;

    /// The names to watch from now on, with their periods; others are forgotten. Waits at most `limit` until each new
    /// one was looked up once, well or not.
    void want(const std::map<std::string, Duration>& periods, Duration limit);
    /// What is known now.
    [[nodiscard]] Addresses addresses() const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;  // the threads hold it too: one in a hanging look-up outlives the watch
};

}  // namespace signalbox::running
