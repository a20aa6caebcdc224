#include "ui/bridge/job_runner.h"

#include <utility>

namespace signalbox::ui {

JobRunner::JobRunner(QObject* parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(1);
}

JobRunner::~JobRunner()
{
    m_pool.waitForDone();
}

void JobRunner::run(std::function<Done()> job)
{
    m_pool.start([this, job = std::move(job)] {
        Done done = job();
        QMetaObject::invokeMethod(
            this, [done = std::move(done)] { done(); }, Qt::QueuedConnection);
    });
}

}  // namespace signalbox::ui
