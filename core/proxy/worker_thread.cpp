#include "core/proxy/worker_thread.h"

#include <future>
#include <pthread.h>
#include <string>

namespace signalbox::proxy {

Result<std::unique_ptr<WorkerThread>> WorkerThread::start(const WorkerSetup& setup)
{
    stats::WorkerStats& stats = setup.hub.addWorker();
    std::unique_ptr<WorkerThread> self(new WorkerThread(setup, stats));
    std::promise<Result<void>> promise;
    std::future<Result<void>> started = promise.get_future();
    self->m_thread = std::thread([worker = self.get(), setup, &stats, &promise] {
        worker->run(setup, stats, [&promise](Result<void> result) { promise.set_value(std::move(result)); });
    });
    if (Result<void> result = started.get(); !result) {
        return fail(result.error());
    }
    return self;
}

WorkerThread::~WorkerThread()
{
    if (m_reactor) {
        m_reactor->stop();
    }
    if (m_thread.joinable()) {
        m_thread.join();
    }
}

void WorkerThread::post(std::function<void(Worker&)> task)
{
    m_reactor->post([this, task = std::move(task)] { task(*m_worker); });
}

void WorkerThread::run(const WorkerSetup& setup, stats::WorkerStats& stats,
                       const std::function<void(Result<void>)>& started)
{
    ::pthread_setname_np(::pthread_self(), ("worker-" + std::to_string(setup.index)).c_str());
    // The reactor is made on its own thread: io_uring ties a ring to the thread that uses it.
    Result<std::unique_ptr<net::Reactor>> reactor = net::Reactor::create(setup.reactor);
    if (!reactor) {
        started(fail(reactor.error()));
        return;
    }
    m_reactor = std::move(*reactor);
    {
        Worker worker(setup.index, *m_reactor, setup.deployments, setup.hub, stats, m_recorder,
                      setup.seed == 0 ? Rng::fromSystem() : Rng(setup.seed + setup.index));
        m_worker = &worker;
        started({});
        m_reactor->run();
    }
    m_worker = nullptr;
}

}  // namespace signalbox::proxy
