#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace signalbox::net {

/// Finds the addresses of a host name. Blocks as long as it takes, so never on a worker; several threads at once.
class Resolver {
public:
    virtual ~Resolver() = default;
    /// At least one address (port 0), or why there is none.
    [[nodiscard]] virtual Result<std::vector<Endpoint>> resolve(const std::string& host) = 0;
};

/// getaddrinfo: what every other program on this machine sees.
[[nodiscard]] std::shared_ptr<Resolver> systemResolver();

}  // namespace signalbox::net
