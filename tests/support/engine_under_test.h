#pragma once

#include <QtTest>

#include <memory>
#include <string>
#include <thread>

#include "core/proxy/engine.h"
#include "tests/support/hand_made_plan.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_backend.h"

namespace signalbox::test {

/// Global rows: every test runs over both reactors.
inline void addReactorKinds()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("io_uring") << static_cast<int>(net::ReactorKind::IoUring);
    QTest::newRow("epoll") << static_cast<int>(net::ReactorKind::Epoll);
}

/// Takes the reactor of the present global row; call it in init().
void useReactorOfRow();

/// Waits for something that another thread brings about; false if it does not within some seconds.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(10))
{
    const TimePoint until = SystemClock::instance().now() + limit;
    while (!condition()) {
        if (SystemClock::instance().now() > until) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

/// An engine over the reactor of the present row, and what tests ask of it.
struct EngineUnderTest {
    std::unique_ptr<proxy::Engine> engine;

    explicit EngineUnderTest(unsigned workers = 1, proxy::TraceMode traces = proxy::TraceMode::Sampled)
    {
        proxy::EngineOptions options;
        options.workers = workers;
        options.traces = traces;
        options.seed = 7;
        options.reactor.kind = reactorKind();
        auto made = proxy::Engine::create(options);
        if (!made) {
            qFatal("%s", made.error().detail.c_str());
        }
        engine = std::move(*made);
    }

    /// Set by each test's init() from its global row.
    static net::ReactorKind& reactorKind()
    {
        static net::ReactorKind kind = net::ReactorKind::Auto;
        return kind;
    }

    [[nodiscard]] HandMadePlan newPlan() const { return HandMadePlan(engine->stats()); }
    void publish(const HandMadePlan& made) const
    {
        if (auto result = engine->publish(made.plan); !result) {
            qFatal("%s", result.error().detail.c_str());
        }
    }
    [[nodiscard]] Endpoint address(std::string_view listener = {}) const
    {
        for (const proxy::BoundListener& bound : engine->listeners()) {
            if (listener.empty() || bound.name == listener) {
                return bound.address;
            }
        }
        return {};
    }
    [[nodiscard]] std::uint64_t value(stats::Scope scope, std::string_view name, stats::Counter counter) const
    {
        const stats::StatsSnapshot snapshot = engine->stats()->snapshot();
        const stats::SlotSnapshot* const slot = snapshot.find(scope, name);
        return slot ? slot->value(counter) : 0;
    }
    [[nodiscard]] std::int64_t active(stats::Scope scope, std::string_view name) const
    {
        const stats::StatsSnapshot snapshot = engine->stats()->snapshot();
        const stats::SlotSnapshot* const slot = snapshot.find(scope, name);
        return slot ? slot->active : 0;
    }
};

inline void useReactorOfRow()
{
    QFETCH_GLOBAL(int, kind);
    EngineUnderTest::reactorKind() = static_cast<net::ReactorKind>(kind);
}

}  // namespace signalbox::test
