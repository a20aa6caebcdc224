#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/running/running_site.h"

namespace signalbox::admin {

struct AdminOptions {
    Endpoint bind;
    std::string token;  ///< empty: none, and then only loopback may be bound
};

/// The token in a file: its first line without blanks around it. Errors say what is wrong with it.
[[nodiscard]] Result<std::string> readToken(const std::string& file);

/// The admin interface of a running site: HTTP on a thread and a reactor of its own, so that whatever it is asked to do
/// no worker waits for it. Control threads; the site must outlive it, and goes on while it is draining.
class AdminServer {
public:
    /// Serves when it returns. Errors: the address is in use, or not loopback and there is no token.
    [[nodiscard]] static Result<std::unique_ptr<AdminServer>> start(running::RunningSite& running,
                                                                    const AdminOptions& options);
    ~AdminServer();
    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    /// Where it is bound.
    [[nodiscard]] const Endpoint& address() const noexcept;

private:
    struct Impl;
    explicit AdminServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace signalbox::admin
