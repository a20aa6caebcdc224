#include "core/proxy/own_answer.h"

#include <algorithm>
#include <charconv>

#include "core/http/cookie.h"

namespace signalbox::proxy {
namespace {

std::string_view hostWithoutPort(std::string_view host) noexcept
{
    const std::size_t colon = host.rfind(':');
    const bool isPort = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
    return isPort ? host.substr(0, colon) : host;
}

std::string_view portOf(std::string_view host) noexcept
{
    return host.substr(hostWithoutPort(host).size());  // with its colon
}

}  // namespace

std::string_view decimal(Arena& arena, std::uint64_t number)
{
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return arena.copy({digits, static_cast<std::size_t>(end - digits)});
}

std::string_view redirectTarget(const plan::RedirectPlan& redirect, const http::RequestHead& request,
                                std::string_view matchedPrefix, Arena& arena)
{
    if (!redirect.to.empty()) {
        return redirect.to;
    }
    std::string_view path = redirect.path ? std::string_view(*redirect.path) : request.path;
    if (redirect.prefix) {
        const std::string_view rest = request.path.substr(std::min(matchedPrefix.size(), request.path.size()));
        std::string_view prefix = *redirect.prefix;
        if (prefix.ends_with('/') && (rest.empty() || rest.front() == '/')) {
            prefix.remove_suffix(1);
        }
        path = arena.concat(prefix, rest);
        path = path.empty() ? "/" : path;
    }
    const std::string_view query = request.hasQuery ? arena.concat("?", request.query) : std::string_view();
    if (!redirect.scheme && !redirect.host && !redirect.port) {
        return arena.concat(path, query);
    }
    const std::string_view host = redirect.host ? std::string_view(*redirect.host) : hostWithoutPort(request.host);
    std::string_view port = redirect.scheme ? std::string_view() : portOf(request.host);
    if (redirect.port) {
        port = arena.concat(":", decimal(arena, *redirect.port));
    }
    return arena.concat(redirect.scheme ? std::string_view(*redirect.scheme) : "http", "://", host, port, path, query);
}

std::optional<std::size_t> stickyBackend(const plan::PoolPlan& pool, const http::RequestHead& request) noexcept
{
    if (!pool.sticky) {
        return std::nullopt;
    }
    const auto value = http::cookieValue(request.headers, pool.sticky->cookie);
    return value ? pool.sticky->backendOf(*value) : std::nullopt;
}

void whyNoBackend(const plan::PoolPlan& plan, std::string& out)
{
    const balance::PoolState& pool = *plan.state;
    out.assign("pool '").append(plan.name).append("' has no usable backend");
    if (pool.size() == 0) {
        out.append(": it is empty");
    }
    for (std::size_t i = 0; i < pool.size(); ++i) {
        const balance::BackendSpec& spec = pool.spec(i);
        const balance::BackendState& state = pool.state(i);
        const char* why = " cannot be used";
        if (plan.backends[i].address.family() == Endpoint::Family::None) {
            why = " has no address yet";
        } else if (spec.weight == 0) {
            why = " has weight 0";
        } else if (!state.healthy.load(std::memory_order_relaxed)) {
            why = " is unhealthy";
        } else if (state.ejected(SystemClock::instance().now())) {
            why = " is ejected";
        } else if (state.draining.load(std::memory_order_relaxed)) {
            why = " is draining";
        } else if (spec.maxConnections > 0 && state.active() >= spec.maxConnections) {
            why = " is full";
        }
        out.append(i == 0 ? ": " : ", ").append(spec.name).append(why);
    }
}

}  // namespace signalbox::proxy
