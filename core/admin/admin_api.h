#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http/message.h"
#include "core/running/running_site.h"

namespace signalbox::admin {

struct AdminResponse {
    int status = 200;
    std::string contentType;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// What the admin interface answers, without sockets: a request in, a response out. One thread at a time.
///
/// Who may ask. With a token every request but GET /healthz needs `Authorization: Bearer TOKEN`, which no web page can
/// send, and the site is shown as it is. Without one (then only loopback is bound) a request must name a loopback host,
/// against DNS rebinding, and must not come from another origin, against forged requests of web pages; the site is
/// shown with its secrets masked.
class AdminApi {
public:
    static constexpr std::uint64_t kMostBody = 8 * 1024 * 1024;

    /// `token` empty: none.
    AdminApi(running::RunningSite& running, std::string_view token);

    /// Decides by the head alone, before a body is read: the refusal, or nothing where the request may go on.
    [[nodiscard]] std::optional<AdminResponse> refusal(const http::RequestHead& request) const;
    /// Answers a request that was not refused.
    [[nodiscard]] AdminResponse answer(const http::RequestHead& request, std::string_view body);

    [[nodiscard]] static AdminResponse problem(int status, std::string_view detail);

private:
    enum class Resource : std::uint8_t { None, Metrics, Site, Stats, Health, Drain, Enable };
    struct Target {
        Resource resource = Resource::None;
        std::string backend;  ///< of Drain and Enable
    };
    [[nodiscard]] static Target targetOf(std::string_view path);
    [[nodiscard]] static std::string_view allowed(Resource resource) noexcept;
    [[nodiscard]] bool hasToken(const http::RequestHead& request) const;

    [[nodiscard]] AdminResponse health() const;
    [[nodiscard]] AdminResponse showSite(const http::RequestHead& request) const;
    [[nodiscard]] AdminResponse replaceSite(std::string_view body);
    [[nodiscard]] AdminResponse setDraining(const std::string& backend, bool draining);

    running::RunningSite& m_running;
    std::optional<std::array<unsigned char, 32>> m_token;  // its SHA-256: equal lengths compare in equal time
};

}  // namespace signalbox::admin
