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

void whyNoBackend(const plan::PoolPlan& plan, TimePoint now, std::string& out)
{
    const auto word = [](stats::CandidateState state) {
        switch (state) {
            case stats::CandidateState::ZeroWeight: return " has weight 0";
            case stats::CandidateState::Draining: return " is draining";
            case stats::CandidateState::Unhealthy: return " is unhealthy";
            case stats::CandidateState::Ejected: return " is ejected";
            case stats::CandidateState::Full: return " is full";
            default: return " cannot be used";
        }
    };
    const balance::PickContext context{*plan.state, {}, 0, 0, nullptr, now};
    out.assign("pool '").append(plan.name).append("' has no usable backend");
    if (plan.backends.empty()) {
        out.append(": it is empty");
    }
    for (std::size_t at = 0; at < plan.backends.size(); ++at) {
        const bool known = plan.backends[at].address.family() != Endpoint::Family::None;
        out.append(at == 0 ? ": " : ", ").append(plan.backends[at].name);
        out.append(known ? word(balance::candidateState(context, at)) : " has no address yet");
    }
}

}  // namespace signalbox::proxy
