#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/mock/mock_host.h"
#include "core/net/resolver.h"
#include "core/plan/compiler.h"
#include "core/proxy/engine.h"
#include "core/site/site.h"
#include "core/stats/access_log_hub.h"

namespace signalbox::running {

struct RunningOptions {
    proxy::EngineOptions engine;
    unsigned mockThreads = 1;
    std::shared_ptr<net::Resolver> resolver;  ///< of backends' host names; null: the system's
    Duration firstResolution =
        std::chrono::milliseconds(1500);  ///< how long `apply` waits for names it has not seen yet
};

/// A site at work: its mocks and its engine, wired together (mock:NAME and listener:NAME resolved to where they are
/// bound, host names of backends to addresses). What `signalbox run`, `traffic --serve`, `replay`, lessons and the
/// window all use.
///
/// Control threads. `apply`, `drain` and the republishing after a name has a new address take one mutex, so that
/// signals, a watched file, the admin interface and the resolver may all come at once: each finds the state that the
/// one before it left. `view`, `setDraining`, `isDraining` and the access log's functions never wait for one of those.
/// `engine`, `mocks`, `addresses` and `site` are for whoever alone applies.
class RunningSite {
public:
    [[nodiscard]] static Result<std::unique_ptr<RunningSite>> create(const RunningOptions& options = {});
    ~RunningSite();

    struct ApplyResult {
        std::vector<site::Problem> problems;  ///< with errors: what ran before goes on unchanged
        Error error;                          ///< code None, or why binding failed
        std::uint64_t epoch = 0;              ///< of the plan that was published
        [[nodiscard]] bool ok() const noexcept { return error.code == ErrorCode::None && !site::hasErrors(problems); }
    };
    /// Starts or reloads: compile, open the access logs, bind, publish. An invalid site, a log that cannot be opened or
    /// a failed bind never replaces what runs.
    [[nodiscard]] ApplyResult apply(const site::Site& site);
    /// Refuses every later `apply`.
    bool drain(Duration limit);
    /// From the start of `drain` on.
    [[nodiscard]] bool isDraining() const noexcept;

    /// What runs at one moment, for other threads to read.
    struct View {
        std::shared_ptr<const plan::Plan> plan;  ///< null before the first apply
        std::shared_ptr<const site::Site> site;
        std::vector<proxy::BoundListener> listeners;
    };
    [[nodiscard]] View view() const;

    /// As Engine::setDraining, by POOL/NAME or by a NAME that only one pool has.
    [[nodiscard]] Result<std::string> setDraining(std::string_view name, bool draining);

    /// After a rotation.
    void reopenAccessLogs();
    [[nodiscard]] stats::AccessLogHub::Counts accessLogCounts() const;

    [[nodiscard]] proxy::Engine& engine() noexcept;
    [[nodiscard]] mock::MockHost& mocks() noexcept;
    /// Where everything is bound: "listener:NAME" and "mock:NAME".
    [[nodiscard]] const plan::AddressBook& addresses() const noexcept;
    /// The site that runs (the last good one).
    [[nodiscard]] const site::Site& site() const noexcept;

private:
    struct Impl;
    explicit RunningSite(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace signalbox::running
