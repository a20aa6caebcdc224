#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

#include "core/base/result.h"
#include "core/net/reactor.h"
#include "core/proxy/trace_recorder.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {

struct WorkerSetup {
    std::uint32_t index = 0;
    net::ReactorOptions reactor;
    const DeploymentSlot& deployments;
    stats::StatsHub& hub;
    const TraceSettings& traces;
    std::uint64_t seed = 0;  ///< 0: from the system
};

/// A worker and the thread it lives on. Control threads; destroying it stops the loop and joins.
class WorkerThread {
public:
    [[nodiscard]] static Result<std::unique_ptr<WorkerThread>> start(const WorkerSetup& setup);
    ~WorkerThread();
    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;

    /// Runs `task` on the worker's thread.
    void post(std::function<void(Worker&)> task);
    [[nodiscard]] TraceRecorder& recorder() noexcept { return m_recorder; }
    [[nodiscard]] std::string_view reactorName() const noexcept { return m_reactor->name(); }

private:
    WorkerThread(const WorkerSetup& setup, stats::WorkerStats& stats) : m_recorder(setup.index, setup.traces, stats) {}
    void run(const WorkerSetup& setup, stats::WorkerStats& stats, const std::function<void(Result<void>)>& started);

    TraceRecorder m_recorder;
    std::unique_ptr<net::Reactor> m_reactor;
    Worker* m_worker = nullptr;
    std::thread m_thread;
};

}  // namespace signalbox::proxy
