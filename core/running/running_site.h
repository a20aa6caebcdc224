#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/mock/mock_host.h"
#include "core/plan/compiler.h"
#include "core/proxy/engine.h"
#include "core/site/site.h"

namespace signalbox::running {

struct RunningOptions {
    proxy::EngineOptions engine;
    unsigned mockThreads = 1;
};

/// A site at work: its mocks and its engine, wired together (mock:NAME and listener:NAME resolved to where they are bound).
/// What `signalbox run`, `traffic --serve`, `replay`, lessons and the window all use. Control threads, one call at a time.
class RunningSite {
public:
    [[nodiscard]] static Result<std::unique_ptr<RunningSite>> create(const RunningOptions& options = {});
    ~RunningSite();

    struct ApplyResult {
        std::vector<site::Problem> problems;  ///< with errors: what ran before goes on unchanged
        Error error;                          ///< code None, or why binding failed
        [[nodiscard]] bool ok() const noexcept { return error.code == ErrorCode::None && !site::hasErrors(problems); }
    };
    /// Starts or reloads: compile, bind, publish. An invalid site or a failed bind never replaces what runs.
    [[nodiscard]] ApplyResult apply(const site::Site& site);
    bool drain(Duration limit);

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
