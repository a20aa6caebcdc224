#include "core/admin/admin_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include "core/admin/metrics_text.h"
#include "core/admin/site_text.h"
#include "core/admin/stats_json.h"
#include "core/admin/status.h"
#include "core/base/log.h"
#include "core/catalog/builtin_catalog.h"
#include "core/http/problem.h"
#include "core/policy/digest.h"

namespace signalbox::admin {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kYaml = "application/yaml";
constexpr std::string_view kBackends = "/api/backends/";

AdminResponse json(int status, const ordered_json& body)
{
    return {status, std::string(kJson), body.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n", {}};
}

ordered_json problemsJson(const std::vector<site::Problem>& problems)
{
    ordered_json out = ordered_json::array();
    for (const auto& problem : problems) {
        out.push_back({{"severity", problem.severity == site::Severity::Error ? "error" : "warning"},
                       {"code", problem.code},
                       {"message", problem.message},
                       {"path", problem.path},
                       {"line", problem.place.line},
                       {"column", problem.place.column}});
    }
    return out;
}

AdminResponse invalidSite(const std::vector<site::Problem>& problems)
{
    ordered_json body{{"type", "about:blank"},
                      {"title", http::reasonPhrase(422)},
                      {"status", 422},
                      {"detail", "the site is not valid; what ran goes on unchanged"},
                      {"problems", problemsJson(problems)}};
    AdminResponse out = json(422, body);
    out.contentType = http::kProblemType;
    return out;
}

/// Names of this machine that no name server can give to someone else's page.
bool isLoopbackHost(std::string_view host)
{
    const std::size_t colon = host.rfind(':');
    const bool hasPort = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
    std::string_view name = hasPort ? host.substr(0, colon) : host;
    if (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    if (http::equalsIgnoreCase(name, "localhost")) {
        return true;
    }
    const auto address = Endpoint::parse(std::string(name) + ":0");
    return address && address->family() != Endpoint::Family::Unix && address->isLoopback();
}

/// A page of the admin interface's own address would send the same host in both.
bool isForeignOrigin(const http::RequestHead& request)
{
    const auto origin = request.headers.find("Origin");
    return origin && *origin != "http://" + std::string(request.host) &&
           *origin != "https://" + std::string(request.host);
}

std::string decodedSlashes(std::string_view name)
{
    std::string out;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const bool slash = name.substr(at, 3) == "%2F" || name.substr(at, 3) == "%2f";
        out += slash ? '/' : name[at];
        at += slash ? 2 : 0;
    }
    return out;
}

}  // namespace

AdminApi::AdminApi(running::RunningSite& running, std::string_view token) : m_running(running)
{
    if (!token.empty()) {
        m_token = policy::sha256(token);
    }
}

AdminResponse AdminApi::problem(int status, std::string_view detail)
{
    AdminResponse out{status, std::string(http::kProblemType), {}, {}};
    http::Problem problem;
    problem.status = status;
    problem.title = http::reasonPhrase(status);
    problem.detail = detail;
    http::appendProblem(out.body, problem);
    return out;
}

AdminApi::Target AdminApi::targetOf(std::string_view path)
{
    if (path == "/metrics") {
        return {Resource::Metrics, {}};
    }
    if (path == "/api/site") {
        return {Resource::Site, {}};
    }
    if (path == "/api/stats") {
        return {Resource::Stats, {}};
    }
    if (path == "/healthz") {
        return {Resource::Health, {}};
    }
    if (path.starts_with(kBackends)) {
        const std::string_view rest = path.substr(kBackends.size());
        const std::size_t slash = rest.rfind('/');
        const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
        if (slash != std::string_view::npos && slash > 0 && (verb == "drain" || verb == "enable")) {
            return {verb == "drain" ? Resource::Drain : Resource::Enable, decodedSlashes(rest.substr(0, slash))};
        }
    }
    return {};
}

std::string_view AdminApi::allowed(Resource resource) noexcept
{
    switch (resource) {
        case Resource::Site: return "GET, HEAD, PUT";
        case Resource::Drain:
        case Resource::Enable: return "POST";
        default: return "GET, HEAD";
    }
}

bool AdminApi::hasToken(const http::RequestHead& request) const
{
    constexpr std::string_view kScheme = "Bearer ";
    const auto given = request.headers.find("Authorization");
    if (!given || given->size() <= kScheme.size() ||
        !http::equalsIgnoreCase(given->substr(0, kScheme.size()), kScheme)) {
        return false;
    }
    std::string_view token = given->substr(kScheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    const auto digest = policy::sha256(token);
    return ::CRYPTO_memcmp(digest.data(), m_token->data(), digest.size()) == 0;
}

std::optional<AdminResponse> AdminApi::refusal(const http::RequestHead& request) const
{
    const Target target = targetOf(request.path);
    const bool open = target.resource == Resource::Health;
    if (m_token && !open && !hasToken(request)) {
        AdminResponse out = problem(401, "write the token of --admin-token-file: Authorization: Bearer TOKEN");
        out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"signalbox\"");
        return out;
    }
    if (!m_token && !request.host.empty() && !isLoopbackHost(request.host)) {
        return problem(403, "without a token only requests for a loopback host are answered, such as localhost");
    }
    if (!m_token && isForeignOrigin(request)) {
        return problem(403, "requests of pages from another origin are not answered");
    }
    if (target.resource == Resource::None) {
        return problem(404, "there is /metrics, /api/site, /api/stats, /api/backends/NAME/{drain,enable} and /healthz");
    }
    const std::string_view methods = allowed(target.resource);
    const std::string padded = ", " + std::string(methods) + ",";
    if (padded.find(", " + std::string(request.methodText) + ",") == std::string::npos) {
        AdminResponse out = problem(405, "this path answers to " + std::string(methods));
        out.headers.emplace_back("Allow", methods);
        return out;
    }
    if (request.body == http::BodyKind::Length && request.contentLength > kMostBody) {
        return problem(413, "a body has 8 MiB at most");
    }
    return std::nullopt;
}

AdminResponse AdminApi::answer(const http::RequestHead& request, std::string_view body)
{
    const Target target = targetOf(request.path);
    switch (target.resource) {
        case Resource::Metrics: return {200, std::string(kMetricsType), metricsText(statusOf(m_running)), {}};
        case Resource::Stats: return {200, std::string(kJson), statsJson(statusOf(m_running)), {}};
        case Resource::Health: return health();
        case Resource::Site: return request.method == http::Method::Put ? replaceSite(body) : showSite(request);
        case Resource::Drain: return setDraining(target.backend, true);
        case Resource::Enable: return setDraining(target.backend, false);
        case Resource::None: break;
    }
    return problem(404, "there is nothing here");
}

AdminResponse AdminApi::health() const
{
    const bool draining = m_running.isDraining();
    return {draining ? 503 : 200, "text/plain; charset=utf-8", draining ? "draining\n" : "ok\n", {}};
}

AdminResponse AdminApi::showSite(const http::RequestHead& request) const
{
    const auto site = m_running.view().site;
    if (!site) {
        return problem(404, "no site runs yet");
    }
    const site::Site shown = m_token ? *site : masked(*site, catalog::builtinCatalog());
    const std::string_view accept = request.headers.find("Accept").value_or("*/*");
    const bool asJson = accept.find("json") != std::string_view::npos && accept.find("yaml") == std::string_view::npos;
    AdminResponse out{200, std::string(asJson ? kJson : kYaml), asJson ? siteJson(shown) : site::writeSite(shown), {}};
    out.headers.emplace_back("Vary", "Accept");
    return out;
}

AdminResponse AdminApi::replaceSite(std::string_view body)
{
    const auto running = m_running.view().site;
    auto read = site::readSite(body, running ? running->file : std::string(), catalog::builtinCatalog());
    if (site::hasErrors(read.problems)) {
        return invalidSite(read.problems);
    }
    if (holdsMask(read.site.root)) {
        return problem(422,
                       "the site holds '<masked>' in place of secrets: write them, or ask with a token to see them");
    }
    const auto applied = m_running.apply(read.site);
    if (site::hasErrors(applied.problems)) {
        return invalidSite(applied.problems);
    }
    if (!applied.ok()) {
        const bool ending = applied.error.code == ErrorCode::Cancelled;
        return problem(ending ? 503 : 409, applied.error.detail + "; what ran goes on unchanged");
    }
    log::info("a new site was put in by the admin interface, plan " + std::to_string(applied.epoch));
    ordered_json listeners = ordered_json::array();
    for (const auto& listener : m_running.view().listeners) {
        listeners.push_back({{"name", listener.name}, {"address", listener.address.text()}});
    }
    return json(
        200,
        {{"epoch", applied.epoch}, {"listeners", std::move(listeners)}, {"warnings", problemsJson(applied.problems)}});
}

AdminResponse AdminApi::setDraining(const std::string& backend, bool draining)
{
    const auto done = m_running.setDraining(backend, draining);
    if (!done) {
        return problem(done.error().code == ErrorCode::InvalidArgument ? 409 : 404, done.error().detail);
    }
    return json(200, {{"backend", *done}, {"draining", draining}});
}

}  // namespace signalbox::admin
