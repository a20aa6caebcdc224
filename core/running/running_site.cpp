#include "core/running/running_site.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "core/catalog/builtin_catalog.h"
#include "core/running/name_watch.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::running {
namespace {

using PlanPtr = std::shared_ptr<plan::Plan>;

bool hasUnresolved(const plan::Plan& plan)
{
    return std::ranges::any_of(plan.pools, [](const auto& pool) {
        return std::ranges::any_of(
            pool->backends, [](const auto& backend) { return backend.address.family() == Endpoint::Family::None; });
    });
}

/// The host names of a plan's backends, each with the shortest period that a pool asks for.
std::map<std::string, Duration> namesOf(const plan::Plan& plan)
{
    std::map<std::string, Duration> out;
    for (const auto& pool : plan.pools) {
        for (const auto& backend : pool->backends) {
            if (const auto named = parseNamedAddress(backend.addressText)) {
                const auto [at, fresh] = out.try_emplace(named->host, pool->resolveEvery);
                at->second = std::min(at->second, pool->resolveEvery);
            }
        }
    }
    return out;
}

void addNames(const plan::Plan& plan, const NameWatch::Addresses& known, plan::AddressBook& book)
{
    for (const auto& pool : plan.pools) {
        for (const auto& backend : pool->backends) {
            const auto named = parseNamedAddress(backend.addressText);
            const auto found = named ? known.find(named->host) : known.end();
            if (found != known.end()) {
                Endpoint address = found->second;
                address.setPort(named->port);
                book[backend.addressText] = address;
            }
        }
    }
}

void warnAboutNames(const site::Site& site, const plan::AddressBook& book, std::vector<site::Problem>& problems)
{
    const auto& pools = site.list("pools");
    for (std::size_t at = 0; at < pools.size(); ++at) {
        const Value* backends = pools[at].find("backends");
        for (std::size_t i = 0; backends && i < backends->items().size(); ++i) {
            const Value& backend = backends->items()[i];
            const Value* address = backend.find("address");
            if (!address || !parseNamedAddress(address->text()) || book.contains(address->text())) {
                continue;
            }
            ValuePath path = site::childPath("pools", site::elementSegment(pools[at], at));
            path = site::childPath(site::childPath(path, "backends"), site::elementSegment(backend, i));
            problems.push_back({site::Severity::Warning, std::string(site::codes::kNoAddress),
                                "backend '" + site::Site::nameOf(backend) + "' gets no requests yet: '" +
                                    address->text() + "' was not found, and is looked for again and again",
                                site::childPath(path, "address"), address->place});
        }
    }
}

}  // namespace

struct RunningSite::Impl {
    stats::AccessLogHub accessLogs;  // outlives the workers
    std::unique_ptr<proxy::Engine> engine;
    std::unique_ptr<mock::MockHost> mocks;
    Duration firstResolution{};

    std::mutex applying;  // of everything down to the next line
    plan::AddressBook addresses;
    std::shared_ptr<const site::Site> site = std::make_shared<site::Site>();
    std::vector<mock::MockSpec> mockSpecs;

    std::atomic<bool> draining{false};
    mutable std::mutex viewing;  // held for a moment only
    View view;

    std::unique_ptr<NameWatch> names;  // first to go: it calls back

    [[nodiscard]] plan::CompileOutput compile(const site::Site& candidate, const plan::AddressBook& book) const
    {
        return plan::compile({candidate, catalog::builtinCatalog(), engine->stats(), engine->plan(), book});
    }
    [[nodiscard]] bool openAccessLogs(const plan::Plan& plan, const site::Site& candidate,
                                      std::vector<site::Problem>& problems);
    [[nodiscard]] Result<plan::AddressBook> bind(const plan::Plan& plan, const std::vector<mock::MockSpec>& specs);
    void makeVisible();
    void republish();
    ApplyResult apply(const site::Site& candidate);
    ApplyResult deploy(const site::Site& candidate, plan::CompileOutput&& compiled,
                       std::vector<mock::MockSpec>&& specs);
    void keepOldNames()
    {
        if (const auto running = engine->plan()) {
            names->want(namesOf(*running), Duration::zero());
        }
    }
};

RunningSite::RunningSite(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

RunningSite::~RunningSite() = default;

Result<std::unique_ptr<RunningSite>> RunningSite::create(const RunningOptions& options)
{
    auto impl = std::make_unique<Impl>();
    auto mocks = mock::MockHost::create(options.mockThreads, options.engine.reactor);
    if (!mocks) {
        return fail(mocks.error());
    }
    impl->mocks = std::move(*mocks);
    auto engine = proxy::Engine::create(options.engine);
    if (!engine) {
        return fail(engine.error());
    }
    impl->engine = std::move(*engine);
    impl->firstResolution = options.firstResolution;
    impl->names = std::make_unique<NameWatch>(options.resolver ? options.resolver : net::systemResolver(),
                                              [at = impl.get()] { at->republish(); });
    return std::unique_ptr<RunningSite>(new RunningSite(std::move(impl)));
}

bool RunningSite::Impl::openAccessLogs(const plan::Plan& plan, const site::Site& candidate,
                                       std::vector<site::Problem>& problems)
{
    bool fine = true;
    for (const auto& [log, path, place] : plan.accessLogs) {
        if (auto opened = accessLogs.open(log, stats::accessLogPath(log->path(), plan::folderOf(candidate.file)));
            !opened) {
            problems.push_back(
                {site::Severity::Error, std::string(site::codes::kAccessLog), opened.error().detail, path, place});
            fine = false;
        }
    }
    return fine;
}

Result<plan::AddressBook> RunningSite::Impl::bind(const plan::Plan& plan, const std::vector<mock::MockSpec>& specs)
{
    auto bound = engine->bind(plan);
    if (!bound) {
        return fail(bound.error());
    }
    if (auto applied = mocks->apply(specs); !applied) {
        return fail(applied.error());
    }
    plan::AddressBook book;
    for (const auto& listener : *bound) {
        book["listener:" + listener.name] = listener.address;
    }
    for (const auto& [name, address] : mocks->addresses()) {
        book["mock:" + name] = address;
    }
    return book;
}

void RunningSite::Impl::makeVisible()
{
    View next{engine->plan(), site, engine->listeners()};
    const std::lock_guard lock(viewing);
    view = std::move(next);
}

RunningSite::ApplyResult RunningSite::Impl::apply(const site::Site& candidate)
{
    ApplyResult result;
    auto compiled = compile(candidate, {});
    if (!compiled.plan) {
        result.problems = std::move(compiled.problems);
        return result;
    }
    auto specs = mock::mockSpecs(candidate);
    if (!specs) {
        result.problems = std::move(compiled.problems);
        result.error = specs.error();
        return result;
    }
    if (!openAccessLogs(*compiled.plan, candidate, compiled.problems)) {
        result.problems = std::move(compiled.problems);
        return result;
    }
    names->want(namesOf(*compiled.plan), firstResolution);
    result = deploy(candidate, std::move(compiled), std::move(*specs));
    if (!result.ok()) {
        keepOldNames();
    }
    return result;
}

RunningSite::ApplyResult RunningSite::Impl::deploy(const site::Site& candidate, plan::CompileOutput&& compiled,
                                                   std::vector<mock::MockSpec>&& specs)
{
    ApplyResult result;
    result.problems = std::move(compiled.problems);
    auto book = bind(*compiled.plan, specs);
    if (!book) {
        result.error = book.error();
        return result;
    }
    // Ports that the system chose and the addresses of names are only known now.
    PlanPtr plan = std::move(compiled.plan);
    if (hasUnresolved(*plan)) {
        plan::AddressBook all = *book;
        addNames(*plan, names->addresses(), all);
        auto again = compile(candidate, all);
        plan = std::move(again.plan);
        result.problems = std::move(again.problems);
        warnAboutNames(candidate, all, result.problems);
    }
    if (plan && openAccessLogs(*plan, candidate, result.problems)) {
        if (auto published = engine->publish(plan); !published) {
            result.error = published.error();
        }
    }
    if (!result.ok()) {
        // The engine still serves the old plan, which needs the old mocks.
        static_cast<void>(mocks->apply(mockSpecs));
        return result;
    }
    result.epoch = plan->epoch;
    addresses = std::move(*book);
    site = std::make_shared<const site::Site>(candidate);
    mockSpecs = std::move(specs);
    makeVisible();
    return result;
}

/// A name has another address: the same site, compiled anew.
void RunningSite::Impl::republish()
{
    const std::lock_guard lock(applying);
    const auto running = engine->plan();
    if (draining.load(std::memory_order_relaxed) || !running) {
        return;
    }
    plan::AddressBook all = addresses;
    addNames(*running, names->addresses(), all);
    auto compiled = compile(*site, all);
    std::vector<site::Problem> problems;
    if (compiled.plan && openAccessLogs(*compiled.plan, *site, problems) && engine->publish(compiled.plan)) {
        makeVisible();
    }
}

RunningSite::ApplyResult RunningSite::apply(const site::Site& site)
{
    const std::lock_guard lock(m_impl->applying);
    if (m_impl->draining.load(std::memory_order_relaxed)) {
        ApplyResult result;
        result.error = {ErrorCode::Cancelled, ErrorOrigin::Us, false, "the engine is draining"};
        return result;
    }
    return m_impl->apply(site);
}

bool RunningSite::drain(Duration limit)
{
    m_impl->draining.store(true, std::memory_order_relaxed);
    const std::lock_guard lock(m_impl->applying);
    return m_impl->engine->drain(limit);
}

bool RunningSite::isDraining() const noexcept
{
    return m_impl->draining.load(std::memory_order_relaxed);
}

RunningSite::View RunningSite::view() const
{
    const std::lock_guard lock(m_impl->viewing);
    return m_impl->view;
}

Result<std::string> RunningSite::setDraining(std::string_view name, bool draining)
{
    return m_impl->engine->setDraining({}, name, draining);
}

void RunningSite::reopenAccessLogs()
{
    m_impl->accessLogs.reopen();
}

stats::AccessLogHub::Counts RunningSite::accessLogCounts() const
{
    return m_impl->accessLogs.counts();
}

proxy::Engine& RunningSite::engine() noexcept
{
    return *m_impl->engine;
}

mock::MockHost& RunningSite::mocks() noexcept
{
    return *m_impl->mocks;
}

const plan::AddressBook& RunningSite::addresses() const noexcept
{
    return m_impl->addresses;
}

const site::Site& RunningSite::site() const noexcept
{
    return *m_impl->site;
}

}  // namespace signalbox::running
