#include "core/running/running_site.h"

#include <algorithm>

#include "core/catalog/builtin_catalog.h"

namespace signalbox::running {

struct RunningSite::Impl {
    std::unique_ptr<proxy::Engine> engine;
    std::unique_ptr<mock::MockHost> mocks;
    plan::AddressBook addresses;
    site::Site site;
    std::vector<mock::MockSpec> mockSpecs;

    [[nodiscard]] plan::CompileOutput compile(const site::Site& candidate, const plan::AddressBook& book) const
    {
        return plan::compile({candidate, catalog::builtinCatalog(), engine->stats(), engine->plan(), book});
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
    return std::unique_ptr<RunningSite>(new RunningSite(std::move(impl)));
}

namespace {

bool hasUnresolved(const plan::Plan& plan)
{
    return std::ranges::any_of(plan.pools, [](const auto& pool) {
        return std::ranges::any_of(pool->backends, [](const auto& backend) {
            return backend.address.family() == Endpoint::Family::None;
        });
    });
}

}  // namespace

RunningSite::ApplyResult RunningSite::apply(const site::Site& site)
{
    ApplyResult result;
    auto compiled = m_impl->compile(site, {});
    result.problems = compiled.problems;
    if (!compiled.plan) {
        return result;
    }
    auto specs = mock::mockSpecs(site);
    if (!specs) {
        result.error = specs.error();
        return result;
    }
    auto bound = m_impl->engine->bind(*compiled.plan);
    if (!bound) {
        result.error = bound.error();
        return result;
    }
    if (auto applied = m_impl->mocks->apply(*specs); !applied) {
        result.error = applied.error();
        return result;
    }
    plan::AddressBook book;
    for (const auto& listener : *bound) {
        book["listener:" + listener.name] = listener.address;
    }
    for (const auto& [name, address] : m_impl->mocks->addresses()) {
        book["mock:" + name] = address;
    }
    // Ports that the system chose are only known now.
    if (hasUnresolved(*compiled.plan)) {
        compiled = m_impl->compile(site, book);
    }
    if (auto published = m_impl->engine->publish(compiled.plan); !published) {
        result.error = published.error();
        // The engine still serves the old plan, which needs the old mocks.
        static_cast<void>(m_impl->mocks->apply(m_impl->mockSpecs));
        return result;
    }
    m_impl->addresses = std::move(book);
    m_impl->site = site;
    m_impl->mockSpecs = std::move(*specs);
    return result;
}

bool RunningSite::drain(Duration limit)
{
    return m_impl->engine->drain(limit);
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
    return m_impl->site;
}

}  // namespace signalbox::running
