#include "core/traffic/scenario.h"

#include <algorithm>

#include "core/traffic/credentials.h"
#include "core/traffic/mix.h"

namespace signalbox::traffic {

namespace {

auto invalid(std::string what)
{
    return fail({.code = ErrorCode::InvalidConfig, .detail = std::move(what)});
}

/// What all sources of one scenario share.
struct Compiled {
    std::shared_ptr<const Mix> mix;
    const ArrivalsDescriptor* process = nullptr;  ///< null for closed users
    Value arrivals;
    Duration duration{};
    std::uint64_t seed = 1;
    std::uint32_t clients = 1;

    [[nodiscard]] Result<std::unique_ptr<Arrivals>> makeArrivals() const
    {
        return process->create(Params(process->params, &arrivals), duration);
    }
};

/// Times and requests are drawn from two generators, so that a changed rate does not change what is asked.
class ScenarioSource final : public RequestSource {
public:
    explicit ScenarioSource(std::shared_ptr<const Compiled> compiled)
        : m_compiled(std::move(compiled)),
          m_end(m_compiled->duration),
          m_times(mix64(m_compiled->seed)),
          m_draws(mix64(m_compiled->seed + 1) ^ 0x5EED),
          m_state(m_compiled->mix->start())
    {
        if (m_compiled->process) {
            // Made once before, in scenarioFrom, so it cannot fail here.
            m_arrivals = m_compiled->makeArrivals().value();
        }
    }

    std::optional<PlannedRequest> next() override
    {
        Duration at{};
        if (m_arrivals) {
            at = m_held ? *m_held : m_arrivals->next(m_times);
            if (at >= m_end) {
                m_held = at;
                return std::nullopt;
            }
            m_held.reset();
        }
        PlannedRequest out = m_compiled->mix->draw(m_draws, m_state);
        out.at = at;
        out.client = static_cast<std::uint32_t>(m_draws.below(m_compiled->clients));
        return out;
    }

    void endAt(Duration end) override { m_end = end; }
    std::optional<std::uint64_t> expectedCount() const override { return std::nullopt; }

private:
    std::shared_ptr<const Compiled> m_compiled;
    Duration m_end;
    Rng m_times;
    Rng m_draws;
    MixState m_state;
    std::unique_ptr<Arrivals> m_arrivals;
    std::optional<Duration> m_held;  ///< lies past the end, which may still be moved
};

struct Target {
    Endpoint address;
    std::string host;
    std::string path;
    const Value* listener = nullptr;
};

/// A wildcard address is reached over loopback.
Endpoint reachable(Endpoint endpoint)
{
    const bool any = std::ranges::all_of(endpoint.bytes(), [](char c) { return c == 0; });
    if (endpoint.family() == Endpoint::Family::V4 && any) {
        return Endpoint::v4(0x7f000001, endpoint.port());
    }
    if (endpoint.family() == Endpoint::Family::V6 && any) {
        return Endpoint::parse("[::1]:" + std::to_string(endpoint.port())).value_or(endpoint);
    }
    return endpoint;
}

Result<Target> urlTarget(const std::string& url)
{
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) {
        return invalid("the target '" + url + "' is no http:// URL");
    }
    const std::string rest = url.substr(kScheme.size());
    const std::size_t slash = rest.find('/');
    std::string authority = rest.substr(0, slash);
    Target out;
    out.host = authority;
    out.path = slash == std::string::npos ? "" : rest.substr(slash);
    while (out.path.ends_with('/')) {
        out.path.pop_back();
    }
    if (authority.find(':', authority.find(']') == std::string::npos ? 0 : authority.find(']')) == std::string::npos) {
        authority += ":80";
    }
    auto address = Endpoint::parse(authority);
    if (!address) {
        return invalid("the target '" + url + "': " + address.error().detail);
    }
    out.address = reachable(*address);
    return out;
}

Result<Target> targetOf(const site::Site& site, const std::string& name, const plan::AddressBook& addresses)
{
    if (name.find("://") != std::string::npos) {
        return urlTarget(name);
    }
    const Value* const listener = site.named("listeners", name);
    if (!listener) {
        std::vector<std::string_view> names;
        for (const Value& element : site.list("listeners")) {
            names.push_back(site::Site::nameOf(element));
        }
        const auto near = nearest(name, names);
        return invalid("there is no listener '" + name + "'" +
                       (near.empty() ? "" : ": did you mean '" + std::string(near) + "'?"));
    }
    Target out;
    out.listener = listener;
    if (const auto it = addresses.find("listener:" + name); it != addresses.end()) {
        out.address = reachable(it->second);
    } else if (const Value* bind = listener->find("bind")) {
        out.address = reachable(Endpoint::parse(bind->text()).value_or(Endpoint()));
    }
    if (out.address.family() == Endpoint::Family::None ||
        (out.address.family() != Endpoint::Family::Unix && out.address.port() == 0)) {
        return invalid("it is not known where listener '" + name + "' is bound: is the site running?");
    }
    out.host = out.address.family() == Endpoint::Family::Unix ? "localhost" : out.address.text();
    return out;
}

std::vector<Expectation> expectationsOf(const Params& expect)
{
    std::vector<Expectation> out;
    for (const ParamSpec& spec : expect.spec().params) {
        if (!expect.has(spec.key)) {
            continue;
        }
        const std::string key(spec.key);
        const double limit = spec.kind == ParamKind::Duration
                                 ? std::chrono::duration<double, std::milli>(expect.duration(key)).count()
                             : spec.kind == ParamKind::Rate ? expect.rate(key).perSecond
                                                            : expect.share(key);
        out.push_back({key, limit, expect.text(key)});
    }
    return out;
}

Result<void> readLoad(const Params& params, Scenario& scenario, Compiled& compiled)
{
    if (params.has("closed") == params.has("arrivals")) {
        return invalid("it needs either arrivals or closed");
    }
    if (params.has("closed")) {
        const Params closed = params.object("closed");
        scenario.closed = true;
        scenario.users = static_cast<std::uint32_t>(std::clamp<std::int64_t>(closed.integer("users"), 1, 1'000'000));
        scenario.think = closed.duration("think");
        return {};
    }
    const Value& arrivals = *params.value("arrivals");
    const Value* const named = arrivals.isMap() ? arrivals.find("process") : &arrivals;
    const std::string id = named ? named->text() : std::string();
    compiled.process = builtinArrivals().find(id);
    compiled.arrivals = arrivals;
    if (!compiled.process) {
        return invalid("'" + id + "' is not an arrival process");
    }
    if (auto made = compiled.makeArrivals(); !made) {
        return fail(std::move(made.error()));
    }
    return {};
}

Result<Scenario> read(const site::Site& site, const Value& element, const plan::AddressBook& addresses)
{
    const Params params(site::scenarioSpec(), &element);
    Scenario out;
    out.name = params.text("name");
    out.seed = static_cast<std::uint64_t>(params.integer("seed"));
    out.duration = params.duration("duration");
    out.clients =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(params.object("clients").integer("count"), 1, 65'000));
    out.expect = expectationsOf(params.object("expect"));
    if (out.duration <= Duration::zero()) {
        return invalid("its duration must be above 0");
    }
    auto target = targetOf(site, params.text("target"), addresses);
    if (!target) {
        return fail(std::move(target.error()));
    }
    out.target = target->address;
    out.host = target->host;
    if (out.target.family() != Endpoint::Family::Unix && !out.target.isLoopback()) {
        return invalid("the target " + out.target.text() +
                       " is not on this machine: traffic is sent to loopback addresses only");
    }
    auto compiled = std::make_shared<Compiled>();
    compiled->duration = out.duration;
    compiled->seed = out.seed;
    compiled->clients = out.clients;
    if (auto load = readLoad(params, out, *compiled); !load) {
        return fail(std::move(load.error()));
    }
    const Value* const requests = params.value("requests");
    auto mix = Mix::create(requests ? *requests : Value::list(), site, keyHeadersOf(target->listener), target->path);
    if (!mix) {
        return fail(std::move(mix.error()));
    }
    compiled->mix = std::move(*mix);
    out.mix = std::move(compiled);
    return out;
}

}  // namespace

std::unique_ptr<RequestSource> Scenario::source() const
{
    return mix ? std::make_unique<ScenarioSource>(std::static_pointer_cast<const Compiled>(mix)) : nullptr;
}

Result<Scenario> scenarioFrom(const site::Site& site, std::string_view name, const plan::AddressBook& addresses)
{
    const Value* const element = site.named("traffic", name);
    if (!element) {
        std::vector<std::string_view> names;
        for (const Value& scenario : site.list("traffic")) {
            names.push_back(site::Site::nameOf(scenario));
        }
        const auto near = nearest(name, names);
        return fail({.code = ErrorCode::NotFound,
                     .detail = "there is no scenario '" + std::string(name) + "'" +
                               (near.empty() ? "" : ": did you mean '" + std::string(near) + "'?")});
    }
    auto scenario = read(site, *element, addresses);
    if (!scenario) {
        Error error = std::move(scenario.error());
        error.detail = "scenario '" + std::string(name) + "': " + error.detail;
        return fail(std::move(error));
    }
    return scenario;
}

}  // namespace signalbox::traffic
